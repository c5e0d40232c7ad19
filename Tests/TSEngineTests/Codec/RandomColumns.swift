import TestSupport
@testable import TSEngine

/// Columns of every kind that the codec tells apart, by seed: the input of the property tests.
enum RandomColumns {
    /// Columns of 1...`countMax` beliefs.
    static func make(_ random: inout SeededGenerator, countMax: Int = 8_192) -> BlockColumns {
        let count = max(
            1,
            random.pick([
                random.int(1...4), random.int(1...70), random.int(200...300), random.int(1...1_100),
                random.int(1...countMax), countMax, 256, 512,
            ])
        )
        if random.int(0...6) == 0 { return tile(&random, cellCountMax: min(count, countMax)) }
        let n = min(count, countMax)
        let events = eventStarts(&random, count: n)
        return BlockColumns(
            eventStarts: events,
            beliefTimes: beliefTimes(&random, events),
            values: values(&random, count: n)
        )
    }

    /// Posts of forecasts, in cell order.
    static func tile(_ random: inout SeededGenerator, cellCountMax: Int) -> BlockColumns {
        let step = Int64(random.pick([1, 60_000_000, 900_000_000]))
        let length = random.int(1...48)
        let shift = random.int(0...5)
        let isUniform = random.int(0...1) == 0
        var cells: [(Int64, Int64)] = []
        var start = random.int(-1_000...1_000)
        var belief: Int64 = random.int(0...1) == 0 ? 1_700_000_000_000_000 : -5
        while true {
            let rowLength = isUniform ? length : random.int(1...48)
            if cells.count + rowLength > cellCountMax { break }
            for slot in start..<start + rowLength where isUniform || random.int(0...60) > 0 {
                cells.append((Int64(slot) * step, belief))
            }
            start += isUniform ? shift : random.int(-3...9)
            belief += Int64(random.pick([900_000_000, random.int(1...1_000_000_000)]))
        }
        if cells.isEmpty { cells = [(7, 5)] }
        cells.sort { $0 < $1 }
        return BlockColumns(
            eventStarts: cells.map(\.0),
            beliefTimes: cells.map(\.1),
            values: values(&random, count: cells.count)
        )
    }

    static func eventStarts(_ random: inout SeededGenerator, count: Int) -> [Int64] {
        let step = Int64(random.pick([1, 1_000_000, 900_000_000, 3_600_000_000, 1 << 40]))
        let start = Int64(random.pick([0, -7, 1_700_000_000_000_000, Int.min, Int.max - 5]))
        switch random.int(0...4) {
        case 0: return (0..<count).map { start &+ Int64($0) &* step }
        case 1:
            var slot: Int64 = 0
            return (0..<count).map { _ in
                slot += random.int(0...40) == 0 ? Int64(random.int(2...1_000)) : 1
                return start &+ slot &* step
            }
        case 2:
            var event = start
            return (0..<count).map { _ in
                event &+= Int64(random.int(0...100_000))
                return event
            }
        case 3: return [Int64](repeating: start, count: count)
        default:
            return (0..<count).map { _ in Int64(truncatingIfNeeded: random.next()) }.sorted()
        }
    }

    static func beliefTimes(_ random: inout SeededGenerator, _ events: [Int64]) -> [Int64] {
        let horizon = Int64(random.int(-86_400...86_400)) * 1_000_000
        switch random.int(0...5) {
        case 0: return events.map { $0 &- horizon }
        case 1: return events.map { _ in 1_700_000_000_000_000 &+ horizon }
        case 2: return events.map { $0 &+ Int64(random.int(0...60)) * 1_000_000 }
        case 3: return events.map { $0 &+ Int64(random.int(0...1_000_000)) }
        case 4:
            var time: Int64 = 1_700_000_000_000_000
            return events.map { _ in
                if random.int(0...9) == 0 { time += Int64(random.int(1...1_000_000_000)) }
                return time
            }
        default: return events.map { _ in Int64(truncatingIfNeeded: random.next()) }
        }
    }

    static func values(_ random: inout SeededGenerator, count: Int) -> [Double] {
        var values = smooth(&random, count: count)
        if random.int(0...3) == 0 {
            // Runs of equal values around the length from which they are taken out.
            var index = 0
            while index < count {
                let length = min(random.int(1...30), count - index)
                for offset in 0..<length { values[index + offset] = values[index] }
                index += length + random.int(0...40)
            }
        }
        if random.int(0...2) == 0 {
            for _ in 0..<random.int(1...max(1, count / 20)) {
                values[random.int(0...count - 1)] = random.pick(special)
            }
        }
        return values
    }

    /// Values that most codecs get wrong.
    static let special: [Double] =
        [
            .nan, -.nan, .signalingNaN, Double(nan: 0x1234, signaling: false), .infinity,
            -.infinity,
            0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
            .leastNormalMagnitude, 0x1p51, 0x1p52, 0x1p53, -0x1p51, 9e15, 1e300, 0.1 + 0.2,
            Double(bitPattern: 0x7FF0_0000_0000_0001), Double(bitPattern: .max),
        ] + (1...9).map { Double(bitPattern: 0x8000_0000_0000_0000 + $0) }
        + (1...9).map { Double(bitPattern: $0) }

    private static func smooth(_ random: inout SeededGenerator, count: Int) -> [Double] {
        let scale = random.pick([1, 10, 100, 1_000, 1e6, 1e10, 3, 30, 700, 9e15])
        let spread = random.pick([1, 10, 1_000, 1_000_000])
        var state = random.int(-10_000...10_000)
        switch random.int(0...9) {
        case 0: return (0..<count).map { _ in Double(bitPattern: random.next()) }
        case 1:
            return (0..<count).map { _ in
                state += random.int(-spread...spread)
                return Double(state) / scale
            }
        case 2:
            return (0..<count).map { _ in
                state += random.int(-spread...spread)
                return (Double(state) / scale) * 0.25 / 1_000
            }
        case 3:
            return (0..<count).map { _ in
                state += random.int(-spread...spread)
                return Double(Float(Double(state) / scale))
            }
        case 4: return (0..<count).map { _ in Double(random.int(0...20)) / scale }
        case 5: return (0..<count).map { Double(state + $0 * spread) / scale }
        case 6: return (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
        case 7: return [Double](repeating: Double(state) / scale, count: count)
        case 8:
            return (0..<count).map { _ in
                Double(bitPattern: random.next() & 0xFFF | 0x8000_0000_0000_0000)
            }
        default:
            let exponent = random.int(0...52)
            return (0..<count).map { _ in
                Double(bitPattern: (random.next() >> exponent) << exponent)
            }
        }
    }
}

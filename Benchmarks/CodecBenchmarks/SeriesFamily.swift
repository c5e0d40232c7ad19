import Foundation
import TSEngine

/// Series of one kind, measured together.
struct SeriesFamily {
    var name: String
    var series: [BlockColumns]

    /// One family for each CSV file of `folder`: a header line, then the event in the first column
    /// and a series in each other one. Columns that are not numbers are left out; an empty cell is
    /// NaN, empty cells at the end shorten the series. Events become regular.
    static func files(in folder: String) throws -> [SeriesFamily] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try names.filter { $0.hasSuffix(".csv") }.sorted().map { name in
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            let lines = text.split(separator: "\n").dropFirst()
            var columns: [[Double]?] = []
            for line in lines {
                let cells = line.split(separator: ",", omittingEmptySubsequences: false).dropFirst()
                if columns.isEmpty { columns = cells.map { _ in [] } }
                for (index, cell) in cells.enumerated() {
                    if cell.isEmpty {
                        columns[index]?.append(.nan)
                    } else if let value = Double(cell) {
                        columns[index]?.append(value)
                    } else {
                        columns[index] = nil
                    }
                }
            }
            let series = columns.compactMap { values -> BlockColumns? in
                guard var values else { return nil }
                while values.last?.isNaN == true { values.removeLast() }
                return values.isEmpty ? nil : regular(values)
            }
            return SeriesFamily(name: String(name.dropLast(4)), series: series)
        }
    }

    /// Writes each series as little-endian doubles to `folder`.
    func export(to folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        for (index, columns) in series.enumerated() {
            let data = columns.values.withUnsafeBytes { Data($0) }
            try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)-\(index).f64"))
        }
    }

    /// 15-minute measurements, known when the event ends.
    private static func regular(_ values: [Double]) -> BlockColumns {
        let start: Int64 = 1_451_606_400_000_000
        let step: Int64 = 900_000_000
        return BlockColumns(
            eventStarts: values.indices.map { start + Int64($0) * step },
            beliefTimes: values.indices.map { start + Int64($0 + 1) * step },
            values: values
        )
    }

    /// Families that every machine has, the same on each run.
    static func generated() -> [SeriesFamily] {
        var random = SeededRandom(seed: 1)
        let count = 8 * BlockCodec.valueCountTarget
        func walk(_ spread: Int) -> [Int] {
            var state = 20_000
            return (0..<count).map { _ in
                state += Int.random(in: -spread...spread, using: &random)
                return state
            }
        }
        func family(_ name: String, _ make: () -> [Double]) -> SeriesFamily {
            SeriesFamily(name: name, series: (0..<3).map { _ in regular(make()) })
        }
        return [
            family("decimals") { walk(40).map { Double($0) / 100 } },
            family("sums") { walk(40).map { Double($0) / 100 + 0.3 - 0.1 } },
            family("float32") {
                walk(40).map { Double(Float(20 + sin(Double($0) / 300) * 7)) }
            },
            family("doubles") { walk(40).map { 20 + sin(Double($0) / 300) * 7 } },
            family("constants") {
                walk(1).map { Double($0 / 16) / 2 }
            },
            family("counters") {
                var total = 0
                return (0..<count).map { _ in
                    total += Int.random(in: 0...900, using: &random)
                    return Double(total)
                }
            },
            family("noise") { (0..<count).map { _ in Double(bitPattern: random.next()) } },
            SeriesFamily(name: "gaps", series: (0..<3).map { _ in gaps(walk(40), &random) }),
        ]
    }

    /// Decimals of which one event in a hundred is missing, and one value in a hundred NaN.
    private static func gaps(_ walk: [Int], _ random: inout SeededRandom) -> BlockColumns {
        var columns = BlockColumns()
        let complete = regular(walk.map { Double($0) / 100 })
        for index in walk.indices {
            let dice = Int.random(in: 0..<100, using: &random)
            if dice == 0 { continue }
            columns.eventStarts.append(complete.eventStarts[index])
            columns.beliefTimes.append(complete.beliefTimes[index])
            columns.values.append(dice == 1 ? .nan : complete.values[index])
        }
        return columns
    }
}

/// SplitMix64, so that every run measures the same data.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

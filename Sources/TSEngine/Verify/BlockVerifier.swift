internal import Model

/// Compares a block's zone map with its payload. Pure.
enum BlockVerifier {
    /// What is wrong with one block.
    struct Fault: Equatable {
        let kind: StoreDamage.Kind
        let text: String
    }

    /// - Returns: how many beliefs the payload has, nil if it cannot be decoded; and what is wrong.
    static func verify(
        _ row: StoredBlock,
        in table: BlockTable,
        _ window: PartitionWindow
    ) -> (valueCount: Int?, faults: [Fault]) {
        var faults: [Fault] = []
        for event in [row.firstEvent, row.lastEvent]
        where PartitionWindow.containing(event: event) != window {
            faults.append(Fault(kind: .partition, text: "an event is not of this partition"))
            break
        }
        var columns = BlockColumns()
        do throws(CodecError) {
            try BlockCodec.decode(row.payload, appendingTo: &columns)
        } catch {
            faults.append(Fault(kind: .payload, text: "\(error)"))
            return (nil, faults)
        }
        // A decoder takes a block without a checksum; the store writes none.
        if row.payload[1] & BlockFrame.Flag.checksum == 0 {
            faults.append(Fault(kind: .payload, text: "the block has no checksum"))
        }
        if let fault = order(columns, table) { faults.append(fault) }
        let wrong = ZoneMap(columns).columns(thatDifferFrom: ZoneMap(row))
        if !wrong.isEmpty {
            let names = wrong.joined(separator: ", ")
            faults.append(Fault(kind: .zoneMap, text: "the payload has another \(names)"))
        }
        return (columns.count, faults)
    }

    private static func order(_ columns: BlockColumns, _ table: BlockTable) -> Fault? {
        for index in 1..<max(columns.count, 1) {
            let (before, event) = (columns.eventStarts[index - 1], columns.eventStarts[index])
            if event > before { continue }
            if event < before {
                return Fault(kind: .order, text: "events do not ascend")
            }
            if table == .current {
                return Fault(kind: .order, text: "several beliefs are about one event")
            }
            if columns.beliefTimes[index] <= columns.beliefTimes[index - 1] {
                return Fault(kind: .order, text: "belief times of an event do not ascend")
            }
        }
        return nil
    }
}

/// The numbers of a zone map.
private struct ZoneMap {
    var integers: [(name: String, value: Int64)]
    var valueMin: Double?
    var valueMax: Double?
    var valueSum: Double?
    /// Sum of the magnitudes: the measure of what a sum in another order may differ by.
    var magnitude = 0.0

    init(_ row: StoredBlock) {
        integers = Self.integers(
            row.firstEvent,
            row.lastEvent,
            row.firstBelief,
            row.lastBelief,
            row.horizonMin,
            row.horizonMax,
            row.valueCount,
            row.validCount
        )
        (valueMin, valueMax, valueSum) = (row.valueMin, row.valueMax, row.valueSum)
    }

    /// Of at least one belief, in any order.
    init(_ columns: BlockColumns) {
        var (eventMin, eventMax) = (Int64.max, Int64.min)
        var (beliefMin, beliefMax) = (Int64.max, Int64.min)
        var (horizonMin, horizonMax) = (Int64.max, Int64.min)
        for index in 0..<columns.count {
            let (event, belief) = (columns.eventStarts[index], columns.beliefTimes[index])
            let horizon = event &- belief
            (eventMin, eventMax) = (min(eventMin, event), max(eventMax, event))
            (beliefMin, beliefMax) = (min(beliefMin, belief), max(beliefMax, belief))
            (horizonMin, horizonMax) = (min(horizonMin, horizon), max(horizonMax, horizon))
        }
        var (validCount, sum) = (0, 0.0)
        for value in columns.values where value.isFinite {
            validCount += 1
            sum += value
            magnitude += abs(value)
            valueMin = min(valueMin ?? value, value)
            valueMax = max(valueMax ?? value, value)
        }
        valueSum = validCount == 0 ? nil : sum
        integers = Self.integers(
            eventMin,
            eventMax,
            beliefMin,
            beliefMax,
            horizonMin,
            horizonMax,
            columns.count,
            validCount
        )
    }

    private static func integers(
        _ firstEvent: Int64,
        _ lastEvent: Int64,
        _ firstBelief: Int64,
        _ lastBelief: Int64,
        _ horizonMin: Int64,
        _ horizonMax: Int64,
        _ valueCount: Int,
        _ validCount: Int
    ) -> [(name: String, value: Int64)] {
        [
            ("first_event", firstEvent), ("last_event", lastEvent), ("first_belief", firstBelief),
            ("last_belief", lastBelief), ("horizon_min", horizonMin), ("horizon_max", horizonMax),
            ("value_count", Int64(valueCount)), ("valid_count", Int64(validCount)),
        ]
    }

    /// Names as in `docs/formats/page.md`.
    func columns(thatDifferFrom other: ZoneMap) -> [String] {
        var names = zip(integers, other.integers).filter { $0.value != $1.value }.map(\.0.name)
        if valueMin != other.valueMin { names.append("value_min") }
        if valueMax != other.valueMax { names.append("value_max") }
        if !isSum(other.valueSum) { names.append("value_sum") }
        return names
    }

    private func isSum(_ other: Double?) -> Bool {
        guard let valueSum, let other else { return valueSum == nil && other == nil }
        // Equal also if both overflowed. A block has some thousand values, each rounding within
        // 2^-53 of what is summed so far.
        return valueSum == other || abs(valueSum - other) <= magnitude * 1e-12
    }
}

package import Model

extension Resampling {
    /// An instantaneous sensor's values at another frequency: those that lie on the grid, which
    /// begins at local midnight, also after clocks change; the others are left out. Values that
    /// have the asked frequency already move to the grid's places, whole.
    ///
    /// `step`: µs, positive.
    package static func thinned(
        _ columns: BeliefColumns,
        step: Int64,
        in zone: TimeZoneRules
    ) -> BeliefColumns {
        guard let first = columns.eventStarts.first else { return columns }
        var result = BeliefColumns()
        result.reserveCapacity(columns.count)
        let isMoved = columns.count >= 3 && isRegular(columns.eventStarts, step: step)
        // The grid of each offset from UTC counts from the midnight before the first value.
        var (offset, origin) = (Int64.max, Int64(0))
        for index in 0..<columns.count {
            let event = columns.eventStarts[index]
            let now = zone.offset(at: event)
            if now != offset {
                offset = now
                origin =
                    CivilDate.floorDivide(first &+ offset, Microseconds.day).quotient
                    &* Microseconds.day &- offset
            }
            let rest = CivilDate.floorDivide(event &- origin, step).remainder
            guard rest == 0 || isMoved else { continue }
            let place = event &- rest
            // A place before the clocks changed belongs to the other grid.
            guard zone.offset(at: place) == offset else { continue }
            result.append(place, columns.beliefTimes[index], columns.values[index])
        }
        return result
    }

    private static func isRegular(_ starts: [Int64], step: Int64) -> Bool {
        for index in 1..<starts.count where starts[index] &- starts[index - 1] != step {
            return false
        }
        return true
    }
}

internal import Model

/// How a series' beliefs are cut into blocks.
enum BlockSplit {
    /// Cuts `columns` into as few blocks as hold them, of equal length.
    static func even(_ columns: BeliefColumns, valueCountMax: Int) -> [BeliefColumns] {
        guard columns.count > valueCountMax else { return columns.isEmpty ? [] : [columns] }
        let blockCount = (columns.count + valueCountMax - 1) / valueCountMax
        return (0..<blockCount).map { index in
            let first = columns.count * index / blockCount
            let end = columns.count * (index + 1) / blockCount
            return columns.slice(first..<end)
        }
    }

    /// Parts a series' beliefs by the partition that their events belong to.
    static func windows(of columns: BeliefColumns) -> [(PartitionWindow, BeliefColumns)] {
        var result: [(PartitionWindow, BeliefColumns)] = []
        var first = 0
        while first < columns.count {
            let window = PartitionWindow.containing(event: columns.eventStarts[first])
            var end = columns.count
            if let bounds = window.bounds {
                end = columns.positions(ofEventsIn: .min...bounds.upperBound - 1).upperBound
            } else {
                end = first + 1
                while end < columns.count,
                    PartitionWindow.containing(event: columns.eventStarts[end]) == window
                {
                    end += 1
                }
            }
            result.append((window, columns.slice(first..<end)))
            first = end
        }
        return result
    }

    /// Parts beliefs into the latest of each event and the others; both ascending.
    static func layers(
        of columns: BeliefColumns
    ) -> (current: BeliefColumns, superseded: BeliefColumns) {
        var (current, superseded) = (BeliefColumns(), BeliefColumns())
        current.reserveCapacity(columns.count)
        for index in 0..<columns.count {
            let (event, belief) = (columns.eventStarts[index], columns.beliefTimes[index])
            let value = columns.values[index]
            let isLatest = index + 1 == columns.count || columns.eventStarts[index + 1] != event
            if isLatest {
                current.append(event, belief, value)
            } else {
                superseded.append(event, belief, value)
            }
        }
        return (current, superseded)
    }
}

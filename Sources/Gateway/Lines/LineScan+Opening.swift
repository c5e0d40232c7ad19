extension LineScan {
    /// The new series that lines state something about, without those that only have a new
    /// spelling; in the order of the request. A line that is not stored leaves none.
    ///
    /// `spelled`: called with each that only has a new spelling.
    func takeUsedNewSeries(spelled: (Int) -> Void) -> [Int] {
        var isUsed = [Bool](repeating: false, count: newSeries.count)
        var missing: [Int] = []
        for line in openLines {
            for row in line.rows where series[row] & Self.newMark != 0 {
                let index = Int(series[row] & ~Self.newMark)
                if isUsed[index] { continue }
                isUsed[index] = true
                if newSeries[index].known == nil { missing.append(index) } else { spelled(index) }
            }
        }
        return missing
    }

    /// Puts numbers of the database in place of those of new series, and takes out the lines that
    /// have a series without a number.
    mutating func close(numbers: [UInt32?], refusals: [Int: LineProblem]) {
        var dropped: [Range<Int>] = []
        for line in openLines {
            var refusal: LineProblem?
            for row in line.rows where series[row] & Self.newMark != 0 {
                let index = Int(series[row] & ~Self.newMark)
                if let number = numbers[index] {
                    series[row] = number
                } else {
                    refusal = refusals[index] ?? .seriesLimit
                }
            }
            if let refusal {
                problems.add(refusal, line: line.line)
                dropped.append(line.rows)
            }
        }
        openLines = []
        removeRows(dropped)
    }

    /// `ranges`: ascending and apart.
    private mutating func removeRows(_ ranges: [Range<Int>]) {
        guard let first = ranges.first else { return }
        var end = first.lowerBound
        for (index, range) in ranges.enumerated() {
            let next = index + 1 < ranges.count ? ranges[index + 1].lowerBound : values.count
            for row in range.upperBound..<next {
                series[end] = series[row]
                eventStarts[end] = eventStarts[row]
                values[end] = values[row]
                end += 1
            }
        }
        series.removeSubrange(end...)
        eventStarts.removeSubrange(end...)
        values.removeSubrange(end...)
    }
}

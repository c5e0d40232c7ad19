/// What a line-protocol body states, in columns, and what of it is not stored.
struct LineScan: Sendable {
    /// Marks a number of `newSeries` among the series of the database.
    static let newMark: UInt32 = 1 << 31

    /// A series that the database's table does not have in this spelling.
    struct NewSeries: Sendable {
        /// The canonical name.
        let name: [UInt8]
        /// `name`'s series in the database, if only the spelling is new.
        let known: UInt32?
        /// Where it was first seen: rows of one line have one number.
        let line: Int
    }

    /// Rows of a line that states something about a new series.
    struct OpenLine: Sendable {
        let line: Int
        let rows: Range<Int>
    }

    // Columns of equal length, one belief a row.

    /// A series' number in the database; or in `newSeries`, with `newMark`.
    var series: [UInt32] = []
    /// µs since 1970 UTC.
    var eventStarts: [Int64] = []
    var values: [Double] = []

    /// By number, in the order of the request.
    var newSeries: [NewSeries] = []
    /// The spellings of `newSeries` that were sent and that the database's table does not have, in
    /// order.
    var newKeys: LineSeriesTable
    /// The names of `newSeries`, as keys, that are not among `newKeys`.
    var newNames: LineSeriesTable
    /// Ascending.
    var openLines: [OpenLine] = []
    var problems = LineProblems()
    /// Lines with something in them: stored or not.
    var lineCount = 0

    /// `seed`: of the database's table, so that hashes of its keys hold here too.
    init(seed: UInt64) {
        newKeys = LineSeriesTable(seed: seed)
        newNames = LineSeriesTable(seed: seed)
    }

    /// The number in `newSeries` of a series that is spelled as its name, and that neither `known` nor
    /// `newKeys` have. `head` and `field`, which includes the `=`, lie in `bytes`.
    ///
    /// - Throws: as `LineKey.check(name:)`.
    mutating func newSeries(
        _ bytes: Span<UInt8>,
        head: Range<Int>,
        field: Range<Int>,
        hash: UInt64,
        line: Int
    ) throws(LineProblem) -> UInt32 {
        if !newNames.entries.isEmpty {
            let found = newNames.find(bytes, head: head, field: field, hash: hash)
            if found != LineSeriesTable.none { return newNames.entries[Int(found)].series }
        }
        let byteCount = head.count + field.count
        let name = [UInt8](capacity: byteCount) { output in
            for index in head { output.append(bytes[index]) }
            output.append(LineByte.blank)
            for index in field.dropLast() { output.append(bytes[index]) }
        }
        try LineKey.check(name: name)
        if newSeries.isEmpty {
            // Where there is one, there mostly are as many as lines.
            let lineCount = min(bytes.count / (byteCount + 16) + 1, 8_192)
            newKeys.reserve(lineCount, byteCount: byteCount + 8)
            newSeries.reserveCapacity(lineCount)
            openLines.reserveCapacity(lineCount)
        }
        let number = UInt32(newSeries.count)
        let sharesHead = newSeries.last?.line == line
        newSeries.append(NewSeries(name: name, known: nil, line: line))
        newKeys.add(
            bytes,
            head: head,
            field: field,
            hash: hash,
            series: number,
            sharesHead: sharesHead
        )
        return number
    }

    /// The number in `newSeries` of a series that is spelled as `known` does not have it. Each
    /// spelling, and the name, comes with the length of its `measurement,tags`.
    mutating func newSeries(
        spelling: (key: [UInt8], headCount: Int),
        name: (text: [UInt8], headCount: Int),
        line: Int,
        known: LineSeriesTable
    ) -> UInt32 {
        if let found = number(of: spelling.key, headCount: spelling.headCount) { return found }
        let nameKey = name.text + [LineByte.equals]
        let isName = nameKey == spelling.key
        let sharesHead = newSeries.last?.line == line
        let number: UInt32
        if !isName, let found = self.number(of: nameKey, headCount: name.headCount) {
            number = found
        } else {
            number = UInt32(newSeries.count)
            let series = isName ? nil : known.series(of: nameKey, headCount: name.headCount)
            newSeries.append(NewSeries(name: name.text, known: series, line: line))
            // Found from now on by any other spelling.
            if !isName, series == nil {
                newNames.add(
                    nameKey.span,
                    headCount: name.headCount,
                    series: number,
                    sharesHead: false
                )
            }
        }
        newKeys.add(
            spelling.key.span,
            headCount: spelling.headCount,
            series: number,
            sharesHead: sharesHead
        )
        return number
    }

    private func number(of key: [UInt8], headCount: Int) -> UInt32? {
        newKeys.series(of: key, headCount: headCount)
            ?? newNames.series(of: key, headCount: headCount)
    }
}

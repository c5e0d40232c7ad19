/// What a line-protocol body states, in columns, and what of it is not stored.
struct LineScan: Sendable {
    /// Marks a number of `newSeries` among the series of the database.
    static let newMark: UInt32 = 1 << 31

    /// A series that the database's table does not have in this spelling.
    struct NewSeries: Sendable {
        /// The canonical name, and `=`.
        let key: [UInt8]
        /// `name`'s series in the database, if only the spelling is new.
        let known: UInt32?
        /// Where it was first seen: rows of one line have one number.
        let line: Int

        /// The canonical name.
        var name: ArraySlice<UInt8> { key.dropLast() }
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

    /// Notes a series that is spelled as neither `known` nor `newKeys` have it.
    ///
    /// - Parameters:
    ///   - bytes: The body.
    ///   - head: Where `measurement,tags` lies in it.
    ///   - field: Where `field=` lies in it.
    ///   - hash: Of both, as `LineSeriesTable.find` takes it.
    ///   - name: The series' name and `=`, with the length of its `measurement,tags`.
    ///   - line: The line's number.
    ///   - known: The series of the database.
    /// - Returns: Its number in `newSeries`.
    mutating func newSeries(
        _ bytes: Span<UInt8>,
        head: Range<Int>,
        field: Range<Int>,
        hash: UInt64,
        name: (key: [UInt8], headCount: Int),
        line: Int,
        known: LineSeriesTable
    ) -> UInt32 {
        let named = newNames.find(bytes, head: head, field: field, hash: hash)
        if named != LineSeriesTable.none { return newNames.entries[Int(named)].series }
        let (nameHead, nameField) = (0..<name.headCount, (name.headCount + 1)..<name.key.count)
        let nameHash = newKeys.hash(of: name.key.span, headCount: name.headCount)
        let sharesHead = newSeries.last?.line == line
        let number: UInt32
        if let found = self.number(name.key.span, nameHead, nameField, nameHash) {
            number = found
        } else {
            reserveForFirst(bytes, name.key.count)
            number = UInt32(newSeries.count)
            let isName =
                head.count == name.headCount && field.count == nameField.count
                && ByteKernels.areEqual(
                    bytes,
                    at: head.lowerBound,
                    name.key.span,
                    at: 0,
                    count: head.count
                )
                && ByteKernels.areEqual(
                    bytes,
                    at: field.lowerBound,
                    name.key.span,
                    at: nameField.lowerBound,
                    count: field.count
                )
            let series = isName ? nil : known.series(of: name.key, headCount: name.headCount)
            newSeries.append(NewSeries(key: name.key, known: series, line: line))
            // Found from now on by any other spelling.
            if !isName, series == nil {
                newNames.add(
                    name.key.span,
                    head: nameHead,
                    field: nameField,
                    hash: nameHash,
                    series: number,
                    sharesHead: false
                )
            }
        }
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

    private func number(
        _ bytes: Span<UInt8>,
        _ head: Range<Int>,
        _ field: Range<Int>,
        _ hash: UInt64
    ) -> UInt32? {
        let key = newKeys.find(bytes, head: head, field: field, hash: hash)
        if key != LineSeriesTable.none { return newKeys.entries[Int(key)].series }
        let name = newNames.find(bytes, head: head, field: field, hash: hash)
        if name != LineSeriesTable.none { return newNames.entries[Int(name)].series }
        return nil
    }

    /// Where there is one new series, there mostly are as many as lines.
    private mutating func reserveForFirst(_ bytes: Span<UInt8>, _ byteCount: Int) {
        guard newSeries.isEmpty else { return }
        let lineCount = min(bytes.count / (byteCount + 16) + 1, 8_192)
        newKeys.reserve(lineCount, byteCount: byteCount + 8)
        newNames.reserve(lineCount, byteCount: byteCount + 8)
        newSeries.reserveCapacity(lineCount)
        openLines.reserveCapacity(lineCount)
    }
}

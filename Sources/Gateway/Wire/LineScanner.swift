import Model

/// Reads InfluxDB line protocol: `measurement,tag=value field=number timestamp`, a line a time.
///
/// Works on bytes; makes no object per line. A line is stored whole or not at all, and one that is
/// not says why. Never traps on hostile bytes.
struct LineScanner {
    private let known: LineSeriesTable
    private let precision: LinePrecision
    private let receivedAt: Int64
    private var scan: LineScan

    /// The next byte to read.
    var index = 0
    /// Counted from 1.
    private var line = 1
    /// The entry of `known` that comes next if the client goes on in the order of before.
    private var expected: UInt32 = 0
    /// The text of the timestamp read last, and what it meant: it mostly stands on many lines.
    private var lastTime = 0..<0
    private var lastMicroseconds: Int64 = 0

    private init(known: LineSeriesTable, precision: LinePrecision, receivedAt: Timestamp) {
        self.known = known
        scan = LineScan(seed: known.seed)
        self.precision = precision
        self.receivedAt = receivedAt.microseconds
    }

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - bytes: The body, not compressed.
    ///   - known: The database's series.
    ///   - precision: The unit of the timestamps.
    ///   - receivedAt: The time of lines that have none.
    /// - Returns: What the body states, and which lines say nothing that can be stored.
    static func scan(
        _ bytes: Span<UInt8>,
        known: LineSeriesTable,
        precision: LinePrecision,
        receivedAt: Timestamp
    ) -> LineScan {
        var scanner = LineScanner(known: known, precision: precision, receivedAt: receivedAt)
        // Short lines have some 40 bytes; columns that grow once more are no harm.
        let rowCount = bytes.count / 40 + 16
        scanner.scan.series.reserveCapacity(rowCount)
        scanner.scan.eventStarts.reserveCapacity(rowCount)
        scanner.scan.values.reserveCapacity(rowCount)
        while scanner.index < bytes.count { scanner.readLine(bytes) }
        return scanner.scan
    }

    /// Reads one line with what ends it.
    @inline(__always)
    private mutating func readLine(_ bytes: Span<UInt8>) {
        skipBlanks(bytes)
        guard index < bytes.count else { return }
        switch bytes[index] {
        case LineByte.newline:
            index += 1
            line += 1
            return
        case LineByte.carriageReturn, LineByte.hash:
            skipLine(bytes)
            return
        default: break
        }
        scan.lineCount += 1
        let firstRow = scan.values.count
        let firstLine = line
        do throws(LineProblem) {
            try readFields(bytes)
            let time = try readTime(bytes)
            scan.eventStarts.append(time)
            let rowCount = scan.values.count - firstRow
            if rowCount > 1 {
                for _ in 1..<rowCount { scan.eventStarts.append(time) }
            }
            if hasNewSeries {
                hasNewSeries = false
                let rows = firstRow..<scan.values.count
                scan.openLines.append(LineScan.OpenLine(line: firstLine, rows: rows))
            }
        } catch {
            hasNewSeries = false
            scan.series.removeSubrange(firstRow...)
            scan.values.removeSubrange(firstRow...)
            scan.problems.add(error, line: firstLine)
            skipLine(bytes)
        }
    }

    /// Whether the present line names a series that `known` does not have.
    private var hasNewSeries = false

    // MARK: keys

    /// Reads `measurement,tags fields` up to the blank or the end after the fields.
    @inline(__always)
    private mutating func readFields(_ bytes: Span<UInt8>) throws(LineProblem) {
        // The usual line: the key that is expected, then one number.
        var head = Head()
        if let entry = expectedEntry(), isKey(entry, bytes) {
            head.range = index..<(index + Int(entry.headCount))
            head.number = entry.head
            index += entry.count
            scan.series.append(entry.series)
            expected &+= 1
        } else {
            try readHead(bytes, &head)
            try readKey(bytes, &head)
        }
        scan.values.append(try readValue(bytes))
        while index < bytes.count, bytes[index] == LineByte.comma {
            index += 1
            if let entry = expectedEntry(), entry.head == head.number, isField(entry, bytes) {
                index += Int(entry.fieldCount)
                scan.series.append(entry.series)
                expected &+= 1
            } else {
                try readKey(bytes, &head)
            }
            scan.values.append(try readValue(bytes))
        }
    }

    /// `measurement,tags` of the present line.
    private struct Head {
        var range = 0..<0
        /// `LineSeriesTable.Entry.head`; 0 if it is not known.
        var number: UInt32 = 0
        var hash: UInt64?
        /// Read when it is first needed.
        var key: LineKey?
    }

    @inline(__always)
    private func expectedEntry() -> LineSeriesTable.Entry? {
        Int(expected) < known.entries.count ? known.entries[Int(expected)] : nil
    }

    /// Whether the bytes at `index` are the entry's key. They then mean what they meant when the
    /// entry was made, as what is read from left to right does not depend on what follows `=`.
    @inline(__always)
    private func isKey(_ entry: LineSeriesTable.Entry, _ bytes: Span<UInt8>) -> Bool {
        let start = Int(entry.offset)
        return ByteKernels.areEqual(
            known.arena.span,
            at: start,
            bytes,
            at: index,
            count: entry.count
        )
    }

    @inline(__always)
    private func isField(_ entry: LineSeriesTable.Entry, _ bytes: Span<UInt8>) -> Bool {
        let start = Int(entry.offset) + Int(entry.headCount) + 1
        let count = Int(entry.fieldCount)
        return ByteKernels.areEqual(known.arena.span, at: start, bytes, at: index, count: count)
    }

    /// Finds the end of `measurement,tags` and the beginning of the fields.
    private mutating func readHead(
        _ bytes: Span<UInt8>,
        _ head: inout Head
    ) throws(LineProblem) {
        let start = index
        while true {
            index = ByteKernels.firstIndex(
                of: LineByte.blank,
                LineByte.newline,
                LineByte.backslash,
                in: bytes,
                from: index
            )
            guard index < bytes.count, bytes[index] == LineByte.backslash else { break }
            // What follows is part of the text, but for the end of the line.
            index += index + 1 < bytes.count && bytes[index + 1] != LineByte.newline ? 2 : 1
        }
        head.range = start..<index
        guard bytes[start] != LineByte.comma else { throw .missingMeasurement }
        skipBlanks(bytes)
        guard index < bytes.count, !LineByte.endsLine(bytes[index]) else { throw .missingFields }
    }

    /// Reads `field=` and finds the series.
    @inline(never)
    private mutating func readKey(
        _ bytes: Span<UInt8>,
        _ head: inout Head
    ) throws(LineProblem) {
        let start = index
        try skipFieldKey(bytes)
        let field = start..<index
        let headHash = head.hash ?? ByteKernels.hash(bytes, head.range, seed: known.seed)
        head.hash = headHash
        let hash = LineSeriesTable.hash(head: headHash, field: bytes, field)
        let found = known.find(bytes, head: head.range, field: field, hash: hash)
        if found != LineSeriesTable.none {
            let entry = known.entries[Int(found)]
            head.number = entry.head
            scan.series.append(entry.series)
            expected = found &+ 1
            return
        }
        scan.series.append(try newSeries(bytes, &head, field, hash) | LineScan.newMark)
        hasNewSeries = true
    }

    /// Moves behind the `=` after a field's key.
    private mutating func skipFieldKey(_ bytes: Span<UInt8>) throws(LineProblem) {
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case LineByte.equals:
                guard index > start else { throw .missingFieldKey }
                index += 1
                return
            case LineByte.backslash:
                index += index + 1 < bytes.count && bytes[index + 1] != LineByte.newline ? 2 : 1
            case LineByte.blank, LineByte.comma, LineByte.newline:
                throw index == start ? .missingFieldKey : .missingFieldValue
            default: index += 1
            }
        }
        throw .missingFieldValue
    }

    /// The number in `scan.newSeries` of a key that `known` does not have as it is spelled.
    private mutating func newSeries(
        _ bytes: Span<UInt8>,
        _ head: inout Head,
        _ field: Range<Int>,
        _ hash: UInt64
    ) throws(LineProblem) -> UInt32 {
        let found = scan.newKeys.find(bytes, head: head.range, field: field, hash: hash)
        if found != LineSeriesTable.none { return scan.newKeys.entries[Int(found)].series }
        let key: LineKey
        if let read = head.key {
            key = read
        } else {
            key = try LineKey(head: bytes.extracting(head.range))
            head.key = key
        }
        let fieldKey = bytes.extracting(field.lowerBound..<(field.upperBound - 1))
        return scan.newSeries(
            bytes,
            head: head.range,
            field: field,
            hash: hash,
            name: (try key.withField(fieldKey), key.head.count),
            line: line,
            known: known
        )
    }

    // MARK: time

    /// Reads the timestamp, if there is one, and the end of the line.
    @inline(__always)
    private mutating func readTime(_ bytes: Span<UInt8>) throws(LineProblem) -> Int64 {
        skipBlanks(bytes)
        // The text of before, and not the beginning of a longer one.
        let end = index + lastTime.count
        if !lastTime.isEmpty, end < bytes.count, bytes[end] == LineByte.newline,
            ByteKernels.areEqual(
                bytes,
                at: lastTime.lowerBound,
                bytes,
                at: index,
                count: lastTime.count
            )
        {
            index = end + 1
            line += 1
            return lastMicroseconds
        }
        var time = receivedAt
        if index < bytes.count, !LineByte.endsLine(bytes[index]) {
            let start = index
            let count = try LineNumber.timestamp(bytes, at: &index)
            guard let microseconds = precision.microseconds(count) else { throw .timeOutOfRange }
            (lastTime, lastMicroseconds) = (start..<index, microseconds)
            time = microseconds
            skipBlanks(bytes)
        }
        if index < bytes.count, bytes[index] == LineByte.carriageReturn { index += 1 }
        guard index < bytes.count else { return time }
        guard bytes[index] == LineByte.newline else { throw .badTimestamp }
        index += 1
        line += 1
        return time
    }

    // MARK: values and space

    @inline(__always)
    private mutating func readValue(_ bytes: Span<UInt8>) throws(LineProblem) -> Double {
        let start = index
        if let number = DecimalNumber.scan(bytes, at: &index),
            index == bytes.count || LineByte.endsValue(bytes[index])
        {
            guard number.isFinite else { throw .notFinite }
            return number
        }
        index = start
        return try LineNumber.value(bytes, at: &index)
    }

    @inline(__always)
    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while index < bytes.count, bytes[index] == LineByte.blank || bytes[index] == LineByte.tab {
            index += 1
        }
    }

    private mutating func skipLine(_ bytes: Span<UInt8>) {
        while index < bytes.count, bytes[index] != LineByte.newline { index += 1 }
        if index < bytes.count { index += 1 }
        line += 1
    }
}

/// The bytes that mean something in line protocol.
enum LineByte {
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let blank = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let comma = UInt8(ascii: ",")
    static let equals = UInt8(ascii: "=")
    static let backslash = UInt8(ascii: "\\")
    static let hash = UInt8(ascii: "#")

    @inline(__always) static func endsLine(_ byte: UInt8) -> Bool {
        byte == newline || byte == carriageReturn
    }
    @inline(__always) static func endsValue(_ byte: UInt8) -> Bool {
        byte == blank || byte == comma || byte == newline || byte == carriageReturn
    }
}

/// Rows in the binary COPY format (Postgres docs, COPY, "Binary Format"), built in memory.
package struct CopyBuffer: Sendable {
    package private(set) var bytes: [UInt8]

    /// - Parameter capacity: expected size in bytes.
    package init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity + 64)
        bytes += [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]  // PGCOPY\n…
        bytes += [0, 0, 0, 0, 0, 0, 0, 0]  // flags, length of the header's extension
    }

    /// Begins a row of `count` fields; exactly as many `append` calls follow.
    package mutating func beginRow(fields count: Int) { append16(UInt16(count)) }

    package mutating func appendNull() { append32(UInt32.max) }

    /// A `bigint`.
    package mutating func append(_ value: Int64) {
        append32(8)
        append64(UInt64(bitPattern: value))
    }

    /// An `integer`.
    package mutating func append(_ value: Int32) {
        append32(4)
        append32(UInt32(bitPattern: value))
    }

    /// A `double precision`.
    package mutating func append(_ value: Double) {
        append32(8)
        append64(value.bitPattern)
    }

    /// A `timestamptz`, from µs since 1970 UTC.
    package mutating func append(timestamp microseconds: Int64) {
        append(microseconds &- PostgresEpoch.microseconds)
    }

    /// A `bytea`.
    package mutating func append(_ value: [UInt8]) {
        append32(UInt32(value.count))
        bytes += value
    }

    /// A `text` or `varchar`.
    package mutating func append(_ value: String) {
        append32(UInt32(value.utf8.count))
        bytes += value.utf8
    }

    /// A `jsonb`, of JSON text.
    package mutating func append(json text: String) {
        append32(UInt32(text.utf8.count + 1))
        bytes.append(1)  // the version of its binary form
        bytes += text.utf8
    }

    /// An `interval` without days and months.
    package mutating func append(interval microseconds: Int64) {
        append32(16)
        append64(UInt64(bitPattern: microseconds))
        append64(0)
    }

    /// Ends the data.
    package mutating func finish() { append16(UInt16.max) }

    private mutating func append16(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    private mutating func append32(_ value: UInt32) {
        append16(UInt16(truncatingIfNeeded: value >> 16))
        append16(UInt16(truncatingIfNeeded: value))
    }

    private mutating func append64(_ value: UInt64) {
        append32(UInt32(truncatingIfNeeded: value >> 32))
        append32(UInt32(truncatingIfNeeded: value))
    }
}

extension PostgresConnection {
    /// Copies finished rows into a table.
    ///
    /// `target`: table and columns, as in `journal (id, payload)`.
    package borrowing func copy(_ rows: CopyBuffer, into target: String) throws(PostgresError) {
        try start("COPY \(target) FROM STDIN (FORMAT binary)")
        guard case .copyIn = try nextStep() else { throw .unexpected("no COPY") }
        try putCopy(rows.bytes)
        try endCopy()
        while try nextStep() != nil {}
    }
}

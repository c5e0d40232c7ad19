internal import CLibPQ

/// The rows of one result, shape `[count][columns]`. Values are read by row and column index.
///
/// `@unchecked Sendable`: owns a `PGresult`, which libpq never changes once it is handed out, so
/// that reads from several threads do not meet a write (libpq docs, section 34.20).
@safe package final class PostgresRows: @unchecked Sendable {
    private let handle: OpaquePointer
    /// Number of rows.
    package let count: Int

    init(owning handle: OpaquePointer) {
        unsafe self.handle = unsafe handle
        unsafe count = Int(PQntuples(handle))
    }

    deinit { unsafe PQclear(handle) }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        unsafe PQgetisnull(handle, Int32(row), Int32(column)) == 1
    }

    /// Lends the value's bytes as they came, without a copy.
    package func withBytes<R>(
        _ row: Int,
        _ column: Int,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R {
        let length = unsafe Int(PQgetlength(handle, Int32(row), Int32(column)))
        let start = unsafe PQgetvalue(handle, Int32(row), Int32(column))
        return try unsafe body(UnsafeRawBufferPointer(start: start, count: length))
    }

    /// A `bytea` of a binary result.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8] {
        unsafe withBytes(row, column) { unsafe Array($0) }
    }

    /// A text-like value, also of `jsonb` (whose binary form has a version byte in front).
    package func string(_ row: Int, _ column: Int) -> String {
        let isJSONB = unsafe PQftype(handle, Int32(column)) == 3802
        let skipped = isJSONB && isBinary(column) ? 1 : 0
        return unsafe withBytes(row, column) { bytes in
            unsafe String(decoding: bytes.dropFirst(skipped), as: UTF8.self)
        }
    }

    package func optionalString(_ row: Int, _ column: Int) -> String? {
        isNull(row, column) ? nil : string(row, column)
    }

    /// A `smallint`, `integer`, `bigint` or `oid`.
    ///
    /// - Throws: `.unexpected` for NULL and other types.
    package func int(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        guard let value = try optionalInt(row, column) else { throw unexpected(row, column) }
        return value
    }

    package func optionalInt(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        if isNull(row, column) { return nil }
        guard isBinary(column) else {
            guard let value = Int64(string(row, column)) else { throw unexpected(row, column) }
            return value
        }
        return switch unsafe PQgetlength(handle, Int32(row), Int32(column)) {
        case 2: Int64(Int16(truncatingIfNeeded: bits(row, column)))
        case 4: Int64(Int32(truncatingIfNeeded: bits(row, column)))
        case 8: Int64(bitPattern: bits(row, column))
        default: throw unexpected(row, column)
        }
    }

    /// A `double precision`.
    package func double(_ row: Int, _ column: Int) throws(PostgresError) -> Double {
        guard let value = try optionalDouble(row, column) else { throw unexpected(row, column) }
        return value
    }

    package func optionalDouble(_ row: Int, _ column: Int) throws(PostgresError) -> Double? {
        if isNull(row, column) { return nil }
        guard isBinary(column) else {
            guard let value = Double(string(row, column)) else { throw unexpected(row, column) }
            return value
        }
        guard unsafe PQgetlength(handle, Int32(row), Int32(column)) == 8 else {
            throw unexpected(row, column)
        }
        return Double(bitPattern: bits(row, column))
    }

    package func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
        guard !isNull(row, column) else { throw unexpected(row, column) }
        return isBinary(column) ? bits(row, column) == 1 : string(row, column) == "t"
    }

    /// A `timestamptz` of a binary result, unit µs since 1970 UTC.
    package func timestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        guard let value = try optionalTimestamp(row, column) else { throw unexpected(row, column) }
        return value
    }

    package func optionalTimestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        guard let value = try optionalInt(row, column) else { return nil }
        return value &+ PostgresEpoch.microseconds
    }

    private func isBinary(_ column: Int) -> Bool {
        unsafe PQfformat(handle, Int32(column)) == 1
    }

    /// The value's bytes as one number, highest byte first.
    private func bits(_ row: Int, _ column: Int) -> UInt64 {
        unsafe withBytes(row, column) { bytes in
            unsafe bytes.reduce(0) { value, byte in value << 8 | UInt64(byte) }
        }
    }

    private func unexpected(_ row: Int, _ column: Int) -> PostgresError {
        let name = unsafe PQfname(handle, Int32(column)).map { unsafe String(cString: $0) }
        return .unexpected("row \(row), column `\(name ?? String(column))`")
    }
}

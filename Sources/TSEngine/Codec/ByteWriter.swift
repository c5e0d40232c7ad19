/// The growing bytes of a block, and the primitives of the format written at their end.
struct ByteWriter {
    /// Everything written so far.
    private(set) var bytes: [UInt8]

    /// - Parameter byteCapacity: Bytes to reserve; more may be written.
    init(byteCapacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(byteCapacity)
    }

    /// A fixed `u8`.
    mutating func append(byte: UInt8) { bytes.append(byte) }

    /// The `byteCount` low bytes of `value`, lowest first.
    mutating func append(fixed value: UInt64, byteCount: Int = 8) {
        for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    /// A fixed `i64`.
    mutating func append(fixed value: Int64) { append(fixed: UInt64(bitPattern: value)) }

    /// An unsigned LEB128 varint in its shortest form.
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A count that is never negative.
    mutating func append(varint value: Int) { append(varint: UInt64(value)) }

    /// A signed varint: 0, -1, 1, -2 are stored as 0, 1, 2, 3.
    mutating func append(zigzag value: Int64) { append(varint: Zigzag.encode(value)) }

    /// Bytes as they are.
    mutating func append(contentsOf other: [UInt8]) { bytes.append(contentsOf: other) }

    /// `byteCount` more bytes, all of which `fill` must write.
    mutating func append(byteCount: Int, fill: (inout MutableSpan<UInt8>) -> Void) {
        bytes.appendUninitialized(byteCount, fill)
    }

    /// At most `byteCountMax` more bytes, which `body` appends one by one: for many small numbers, as
    /// nothing is asked of the array for each.
    mutating func append(
        byteCountMax: Int,
        _ body: (inout OutputSpan<UInt8>) -> Void
    ) {
        bytes.append(addingCapacity: byteCountMax, initializingWith: body)
    }

    /// Drops what was written after `bytes.count` was `byteCount`: the way back from a trial.
    mutating func truncate(byteCount: Int) { bytes.removeLast(bytes.count - byteCount) }

    /// Number of bytes of `value` as a varint.
    static func varintByteCount(_ value: UInt64) -> Int {
        (70 - (value | 1).leadingZeroBitCount) / 7
    }
}

extension OutputSpan<UInt8> {
    /// As `ByteWriter.append(varint:)`, ten bytes at most.
    @inline(__always)
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// As `ByteWriter.append(zigzag:)`, ten bytes at most.
    @inline(__always)
    mutating func append(zigzag value: Int64) { append(varint: Zigzag.encode(value)) }
}

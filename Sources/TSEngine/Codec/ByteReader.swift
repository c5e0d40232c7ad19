/// A position in the bytes of a block, and the primitives of the format read from there.
///
/// The reader does not hold the bytes (a type that holds a span needs an experimental feature), so
/// each call passes the same span. Every read checks the end: no bytes trap.
struct ByteReader {
    /// Index of the next byte.
    private(set) var offset = 0

    /// A fixed `u8`.
    @inline(__always)
    mutating func byte(_ bytes: RawSpan) throws(CodecError) -> UInt8 {
        guard offset < bytes.byteCount else { throw .truncated }
        // The load checks its bounds; "unsafe" in its name is about types with invalid bit
        // patterns.
        let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        offset += 1
        return byte
    }

    /// A fixed little-endian integer: `u32`, or the bits of an `i64` or `f64` as `UInt64`.
    @inline(__always)
    mutating func fixed<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan,
        as type: Value.Type
    ) throws(CodecError) -> Value {
        guard bytes.byteCount - offset >= MemoryLayout<Value>.size else { throw .truncated }
        // The load checks its bounds, and every bit pattern is a valid integer.
        let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type)
        offset += MemoryLayout<Value>.size
        return Value(littleEndian: value)
    }

    /// An unsigned LEB128 varint of at most ten bytes.
    @inline(__always)
    mutating func varint(_ bytes: RawSpan) throws(CodecError) -> UInt64 {
        let first = try byte(bytes)
        return first < 0x80 ? UInt64(first) : try longVarint(bytes, first: first)
    }

    /// A varint that must be in `0...limit`, else `error`.
    mutating func count(
        _ bytes: RawSpan,
        through limit: Int,
        else error: CodecError
    ) throws(CodecError) -> Int {
        let value = try varint(bytes)
        guard let count = Int(exactly: value), count <= limit else { throw error }
        return count
    }

    /// A signed varint: 0, -1, 1, -2 are stored as 0, 1, 2, 3.
    @inline(__always)
    mutating func zigzag(_ bytes: RawSpan) throws(CodecError) -> Int64 {
        Zigzag.decode(try varint(bytes))
    }

    /// Steps over `count` bytes and returns the index of the first.
    mutating func skip(_ count: Int, in bytes: RawSpan) throws(CodecError) -> Int {
        guard bytes.byteCount - offset >= count else { throw .truncated }
        defer { offset += count }
        return offset
    }

    private mutating func longVarint(_ bytes: RawSpan, first: UInt8) throws(CodecError) -> UInt64 {
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while true {
            let next = try byte(bytes)
            // The tenth byte holds the 64th bit and nothing else.
            guard shift < 63 || next <= 1 else { throw .varint }
            value |= UInt64(next & 0x7F) &<< shift
            if next < 0x80 { return value }
            shift += 7
        }
    }
}

/// Signed integers as unsigned ones that are small where the magnitude is.
enum Zigzag {
    /// 0, -1, 1, -2 become 0, 1, 2, 3.
    @inline(__always)
    static func encode(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
    }

    /// The inverse of `encode`.
    @inline(__always)
    static func decode(_ value: UInt64) -> Int64 {
        Int64(bitPattern: (value &>> 1) ^ (0 &- (value & 1)))
    }
}

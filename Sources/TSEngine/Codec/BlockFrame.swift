/// The outermost bytes of a block: version, flags, compression and checksum.
///
/// Format: `docs/formats/block.md`, "Frame".
enum BlockFrame {
    /// What is written with little effort.
    static let version: UInt8 = 1
    /// May have widths of thirds of bits, which readers of version 1 do not know.
    static let thirdsVersion: UInt8 = 2
    /// Longest uncompressed body that is accepted: bounds what a hostile block can allocate.
    static let bodyByteCountMax = 4 << 20

    /// The format's flag bits.
    enum Flag {
        static let lz4: UInt8 = 1
        static let tile: UInt8 = 2
        static let checksum: UInt8 = 4
        static let all: UInt8 = lz4 | tile | checksum
    }

    /// Calls `body` with the uncompressed BODY and whether the frame calls it a tile.
    static func open(
        _ bytes: RawSpan,
        _ body: (_ body: RawSpan, _ isTile: Bool) throws(CodecError) -> Void
    ) throws(CodecError) {
        var reader = ByteReader()
        let version = try reader.byte(bytes)
        guard version == BlockFrame.version || version == thirdsVersion
        else { throw .version(version) }
        let flags = try reader.byte(bytes)
        guard flags & ~Flag.all == 0 else { throw .flags(flags) }
        var end = bytes.byteCount
        if flags & Flag.checksum != 0 {
            end -= 4
            guard end >= reader.offset else { throw .truncated }
            // The load checks its bounds, and every bit pattern is a valid integer.
            let stored = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: end, as: UInt32.self)
            guard UInt32(littleEndian: stored) == Crc32c.checksum(bytes.extracting(0..<end))
            else { throw .checksum }
        }
        let isTile = flags & Flag.tile != 0
        guard flags & Flag.lz4 != 0 else {
            return try body(bytes.extracting(reader.offset..<end), isTile)
        }
        let stored = bytes.extracting(0..<end)
        let length = try reader.varint(stored)
        guard length >= 1, length <= UInt64(bodyByteCountMax) else { throw .bodyLength(length) }
        let decompressed = try Lz4.decompress(
            stored.extracting(reader.offset..<end),
            byteCount: Int(length)
        )
        try unsafe body(decompressed.span.bytes, isTile)
    }

    /// The block around `body`.
    ///
    /// `effort`: `.compact` tries LZ4 and keeps it if the body becomes 10 % smaller.
    static func seal(_ body: [UInt8], isTile: Bool, effort: BlockCodec.Effort) -> [UInt8] {
        precondition(body.count <= bodyByteCountMax, "8,192 beliefs take less than 1 MiB")
        var flags = Flag.checksum | (isTile ? Flag.tile : 0)
        var writer = ByteWriter(byteCapacity: body.count + 16)
        let lengthByteCount = ByteWriter.varintByteCount(UInt64(body.count))
        let compressed =
            effort == .compact
            ? unsafe Lz4.compress(
                body.span.bytes,
                byteCountMax: body.count * 9 / 10 - lengthByteCount
            ) : nil
        if compressed != nil { flags |= Flag.lz4 }
        writer.append(byte: effort == .compact ? thirdsVersion : version)
        writer.append(byte: flags)
        if let compressed {
            writer.append(varint: body.count)
            writer.append(contentsOf: compressed)
        } else {
            writer.append(contentsOf: body)
        }
        let checksum = unsafe Crc32c.checksum(writer.bytes.span.bytes)
        writer.append(fixed: UInt64(checksum), byteCount: 4)
        return writer.bytes
    }
}

/// Why bytes are not a block: every case is corruption, none is worth a retry.
///
/// Source: `docs/formats/block.md`, "What a decoder refuses".
package enum CodecError: Error, Hashable {
    /// The bytes end before the block does.
    case truncated
    /// The block ends before the bytes do; the number of bytes left over.
    case trailingBytes(Int)
    /// The CRC-32C over the stored bytes is not the stored one.
    case checksum
    /// Not a version this decoder knows.
    case version(UInt8)
    /// Unknown flags, or flags that contradict the block's content.
    case flags(UInt8)
    /// A varint of more than 64 bits.
    case varint
    /// The number of beliefs is outside 1...65,536.
    case valueCount(UInt64)
    /// The uncompressed body is empty or longer than 4 MiB.
    case bodyLength(UInt64)
    /// The LZ4 block does not decompress to the stored length.
    case compression
    /// Not a kind of event column.
    case eventKind(UInt8)
    /// Not a kind of belief column, or one that does not go with the event column.
    case beliefKind(UInt8)
    /// Not a kind of value column.
    case valuesKind(UInt8)
    /// Unknown mode, flags or parameter of a number column.
    case number
    /// A common divisor below its minimum.
    case divisor(UInt64)
    /// Runs or counts that do not add up to the number of beliefs.
    case counts
    /// A dictionary of a wrong size, or a rank outside it.
    case dictionary
    /// Exception positions that do not ascend within the column.
    case exceptions
    /// An unknown order or kind of integer stream.
    case stream(UInt8)
    /// A bit width above 64.
    case width(UInt8)
    /// Patch positions that do not ascend within the mini-block, or a patch wider than 64 bits.
    case patches
    /// Tile rows that do not form a tile.
    case tile
}

extension CodecError: CustomStringConvertible {
    /// One sentence for the log; it holds no stored data.
    package var description: String {
        switch self {
        case .truncated: "block ends early"
        case .trailingBytes(let count): "\(count) bytes follow the block's end"
        case .checksum: "checksum mismatch"
        case .version(let version): "unknown block version \(version)"
        case .flags(let flags): "unknown or contradicting block flags \(flags)"
        case .varint: "varint longer than 64 bits"
        case .valueCount(let count): "\(count) beliefs in a block"
        case .bodyLength(let length): "block body of \(length) bytes"
        case .compression: "LZ4 block does not decompress to its length"
        case .eventKind(let kind): "unknown event column \(kind)"
        case .beliefKind(let kind): "unknown or contradicting belief column \(kind)"
        case .valuesKind(let kind): "unknown value column \(kind)"
        case .number: "unknown mode, flags or parameter of a number column"
        case .divisor(let divisor): "common divisor \(divisor)"
        case .counts: "runs or counts do not add up"
        case .dictionary: "dictionary size or rank out of range"
        case .exceptions: "exception positions do not ascend"
        case .stream(let header): "unknown integer stream \(header)"
        case .width(let width): "bit width \(width)"
        case .patches: "patches do not fit their mini-block"
        case .tile: "rows do not form a tile"
        }
    }
}

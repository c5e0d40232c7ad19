/// Reads the frames of a chunked body strictly, as its bytes arrive, and steps over what they hold.
///
/// Sizes are hexadecimal digits and nothing else: chunk extensions, which nobody uses, are where
/// programs disagree on where a chunk begins.
struct ChunkCheck: Sendable {
    private enum State: Sendable {
        case size
        case sizeLineEnd
        /// Bytes to come.
        case data(Int)
        case dataCarriageReturn
        case dataLineEnd
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineEnd
        case lastLineEnd
        case done
    }

    /// Bytes of all trailer fields.
    private static let trailerByteCountMax = 8_192
    /// Hexadecimal digits of a size: 4 GiB, more than any body.
    private static let digitCountMax = 8

    private var state = State.size
    private var size = 0
    private var digitCount = 0
    private var trailerByteCount = 0

    var isDone: Bool { if case .done = state { true } else { false } }

    /// Reads on from `offset`.
    ///
    /// - Returns: where it stopped: at the end of the bytes, or of the body.
    mutating func advance(_ bytes: Span<UInt8>, from offset: Int) throws(DoorRefusal) -> Int {
        var index = offset
        while index < bytes.count, !isDone {
            if case .data(let rest) = state {
                let step = min(rest, bytes.count - index)
                index += step
                state = step == rest ? .dataCarriageReturn : .data(rest - step)
                continue
            }
            try read(bytes[index])
            index += 1
        }
        return index
    }

    private mutating func read(_ byte: UInt8) throws(DoorRefusal) {
        switch state {
        case .size: try readSize(byte)
        case .sizeLineEnd:
            try expect(byte, "\n")
            state = size == 0 ? .trailerStart : .data(size)
            (size, digitCount) = (0, 0)
        case .dataCarriageReturn:
            try expect(byte, "\r")
            state = .dataLineEnd
        case .dataLineEnd:
            try expect(byte, "\n")
            state = .size
        case .trailerStart, .trailerName, .trailerValue, .trailerLineEnd: try readTrailer(byte)
        case .lastLineEnd:
            try expect(byte, "\n")
            state = .done
        case .data, .done: break
        }
    }

    private mutating func readSize(_ byte: UInt8) throws(DoorRefusal) {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "\r") where digitCount > 0:
            state = .sizeLineEnd
            return
        default: throw Self.damaged
        }
        digitCount += 1
        guard digitCount <= Self.digitCountMax else { throw Self.damaged }
        size = size << 4 | Int(digit)
    }

    private mutating func readTrailer(_ byte: UInt8) throws(DoorRefusal) {
        trailerByteCount += 1
        if trailerByteCount > Self.trailerByteCountMax {
            throw DoorRefusal(431, "The trailer is too large.")
        }
        switch state {
        case .trailerStart where byte == UInt8(ascii: "\r"): state = .lastLineEnd
        case .trailerStart:
            guard HeadCheck.isToken(byte) else { throw Self.damaged }
            state = .trailerName
        case .trailerName where byte == UInt8(ascii: ":"): state = .trailerValue
        case .trailerName: guard HeadCheck.isToken(byte) else { throw Self.damaged }
        case .trailerValue where byte == UInt8(ascii: "\r"): state = .trailerLineEnd
        case .trailerValue:
            guard byte == 9 || (byte >= 0x20 && byte != 0x7F) else { throw Self.damaged }
        default:
            try expect(byte, "\n")
            state = .trailerStart
        }
    }

    private func expect(_ byte: UInt8, _ expected: Unicode.Scalar) throws(DoorRefusal) {
        guard byte == UInt8(ascii: expected) else { throw Self.damaged }
    }

    private static let damaged = DoorRefusal.badRequest("The chunks of the body are damaged.")
}

extension JSONScanner {
    /// Reads a string that begins at the position.
    ///
    /// - Throws: `.invalidEncoding` for bytes that are not UTF-8 and for half a surrogate pair,
    ///   `.malformed` for bare control characters and unknown escapes.
    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        index += 1
        let start = index
        let end = try plainEnd(bytes)
        guard bytes[end] == UInt8(ascii: "\\") else {
            index = end + 1
            return try Self.text(bytes.extracting(start..<end))
        }
        return try escapedString(bytes, from: start)
    }

    /// Where the run of bytes that stand for themselves ends: at a quote or a backslash.
    private func plainEnd(_ bytes: Span<UInt8>) throws(JSONError) -> Int {
        var end = index
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return end
            case 0..<0x20: throw .malformed
            default: end += 1
            }
        }
        throw .malformed
    }

    private mutating func escapedString(
        _ bytes: Span<UInt8>,
        from start: Int
    ) throws(JSONError) -> String {
        var decoded: [UInt8] = []
        while true {
            let end = try plainEnd(bytes)
            for position in index..<end { decoded.append(bytes[position]) }
            index = end + 1
            if bytes[end] == UInt8(ascii: "\"") { break }
            try appendEscape(bytes, to: &decoded)
        }
        return try Self.text(decoded.span)
    }

    /// Decodes an escape; the position is behind the backslash.
    private mutating func appendEscape(
        _ bytes: Span<UInt8>,
        to decoded: inout [UInt8]
    ) throws(JSONError) {
        let letter = peek(bytes)
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try scalar(bytes)
            decoded.append(contentsOf: String(Character(scalar)).utf8)
        default: throw .malformed
        }
    }

    /// Decodes the digits of `\uXXXX`, and of a second escape if the first is half of a pair.
    private mutating func scalar(_ bytes: Span<UInt8>) throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit(bytes)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw .invalidEncoding }
        index += 2
        let second = try codeUnit(bytes)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw .invalidEncoding }
        return scalar
    }

    private mutating func codeUnit(_ bytes: Span<UInt8>) throws(JSONError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw .malformed }
        var unit: UInt32 = 0
        for position in index..<index + 4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw .malformed
            }
            unit = unit << 4 | UInt32(digit)
        }
        index += 4
        return unit
    }

    private static func text(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        guard let text = try? UTF8Span(validating: bytes) else { throw .invalidEncoding }
        return String(copying: text)
    }
}

/// A number that a client sent as text, read as Python's `float` reads it.
enum NumericText: Equatable {
    case number(Double)
    /// Infinity or not a number.
    case special
    case invalid

    /// White space around it, a sign, `.5`, `5.`, exponents and single underscores between digits
    /// are accepted.
    init(_ text: String) {
        let bytes = Array(text.trimmingASCIISpace().utf8)
        let isSigned = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+")
        let word = String(decoding: bytes.dropFirst(isSigned ? 1 : 0), as: UTF8.self).lowercased()
        guard !["nan", "inf", "infinity"].contains(word) else {
            self = .special
            return
        }
        guard let plain = Self.plain(bytes), bytes.count <= DecimalNumber.byteCountMax,
            let number = Double(plain)
        else {
            self = .invalid
            return
        }
        self = number.isFinite ? .number(number) : .special
    }

    /// The text without underscores, if it has the form of a decimal number.
    private static func plain(_ bytes: [UInt8]) -> String? {
        func isDigit(_ index: Int) -> Bool {
            bytes.indices.contains(index) && bytes[index] &- UInt8(ascii: "0") < 10
        }
        var plain: [UInt8] = []
        var (hasDigit, hasPoint, hasExponent) = (false, false, false)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
            case UInt8(ascii: "_"):
                guard isDigit(index - 1), isDigit(index + 1) else { return nil }
                continue
            case UInt8(ascii: "+"), UInt8(ascii: "-"):
                guard index == 0 || bytes[index - 1] | 0x20 == UInt8(ascii: "e") else { return nil }
            case UInt8(ascii: "."):
                guard !hasPoint, !hasExponent else { return nil }
                hasPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard hasDigit, !hasExponent else { return nil }
                (hasExponent, hasDigit) = (true, false)
            default: return nil
            }
            plain.append(byte)
        }
        return hasDigit ? String(decoding: plain, as: UTF8.self) : nil
    }
}

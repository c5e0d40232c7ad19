/// Field values and timestamps of line protocol that are not plain numbers of JSON.
enum LineNumber {
    /// Reads a field's value: a number in any spelling, an integer, or a boolean.
    ///
    /// - Throws: `.missingFieldValue`, `.invalidNumber`, `.integerOutOfRange`, `.notFinite`,
    ///   `.invalidBoolean`, `.string`, `.unterminatedString`; `index` is then inside of the line,
    ///   or behind the string.
    @inline(never)
    static func value(_ bytes: Span<UInt8>, at index: inout Int) throws(LineProblem) -> Double {
        guard index < bytes.count, !LineByte.endsValue(bytes[index]) else {
            throw .missingFieldValue
        }
        if bytes[index] == UInt8(ascii: "\"") {
            try skipString(bytes, &index)
            throw .string
        }
        let start = index
        while index < bytes.count, !LineByte.endsValue(bytes[index]) { index += 1 }
        let text = bytes.extracting(start..<index)
        guard text.count <= DecimalNumber.byteCountMax else { throw .invalidNumber }
        let last = text[text.count - 1]
        switch text[0] {
        case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"):
            return try boolean(text)
        default: break
        }
        if last == UInt8(ascii: "i") || last == UInt8(ascii: "u") {
            return try integer(text.extracting(0..<(text.count - 1)), isSigned: last == 0x69)
        }
        return try number(text)
    }

    /// Reads digits with or without a minus.
    ///
    /// - Throws: `.badTimestamp`; `.timeOutOfRange` beyond 64 bits.
    @inline(__always)
    static func timestamp(_ bytes: Span<UInt8>, at index: inout Int) throws(LineProblem) -> Int64 {
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let start = index
        var magnitude: UInt64 = 0
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            magnitude = magnitude &* 10 &+ UInt64(digit)
            index += 1
        }
        guard index > start else { throw .badTimestamp }
        guard index == bytes.count || LineByte.endsValue(bytes[index]) else { throw .badTimestamp }
        // Nineteen digits always fit into 64 bits without a sign; more do if they begin with zeros.
        if index - start > 19 {
            var rest = start
            while rest < index - 19, bytes[rest] == UInt8(ascii: "0") { rest += 1 }
            guard index - rest <= 19 else { throw .timeOutOfRange }
        }
        guard magnitude <= UInt64(Int64.max) else { throw .timeOutOfRange }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }

    /// Moves behind a string. It may hold line ends.
    private static func skipString(
        _ bytes: Span<UInt8>,
        _ index: inout Int
    ) throws(LineProblem) {
        var end = index + 1
        while end < bytes.count {
            switch bytes[end] {
            case LineByte.backslash: end += 2
            case UInt8(ascii: "\""):
                index = end + 1
                return
            default: end += 1
            }
        }
        // The line ends where it seems to: one bad line must not take the rest with it.
        throw .unterminatedString
    }

    private static func boolean(_ text: Span<UInt8>) throws(LineProblem) -> Double {
        switch String(ascii: text) {
        case "t", "T", "true", "True", "TRUE": return 1
        case "f", "F", "false", "False", "FALSE": return 0
        default: throw .invalidBoolean
        }
    }

    private static func integer(
        _ text: Span<UInt8>,
        isSigned: Bool
    ) throws(LineProblem) -> Double {
        let isNegative = !text.isEmpty && text[0] == UInt8(ascii: "-")
        let digits = text.extracting((isNegative ? 1 : 0)..<text.count)
        guard !digits.isEmpty, !isNegative || isSigned else { throw .invalidNumber }
        var magnitude: UInt64 = 0
        for index in digits.indices {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .invalidNumber }
            let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(UInt64(digit))
            guard !overflows, !overflowsToo else { throw .integerOutOfRange }
            magnitude = sum
        }
        let limit = isSigned ? UInt64(Int64.max) + (isNegative ? 1 : 0) : UInt64.max
        guard magnitude <= limit else { throw .integerOutOfRange }
        return isNegative ? -Double(magnitude) : Double(magnitude)
    }

    /// Reads what JSON does not allow but Go, and so InfluxDB, does: `+1`, `007`, `.5`, `5.`.
    private static func number(_ text: Span<UInt8>) throws(LineProblem) -> Double {
        var plain: [UInt8] = []
        var index = 0
        if text[0] == UInt8(ascii: "-") { plain.append(text[0]) }
        if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") { index += 1 }
        let wholeStart = index
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        let wholeCount = index - wholeStart
        var firstDigit = wholeStart
        while firstDigit < index, text[firstDigit] == UInt8(ascii: "0") { firstDigit += 1 }
        if firstDigit == index { plain.append(UInt8(ascii: "0")) }
        for digit in firstDigit..<index { plain.append(text[digit]) }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index += 1 }
            guard index - start + wholeCount > 0 else { throw .invalidNumber }
            if index > start {
                plain.append(UInt8(ascii: "."))
                for digit in start..<index { plain.append(text[digit]) }
            }
        } else if wholeCount == 0 {
            throw isNotANumber(text.extracting(wholeStart..<text.count))
                ? .notFinite : .invalidNumber
        }
        for rest in index..<text.count { plain.append(text[rest]) }
        var position = 0
        guard let number = DecimalNumber.scan(plain.span, at: &position), position == plain.count
        else { throw .invalidNumber }
        guard number.isFinite else { throw .notFinite }
        return number
    }

    private static func isNotANumber(_ text: Span<UInt8>) -> Bool {
        ["nan", "inf", "infinity"].contains(String(ascii: text).lowercased())
    }
}

extension String {
    /// A short text of ASCII; other bytes become U+FFFD.
    fileprivate init(ascii bytes: Span<UInt8>) {
        var text: [UInt8] = []
        for index in 0..<Swift.min(bytes.count, 16) { text.append(bytes[index]) }
        self.init(decoding: text, as: UTF8.self)
    }
}

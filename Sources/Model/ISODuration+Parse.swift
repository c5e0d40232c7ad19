extension ISODuration {
    /// The designators in their only allowed order, and the length of each in µs; nil for the
    /// nominal ones. The second `M` stands after the `T`.
    private static let units: [(designator: UInt8, isTime: Bool, microseconds: Int64?)] = [
        (UInt8(ascii: "Y"), false, nil),
        (UInt8(ascii: "M"), false, nil),
        (UInt8(ascii: "W"), false, 7 * Microseconds.day),
        (UInt8(ascii: "D"), false, Microseconds.day),
        (UInt8(ascii: "H"), true, Microseconds.hour),
        (UInt8(ascii: "M"), true, Microseconds.minute),
        (UInt8(ascii: "S"), true, Microseconds.second),
    ]

    /// Reads `[+-]P[nY][nM][nW][nD][T[nH][nM][nS]]`.
    ///
    /// - Returns: nil if the text does not have that form.
    static func components(_ bytes: [UInt8]) throws(DurationParseError) -> ISODuration? {
        var index = 0
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { index += 1 }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "P") else { return nil }
        index += 1
        // A lone `P` is no duration; `PT` is one, of length 0.
        guard index < bytes.count else { return nil }

        var (total, isNominal, isTime, nextUnit) = (Int64(0), false, false, 0)
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "T"), !isTime {
                isTime = true
                index += 1
                continue
            }
            guard let number = DecimalNumber(bytes, &index), index < bytes.count,
                let unit = units[nextUnit...].firstIndex(where: {
                    $0.designator == bytes[index] && $0.isTime == isTime
                })
            else { return nil }
            index += 1
            nextUnit = unit + 1
            if let length = units[unit].microseconds {
                let (sum, overflow) = try total.addingReportingOverflow(number.times(length))
                guard !overflow else { throw .overflow }
                total = sum
            } else if !number.isZero {
                isNominal = true
            }
        }
        return ISODuration(microseconds: isNegative ? -total : total, isNominal: isNominal)
    }

    /// Checks the form `P<date>T<time>`, to the point that the reason for a refusal is the right
    /// one.
    static func checkDateForm(_ rest: String) throws(DurationParseError) {
        let parts = rest.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw .malformed(
                reason: "ISO 8601 time designator 'T' missing. Unable to parse datetime string "
                    + pythonQuoted(rest)
            )
        }
        guard dateShapes.contains(shape(of: parts[0])) else {
            let date = pythonQuoted(String(parts[0]))
            throw .malformed(reason: "Unrecognised ISO 8601 date format: \(date)")
        }
        guard parts[1].utf8.count >= 2, parts[1].utf8.prefix(2).allSatisfy({ $0.isASCIIDigit })
        else {
            let time = pythonQuoted(String(parts[1]))
            throw .malformed(reason: "Unrecognised ISO 8601 time format: \(time)")
        }
    }

    /// The forms of a date that isodate knows, `d` for a digit: complete, week, ordinal, month,
    /// year and century.
    private static let dateShapes: Set<String> = [
        "dddd-dd-dd", "dddddddd", "dddd-Wdd-d", "ddddWddd", "dddd-ddd", "ddddddd", "dddd-Wdd",
        "ddddWdd", "dddd-dd", "dddddd", "dddd", "dd",
    ]

    private static func shape(of text: Substring) -> String {
        String(text.map { $0.isASCII && $0.isNumber ? "d" : $0 })
    }
}

/// A decimal of any length, such as `1.5` or `0,25`, kept as whole part and fraction.
private struct DecimalNumber {
    private var whole: Int64 = 0
    private var overflows = false
    /// `fraction / scale` is the part after the mark; digits beyond the 18th do not count.
    private var fraction: Int64 = 0
    private var scale: Int64 = 1

    /// Reads digits, and after a mark at least one more; leaves `index` behind them.
    init?(_ bytes: [UInt8], _ index: inout Int) {
        let start = index
        while index < bytes.count, bytes[index].isASCIIDigit {
            let (tenfold, isTooLarge) = whole.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeStill) = tenfold.addingReportingOverflow(bytes[index].digit)
            whole = sum
            overflows = overflows || isTooLarge || isTooLargeStill
            index += 1
        }
        guard index > start, index < bytes.count else { return nil }
        guard bytes[index] == UInt8(ascii: ".") || bytes[index] == UInt8(ascii: ",") else { return }
        index += 1
        let fractionStart = index
        while index < bytes.count, bytes[index].isASCIIDigit {
            if index - fractionStart < 18 {
                fraction = fraction * 10 + bytes[index].digit
                scale *= 10
            }
            index += 1
        }
        guard index > fractionStart else { return nil }
    }

    var isZero: Bool { whole == 0 && fraction == 0 && !overflows }

    /// The number times a unit's length, rounded half to even.
    func times(_ length: Int64) throws(DurationParseError) -> Int64 {
        let (product, overflow) = whole.multipliedReportingOverflow(by: length)
        // fraction < scale <= 10¹⁸ and length < 10¹²: the quotient is below `length`.
        let part = scale.dividingFullWidth(fraction.multipliedFullWidth(by: length))
        let isUp = part.remainder > scale - part.remainder
        let isTie = part.remainder == scale - part.remainder
        let rounded = part.quotient + (isUp || isTie && part.quotient & 1 == 1 ? 1 : 0)
        let (sum, overflowOfSum) = product.addingReportingOverflow(rounded)
        guard !overflows, !overflow, !overflowOfSum else { throw .overflow }
        return sum
    }
}

extension UInt8 {
    fileprivate var isASCIIDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    fileprivate var digit: Int64 { Int64(self) - 48 }
}

/// A text as Python's `repr` shows it, for reasons that quote the client.
package func pythonQuoted(_ text: String) -> String {
    let quote: Character = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var quoted = String(quote)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\r": quoted += "\\r"
        case "\t": quoted += "\\t"
        case "'" where quote == "'": quoted += "\\'"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            let digits = String(scalar.value, radix: 16)
            quoted += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    quoted.append(quote)
    return quoted
}

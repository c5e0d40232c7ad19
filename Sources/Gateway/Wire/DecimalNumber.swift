/// Decimal texts to the nearest `Double`, exactly rounded, without an object per number.
///
/// Four paths, cheapest first:
/// 1. up to seven characters, as measurements have: without a loop (`ByteKernels.shortDecimal`);
/// 2. at most 2⁵³ of mantissa and a power of ten up to 10²²: both are exact doubles, so one
/// division
///    or multiplication rounds once (W. Clinger, "How to read floating point numbers accurately");
/// 3. up to 19 digits over a power of ten up to 10¹⁹, as programs print doubles: one 128-by-64-bit
///    division with the remainder kept as a sticky bit;
/// 4. everything else: the standard library.
enum DecimalNumber {
    /// Reads a number of RFC 8259 that begins at `index`, and moves `index` behind it.
    ///
    /// - Returns: Infinite if the number is beyond the doubles; nil, with `index` unchanged, if
    ///   there is no number or its text is longer than `byteCountMax`.
    @inline(__always)
    static func scan(_ bytes: Span<UInt8>, at index: inout Int) -> Double? {
        let start = index
        var position = start
        let end = bytes.count
        var mantissa: UInt64 = 0

        let isNegative = position < end && bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        if let short = ByteKernels.shortDecimal(bytes, at: position) {
            index = position + short.byteCount
            let magnitude = Double(short.digits) / powersOfTen[short.fractionCount]
            return isNegative ? -magnitude : magnitude
        }
        let wholeStart = position
        while position < end {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Wraps beyond 19 digits; the last path then starts again from the text.
            mantissa = mantissa &* 10 &+ UInt64(digit)
            position += 1
        }
        var digitCount = position - wholeStart
        guard digitCount > 0, digitCount == 1 || bytes[wholeStart] != UInt8(ascii: "0") else {
            return nil
        }
        var exponent = 0
        if position < end, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let fractionStart = position
            while position < end {
                let digit = bytes[position] &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                position += 1
            }
            guard position > fractionStart else { return nil }
            exponent = fractionStart - position
            digitCount -= exponent
        }
        if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
            guard let written = scanExponent(bytes, at: &position) else { return nil }
            exponent += written
        }

        guard digitCount <= 19, let magnitude = value(mantissa, exponent: exponent) else {
            guard position - start <= byteCountMax,
                let number = standardValue(bytes.extracting(start..<position))
            else { return nil }
            index = position
            return number
        }
        index = position
        return isNegative ? -magnitude : magnitude
    }

    /// `mantissa · 10^exponent` by the second and third path, or nil.
    @inline(__always)
    private static func value(_ mantissa: UInt64, exponent: Int) -> Double? {
        if mantissa <= 1 << 53 {
            if exponent <= 0, exponent >= -22 {
                return Double(mantissa) / powersOfTen[-exponent]
            }
            if exponent > 0, exponent <= 22 {
                return Double(mantissa) * powersOfTen[exponent]
            }
        }
        guard exponent <= 0, exponent >= -19 else { return nil }
        return quotient(mantissa, exponent: -exponent)
    }

    /// `mantissa / 10^exponent`, rounded once.
    ///
    /// - Precondition: `mantissa` is positive, `exponent` in 0...19.
    @inline(never)
    private static func quotient(_ mantissa: UInt64, exponent: Int) -> Double {
        let divisor = integerPowersOfTen[exponent]
        let mantissaShift = mantissa.leadingZeroBitCount
        let divisorShift = divisor.leadingZeroBitCount
        let dividend = mantissa << UInt64(mantissaShift)
        // dividend · 2⁶³ over the shifted divisor lies between 2⁶² and 2⁶⁴, so 63 bits or more of
        // the quotient are known and its lowest bit can stand for "and something more".
        let (quotient, remainder) = (divisor << UInt64(divisorShift)).dividingFullWidth(
            (dividend >> 1, dividend << 63)
        )
        let sticky: UInt64 = remainder == 0 ? 0 : 1
        let scale = Double(sign: .plus, exponent: divisorShift - mantissaShift - 63, significand: 1)
        return Double(quotient | sticky) * scale
    }

    /// Reads `e`, a sign and digits.
    ///
    /// - Returns: Clamped to ±100,000, which is zero or infinity for any mantissa that fits; nil if
    ///   there are no digits.
    private static func scanExponent(_ bytes: Span<UInt8>, at position: inout Int) -> Int? {
        position += 1
        let end = bytes.count
        var isNegative = false
        if position < end,
            bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+")
        {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        let start = position
        var exponent = 0
        while position < end, bytes[position] &- UInt8(ascii: "0") < 10 {
            exponent = min(exponent * 10 + Int(bytes[position] - UInt8(ascii: "0")), 100_000)
            position += 1
        }
        guard position > start else { return nil }
        return isNegative ? -exponent : exponent
    }

    /// The standard library's reading of a whole text of ASCII.
    @inline(never)
    private static func standardValue(_ text: Span<UInt8>) -> Double? {
        guard let characters = try? UTF8Span(validating: text) else { return nil }
        return Double(String(copying: characters))
    }

    /// A longer text than any double needs (767 digits decide the rounding), but no reason to spend
    /// time on megabytes. Python refuses integers of more digits than this.
    static let byteCountMax = 4_300

    /// Exact as doubles.
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    private static let integerPowersOfTen: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
        10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000,
        100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]
}

/// Doubles as the shortest decimal that reads back the same, laid out as Python prints floats:
/// `1.0`, `0.408`, `-0.0`, `1e-05`, `1e+16`.
enum DecimalText {
    /// The longest text of a double: `-2.2250738585072014e-308`.
    static let byteCountMax = 24

    /// Appends `[1.0, null, 0.25]` on one line; NaN is `null`, and so are the infinities, which
    /// JSON does not have.
    ///
    /// Values with few decimals, as meters send them, are printed without a call: the number times
    /// a power of ten is rounded to an integer, and the division back must give the same number.
    /// With up to 15 digits that decimal is the only one so short, hence the shortest.
    static func appendColumn(_ values: Span<Double>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        var scratch = [UInt8](repeating: 0, count: chunkCount * (byteCountMax + 2))
        var places = 3
        var start = 0
        while start < values.count {
            let end = min(start + chunkCount, values.count)
            let chunk = values.extracting(start..<end)
            let byteCount = write(chunk, isFirst: start == 0, &places, into: &scratch)
            bytes.append(contentsOf: scratch[..<byteCount])
            start = end
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Appends one number; `null` if it is not finite.
    static func append(_ value: Double, to bytes: inout [UInt8]) {
        var places = 3
        var scratch = InlineArray<26, UInt8>(repeating: 0)
        var target = scratch.mutableSpan
        guard let length = writeShort(value, &places, into: &target, at: 0) else {
            bytes.append(contentsOf: text(value).utf8)
            return
        }
        for index in 0..<length { bytes.append(scratch[index]) }
    }

    /// The general way, through the standard library. Its digits are Python's, and so is its layout
    /// but for the integers from 2⁵³ to 10¹⁶, which Python still prints without an exponent.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        guard value.magnitude > 0x1p53, value.magnitude < 1e16 else { return value.description }
        return "\(Int64(value)).0"
    }

    /// Writes a chunk with its separators.
    ///
    /// - Returns: How many bytes of `scratch` are used.
    private static func write(
        _ values: Span<Double>,
        isFirst: Bool,
        _ places: inout Int,
        into scratch: inout [UInt8]
    ) -> Int {
        var target = scratch.mutableSpan
        var index = 0
        for position in values.indices {
            if position > 0 || !isFirst {
                target[index] = UInt8(ascii: ",")
                target[index + 1] = UInt8(ascii: " ")
                index += 2
            }
            let value = values[position]
            if let length = writeShort(value, &places, into: &target, at: index) {
                index += length
            } else {
                for byte in text(value).utf8 {
                    target[index] = byte
                    index += 1
                }
            }
        }
        return index
    }

    /// Writes a number of at most 15 digits that is not so small that it needs an exponent.
    /// `places` is how many decimals the last number had room for; a column's numbers are alike.
    ///
    /// - Returns: The count of bytes, or nil if nothing was written.
    @inline(__always)
    private static func writeShort(
        _ value: Double,
        _ places: inout Int,
        into target: inout MutableSpan<UInt8>,
        at index: Int
    ) -> Int? {
        let magnitude = value.magnitude
        // Also refuses NaN.
        guard magnitude >= 1e-4 && magnitude < 1e15 || magnitude == 0 else { return nil }
        var decimals = places
        var digits = scaled(magnitude, decimals: decimals)
        if digits == nil {
            for wider in [6, 12] where digits == nil && wider != places {
                decimals = wider
                digits = scaled(magnitude, decimals: wider)
            }
            guard digits != nil else { return nil }
            places = decimals
        }
        guard var number = digits else { return nil }
        while decimals > 0 {
            let (shorter, digit) = number.quotientAndRemainder(dividingBy: 10)
            guard digit == 0 else { break }
            number = shorter
            decimals -= 1
        }
        return write(
            number,
            decimals: decimals,
            isNegative: value.sign == .minus,
            into: &target,
            at: index
        )
    }

    /// The integer `magnitude · 10^decimals` if that is exact in both directions.
    @inline(__always)
    private static func scaled(_ magnitude: Double, decimals: Int) -> UInt64? {
        let power = powersOfTen[decimals]
        let product = magnitude * power
        guard product < 1e15 else { return nil }
        let number = UInt64(product + 0.5)
        return Double(number) / power == magnitude ? number : nil
    }

    /// Writes `number / 10^decimals`, from the last digit to the first.
    @inline(__always)
    private static func write(
        _ number: UInt64,
        decimals: Int,
        isNegative: Bool,
        into target: inout MutableSpan<UInt8>,
        at index: Int
    ) -> Int {
        let digitCount = max(count(number), decimals + 1)
        let length = (isNegative ? 1 : 0) + digitCount + (decimals == 0 ? 2 : 1)
        var rest = number
        var position = index + length - 1
        if decimals == 0 {
            target[position] = UInt8(ascii: "0")
            target[position - 1] = UInt8(ascii: ".")
            position -= 2
        }
        for place in 1...digitCount {
            let (shorter, digit) = rest.quotientAndRemainder(dividingBy: 10)
            target[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = shorter
            position -= 1
            if place == decimals {
                target[position] = UInt8(ascii: ".")
                position -= 1
            }
        }
        if isNegative { target[index] = UInt8(ascii: "-") }
        return length
    }

    /// How many decimal digits a number below 10¹⁵ has.
    @inline(__always)
    private static func count(_ number: UInt64) -> Int {
        var count = 1
        var limit: UInt64 = 10
        while number >= limit {
            count += 1
            limit *= 10
        }
        return count
    }

    /// Values a chunk: 26 KB of scratch, which stays in the first-level cache.
    private static let chunkCount = 1_024

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    ]
}

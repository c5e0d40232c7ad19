/// The values of a segment: decimals as integers, if most are, and all others as they are.
///
/// Measurements are mostly decimals of a few digits: as doubles they take some eight bytes in the
/// journal, as integers two or three. Postgres copies, logs and syncs every byte, so that this is a
/// good part of what a commit costs.
enum SegmentValues {
    /// More digits after the point than measurements have.
    static let digitCountMax = 9
    /// Integers are below 2^51 in magnitude, so that their zigzags have seven bytes at most.
    static let planeCountMax = 7
    private static let zigzagMax: UInt64 = 1 << 52
    /// One exception in so many values at most: above, little is gained.
    private static let exceptionShare = 16
    /// Values that are looked at to choose the digits.
    private static let sampleCount = 64

    static func append(_ values: [Double], to body: inout ByteWriter) {
        if let digits = digitCount(of: values), appendDecimals(values, digits, to: &body) { return }
        body.append(byte: 0)
        body.append(byteCount: values.count * 8) { target in
            ByteShuffle.shuffle(values, into: &target)
        }
    }

    /// - Returns: Shape `[count]`.
    static func read(
        _ count: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Double] {
        let kind = try reader.byte(body)
        switch kind {
        case 0: return try readPlain(count, body, &reader)
        case 1: return try readDecimals(count, body, &reader)
        default: throw .valuesKind(kind)
        }
    }

    /// The values as they are.
    static func readPlain(
        _ count: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Double] {
        let start = try reader.skip(count * 8, in: body)
        return ByteShuffle.unshuffle(body.extracting(start..<reader.offset), count: count)
    }

    // MARK: decimals

    /// The digits that some of the values need; nil if too many are no decimals.
    private static func digitCount(of values: [Double]) -> Int? {
        guard !values.isEmpty else { return nil }
        let step = max(1, values.count / sampleCount)
        var (digits, missCount, seenCount) = (0, 0, 0)
        for index in stride(from: 0, to: values.count, by: step) {
            seenCount += 1
            var wanted = digits
            while wanted <= digitCountMax, zigzag(values[index], wanted) == nil { wanted += 1 }
            if wanted <= digitCountMax { digits = wanted } else { missCount += 1 }
        }
        return missCount * exceptionShare <= seenCount ? digits : nil
    }

    /// The zigzag of the integer that gives exactly `value` when it is divided; nil if none does.
    @inline(__always)
    private static func zigzag(_ value: Double, _ digits: Int) -> UInt64? {
        let power = BlockScale.powersOfTen[digits]
        let integer = BlockScale.nearest(value * power)
        let zigzag = Zigzag.encode(integer)
        let isExact = (Double(integer) / power).bitPattern == value.bitPattern
        return isExact && zigzag < zigzagMax ? zigzag : nil
    }

    /// - Returns: false, with nothing written, if too many are no such decimals.
    private static func appendDecimals(
        _ values: [Double],
        _ digits: Int,
        to body: inout ByteWriter
    ) -> Bool {
        let power = BlockScale.powersOfTen[digits]
        var zigzags: [UInt64] = []
        var (bits, exceptionCount): (UInt64, Int) = (0, 0)
        zigzags.appendUninitialized(values.count) { target in
            let values = values.span
            for index in 0..<values.count {
                let value = values[index]
                let integer = BlockScale.nearest(value * power)
                let zigzag = Zigzag.encode(integer)
                // Of a larger integer this is some other number; so it is an exception.
                let isExact =
                    (BlockScale.double(integer) / power).bitPattern == value.bitPattern
                    && zigzag < zigzagMax
                let kept = isExact ? zigzag : 0
                target[index] = kept
                bits |= kept
                exceptionCount += isExact ? 0 : 1
            }
        }
        guard exceptionCount * exceptionShare <= values.count else { return false }
        let planeCount = (71 - bits.leadingZeroBitCount) / 8
        body.append(byte: 1)
        body.append(byte: UInt8(digits))
        body.append(byte: UInt8(planeCount))
        appendExceptions(values, exceptionCount, digits, to: &body)
        body.append(byteCount: planeCount * zigzags.count) { target in
            let zigzags = zigzags.span
            for plane in 0..<planeCount {
                let (first, shift) = (plane * zigzags.count, UInt64(8 * plane))
                for index in 0..<zigzags.count {
                    target[first &+ index] = UInt8(truncatingIfNeeded: zigzags[index] &>> shift)
                }
            }
        }
        return true
    }

    private static func appendExceptions(
        _ values: [Double],
        _ count: Int,
        _ digits: Int,
        to body: inout ByteWriter
    ) {
        body.append(varint: count)
        guard count > 0 else { return }
        var next = 0
        for (index, value) in values.enumerated() where zigzag(value, digits) == nil {
            body.append(varint: index - next)
            body.append(fixed: value.bitPattern)
            next = index + 1
        }
    }

    private static func readDecimals(
        _ count: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Double] {
        let (digits, planeCount) = (Int(try reader.byte(body)), Int(try reader.byte(body)))
        guard digits <= digitCountMax, planeCount <= planeCountMax else { throw .number }
        let exceptionCount = try reader.count(body, through: count, else: .exceptions)
        var exceptions: [(index: Int, bits: UInt64)] = []
        var next = 0
        for _ in 0..<exceptionCount {
            let index = next + (try reader.count(body, through: count, else: .exceptions))
            guard index < count else { throw .exceptions }
            exceptions.append((index, try reader.fixed(body, as: UInt64.self)))
            next = index + 1
        }
        let start = try reader.skip(planeCount * count, in: body)
        let planes = body.extracting(start..<reader.offset)
        let power = BlockScale.powersOfTen[digits]
        var values: [Double] = []
        values.appendUninitialized(count) { target in
            for index in 0..<count {
                var zigzag: UInt64 = 0
                for plane in 0..<planeCount {
                    // Every bit pattern is a byte, and the load checks its bounds.
                    let byte = unsafe planes.unsafeLoad(
                        fromByteOffset: plane &* count &+ index,
                        as: UInt8.self
                    )
                    zigzag |= UInt64(byte) &<< UInt64(8 &* plane)
                }
                target[index] = Double(Zigzag.decode(zigzag)) / power
            }
        }
        for (index, bits) in exceptions { values[index] = Double(bitPattern: bits) }
        return values
    }
}

/// Doubles as integers of one scale: what NUM stores.
struct ScaledNumbers {
    let scale: BlockScale
    /// `x`, one for each value; an exception repeats the one before it.
    private(set) var integers: [Int64] = []
    /// How many ulps the value is above what `x` gives; empty if all are 0.
    private(set) var ulps: [Int64] = []
    /// Positions of the values that scale and ulps do not give back, ascending.
    private(set) var exceptions: [Int] = []

    /// Scales every value; what the scale does not give back to the bit becomes an exception.
    init(_ values: Span<Double>, scale: BlockScale) {
        self.scale = scale
        let count = values.count
        var outcome = BlockKernels.ScalingOutcome()
        integers.appendUninitialized(count) { integers in
            ulps.appendUninitialized(count) { ulps in
                outcome = BlockKernels.integers(of: values, scale, into: &integers, ulps: &ulps)
            }
        }
        if outcome.hasExceptions { takeExceptionsOut() }
        if !outcome.hasUlps { ulps = [] }
    }

    private mutating func takeExceptionsOut() {
        // Leading exceptions repeat the first integer that is none.
        let first = ulps.firstIndex { $0 != BlockKernels.exceptionMark }
        var previous = first.map { integers[$0] } ?? 0
        for index in ulps.indices {
            if ulps[index] == BlockKernels.exceptionMark {
                exceptions.append(index)
                ulps[index] = 0
                integers[index] = previous
            } else {
                previous = integers[index]
            }
        }
    }

    /// Appends NUM for `values`, the same that were scaled.
    ///
    /// `orderMax`: highest order of the stream of integers. `thirds` as in `StreamEncoder`.
    func append(
        _ values: Span<Double>,
        orderMax: Int,
        thirds: Bool,
        to writer: inout ByteWriter
    ) {
        let divisor = CommonDivisor.ofDifferences(integers.span)
        var flags: UInt8 = 0
        if !ulps.isEmpty { flags |= NumberDecoder.Flag.ulps }
        if !exceptions.isEmpty { flags |= NumberDecoder.Flag.exceptions }
        if divisor > 1 { flags |= NumberDecoder.Flag.divisor }
        if case .single = scale { flags |= NumberDecoder.Flag.single }
        writer.append(byte: scale.mode)
        writer.append(byte: flags)
        writer.append(byte: scale.parameter)
        if !exceptions.isEmpty { appendExceptions(values, to: &writer) }
        if divisor > 1 {
            writer.append(varint: divisor)
            writer.append(zigzag: integers[0])
            let quotients = CommonDivisor.quotients(integers.span, by: divisor)
            StreamEncoder.append(
                quotients.span,
                orderMax: orderMax,
                thirds: thirds,
                to: &writer
            )
        } else {
            StreamEncoder.append(
                integers.span,
                orderMax: orderMax,
                thirds: thirds,
                to: &writer
            )
        }
        if !ulps.isEmpty {
            StreamEncoder.append(ulps.span, orderMax: 1, thirds: thirds, to: &writer)
        }
    }

    private func appendExceptions(_ values: Span<Double>, to writer: inout ByteWriter) {
        writer.append(varint: exceptions.count)
        var previous = 0
        for position in exceptions {
            let isCanonical = values[position].bitPattern == NumberExceptions.canonicalNaN
            writer.append(varint: (position - previous) * 2 + (isCanonical ? 1 : 0))
            previous = position
        }
        for position in exceptions {
            let bits = values[position].bitPattern
            if bits != NumberExceptions.canonicalNaN { writer.append(fixed: bits) }
        }
    }
}

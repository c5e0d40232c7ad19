/// Chooses the scale of a block from a sample of its values.
///
/// Rule: `docs/formats/block.md`, "Choosing". A poor choice costs bytes, never correctness.
enum ScaleSelection {
    /// Values looked at when the previous block's scale is tried again.
    private static let probeCount = 24
    /// Pairs of neighbours that candidates are compared on.
    private static let pairCountMax = 32
    /// Bits a value: what a candidate must gain to win over an earlier one.
    private static let gainMin = 0.25

    /// Whether `previous`, a decimal scale of the same series, fits `values` again: every probe is
    /// exact, and not all are with a digit less.
    static func stillFits(_ previous: BlockScale, _ values: Span<Double>) -> Bool {
        guard case .decimal(let decimal) = previous else { return false }
        var needsDigits = decimal.digitCount == 0
        let shorter = decimal.withDigits(max(0, decimal.digitCount - 1)).divisor
        let step = max(1, values.count / probeCount)
        for index in stride(from: 0, to: values.count, by: step) where !values[index].isNaN {
            let value = values[index]
            guard BlockKernels.decimal(value, divisor: decimal.divisor).ulps == 0 else {
                return false
            }
            if !needsDigits {
                needsDigits = BlockKernels.decimal(value, divisor: shorter).ulps != 0
            }
        }
        return needsDigits
    }

    /// The cheapest scale for pairs of neighbours spread over `values`.
    static func best(_ values: Span<Double>) -> BlockScale {
        let sample = pairs(values)
        var best = BlockScale.quantum(bitCount: 0)
        var bestCost = Double.infinity
        func consider(_ scale: BlockScale) {
            let limit = bestCost - gainMin
            guard let cost = cost(of: scale, sample, below: limit), cost < limit else { return }
            (best, bestCost) = (scale, cost)
        }
        consider(.quantum(bitCount: 0))
        for bitCount in quantumBitCounts(sample) { consider(.quantum(bitCount: bitCount)) }
        for factorIndex in BlockScale.Decimal.factors.indices {
            for digitCount in 0...15 {
                let decimal = BlockScale.Decimal(digitCount: digitCount, factorIndex: factorIndex)
                consider(.decimal(decimal))
            }
        }
        for digitCount in 0...8 { consider(.single(digitCount: digitCount)) }
        return best
    }

    /// Neighbours `i - 1` and `i`, one after the other.
    private static func pairs(_ values: Span<Double>) -> [Double] {
        let step = max(2, values.count / pairCountMax)
        var sample: [Double] = []
        sample.reserveCapacity(2 * pairCountMax)
        var index = 1
        while index < values.count, sample.count < 2 * pairCountMax {
            sample.append(values[index - 1])
            sample.append(values[index])
            index += step
        }
        return sample
    }

    /// The numbers of low bits that the sample leaves zero (or nearly, by ulps), smallest first.
    private static func quantumBitCounts(_ sample: [Double]) -> [Int] {
        var histogram = [Int](repeating: 0, count: 53)
        var sampleCount = 0
        for value in sample where value.isFinite && value != 0 {
            let ordered = BlockScale.ordered(value)
            var bitCount = min(52, ordered.trailingZeroBitCount)
            if bitCount < 3 {
                var nearest = 0
                for ulps in 1...BlockScale.ulpCountMax {
                    nearest = max(nearest, (ordered &+ ulps).trailingZeroBitCount)
                    nearest = max(nearest, (ordered &- ulps).trailingZeroBitCount)
                }
                if nearest > 16 { bitCount = min(52, nearest) }
            }
            histogram[bitCount] += 1
            sampleCount += 1
        }
        var candidates: [Int] = []
        var belowCount = 0
        for bitCount in histogram.indices where histogram[bitCount] > 0 {
            if belowCount * 8 > sampleCount { break }
            if bitCount > 0 { candidates.append(bitCount) }
            belowCount += histogram[bitCount]
        }
        return candidates
    }

    /// Bits a value with `scale`; `nil` if more than 40 % are exceptions, or not below `limit`.
    private static func cost(
        of scale: BlockScale,
        _ sample: [Double],
        below limit: Double
    ) -> Double? {
        var valueCount = 0
        for value in sample where !value.isNaN { valueCount += 1 }
        var exceptionCount = 0
        var ulpsMax: Int64 = 0
        var pairCount = 0
        var pairBitCount = 0
        var previous: Int64?
        for index in sample.indices {
            let value = sample[index]
            let scaled = value.isNaN ? (0, BlockKernels.exceptionMark) : integer(value, scale)
            let isException = scaled.1 == BlockKernels.exceptionMark
            if isException && !value.isNaN {
                exceptionCount += 1
                if exceptionCount * 5 > valueCount * 2 { return nil }
            }
            if !isException { ulpsMax = max(ulpsMax, abs(scaled.1)) }
            if index & 1 == 0 {
                previous = isException ? nil : scaled.0
            } else if let previous, !isException {
                pairCount += 1
                pairBitCount += 64 - Zigzag.encode(scaled.0 &- previous).leadingZeroBitCount
            }
        }
        var cost = pairCount == 0 ? 0 : Double(pairBitCount) / Double(pairCount)
        if ulpsMax > 0 { cost += Double(1 + 64 - ulpsMax.leadingZeroBitCount) }
        if exceptionCount > 0 { cost += 90 * Double(exceptionCount) / Double(valueCount) }
        switch scale {
        case .decimal(let decimal): if decimal.factorIndex > 0 { cost += 1 }
        case .single: cost += 0.5
        case .quantum: break
        }
        return cost
    }

    @inline(__always)
    private static func integer(_ value: Double, _ scale: BlockScale) -> (Int64, Int64) {
        switch scale {
        case .decimal(let decimal): BlockKernels.decimal(value, divisor: decimal.divisor)
        case .single(let digitCount):
            BlockKernels.single(value, divisor: BlockScale.powersOfTen[digitCount])
        case .quantum(let bitCount): BlockKernels.quantum(value, bitCount: Int64(bitCount))
        }
    }
}

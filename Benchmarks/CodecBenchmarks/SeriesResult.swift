import Foundation
import TSEngine

/// What one series measured; rates are millions of values a second of CPU time.
struct SeriesResult {
    var bytesPerValue: Double
    var encodeRate: Double
    /// All three columns.
    var decodeRate: Double
    /// The value column alone.
    var decodeValuesRate: Double
    /// Depends on all decoded bits.
    var digest: UInt64 = 0

    /// The higher rates of two measurements of one series.
    mutating func keepBest(of other: SeriesResult) {
        encodeRate = max(encodeRate, other.encodeRate)
        decodeRate = max(decodeRate, other.decodeRate)
        decodeValuesRate = max(decodeValuesRate, other.decodeValuesRate)
    }

    /// By field.
    static func geometricMean(_ results: [SeriesResult]) -> SeriesResult {
        func mean(_ field: (SeriesResult) -> Double) -> Double {
            exp(results.reduce(0) { $0 + log(field($1)) } / Double(results.count))
        }
        return SeriesResult(
            bytesPerValue: mean(\.bytesPerValue),
            encodeRate: mean(\.encodeRate),
            decodeRate: mean(\.decodeRate),
            decodeValuesRate: mean(\.decodeValuesRate)
        )
    }
}

/// Encodes and decodes a series in blocks of the target size, and checks that it survives.
func measure(_ columns: BlockColumns, effort: BlockCodec.Effort) -> SeriesResult {
    let count = columns.count
    let ranges = stride(from: 0, to: count, by: BlockCodec.valueCountTarget).map {
        $0..<min(count, $0 + BlockCodec.valueCountTarget)
    }
    func encoded() -> [[UInt8]] {
        var scale: BlockScale?
        return ranges.map {
            BlockCodec.encode(columns, range: $0, scale: &scale, effort: effort)
        }
    }
    let blocks = encoded()
    var check = BlockColumns()
    for block in blocks {
        mustDecode { () throws(CodecError) in
            try BlockCodec.decode(block, appendingTo: &check)
        }
    }
    precondition(check.isIdentical(to: columns), "a series must survive")

    let encodeSeconds = bestSeconds { precondition(encoded().count == blocks.count) }
    var decoded = BlockColumns()
    let decodeSeconds = bestSeconds {
        for block in blocks {
            decoded.removeAll(keepingCapacity: true)
            mustDecode { () throws(CodecError) in
                try BlockCodec.decode(block, appendingTo: &decoded)
            }
        }
    }
    var values: [Double] = []
    let decodeValuesSeconds = bestSeconds {
        for block in blocks {
            values.removeAll(keepingCapacity: true)
            mustDecode { () throws(CodecError) in
                try BlockCodec.decodeValues(block, appendingTo: &values)
            }
        }
    }
    let millions = Double(count) / 1e6
    return SeriesResult(
        bytesPerValue: Double(blocks.reduce(0) { $0 + $1.count }) / Double(count),
        encodeRate: millions / encodeSeconds,
        decodeRate: millions / decodeSeconds,
        decodeValuesRate: millions / decodeValuesSeconds,
        digest: check.values.reduce(UInt64(decoded.count + values.count)) {
            $0 &* 31 ^ $1.bitPattern
        }
    )
}

private func mustDecode(_ body: () throws(CodecError) -> Void) {
    do throws(CodecError) {
        try body()
    } catch {
        preconditionFailure("a block that was just encoded: \(error)")
    }
}

/// CPU time of one call: the best of seven rounds of at least 4 ms, so that other work on the
/// machine counts as little as possible.
private func bestSeconds(_ body: () -> Void) -> Double {
    var callCount = 1
    while true {
        let seconds = threadSeconds { for _ in 0..<callCount { body() } }
        if seconds >= 0.004 { break }
        callCount *= 2
    }
    var best = Double.infinity
    for _ in 0..<7 {
        best = min(best, threadSeconds { for _ in 0..<callCount { body() } })
    }
    return best / Double(callCount)
}

private func threadSeconds(_ body: () -> Void) -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    body()
    return now() - start
}

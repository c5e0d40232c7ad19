import Model

/// Number and checksum of the beliefs about one sensor, made while they go by: of each series in the
/// order of event and belief time, the series in any order among each other.
///
/// Two histories that differ in one belief have the same checksum with a chance of 2^-64. It is no
/// protection against somebody who wants them to.
struct BeliefChecksum: Sendable {
    /// What it comes to.
    struct Result: Sendable, Hashable {
        var beliefCount: Int
        var checksum: UInt64

        static let nothing = BeliefChecksum().result
    }

    private struct Chain {
        var count = 0
        var hash: UInt64 = 0
    }

    private var chains: [SeriesKey: Chain] = [:]

    /// Takes in the next beliefs of a series: ascending, after those that went before.
    mutating func add(_ columns: BeliefColumns, of series: SeriesKey) {
        var chain = chains[series] ?? Chain()
        var hash = chain.hash
        for index in 0..<columns.count {
            hash = Self.mix(hash, UInt64(bitPattern: columns.eventStarts[index]))
            hash = Self.mix(hash, UInt64(bitPattern: columns.beliefTimes[index]))
            let value = columns.values[index]
            // There are many ways to write NaN, and one NaN.
            hash = Self.mix(hash, value.isNaN ? Double.nan.bitPattern : value.bitPattern)
        }
        chain.hash = hash
        chain.count += columns.count
        chains[series] = chain
    }

    var result: Result {
        var result = Result(beliefCount: 0, checksum: 0)
        for (series, chain) in chains.sorted(by: { $0.key < $1.key }) where chain.count > 0 {
            result.beliefCount += chain.count
            for word in [
                UInt64(bitPattern: series.source.rawValue), series.probability.bitPattern,
                UInt64(chain.count), chain.hash,
            ] {
                result.checksum = Self.mix(result.checksum, word)
            }
        }
        return result
    }

    /// A product of 128 bits folded: every bit of both goes into every bit of the result.
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let (high, low) = (hash ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(
            by: (word ^ 0xD6E8_FEB8_6659_FD93) | 1
        )
        return (high ^ low) &+ word
    }
}

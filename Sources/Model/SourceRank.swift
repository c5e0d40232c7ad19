/// A source's place among the sources of one query, as small numbers that an engine can compare
/// without knowing what a source is.
package struct SourceRank: Sendable, Hashable {
    /// Equal for versions of one algorithm.
    package let family: Int
    /// Higher wins; equal for equal versions.
    package let version: Int
    /// Lower wins; equal for equal descriptions.
    package let description: Int

    package init(family: Int, version: Int, description: Int) {
        self.family = family
        self.version = version
        self.description = description
    }

    /// Whether a belief of this source, held since `belief`, stands for its event rather than
    /// `other`'s, held since `otherBelief`: the higher version, then the later belief, then the
    /// order of descriptions. Times in µs since 1970 UTC.
    package func isPreferred(
        with belief: Int64,
        over other: SourceRank,
        with otherBelief: Int64
    ) -> Bool {
        if version != other.version { return version > other.version }
        if belief != otherBelief { return belief > otherBelief }
        return description < other.description
    }
}

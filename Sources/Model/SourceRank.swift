/// A source's place among the sources of one query, as small numbers that an engine can compare
/// without knowing what a source is.
package struct SourceRank: Sendable, Hashable {
    /// Equal for versions of one algorithm.
    package let family: Int
    /// Higher wins within a family; equal for equal versions.
    package let version: Int
    /// Higher wins between families: the version, or the same for all where versions of different
    /// algorithms are not compared.
    package let precedence: Int
    /// Lower wins; equal for equal descriptions.
    package let description: Int

    /// `precedence`: the version if it is not given.
    package init(family: Int, version: Int, precedence: Int? = nil, description: Int) {
        self.family = family
        self.version = version
        self.precedence = precedence ?? version
        self.description = description
    }

    /// Whether a belief of this source, held since `belief`, stands for its event rather than
    /// `other`'s, held since `otherBelief`: the higher precedence, then the later belief, then the
    /// order of descriptions. Times in µs since 1970 UTC.
    package func isPreferred(
        with belief: Int64,
        over other: SourceRank,
        with otherBelief: Int64
    ) -> Bool {
        if precedence != other.precedence { return precedence > other.precedence }
        if belief != otherBelief { return belief > otherBelief }
        return description < other.description
    }
}

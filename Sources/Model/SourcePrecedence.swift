/// How a source ranks against others that believe something about the same event.
package struct SourcePrecedence: Sendable, Hashable {
    /// Higher versions win; sources without a version have the lowest rank.
    package let versionRank: Int
    /// Among equals the lower one wins: the position of the source's description in order.
    package let nameRank: Int

    package init(versionRank: Int, nameRank: Int) {
        self.versionRank = versionRank
        self.nameRank = nameRank
    }

    /// Whether a belief of this source, held since `belief`, stands for its event rather than
    /// `other`'s, held since `otherBelief`. Times in µs since 1970 UTC.
    package func isPreferred(
        with belief: Int64,
        over other: SourcePrecedence,
        with otherBelief: Int64
    ) -> Bool {
        if versionRank != other.versionRank { return versionRank > other.versionRank }
        if belief != otherBelief { return belief > otherBelief }
        return nameRank < other.nameRank
    }
}

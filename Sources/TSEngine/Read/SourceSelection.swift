internal import Model

/// Which source's belief stands for an event that several sources know.
enum SourceSelection {
    /// One source's beliefs, one per event, ascending.
    typealias Candidate = (source: SourceID, columns: BeliefColumns)

    /// A source that the catalog has not heard of yet comes last.
    private static let lastRank = SourceRank(family: -1, version: -1, description: .max)

    /// One belief per event. Within a family (versions of one algorithm) the highest version goes
    /// first, then the highest id; between families the version, the latest belief, and the order
    /// of descriptions.
    static func merge(
        _ candidates: [Candidate],
        ranks: [SourceID: SourceRank]
    ) -> SelectedBeliefs {
        let ranked = candidates.map { candidate in
            Ranked(candidate, rank: ranks[candidate.source] ?? lastRank)
        }
        let families = Dictionary(grouping: ranked) { $0.rank.family }
        var result: Merged?
        for family in families.values.sorted(by: { $0[0].source < $1[0].source }) {
            var best: Merged?
            for member in family {
                let next = Merged(member)
                best =
                    best.map {
                        $0.merged(with: next) { left, _, right, _ in
                            if left.rank.version != right.rank.version {
                                return left.rank.version > right.rank.version
                            }
                            return left.source > right.source
                        }
                    } ?? next
            }
            guard let best else { continue }
            result =
                result.map {
                    $0.merged(with: best) { left, leftBelief, right, rightBelief in
                        left.rank.isPreferred(with: leftBelief, over: right.rank, with: rightBelief)
                    }
                } ?? best
        }
        return result?.selected ?? SelectedBeliefs()
    }

    /// Leaves out what a lower version of the same algorithm believed at the same moment.
    static func highestVersions(
        _ series: [SeriesKey: BeliefColumns],
        ranks: [SourceID: SourceRank]
    ) -> [SeriesKey: BeliefColumns] {
        struct Moment: Hashable { let family: Int, event: Int64, belief: Int64 }
        let sources = Set(series.keys.map(\.source))
        let families = Dictionary(grouping: sources) { (ranks[$0] ?? lastRank).family }
        let shared = families.filter { $0.value.count > 1 }
        guard !shared.isEmpty else { return series }
        func precedence(_ source: SourceID) -> (Int, Int64) {
            ((ranks[source] ?? lastRank).version, source.rawValue)
        }
        var best: [Moment: SourceID] = [:]
        for (key, columns) in series {
            let family = (ranks[key.source] ?? lastRank).family
            guard shared[family] != nil else { continue }
            for index in 0..<columns.count {
                let moment = Moment(
                    family: family,
                    event: columns.eventStarts[index],
                    belief: columns.beliefTimes[index]
                )
                if let rival = best[moment], precedence(rival) >= precedence(key.source) {
                    continue
                }
                best[moment] = key.source
            }
        }
        var result: [SeriesKey: BeliefColumns] = [:]
        for (key, columns) in series {
            let family = (ranks[key.source] ?? lastRank).family
            var kept = BeliefColumns()
            for index in 0..<columns.count {
                let (event, belief) = (columns.eventStarts[index], columns.beliefTimes[index])
                let winner = best[Moment(family: family, event: event, belief: belief)]
                if winner == nil || winner == key.source {
                    kept.append(event, belief, columns.values[index])
                }
            }
            if !kept.isEmpty { result[key] = kept }
        }
        return result
    }
}

private struct Ranked {
    let source: SourceID
    let rank: SourceRank
    let columns: BeliefColumns

    init(_ candidate: SourceSelection.Candidate, rank: SourceRank) {
        (source, columns) = candidate
        self.rank = rank
    }
}

/// One belief per event out of some sources.
private struct Merged {
    /// A source among those merged.
    struct Member {
        let source: SourceID
        let rank: SourceRank
    }

    private var members: [Member]
    private var columns: BeliefColumns
    /// Whose belief each is: index into `members`.
    private var owners: [Int32]

    init(_ ranked: Ranked) {
        members = [Member(source: ranked.source, rank: ranked.rank)]
        columns = ranked.columns
        owners = [Int32](repeating: 0, count: columns.count)
    }

    var selected: SelectedBeliefs {
        SelectedBeliefs(columns: columns, sources: owners.map { members[Int($0)].source })
    }

    /// Both in one. `isPreferred`: whether the first source's belief goes before the other's; with
    /// their belief times, µs since 1970 UTC.
    func merged(
        with other: Merged,
        isPreferred: (Member, Int64, Member, Int64) -> Bool
    ) -> Merged {
        var result = self
        result.members += other.members
        result.columns = BeliefColumns()
        result.owners = []
        result.columns.reserveCapacity(columns.count + other.columns.count)
        result.owners.reserveCapacity(columns.count + other.columns.count)
        let shift = Int32(members.count)
        var (left, right) = (0, 0)
        while left < columns.count || right < other.columns.count {
            let leftEvent = left < columns.count ? columns.eventStarts[left] : .max
            let rightEvent = right < other.columns.count ? other.columns.eventStarts[right] : .max
            var takesLeft = right == other.columns.count
            if left < columns.count && right < other.columns.count {
                takesLeft = leftEvent < rightEvent
                if leftEvent == rightEvent {
                    takesLeft = isPreferred(
                        members[Int(owners[left])],
                        columns.beliefTimes[left],
                        other.members[Int(other.owners[right])],
                        other.columns.beliefTimes[right]
                    )
                    // The loser's belief about the event is passed over.
                    if takesLeft { right += 1 } else { left += 1 }
                }
            }
            if takesLeft {
                result.columns.append(leftEvent, columns.beliefTimes[left], columns.values[left])
                result.owners.append(owners[left])
                left += 1
            } else {
                let (belief, value) = (
                    other.columns.beliefTimes[right], other.columns.values[right]
                )
                result.columns.append(rightEvent, belief, value)
                result.owners.append(other.owners[right] + shift)
                right += 1
            }
        }
        return result
    }
}

internal import Dispatch
internal import Model
internal import Synchronization

/// Beliefs that are committed to the journal and not yet in blocks, in memory.
///
/// Two layers of sorted runs, oldest first: `active` takes new commits; `frozen` is what a
/// compaction is writing to blocks. Runs are immutable, so readers take the list and search without
/// a lock. Small runs are merged into larger ones when somebody reads, behind everybody's back: the
/// next reader finds some tens. What nobody reads is merged once, by its compaction.
final class Memtable: Sendable {
    /// What readers see at one moment.
    struct Snapshot: Sendable {
        var active: [SortedRun] = []
        var frozen: [SortedRun] = []
        /// Committed since the last freeze: they hide what is in `frozen` and in blocks. (From
        /// `active` they have been removed.)
        fileprivate(set) var activeDeletions: [Deletion] = []
        /// Committed before the freeze, not yet carried out in blocks: they hide what is there.
        fileprivate(set) var frozenDeletions: [Deletion] = []

        /// What hides beliefs in blocks.
        var blockDeletions: [Deletion] { frozenDeletions + activeDeletions }
    }

    let series: SeriesTable
    private let state = Mutex(Snapshot())
    private let merging = DispatchQueue(label: "memtable", qos: .userInitiated)
    /// Whether the merging queue has something to do already.
    private let isMerging = Atomic(false)

    init(series: SeriesTable) { self.series = series }

    /// Runs that are left alone as long as nobody reads.
    private static let unreadCountMax = 1_024

    /// What readers see now.
    var snapshot: Snapshot {
        let snapshot = state.withLock { $0 }
        if RunTiers.next(snapshot.active.map(\.count)) != nil { mergeSoon() }
        return snapshot
    }

    /// Makes committed beliefs visible, all at once.
    func append(_ run: SortedRun) {
        let count = state.withLock { state in
            state.active.append(run)
            return state.active.count
        }
        // The committer goes on; only if merging falls far behind does it wait for it.
        if count > 2 * Self.unreadCountMax {
            merging.sync { mergeTiers() }
        } else if count > Self.unreadCountMax {
            mergeSoon()
        }
    }

    private func mergeSoon() {
        guard !isMerging.exchange(true, ordering: .acquiringAndReleasing) else { return }
        merging.async {
            self.isMerging.store(false, ordering: .releasing)
            self.mergeTiers()
        }
    }

    /// Removes what a committed deletion says from the active layer, and hides it elsewhere.
    func apply(_ deletions: [Deletion]) {
        guard !deletions.isEmpty else { return }
        let resolved = deletions.map { deletion in
            (
                slots: series.series(of: deletion.sensor).filter { deletion.concerns($0.key) }
                    .map(\.slot).sorted(),
                events: deletion.events
            )
        }
        // A merge under way finds that its runs are gone, and is repeated.
        state.withLock { state in
            state.activeDeletions += deletions
            state.active = state.active.map { $0.removing(resolved) ?? $0 }
        }
    }

    /// Moves the active layer to the frozen one, which must be empty.
    func freeze() {
        state.withLock { state in
            precondition(
                state.frozen.isEmpty && state.frozenDeletions.isEmpty,
                "one compaction at a time"
            )
            swap(&state.active, &state.frozen)
            swap(&state.activeDeletions, &state.frozenDeletions)
        }
    }

    /// Merges what was frozen unread: whoever goes through it finds some tens of runs.
    func mergeFrozen() { mergeTiers(.frozen) }

    /// Forgets the frozen layer: its beliefs are in blocks now, and its deletions carried out there.
    func dropFrozen() {
        // Freed after the lock, as that takes a while.
        let old = state.withLock { state in
            defer { (state.frozen, state.frozenDeletions) = ([], []) }
            return state.frozen
        }
        withExtendedLifetime(old) {}
    }

    /// Forgets everything: another process has written it to blocks.
    func dropAll() {
        let old = state.withLock { state in
            defer { state = Snapshot() }
            return state
        }
        withExtendedLifetime(old) {}
    }

    /// What is merged is given back piece by piece, so that there are not two of all.
    private func mergeTiers(_ layer: Layer = .active) {
        while true {
            let runs = state.withLock { $0[layer] }
            guard let range = RunTiers.next(runs.map(\.count)) else { return }
            let old = Array(runs[range])
            let merged = SortedRun.merged(old)
            state.withLock { state in
                // Appends come at the end; a freeze, a deletion or another process' compaction may
                // have taken the runs away.
                guard state[layer].count >= range.upperBound,
                    zip(state[layer][range], old).allSatisfy({ $0 === $1 })
                else { return }
                state[layer].replaceSubrange(range, with: [merged])
            }
        }
    }

    fileprivate enum Layer { case active, frozen }
}

extension Memtable.Snapshot {
    fileprivate subscript(layer: Memtable.Layer) -> [SortedRun] {
        get { layer == .active ? active : frozen }
        set { if layer == .active { active = newValue } else { frozen = newValue } }
    }
}

/// Which runs are merged next. Tier k holds runs of 32^k to 32^(k+1) beliefs.
enum RunTiers {
    /// Each belief is copied at most once for each tier, and a reader looks into some thirty runs of a
    /// tier at most. Copying is a good part of what a write costs; a look into a run is a short search.
    static let fanOut = 32

    /// `counts`: beliefs in each run, oldest first.
    /// - Returns: runs that together make one of the next tier; nil if there are none. Not many more
    ///   than `fanOut`: rows of more would lie too far apart while they are put together.
    static func next(_ counts: [Int]) -> Range<Int>? {
        var (first, total, bound) = (counts.count, 0, fanOut)
        while true {
            while first > 0 && counts[first - 1] < bound {
                first -= 1
                total += counts[first]
            }
            if total >= bound && counts.count - first >= fanOut {
                return first..<min(first + 2 * fanOut, counts.count)
            }
            if first == 0 { return nil }
            bound *= fanOut
        }
    }
}

/// A lock with an identity, so that several fit into an array.
final class MutexBox<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    func withLock<R: Sendable>(_ body: (inout Value) -> R) -> R {
        mutex.withLock { value in body(&value) }
    }
}

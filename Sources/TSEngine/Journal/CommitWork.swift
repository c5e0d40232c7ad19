internal import Model

/// What waits for the committer: one client request, stored whole or not at all.
enum CommitWork: Sendable {
    /// Beliefs in batches of one series each, under FlexMeasures' saving rules.
    case batches([SlottedBatch])
    /// One belief a row, the last write of an event winning. `receivedAt`: µs since 1970 UTC.
    case mixed(MixedBatch, receivedAt: Int64)
    case deletions([Deletion])
    /// Beliefs as another store has them, under no rule. Ascending.
    case verbatim([SlottedBatch])

    /// A batch whose series has its slot.
    struct SlottedBatch: Sendable {
        let slot: UInt32
        let batch: BeliefBatch
    }

    /// Beliefs stated.
    var valueCount: Int {
        switch self {
        case .batches(let batches), .verbatim(let batches):
            batches.reduce(0) { $0 + $1.batch.columns.count }
        case .mixed(let batch, _): batch.count
        case .deletions: 0
        }
    }

    /// Memory that the work holds while it waits, in bytes.
    var byteCount: Int {
        switch self {
        case .batches(let batches), .verbatim(let batches):
            valueCount * 24 + batches.count * 200 + 200
        case .mixed(let batch, _): batch.count * 20 + 200
        case .deletions(let deletions): deletions.count * 40 + 200
        }
    }

    /// Whether it must be a group of its own: a segment's deletions come before its beliefs.
    var isDeletion: Bool { if case .deletions = self { true } else { false } }
}

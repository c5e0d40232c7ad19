internal import Model
internal import Postgres

/// A compaction's part on the committer's thread.
extension Committer {
    /// What `freeze` found.
    enum Freezing: Sendable {
        case frozen(CommitSequence)
        case empty
        /// Another process has committed in between; the caller tries again.
        case overtaken
    }

    /// Freezes the memtable for a compaction. On the committer's thread.
    ///
    /// Jumps to the next journal partition, so that the compaction drops whole partitions.
    ///
    /// - Returns: the sequence that the frozen layer goes up to.
    func freeze() throws -> Freezing {
        try connect()
        try catchUp()
        if let frozenSegment {
            // Of a compaction that failed.
            return .frozen(
                CommitSequence(
                    lastSegment: frozenSegment,
                    compactedSegment: sequence.compactedSegment,
                    generation: sequence.generation
                )
            )
        }
        guard statistics.memtableValueCount > 0 || !memtable.snapshot.activeDeletions.isEmpty
        else { return .empty }
        let last = Journal.nextPartitionStart(after: sequence.lastSegment) - 1
        let jumped = try withConnection { connection in
            try Journal.ensurePartition(holding: last + 1, on: connection)
            let rows = try connection.query(
                """
                UPDATE commit_sequence SET last_segment = \(last)
                WHERE shard = \(CommitSequence.shard) AND last_segment = \(sequence.lastSegment)
                RETURNING last_segment
                """
            )
            return rows.count == 1
        }
        guard jumped else { return .overtaken }
        sequence.lastSegment = last
        memtable.freeze()
        statistics.freeze()
        frozenSegment = last
        return .frozen(sequence)
    }

    /// The frozen layer is in blocks now, and the cache knows. On the committer's thread.
    func dropFrozen(_ compacted: CommitSequence) {
        memtable.series.update(&keys)
        for run in memtable.snapshot.frozen {
            for position in run.slots.indices {
                let last = run.columns.eventStarts[run.rows(at: position).upperBound - 1]
                marks.noteInBlocks(run.slots[position], last)
                sensorMaxInBlocks = max(
                    sensorMaxInBlocks,
                    keys[Int(run.slots[position])].sensor.rawValue
                )
            }
        }
        memtable.dropFrozen()
        statistics.dropFrozen(deletionCount: memtable.snapshot.blockDeletions.count)
        frozenSegment = nil
        sequence.compactedSegment = compacted.lastSegment
        sequence.generation = compacted.generation
    }
}

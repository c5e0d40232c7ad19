internal import Logging
internal import Model
internal import Postgres

/// Following what other processes commit and compact, and recovery, which is the same.
extension Committer {
    /// Applies what other processes have committed or compacted, and makes the journal ready.
    ///
    /// `writer`: a commit of this process whose outcome is not known.
    /// - Returns: whether that commit was found.
    @discardableResult
    func catchUp(lookingFor writer: Int64? = nil) throws -> Bool {
        var found = false
        let now = try withConnection { connection in
            try connection.transaction { connection in
                // Locked, so that a commit of a lost session has ended one way or the other.
                let now = try CommitSequence.read(on: connection, forUpdate: true)
                if now.compactedSegment > sequence.compactedSegment {
                    // Readers must find the new partitions before they miss the beliefs here.
                    try blocks.loadWindows(on: connection)
                    forgetCompacted(through: now.compactedSegment)
                }
                var applied = max(sequence.lastSegment, now.compactedSegment)
                while applied < now.lastSegment {
                    let entries = try Journal.entries(
                        after: applied,
                        valueCountMax: configuration.groupValueCountMax,
                        on: connection
                    )
                    // The rest of the numbers is the gap that a freeze leaves.
                    if entries.isEmpty { break }
                    for entry in entries {
                        apply(journalled: try SegmentCodec.decode(entry.payload))
                        applied = entry.segment
                        // Kept up to date inside the loop, so that nothing is applied twice if the
                        // connection is lost half-way.
                        sequence.lastSegment = entry.segment
                        if entry.writer == writer { found = true }
                    }
                }
                return now
            }
        }
        sequence = now
        try withConnection { connection in
            try Journal.ensurePartition(holding: now.lastSegment + 1, on: connection)
        }
        return found
    }

    private func apply(journalled segment: Segment) {
        let run = SortedRun(segment, memtable.series)
        marks.beginGroup(seriesCount: memtable.series.count)
        for position in run.slots.indices {
            let last = run.columns.eventStarts[run.rows(at: position).upperBound - 1]
            marks.note(run.slots[position], last)
        }
        apply(Content(deletions: segment.deletions, run: run))
    }

    /// Another process has moved all segments up to `segment` to blocks.
    private func forgetCompacted(through segment: Int64) {
        blocks.cache.invalidateAll()
        // Some of what was compacted may never have come by here.
        recentValues.forgetAll()
        marks.forget()
        sensorMaxInBlocks = .max
        if let frozen = frozenSegment, frozen <= segment {
            memtable.dropFrozen()
            statistics.dropFrozen(deletionCount: memtable.snapshot.blockDeletions.count)
            frozenSegment = nil
        }
        if segment >= sequence.lastSegment {
            memtable.dropAll()
            statistics.dropAll()
            frozenSegment = nil
        }
        sequence.compactedSegment = segment
        sequence.lastSegment = max(sequence.lastSegment, segment)
    }

    /// Applies what other processes have done, if they have, and looks who they are. Between groups,
    /// now and then.
    func poll() {
        guard isConnected else { return }
        do {
            let seen = try withConnection { connection in
                (try lease.look(on: connection), try CommitSequence.read(on: connection))
            }
            if seen.1 != sequence { try catchUp() }
            lease.begin(seen.0)
        } catch {
            // The next commit connects again, and fails its requests if it can't.
            logger.warning("cannot follow the journal", metadata: ["error": "\(error)"])
            disconnect()
        }
    }

    /// Makes sure that everything up to `needed` is applied: for a read.
    func apply(through needed: CommitSequence) throws {
        if sequence.lastSegment >= needed.lastSegment
            && sequence.compactedSegment >= needed.compactedSegment
        {
            return
        }
        try connect()
        try catchUp()
    }
}

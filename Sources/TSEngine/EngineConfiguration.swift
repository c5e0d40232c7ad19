/// Sizes and switches of one engine. Every queue and every memory use has its bound here.
package struct EngineConfiguration: Sendable {
    /// Whether a belief may replace a stored one of the same event, source and belief time
    /// (FLEXMEASURES_ALLOW_DATA_OVERWRITE). Default false: the whole request is refused.
    package var allowsOverwrite = false
    /// Bytes of beliefs that may wait for a commit; past it appends fail as `.overloaded`.
    /// Default 64 MiB.
    package var queueByteCountMax = 64 << 20
    /// Beliefs in one group commit. Default 1,000,000: 24 MB of columns, a segment of some MB.
    package var groupValueCountMax = 1_000_000
    /// Beliefs in the memtable that start a compaction. Default 4,000,000 (about 100 MB).
    package var compactionValueCount = 4_000_000
    /// Beliefs in the memtable, also those under compaction, past which appends fail as
    /// `.overloaded`. Default 16,000,000 (about 400 MB). Bounds recovery as well.
    package var memtableValueCountMax = 16_000_000
    /// Beliefs that a compaction merges at a time: bounds its memory beside the memtable. Default
    /// 500,000 (about 50 MB).
    package var compactionChunkValueCount = 500_000
    /// Age in seconds of the oldest belief in the memtable that starts a compaction, so that a
    /// quiet store does not keep a journal for ever. Default 300.
    package var compactionAgeSeconds: Double = 300
    /// Bytes of compressed blocks kept in memory. Default 256 MiB.
    package var cacheByteCountMax = 256 << 20
    /// How long a process that is alone on its database answers reads without asking whether it still
    /// is, in seconds; so long a process that comes waits before its first commit. Default 0.5.
    package var leaseSeconds: Double = 0.5
    /// Whether this process compacts in the background.
    package var compactsInBackground = true

    package init() {}
}

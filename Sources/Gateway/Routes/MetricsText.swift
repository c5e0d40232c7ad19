internal import TSEngine

/// The Prometheus text exposition format, version 0.0.4.
enum MetricsText {
    static func render(
        _ engine: EngineStatistics.Snapshot,
        _ answers: [(status: Int, count: UInt64)],
        _ lines: LineCounters
    ) -> String {
        var text = ""
        func metric(_ name: String, _ kind: String, _ help: String, _ lines: [String]) {
            text += "# HELP penstock_\(name) \(help)\n# TYPE penstock_\(name) \(kind)\n"
            for line in lines { text += "penstock_\(name)\(line)\n" }
        }
        metric(
            "writes_total",
            "counter",
            "Requests answered after a commit.",
            [" \(engine.requestCount)"]
        )
        metric("values_total", "counter", "Beliefs committed.", [" \(engine.valueCount)"])
        metric(
            "lines_total",
            "counter",
            "Lines of line protocol, by what became of them.",
            [
                "{result=\"stored\"} \(lines.storedLineCount)",
                "{result=\"dropped\"} \(lines.droppedLineCount)",
            ]
        )
        metric(
            "line_series_total",
            "counter",
            "New series of line protocol: made into sensors, or refused by the account's quota.",
            [
                "{result=\"created\"} \(lines.createdSeriesCount)",
                "{result=\"refused\"} \(lines.refusedSeriesCount)",
            ]
        )
        metric("commit_groups_total", "counter", "Group commits.", [" \(engine.groupCount)"])
        let groupSize =
            engine.groupCount == 0 ? 0 : Double(engine.valueCount) / Double(engine.groupCount)
        metric(
            "commit_group_values_mean",
            "gauge",
            "Beliefs in a group commit, on average.",
            [" \(groupSize)"]
        )
        var cumulative: UInt64 = 0
        var buckets: [String] = []
        for (bound, count) in zip(EngineStatistics.latencyBounds, engine.latencyCounts) {
            cumulative += count
            buckets.append("_bucket{le=\"\(bound)\"} \(cumulative)")
        }
        buckets.append("_bucket{le=\"+Inf\"} \(engine.groupCount)")
        buckets.append("_sum \(engine.latencySum)")
        buckets.append("_count \(engine.groupCount)")
        metric(
            "commit_seconds",
            "histogram",
            "Time of a group commit, from taking the group to its answer.",
            buckets
        )
        metric(
            "queue_bytes",
            "gauge",
            "Bytes of beliefs that wait for a commit.",
            [" \(engine.queueByteCount)"]
        )
        metric(
            "queue_requests",
            "gauge",
            "Requests that wait for a commit.",
            [" \(engine.queueRequestCount)"]
        )
        metric(
            "memtable_values",
            "gauge",
            "Beliefs that are not yet in blocks.",
            [" \(engine.activeValueCount + engine.frozenValueCount)"]
        )
        metric("compactions_total", "counter", "Compactions.", [" \(engine.compactionCount)"])
        metric(
            "compaction_seconds_total",
            "counter",
            "Time spent in compactions.",
            [" \(engine.compactionSeconds)"]
        )
        metric(
            "cache_hits_total",
            "counter",
            "Look-ups that the block cache answered.",
            [" \(engine.cacheHitCount)"]
        )
        metric(
            "cache_misses_total",
            "counter",
            "Look-ups that went to Postgres.",
            [" \(engine.cacheMissCount)"]
        )
        metric(
            "cache_evictions_total",
            "counter",
            "Entries that made room for others.",
            [" \(engine.cacheEvictionCount)"]
        )
        metric(
            "cache_bytes",
            "gauge",
            "Bytes of blocks in the cache.",
            [" \(engine.cacheByteCount)"]
        )
        metric(
            "http_answers_total",
            "counter",
            "Answers by status code.",
            answers.map { "{code=\"\($0.status)\"} \($0.count)" }
        )
        return text
    }
}

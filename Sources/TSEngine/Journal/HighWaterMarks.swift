internal import Model

/// The latest event of each series, by slot: beyond it nothing is stored, so nothing needs to be
/// looked up. On the committer's thread.
struct HighWaterMarks {
    /// Nobody has looked yet what is stored of the series. No event lies beyond it.
    static let unknown = Int64.max
    /// Nothing is stored of the series.
    static let none = Int64.min

    /// Of all that is committed, also what this group adds. Too high costs a look-up, no more.
    private(set) var latest: [Int64] = []
    /// All that is stored of the series lies at `latest` or up to here: what comes between them is
    /// new. Requests of one client overtake each other on their connections by a step or two.
    private var previous: [Int64] = []
    /// Of what is in blocks.
    private(set) var inBlocks: [Int64] = []
    /// Number of the group that stored something of the series last.
    private var groups: [UInt32] = []
    private var group: UInt32 = 0

    mutating func beginGroup(seriesCount: Int) {
        group &+= 1
        let added = seriesCount - latest.count
        guard added > 0 else { return }
        latest += [Int64](repeating: Self.unknown, count: added)
        previous += [Int64](repeating: Self.unknown, count: added)
        inBlocks += [Int64](repeating: Self.unknown, count: added)
        groups += [UInt32](repeating: group &- 1, count: added)
    }

    func isUnknown(_ slot: UInt32) -> Bool { inBlocks[Int(slot)] == Self.unknown }

    /// Whether the group under way has stored something of the series.
    func isInGroup(_ slot: UInt32) -> Bool { groups[Int(slot)] == group }

    /// Advances each series to its rows' events, as far as these are certainly new.
    ///
    /// - Returns: the other rows, in order.
    mutating func advance(_ batch: MixedBatch, _ rows: some Sequence<Int>) -> [Int] {
        let (slots, events) = (batch.slots.span, batch.eventStarts.span)
        // Taken out for the loop, so that writing needs neither a copy nor a check of exclusivity.
        var (latest, previous, groups): ([Int64], [Int64], [UInt32]) = ([], [], [])
        swap(&latest, &self.latest)
        swap(&previous, &self.previous)
        swap(&groups, &self.groups)
        defer {
            swap(&latest, &self.latest)
            swap(&previous, &self.previous)
            swap(&groups, &self.groups)
        }
        return Self.advance(
            slots,
            events,
            rows,
            latest: latest.mutableSpan,
            previous: previous.mutableSpan,
            groups: groups.mutableSpan,
            group: group
        )
    }

    @inline(__always)
    private static func advance(
        _ slots: Span<UInt32>,
        _ events: Span<Int64>,
        _ rows: some Sequence<Int>,
        latest: consuming MutableSpan<Int64>,
        previous: consuming MutableSpan<Int64>,
        groups: consuming MutableSpan<UInt32>,
        group: UInt32
    ) -> [Int] {
        var late: [Int] = []
        for row in rows {
            let index = Int(slots[row])
            let event = events[row]
            let newest = latest[index]
            if event > newest {
                previous[index] = newest
                latest[index] = event
                groups[index] = group
            } else if event > previous[index] && event < newest {
                previous[index] = event
                groups[index] = group
            } else {
                late.append(row)
            }
        }
        return late
    }

    /// Notes that something up to `event` is stored.
    mutating func note(_ slot: UInt32, _ event: Int64) {
        let index = Int(slot)
        groups[index] = group
        // What is not known must be looked up, whatever else is stored.
        if latest[index] != Self.unknown { latest[index] = max(latest[index], event) }
        previous[index] = latest[index]
    }

    /// What is in blocks of a series is known now. `inMemtable`: its latest event there.
    mutating func learn(_ slot: UInt32, inBlocks event: Int64?, inMemtable recent: Int64?) {
        inBlocks[Int(slot)] = event ?? Self.none
        latest[Int(slot)] = max(event ?? Self.none, recent ?? Self.none)
        previous[Int(slot)] = latest[Int(slot)]
    }

    /// A compaction has moved beliefs up to `event` to blocks.
    mutating func noteInBlocks(_ slot: UInt32, _ event: Int64) {
        let index = Int(slot)
        if inBlocks[index] != Self.unknown { inBlocks[index] = max(inBlocks[index], event) }
    }

    /// Another process has changed the blocks.
    mutating func forget() {
        for index in latest.indices { latest[index] = Self.unknown }
        for index in previous.indices { previous[index] = Self.unknown }
        for index in inBlocks.indices { inBlocks[index] = Self.unknown }
    }
}

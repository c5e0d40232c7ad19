internal import Model
internal import Postgres

/// A block's zone map, and where the block is.
@dynamicMemberLookup
struct PlacedZone: Sendable {
    let zone: BlockZone
    let table: BlockTable
    /// The row's `page_id`.
    let pageID: Int64

    subscript<Value>(dynamicMember member: KeyPath<BlockZone, Value>) -> Value {
        zone[keyPath: member]
    }

    /// Whether `count` more values would make the block too large: for a block at all, or for the
    /// page that it nearly fills.
    func isFull(with count: Int) -> Bool {
        if zone.valueCount + count > BlockCodec.valueCountMax { return true }
        return zone.payloadCount > BlockPage.payloadByteCountMax * 3 / 4
            && zone.payloadCount * (zone.valueCount + count) / zone.valueCount
                > BlockPage.payloadByteCountMax
    }

    /// The zone maps of sensors' blocks in a table or one of its partitions, each once; in no order.
    ///
    /// `events`: only of blocks with events in this span, µs since 1970 UTC.
    /// - Throws: `PostgresError`; `CodecError` if a directory is damaged.
    static func read(
        of sensors: Set<SensorID>,
        in table: BlockTable,
        window: PartitionWindow? = nil,
        events: ClosedRange<Int64> = .min ... .max,
        on connection: borrowing PostgresConnection
    ) throws -> [PlacedZone] {
        guard !sensors.isEmpty else { return [] }
        let rows = try connection.query(
            SensorSpans(sensors).rows(
                "page_id, directory",
                of: window?.table(of: table) ?? table.rawValue,
                where: rowCondition(events)
            )
        )
        var seen: Set<Int64> = []
        var found: [PlacedZone] = []
        for row in 0..<rows.count {
            let pageID = try rows.int(row, 0)
            guard seen.insert(pageID).inserted else { continue }
            for zone in try BlockPage.zones(rows, row)
            where sensors.contains(zone.series.sensor) && zone.events.overlaps(events) {
                found.append(PlacedZone(zone: zone, table: table, pageID: pageID))
            }
        }
        return found
    }

    private static func rowCondition(_ events: ClosedRange<Int64>) -> SQL {
        // Events are compared only where they are restricted: the widest span is beyond what a
        // timestamp of Postgres can hold.
        if events == .min ... .max { return "true" }
        return """
            last_event >= \(PostgresValue.timestamp(max(events.lowerBound, limit.lowerBound))) \
            AND first_event <= \(PostgresValue.timestamp(min(events.upperBound, limit.upperBound)))
            """
    }

    /// What all events lie in.
    private static let limit =
        Timestamp.earliest.microseconds...Timestamp.latest.microseconds
}

extension StoredBlock {
    /// The blocks of these zone maps, of one table.
    static func read(
        _ zones: [PlacedZone],
        in table: BlockTable,
        on connection: borrowing PostgresConnection
    ) throws -> [StoredBlock] {
        guard !zones.isEmpty else { return [] }
        let wanted = Set(zones.map(\.zone))
        let sensors = Set(wanted.map(\.series.sensor))
        let pages = Set(zones.map(\.pageID)).sorted()
        let rows = try connection.query(
            SensorSpans(sensors).rows(
                BlockPage.sqlColumns,
                of: table.rawValue,
                where: "page_id = ANY(\(.ints(pages)))"
            )
        )
        var seen: Set<Int64> = []
        var found: [StoredBlock] = []
        for row in 0..<rows.count where seen.insert(try rows.int(row, 0)).inserted {
            let page = try BlockPage.read(rows, row, where: sensors.contains)
            found += page.blocks.filter { wanted.contains($0.zone) }
        }
        return found
    }
}

internal import Model
internal import Postgres

/// Adds up what is stored about one sensor, from zone maps where these are exact.
///
/// Blocks of one series are taken in clusters: those that overlap, directly or by others. A block that
/// is alone in its cluster, whole inside the span, and concerned neither by what is in memory nor by
/// a deletion counts by its zone map. All others are decoded and put together first, so that a
/// belief that is in two places, or only in one of them, counts once.
struct StatisticsReading: Sendable {
    let sensor: SensorID
    let events: ClosedRange<Int64>
    /// Beliefs in memory, by series; ascending.
    let recent: [SeriesKey: BeliefColumns]
    /// Committed deletions that are not yet carried out in blocks.
    let deletions: [Deletion]

    func read(
        on connection: borrowing PostgresConnection
    ) throws -> [SourceID: SeriesStatistics] {
        var zones: [PlacedZone] = []
        for table in BlockTable.allCases {
            zones += try PlacedZone.read(of: [sensor], in: table, events: events, on: connection)
        }
        zones.sort { ($0.firstEvent, $0.blockID) < ($1.firstEvent, $1.blockID) }
        let bySeries = Dictionary(grouping: zones, by: \.zone.series)
        var result: [SourceID: SeriesStatistics] = [:]
        for series in Set(bySeries.keys).union(recent.keys).sorted() {
            var statistics = result[series.source] ?? SeriesStatistics()
            try add(bySeries[series] ?? [], of: series, to: &statistics, on: connection)
            if statistics.count > 0 { result[series.source] = statistics }
        }
        return result
    }

    /// `zones`: in order of their first events.
    private func add(
        _ zones: [PlacedZone],
        of series: SeriesKey,
        to statistics: inout SeriesStatistics,
        on connection: borrowing PostgresConnection
    ) throws {
        let known = recent[series] ?? BeliefColumns()
        // What is known up to here has been added.
        var position = 0
        for cluster in Self.clusters(zones) {
            let range = known.positions(ofEventsIn: cluster.events)
            statistics.add(known.slice(position..<range.lowerBound))
            position = range.upperBound
            if let only = cluster.zones.first, cluster.zones.count == 1, range.isEmpty,
                speaksForItself(only.zone)
            {
                statistics.add(only.zone)
                continue
            }
            let beliefs = try BeliefGatherer.gather(
                memtable: range.isEmpty ? [:] : [series: known.slice(range)],
                blocks: try blocks(cluster, on: connection),
                hiddenBy: deletions,
                events: events
            )
            for columns in beliefs.values { statistics.add(columns) }
        }
        statistics.add(known.slice(position..<known.count))
    }

    private func speaksForItself(_ zone: BlockZone) -> Bool {
        zone.isComplete && events.contains(zone.firstEvent) && events.contains(zone.lastEvent)
            && !deletions.contains { $0.concerns(zone.series) && $0.events.overlaps(zone.events) }
    }

    private func blocks(
        _ cluster: Cluster,
        on connection: borrowing PostgresConnection
    ) throws -> [BlockTable: [StoredBlock]] {
        var result: [BlockTable: [StoredBlock]] = [:]
        for table in BlockTable.allCases {
            let zones = cluster.zones.filter { $0.table == table }
            result[table] = try StoredBlock.read(zones, in: table, on: connection)
        }
        return result
    }

    private struct Cluster {
        var zones: [PlacedZone]
        var events: ClosedRange<Int64>
    }

    private static func clusters(_ zones: [PlacedZone]) -> [Cluster] {
        var clusters: [Cluster] = []
        for zone in zones {
            if let last = clusters.last, zone.firstEvent <= last.events.upperBound {
                let end = max(last.events.upperBound, zone.lastEvent)
                clusters[clusters.count - 1].zones.append(zone)
                clusters[clusters.count - 1].events = last.events.lowerBound...end
            } else {
                clusters.append(Cluster(zones: [zone], events: zone.zone.events))
            }
        }
        return clusters
    }
}

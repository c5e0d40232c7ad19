import Catalog
import Model
import TSEngine

/// Removes beliefs about events that are past the time for which they are kept.
struct RetentionEnforcement: Sendable {
    let catalog: CatalogStore
    let maintenance: StoreMaintenance
    var clock: any WallClock = SystemWallClock()

    /// A sensor that has something to remove.
    struct Expiry: Sendable {
        let rule: RetentionRule
        /// What ends before is not kept.
        let cutOff: Timestamp
        let deletion: Deletion
    }

    /// The sensors that have events in blocks which ended before their cut-off, ascending.
    ///
    /// What is in the memtable only is met after the next compaction, or together with what its
    /// sensor has in blocks.
    func expiries() async throws -> [Expiry] {
        let rules = try await catalog.retentionRules()
        let now = clock.now()
        guard let latest = rules.latestCutOff(before: now) else { return [] }
        let firstEvents = try await maintenance.firstEvents(before: latest)
        return firstEvents.sorted { $0.key < $1.key }.compactMap { id, firstEvent in
            guard let sensor = catalog.sensor(id),
                let rule = catalog.retentionRule(of: sensor, in: rules)
            else { return nil }
            let cutOff = rule.period.cutOff(before: now)
            // The last event that ends before the cut-off.
            let last = cutOff.microseconds - sensor.timing.resolution - 1
            guard firstEvent <= last else { return nil }
            let deletion = Deletion(sensor: id, events: .min...last)
            return Expiry(rule: rule, cutOff: cutOff, deletion: deletion)
        }
    }

    /// Removes it, on the disk too.
    ///
    /// - Returns: what was removed; nil if another process does this now.
    func run(on engine: Engine) async throws -> [Expiry]? {
        try await catalog.whileEnforcingRetention {
            let expiries = try await expiries()
            if !expiries.isEmpty {
                // All at once: a partition of which nothing stays is then emptied as a whole.
                try await engine.delete(expiries.map(\.deletion))
                // Until then every reader of these sensors passes over what is removed.
                _ = try await engine.compact()
            }
            return expiries
        }
    }
}

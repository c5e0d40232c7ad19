internal import Catalog
internal import Logging
internal import Model
internal import TSEngine

/// Removes the beliefs of sensors that are gone from the catalog.
///
/// The catalog remembers such sensors in the transaction that removes them, so that a crash in
/// between leaves nothing behind: what is left is removed at the next start.
struct BeliefRemoval: Sendable {
    let engine: Engine
    let catalog: CatalogStore
    let logger: Logger

    /// The sensors are gone already, and nobody can see their beliefs: a failure is for the log, and
    /// made good at the next start.
    func remove(_ sensors: [SensorID]) async {
        if sensors.isEmpty { return }
        do {
            try await engine.delete(sensors.map { Deletion(sensor: $0) })
            try await catalog.forgetRemoved(sensors)
        } catch {
            logger.error(
                "beliefs of removed sensors are left until the next start",
                metadata: ["error": "\(error)", "count": "\(sensors.count)"]
            )
        }
    }

    /// Removes what an earlier process left.
    func removeLeftovers() async {
        do {
            await remove(try await catalog.removedSensors())
        } catch {
            logger.error("removed sensors cannot be read", metadata: ["error": "\(error)"])
        }
    }
}

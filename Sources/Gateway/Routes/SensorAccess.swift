internal import Auth
internal import Catalog
internal import Model

/// The sensors that a question about many is answered for.
///
/// A sensor that does not exist and one that the caller may not read get one and the same answer,
/// so that nobody learns which ids are taken.
struct SensorAccess: Sendable {
    let catalog: CatalogStore

    /// - Throws: `.notFound` that lists what is missing or foreign; `.unprocessable` for an asset
    ///   with more than `SensorSelection.countMax` sensors.
    func readable(_ selection: SensorSelection, by principal: Principal) throws -> [Sensor] {
        switch selection {
        case .sensors(let ids):
            var found: [Sensor] = []
            var missing: [String] = []
            found.reserveCapacity(ids.count)
            for id in ids {
                if let sensor = sensor(id, for: principal) {
                    found.append(sensor)
                } else {
                    missing.append(id.description)
                }
            }
            guard missing.isEmpty else {
                let names = missing.prefix(20).joined(separator: ", ")
                throw Refusal.notFound(
                    "Sensors not found: \(names)\(missing.count > 20 ? ", …" : "")"
                )
            }
            return found
        case .asset(let id):
            guard let asset = catalog.asset(id), mayRead(asset, principal) else {
                throw Refusal.notFound("Asset not found: \(id)")
            }
            // What lies below may belong to somebody else: each sensor is decided by itself.
            let sensors = ([asset] + catalog.offspring(of: id)).flatMap { part in
                catalog.sensors(of: part.id).filter { sensor($0.id, for: principal) != nil }
            }
            guard sensors.count <= SensorSelection.countMax else {
                let text = "The asset has more than \(SensorSelection.countMax) sensors."
                throw RequestRefusal.unprocessable(
                    FieldErrors(location: "json", field: "asset", text)
                )
            }
            return sensors
        }
    }

    /// Decided before anything else about the sensor is looked at.
    func sensor(_ id: SensorID, for principal: Principal) -> Sensor? {
        guard let facts = catalog.facts(.beliefs, on: id, for: principal),
            Policy.decide(principal, .read, facts).isAllowed
        else { return nil }
        return catalog.sensor(id)
    }

    private func mayRead(_ asset: Asset, _ principal: Principal) -> Bool {
        guard let facts = catalog.facts(.asset, on: asset.id, for: principal) else { return false }
        return Policy.decide(principal, .read, facts).isAllowed
    }
}

internal import Model
internal import Synchronization

/// The time zones of sensors, each read from its file once.
final class SensorZones: Sendable {
    /// More than there are zones; beyond it nothing is kept.
    private static let countMax = 1_000
    private let zones = Mutex<[String: TimeZoneRules]>([:])

    /// `identifier`: IANA name. A zone that this machine does not know counts as UTC.
    func rules(_ identifier: String) -> TimeZoneRules {
        if let known = zones.withLock({ $0[identifier] }) { return known }
        let rules = TimeZoneRules.load(identifier) ?? .utc
        zones.withLock { zones in
            if zones.count < Self.countMax { zones[identifier] = rules }
        }
        return rules
    }
}

package import Model

/// The limits of a named API token: it may do less than its user, never more.
///
/// `Policy` asks it before any rule that allows. A principal without one has all rights of its
/// user.
package struct Restriction: Sendable, Hashable {
    /// What a token is for. They do not contain each other: a token that posts and reads has both.
    package struct Scopes: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Look at what there is: accounts, users, assets, sensors, beliefs, jobs, sources.
        package static let read = Scopes(rawValue: 1)
        /// Post beliefs and annotations.
        package static let write = Scopes(rawValue: 2)
        /// Start schedules and forecasts.
        package static let trigger = Scopes(rawValue: 4)
        /// Everything else that the user may do: change the structure, delete, read audit logs.
        package static let admin = Scopes(rawValue: 8)

        private static let named: [(scope: Scopes, name: String)] = [
            (.read, "read"), (.write, "write"), (.trigger, "trigger"), (.admin, "admin"),
        ]

        /// - Returns: nil if one of the names is none of the four.
        package init?(names: some Sequence<some StringProtocol>) {
            var scopes: Scopes = []
            for name in names {
                guard let scope = Self.named.first(where: { $0.name == name })?.scope else {
                    return nil
                }
                scopes.insert(scope)
            }
            self = scopes
        }

        package var names: [String] { Self.named.filter { contains($0.scope) }.map(\.name) }
    }

    /// What a token reaches.
    package enum Reach: Sendable, Hashable {
        case everything
        case only(Parts)

        /// These sensors, and these assets with all that is below them. Nothing that is not a part
        /// of an asset, apart from what everyone sees.
        package static func only(
            assets: some Sequence<AssetID>,
            sensors: some Sequence<SensorID>
        ) -> Reach {
            .only(Parts(assets: assets.sorted(), sensors: sensors.sorted()))
        }
    }

    /// Assets and sensors.
    package struct Parts: Sendable, Hashable {
        // INVARIANT: ascending. Few ids are found sooner by halving than by hashing.
        package let assets: [AssetID]
        package let sensors: [SensorID]

        fileprivate init(assets: [AssetID], sensors: [SensorID]) {
            (self.assets, self.sensors) = (assets, sensors)
        }

        fileprivate func contains(_ place: Facts.Place) -> Bool {
            if let sensor = place.sensor, Self.isListed(sensor, in: sensors) { return true }
            guard !assets.isEmpty else { return false }
            if let asset = place.asset, Self.isListed(asset, in: assets) { return true }
            for asset in place.above where Self.isListed(asset, in: assets) { return true }
            return false
        }

        private static func isListed<ID: EntityID>(_ id: ID, in ids: [ID]) -> Bool {
            var (low, high) = (0, ids.count)
            while low < high {
                let middle = (low + high) / 2
                if ids[middle] < id { low = middle + 1 } else { high = middle }
            }
            return low < ids.count && ids[low] == id
        }
    }

    package let scopes: Scopes
    package let reach: Reach

    package init(_ scopes: Scopes, reach: Reach = .everything) {
        (self.scopes, self.reach) = (scopes, reach)
    }

    /// Why a token may not do this; nil if its limits allow it.
    func refusal(_ permission: Permission, _ facts: Facts) -> Decision.Rule? {
        guard let scope = Self.scope(permission, facts.kind), scopes.contains(scope) else {
            return .tokenScope
        }
        return isWithinReach(facts) ? nil : .tokenReach
    }

    /// The scope that something needs; nil for what no named token may: a token that makes tokens
    /// would free itself of its limits and of its end.
    private static func scope(_ permission: Permission, _ kind: Facts.Kind) -> Scopes? {
        switch (kind, permission) {
        case (.apiToken, _): nil
        case (.auditLog, .read), (.accountAuditLog, .read), (.userAuditLog, .read),
            (.operations, .read):
            .admin
        case (_, .read): .read
        case (.beliefs, .createChildren), (.annotation, .createChildren): .write
        case (.schedule, .createChildren), (.forecast, .createChildren): .trigger
        default: .admin
        }
    }

    private func isWithinReach(_ facts: Facts) -> Bool {
        guard case .only(let parts) = reach else { return true }
        return facts.kind == .assetType || parts.contains(facts.place)
    }
}

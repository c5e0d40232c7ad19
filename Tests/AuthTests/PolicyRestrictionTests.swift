import Model
import Testing

@testable import Auth

/// Named API tokens: what their limits leave of a user's rights.
@Suite struct PolicyRestrictionTests {
    private static let place = Facts.Place.sensor(
        SensorID(37),
        of: AssetID(12),
        below: [AssetID(11), AssetID(10)]
    )

    private func decide(
        _ restriction: Restriction,
        _ permission: Permission,
        _ facts: Facts,
        roles: UserRoles = .accountAdmin
    ) -> Decision {
        let principal = Principal(
            user: UserID(14),
            account: PolicyWorld.accountD,
            roles: roles,
            restriction: restriction
        )
        return Policy.decide(principal, permission, facts)
    }

    private func own(_ kind: Facts.Kind) -> Facts {
        var facts = Facts(kind, PolicyWorld.ownerD)
        facts.place = Self.place
        return facts
    }

    /// Goal: each scope gives its own rights and no others.
    @Test func `scopes`() {
        let questions: [(permission: Permission, kind: Facts.Kind, scope: Restriction.Scopes)] = [
            (.read, .account, .read), (.read, .user, .read), (.read, .asset, .read),
            (.read, .sensor, .read), (.read, .beliefs, .read), (.read, .schedule, .read),
            (.read, .job, .read), (.read, .source, .read), (.read, .assetAuditLog, .read),
            (.createChildren, .beliefs, .write), (.createChildren, .annotation, .write),
            (.createChildren, .schedule, .trigger), (.createChildren, .forecast, .trigger),
            (.createChildren, .asset, .admin), (.createChildren, .sensor, .admin),
            (.createChildren, .account, .admin), (.update, .account, .admin),
            (.update, .asset, .admin), (.update, .sensor, .admin), (.delete, .asset, .admin),
            (.delete, .sensor, .admin), (.delete, .beliefs, .admin),
            (.read, .accountAuditLog, .admin),
        ]
        for (permission, kind, needed) in questions {
            for raw in UInt8(0)...15 {
                let scopes = Restriction.Scopes(rawValue: raw)
                let decision = decide(Restriction(scopes), permission, own(kind))
                #expect(decision.isAllowed == scopes.contains(needed), "\(permission) \(kind)")
                if !decision.isAllowed { #expect(decision.rule == .tokenScope) }
            }
        }
    }

    @Test func `scopes have names`() {
        #expect(Restriction.Scopes(names: ["read", "write"]) == [.read, .write])
        #expect(Restriction.Scopes(names: ["read", "all"]) == nil)
        #expect(Restriction.Scopes(rawValue: 15).names == ["read", "write", "trigger", "admin"])
    }

    /// Goal: a token makes, shows and ends no tokens, whatever it is for.
    @Test func `tokens do not make tokens`() {
        let all = Restriction(Restriction.Scopes(rawValue: 15))
        let tokens = Facts.apiToken(
            of: UserID(14),
            account: PolicyWorld.accountD,
            consultancy: nil,
            having: .admin
        )
        for permission in Permission.allCases where permission != .update {
            #expect(decide(all, permission, tokens, roles: .admin) == .deny(.tokenScope))
        }
        #expect(decide(all, .update, tokens, roles: .admin) == .deny(.nobody))
    }

    /// Goal: limited to a sensor, an asset, or an asset above, a token reaches just what is there.
    @Test func `reach`() {
        func limited(_ assets: [Int64], _ sensors: [Int64] = []) -> Restriction {
            Restriction(
                Restriction.Scopes(rawValue: 15),
                reach: .only(
                    assets: assets.map { AssetID($0) },
                    sensors: sensors.map { SensorID($0) }
                )
            )
        }
        let inside = [
            limited([], [37]), limited([12]), limited([11]), limited([10]),
            limited([99, 98, 12, 97], [5]), limited([1], [40, 37, 1]),
        ]
        let outside = [
            limited([]), limited([13, 37]), limited([], [12, 36, 38]), limited([1], [2]),
        ]
        for restriction in inside {
            #expect(decide(restriction, .read, own(.beliefs)).isAllowed)
            #expect(decide(restriction, .createChildren, own(.beliefs)).isAllowed)
        }
        for restriction in outside {
            #expect(decide(restriction, .read, own(.beliefs)) == .deny(.tokenReach))
            #expect(decide(restriction, .read, own(.beliefs), roles: .admin).rule == .tokenReach)
        }
        // The asset itself is above a sensor, not below it.
        let asset = Facts.asset(PolicyWorld.ownerD, at: .asset(AssetID(12)))
        #expect(decide(limited([], [37]), .read, asset) == .deny(.tokenReach))
        #expect(decide(limited([12]), .delete, asset).isAllowed)
    }

    /// Goal: what nobody has placed is outside; what everyone sees is not.
    @Test func `the unknown is out of reach`() {
        let restriction = Restriction(
            Restriction.Scopes(rawValue: 15),
            reach: .only(assets: [AssetID(12)], sensors: [SensorID(37)])
        )
        for facts in [
            Facts.beliefs(PolicyWorld.ownerD), .account(PolicyWorld.accountD, consultancy: nil),
            .source(.everyone), .beliefs(.everyone), .assetOwnership(PolicyWorld.ownerD),
        ] {
            for permission in Permission.allCases {
                #expect(!decide(restriction, permission, facts, roles: .admin).isAllowed)
            }
        }
        #expect(decide(restriction, .read, .assetTypes).isAllowed)
        #expect(decide(restriction, .update, .assetTypes, roles: .admin) == .deny(.nobody))
    }
}

package import Model

/// A named API token as its owner sees it. The text was told once and is not kept.
package struct NamedToken: Sendable, Equatable {
    package let id: Int64
    package let user: UserID
    package let name: String
    package let restriction: Restriction
    /// µs since 1970 UTC, as all times here.
    package let createdAt: Int64
    /// From this moment on it is refused; nil: never.
    package let expiresAt: Int64?
    /// To the minute; nil: never.
    package let lastUsedAt: Int64?
    package let revokedAt: Int64?
}

/// A named token to be.
package struct NewNamedToken: Sendable {
    package var user: UserID
    /// Unique among the user's tokens that are not revoked.
    package var name: String
    package var restriction: Restriction
    /// Seconds since 1970 UTC; nil: never.
    package var expiresAt: Int64?

    package init(user: UserID, name: String, restriction: Restriction, expiresAt: Int64? = nil) {
        (self.user, self.name) = (user, name)
        (self.restriction, self.expiresAt) = (restriction, expiresAt)
    }

    /// Most ids that a token may be limited to.
    package static let idCountMax = 1_000

    func problems(now: Int64) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        let isClean = name.unicodeScalars.allSatisfy {
            switch $0.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        if !(1...255).contains(name.utf8.count) || !isClean {
            problems.append(FieldProblem("name", "must have 1 to 255 bytes, no control characters"))
        }
        if restriction.scopes.isEmpty || restriction.scopes.rawValue > 15 {
            problems.append(FieldProblem("scope", "must be some of read, write, trigger, admin"))
        }
        if case .only(let parts) = restriction.reach {
            if parts.assets.isEmpty && parts.sensors.isEmpty {
                problems.append(FieldProblem("reach", "must name an asset or a sensor"))
            }
            if parts.assets.count > Self.idCountMax || parts.sensors.count > Self.idCountMax {
                problems.append(
                    FieldProblem("reach", "must name at most \(Self.idCountMax) of a kind")
                )
            }
        }
        // The year 9999 ends there; later ones Postgres and JSON readers disagree on.
        if let expiresAt, !(now + 1...253_402_300_799).contains(expiresAt) {
            problems.append(FieldProblem("expires", "must be in the future"))
        }
        return problems
    }
}

/// A named token that was just made.
package struct CreatedNamedToken: Sendable {
    package let token: NamedToken
    /// For the `Authorization` header; told once.
    package let text: Secret<String>
}

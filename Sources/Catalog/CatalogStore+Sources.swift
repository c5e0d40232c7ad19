package import Model
internal import Postgres

extension CatalogStore {
    package func addSource(_ new: NewSource) async throws(CatalogError) -> DataSource {
        try FieldRules.checkName(new.name, lengthMax: 120)
        try FieldRules.checkName(new.type, field: "type", lengthMax: 80)
        try FieldRules.checkText(new.model, field: "model", lengthMax: 80)
        try FieldRules.checkText(new.version, field: "version", lengthMax: 17)
        guard new.type != Self.userType else {
            throw .invalid(
                field: "type",
                message: "Sources of type 'user' come with the user's first data."
            )
        }
        if let version = new.version, VersionNumber(version) == nil {
            throw .invalid(field: "version", message: "Invalid version: '\(version)'.")
        }
        let rows = try await write(.dataSource, refusals: Refusals.source(new)) { connection in
            try FieldRules.checkJSON(
                new.attributes,
                field: "attributes",
                type: "object",
                connection
            )
            if let account = new.account?.rawValue {
                // Without a foreign key (a source outlives its account), so looked up here.
                let found = try connection.query("SELECT FROM account WHERE id = \(account)")
                guard found.count == 1 else { throw Refusals.noAccount(account, "account_id") }
            }
            return try connection.query(
                """
                INSERT INTO data_source (name, type, model, version, account_id, attributes,
                    attributes_hash)
                SELECT \(new.name), \(new.type), \(new.model), \(new.version),
                    \(new.account?.rawValue), attributes,
                    CASE WHEN attributes <> '{}' THEN
                        sha256(convert_to(attributes::text, 'UTF8')) END
                FROM (SELECT \(new.attributes)::jsonb AS attributes) AS given
                RETURNING id
                """
            ).int(0, 0)
        }
        return try only(rows.sources)
    }

    /// The source through which a user speaks; created when the user first does, with the user's
    /// name and account of that time. From memory as a rule.
    ///
    /// Safe to call from many tasks and processes at once: the user gets one source.
    package func userSource(
        userID: UserID,
        username: String,
        account: AccountID?
    ) async throws(CatalogError) -> DataSource {
        if let known = source(of: userID) { return known }
        try FieldRules.checkName(username, field: "username", lengthMax: 255)
        let rows = try await write(.dataSource, retryingOnce: true) { connection in
            // Any conflict: two who insert at once may meet first in the index of all columns.
            let created = try connection.query(
                """
                INSERT INTO data_source (name, type, user_id, account_id)
                VALUES (\(username), \(Self.userType), \(userID.rawValue), \(account?.rawValue))
                ON CONFLICT DO NOTHING RETURNING id
                """
            )
            if created.count == 1 { return try created.int(0, 0) }
            // A statement of its own, as it must see what the other one has just committed.
            return try connection.query(
                "SELECT id FROM data_source WHERE user_id = \(userID.rawValue)"
            ).int(0, 0)
        }
        return try only(rows.sources)
    }

    private static let userType = "user"
}

package import Model
package import Postgres

/// What is to become of an account; nil leaves a field as it is.
package struct AccountChange: Sendable {
    package var name: String?
    package var primaryColor: String??
    package var secondaryColor: String??
    package var logoURL: String??
    /// A JSON object as text.
    package var attributes: String?
    package var roles: [AccountRoleID]?
    package var consultancy: AccountID??

    package init() {}
}

extension CatalogStore {
    /// Changes fields of an account.
    ///
    /// `check`: gets the account as it is now, locked, and may throw to refuse.
    /// - Throws: `.missing` on `id` if there is no such account; what `check` throws.
    package func updateAccount(
        _ id: AccountID,
        _ change: AccountChange,
        trail: (any ChangeTrail)? = nil,
        check: @escaping @Sendable (Account) throws(CatalogError) -> Void = { _ in }
    ) async throws(CatalogError) -> Account {
        if let name = change.name { try FieldRules.checkName(name, lengthMax: 100) }
        let primary = try change.primaryColor.map { text throws(CatalogError) in
            try FieldRules.color(text, field: "primary_color")
        }
        let secondary = try change.secondaryColor.map { text throws(CatalogError) in
            try FieldRules.color(text, field: "secondary_color")
        }
        if let logo = change.logoURL { try FieldRules.checkURL(logo, field: "logo_url") }
        let rows = try await onConnection { connection in
            var refusals = Refusals()
            do {
                return try connection.transaction { connection in
                    let differences = try RowDifferences(.account, id.rawValue, connection)
                    let present = try CatalogReader.row(.account, id.rawValue, connection)
                    guard let differences, let account = present.accounts.first else {
                        throw CatalogError.missing(
                            field: "id",
                            message: "Account \(id) not found"
                        )
                    }
                    try check(account)
                    let consultancy = change.consultancy ?? account.consultancy
                    var new = NewAccount(name: change.name ?? account.name)
                    new.consultancy = consultancy
                    refusals = Refusals.account(new)
                    let attributes = change.attributes ?? account.attributes
                    try FieldRules.checkJSON(
                        attributes,
                        field: "attributes",
                        type: "object",
                        connection
                    )
                    guard consultancy != id else {
                        throw CatalogError.invalid(
                            field: "consultancy_account_id",
                            message: "An account cannot be its own consultancy."
                        )
                    }
                    try connection.query(
                        """
                        UPDATE account SET name = \(new.name),
                            primary_color = \(primary ?? account.primaryColor),
                            secondary_color = \(secondary ?? account.secondaryColor),
                            logo_url = \(change.logoURL ?? account.logoURL),
                            attributes = \(attributes)::jsonb,
                            consultancy_account_id = \(consultancy?.rawValue)
                        WHERE id = \(id.rawValue)
                        """
                    )
                    var fields = try differences.found(connection).map(\.field)
                    if let roles = change.roles, Set(roles) != Set(account.roles.map(\.id)) {
                        try Self.setRoles(roles, of: id, connection)
                        fields.append("account_roles")
                    }
                    if !fields.isEmpty {
                        let record = RecordedChange(
                            "account.updated",
                            subject: "account:\(id)",
                            account: id.rawValue,
                            details: ["fields": fields.joined(separator: ", ")]
                        )
                        try trail?.append([record], on: connection)
                    }
                    return try CatalogReader.row(.account, id.rawValue, connection)
                }
            } catch let error as PostgresError {
                throw refusals.meaning(of: error) ?? CatalogError(error)
            }
        }
        await show(rows, CatalogChanges(.account, id.rawValue))
        return try only(rows.accounts)
    }

    private static func setRoles(
        _ roles: [AccountRoleID],
        of account: AccountID,
        _ connection: borrowing PostgresConnection
    ) throws {
        let ids = PostgresValue.ints(Array(Set(roles.map(\.rawValue))))
        let known = try connection.query("SELECT id FROM account_role WHERE id = ANY(\(ids))")
        guard known.count == Set(roles).count else {
            throw CatalogError.missing(
                field: "account_roles",
                message: "No account role found with one of these ids."
            )
        }
        try connection.query(
            """
            DELETE FROM account_account_role
            WHERE account_id = \(account.rawValue) AND account_role_id <> ALL(\(ids))
            """
        )
        try connection.query(
            """
            INSERT INTO account_account_role (account_id, account_role_id)
            SELECT \(account.rawValue), id FROM account_role WHERE id = ANY(\(ids))
            ON CONFLICT DO NOTHING
            """
        )
    }
}

internal import Model
internal import Postgres

extension CatalogStore {
    /// Creates the account roles, asset types and sources that every installation has. What is
    /// there already stays as it is.
    package func ensureInitialStructure() async throws(CatalogError) {
        let changes = try await onConnection(retryingOnce: true) { connection in
            try connection.transaction { connection in
                var changes = CatalogChanges()
                for (table, statement) in InitialStructure.statements {
                    let created = try connection.query(statement)
                    if created.count == 1 { changes.insert(table, try created.int(0, 0)) }
                }
                return changes
            }
        }
        if !changes.isEmpty { try await refresh(changes) }
    }
}

/// What FlexMeasures creates in an empty database, in its order and so with its ids.
private enum InitialStructure {
    /// One statement a row. Asking first saves the id that a refused INSERT would use up; ON
    /// CONFLICT is for two processes that ask at once.
    static var statements: [(CatalogTableName, SQL)] {
        let roles = accountRoles.map { name, description -> (CatalogTableName, SQL) in
            let sql: SQL = """
                INSERT INTO account_role (name, description) SELECT \(name), \(description)
                WHERE NOT EXISTS (SELECT FROM account_role WHERE name = \(name))
                ON CONFLICT DO NOTHING RETURNING id
                """
            return (.accountRole, sql)
        }
        let types = assetTypes.map { name, description -> (CatalogTableName, SQL) in
            let sql: SQL = """
                INSERT INTO asset_type (name, description) SELECT \(name), \(description)
                WHERE NOT EXISTS (SELECT FROM asset_type WHERE name = \(name))
                ON CONFLICT DO NOTHING RETURNING id
                """
            return (.assetType, sql)
        }
        let sources = sources.map { name, type -> (CatalogTableName, SQL) in
            let sql: SQL = """
                INSERT INTO data_source (name, type) SELECT \(name), \(type)
                WHERE NOT EXISTS (SELECT FROM data_source WHERE name = \(name) AND type = \(type))
                ON CONFLICT DO NOTHING RETURNING id
                """
            return (.dataSource, sql)
        }
        return roles + types + sources
    }

    private static let accountRoles: [(name: String, description: String)] = [
        ("Prosumer", "A consumer who might also produce"),
        ("MDC", "Metering Data Company"),
        ("Supplier", "Supplier of energy"),
        ("Aggregator", "Aggregator of energy flexibility"),
        ("ESCO", "Energy Service Company"),
        (AccountRole.consultancyName, "Looks after client accounts"),
    ]

    private static let assetTypes: [(name: String, description: String)] = [
        ("solar", "solar panel(s)"),
        ("wind", "wind turbine"),
        ("one-way_evse", "uni-directional Electric Vehicle Supply Equipment"),
        ("two-way_evse", "bi-directional Electric Vehicle Supply Equipment"),
        ("battery", "stationary battery"),
        ("building", "building"),
        ("process", "process"),
        ("heat-storage", "thermal storage / buffer"),
    ]

    private static let sources: [(name: String, type: String)] = [
        ("Seita", "demo script"), ("Seita", "forecaster"), ("Seita", "scheduler"),
    ]
}

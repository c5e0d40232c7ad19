import Model
import Postgres

/// Reads the catalog's tables on a connection. Blocking, as the connection is.
struct CatalogReader {
    private(set) var rows = CatalogRows()
    private var decoder = CatalogDecoder()

    /// What the decoder left out.
    var unreadable: UnreadableRows { decoder.unreadable }

    /// Rows that one statement of a whole load fetches: some MiB of memory at a time.
    private static let batchCount = 20_000

    /// Everything, as it was at one moment.
    static func everything(
        _ connection: borrowing PostgresConnection
    ) throws -> (tables: CatalogTables, unreadable: UnreadableRows) {
        try connection.transaction { connection in
            try connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            var tables = CatalogTables()
            var reader = CatalogReader()
            for table in CatalogTableName.allCases {
                var last = Int64.min
                while true {
                    let condition: SQL =
                        "id > \(last) ORDER BY id LIMIT \(Self.batchCount)"
                    let ids = try reader.read(table, where: condition, connection)
                    tables.insert(reader.rows)
                    reader.rows = CatalogRows()
                    guard ids.count == Self.batchCount, let highest = ids.last else { break }
                    last = highest
                }
            }
            return (tables, reader.unreadable)
        }
    }

    /// The rows of `changes` as they are now, and of every table at the same moment. `changes`
    /// gains the accounts that show a changed role.
    static func changed(
        _ changes: inout CatalogChanges,
        _ connection: borrowing PostgresConnection
    ) throws -> CatalogReader {
        let roles = changes[.accountRole]
        if !roles.isEmpty {
            let ids = PostgresValue.ints(Array(roles))
            let accounts = try connection.query(
                "SELECT account_id FROM account_account_role WHERE account_role_id = ANY(\(ids))"
            )
            for row in 0..<accounts.count { changes.insert(.account, try accounts.int(row, 0)) }
        }
        let wanted = changes
        return try connection.transaction { connection in
            try connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            var reader = CatalogReader()
            for table in wanted.tables {
                if wanted[table].isEmpty { continue }
                let ids = PostgresValue.ints(Array(wanted[table]))
                _ = try reader.read(table, where: "id = ANY(\(ids))", connection)
            }
            for range in wanted.sensorRanges {
                var next = range.lowerBound
                while next <= range.upperBound {
                    let condition: SQL = """
                        id BETWEEN \(next) AND \(range.upperBound)
                        ORDER BY id LIMIT \(Self.batchCount)
                        """
                    let ids = try reader.read(.sensor, where: condition, connection)
                    guard ids.count == Self.batchCount, let last = ids.last else { break }
                    next = last + 1
                }
            }
            return reader
        }
    }

    /// One row by id, in the caller's transaction.
    static func row(
        _ table: CatalogTableName,
        _ id: Int64,
        _ connection: borrowing PostgresConnection
    ) throws -> CatalogRows {
        var reader = CatalogReader()
        _ = try reader.read(table, where: "id = \(id)", connection)
        return reader.rows
    }

    /// Reads rows of one table, those with `condition` behind WHERE, into `rows`. Returns the ids
    /// of all that were found, also of those that are left out.
    private mutating func read(
        _ table: CatalogTableName,
        where condition: SQL,
        _ connection: borrowing PostgresConnection
    ) throws -> [Int64] {
        let columns =
            switch table {
            case .accountRole: CatalogDecoder.accountRoleColumns
            case .account: CatalogDecoder.accountColumns
            case .assetType: CatalogDecoder.assetTypeColumns
            case .asset: CatalogDecoder.assetColumns
            case .sensor: CatalogDecoder.sensorColumns
            case .dataSource: CatalogDecoder.sourceColumns
            }
        let found = try connection.query(
            "SELECT \(columns) FROM \(unescaped: table.rawValue) WHERE \(condition)"
        )
        let ids = try (0..<found.count).map { try found.int($0, 0) }
        let roles = table == .account ? try rolesOfAccounts(ids, connection) : [:]
        for row in 0..<found.count {
            switch table {
            case .accountRole: rows.accountRoles.append(try decoder.accountRole(found, row))
            case .account:
                let roles = roles[ids[row]] ?? []
                rows.accounts.append(try decoder.account(found, row, roles: roles))
            case .assetType: rows.assetTypes.append(try decoder.assetType(found, row))
            case .asset: rows.assets.append(try decoder.asset(found, row))
            case .sensor:
                if let sensor = try decoder.sensor(found, row) { rows.sensors.append(sensor) }
            case .dataSource: rows.sources.append(try decoder.source(found, row))
            }
        }
        return ids
    }

    private func rolesOfAccounts(
        _ accounts: [Int64],
        _ connection: borrowing PostgresConnection
    ) throws -> [Int64: [AccountRole]] {
        let found = try connection.query(
            """
            SELECT role.id, role.name, role.description, given.account_id
            FROM account_account_role AS given JOIN account_role AS role
                ON role.id = given.account_role_id
            WHERE given.account_id = ANY(\(PostgresValue.ints(accounts)))
            ORDER BY role.id
            """
        )
        var roles: [Int64: [AccountRole]] = [:]
        for row in 0..<found.count {
            roles[try found.int(row, 3), default: []].append(try decoder.accountRole(found, row))
        }
        return roles
    }
}

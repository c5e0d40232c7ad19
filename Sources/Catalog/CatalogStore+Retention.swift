internal import Model
internal import Postgres

// How long beliefs are kept. Rules are few and asked for seldom, so they are read when they are
// needed, not kept in memory.
extension CatalogStore {
    /// All rules.
    package func retentionRules() async throws(CatalogError) -> RetentionRules {
        try await onConnection(retryingOnce: true) { connection in
            // An interval's months and the rest: a month has no fixed length.
            let rows = try connection.query(
                """
                SELECT account_id, asset_id, sensor_id,
                    (extract(year FROM keep) * 12 + extract(month FROM keep))::bigint,
                    (extract(epoch FROM keep - date_trunc('month', keep)) * 1000000)::bigint
                FROM retention ORDER BY account_id, asset_id, sensor_id
                """
            )
            var rules: [RetentionRule] = []
            for row in 0..<rows.count {
                let period = RetentionPeriod(
                    months: Int(try rows.int(row, 3)),
                    microseconds: try rows.int(row, 4)
                )
                // Nothing may be removed by a rule that is not understood.
                guard let period, let scope = try Self.scope(rows, row) else {
                    throw PostgresError.unexpected("row \(row) of `retention`")
                }
                rules.append(RetentionRule(scope: scope, period: period))
            }
            return RetentionRules(rules)
        }
    }

    /// Keeps the beliefs of `scope` for `period` from now on, in place of what was set there.
    ///
    /// - Throws: `.missing` if there is no such account, asset or sensor.
    package func setRetention(
        of scope: RetentionScope,
        to period: RetentionPeriod
    ) async throws(CatalogError) {
        let (column, id) = Self.column(scope)
        try await onConnection { connection in
            do throws(PostgresError) {
                try connection.query(
                    """
                    INSERT INTO retention (\(unescaped: column), keep)
                    VALUES (\(id), \(Self.interval(period))::interval)
                    ON CONFLICT (\(unescaped: column)) DO UPDATE SET keep = excluded.keep
                    """
                )
            } catch {
                throw Self.refusals(scope).meaning(of: error) ?? CatalogError(error)
            }
        }
    }

    /// Removes the rule that is set on `scope` itself.
    ///
    /// - Returns: whether there was one.
    package func clearRetention(of scope: RetentionScope) async throws(CatalogError) -> Bool {
        let (column, id) = Self.column(scope)
        return try await onConnection { connection in
            let rows = try connection.query(
                "DELETE FROM retention WHERE \(unescaped: column) = \(id) RETURNING id"
            )
            return rows.count > 0
        }
    }

    /// The rule that holds for a sensor: its own, else that of the nearest asset above it, else that
    /// of the account. Nil if its beliefs are kept for ever, or if an asset above is not known (yet).
    package func retentionRule(of sensor: Sensor, in rules: RetentionRules) -> RetentionRule? {
        var scopes: [RetentionScope] = [.sensor(sensor.id)]
        var (next, account): (AssetID?, AccountID?) = (sensor.asset, nil)
        // A loop in the tree, which the writing functions refuse, must not hang us.
        var seen: Set<AssetID> = []
        while let id = next, seen.insert(id).inserted {
            guard let asset = asset(id) else { return nil }
            if seen.count == 1 { account = asset.account }
            scopes.append(.asset(id))
            next = asset.parent
        }
        if let account { scopes.append(.account(account)) }
        return rules.first(of: scopes)
    }

    // MARK: rows

    private static func scope(
        _ rows: PostgresRows,
        _ row: Int
    ) throws(PostgresError) -> RetentionScope? {
        if let id = try rows.optionalInt(row, 0) { return .account(AccountID(id)) }
        if let id = try rows.optionalInt(row, 1) { return .asset(AssetID(id)) }
        return try rows.optionalInt(row, 2).map { .sensor(SensorID($0)) }
    }

    private static func column(_ scope: RetentionScope) -> (name: String, id: Int64) {
        switch scope {
        case .account(let id): ("account_id", id.rawValue)
        case .asset(let id): ("asset_id", id.rawValue)
        case .sensor(let id): ("sensor_id", id.rawValue)
        }
    }

    private static func interval(_ period: RetentionPeriod) -> String {
        let (days, rest) = period.microseconds.quotientAndRemainder(dividingBy: Microseconds.day)
        return "\(period.months) months \(days) days \(rest) microseconds"
    }

    private static func refusals(_ scope: RetentionScope) -> Refusals {
        switch scope {
        case .account(let id):
            Refusals(["retention_account_fkey": Refusals.noAccount(id.rawValue, "account")])
        case .asset(let id):
            Refusals([
                "retention_asset_fkey": .missing(
                    field: "asset",
                    message: "No asset found with ID \(id)."
                )
            ])
        case .sensor(let id):
            Refusals([
                "retention_sensor_fkey": .missing(
                    field: "sensor",
                    message: "No sensor found with ID \(id)."
                )
            ])
        }
    }
}

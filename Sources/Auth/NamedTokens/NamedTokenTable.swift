internal import Model
internal import Postgres

/// The statements on `api_token`.
enum NamedTokenTable {
    private static let columns: SQL = """
        t.id, t.user_id, t.name, t.scopes, array_to_string(t.asset_ids, ','),
        array_to_string(t.sensor_ids, ','), t.created_at, t.expires_at, t.last_used_at, t.revoked_at
        """

    static func insert(_ token: NewNamedToken, hash: [UInt8], now: Int64) -> SQL {
        let (assets, sensors): (PostgresValue, PostgresValue) =
            switch token.restriction.reach {
            case .everything: (.null, .null)
            case .only(let parts):
                (.ints(parts.assets.map(\.rawValue)), .ints(parts.sensors.map(\.rawValue)))
            }
        let expires = token.expiresAt.map { PostgresValue.timestamp($0 * 1_000_000) } ?? .null
        return """
            WITH t AS (
                INSERT INTO api_token (user_id, name, token_hash, scopes, asset_ids, sensor_ids,
                    created_at, expires_at)
                SELECT id, \(token.name), \(PostgresValue.bytes(hash)),
                    \(Int(token.restriction.scopes.rawValue))::smallint, \(assets)::bigint[],
                    \(sensors)::bigint[], \(PostgresValue.timestamp(now)), \(expires)::timestamptz
                FROM app_user WHERE id = \(token.user.rawValue)
                RETURNING *)
            SELECT \(columns) FROM t
            """
    }

    /// The tokens of a user, or of all; revoked ones too, newest last.
    static func list(of user: UserID?) -> SQL {
        """
        SELECT \(columns) FROM api_token t
        WHERE \(user?.rawValue)::bigint IS NULL OR t.user_id = \(user?.rawValue) ORDER BY t.id
        """
    }

    /// Revokes one, if it is not yet; and if it is this user's, where one is given.
    static func revoke(_ id: Int64, of user: UserID?, now: Int64) -> SQL {
        """
        UPDATE api_token t SET revoked_at = \(PostgresValue.timestamp(now))
        WHERE id = \(id) AND revoked_at IS NULL
            AND (\(user?.rawValue)::bigint IS NULL OR user_id = \(user?.rawValue))
        RETURNING \(columns)
        """
    }

    /// Revokes all of a user.
    static func revokeAll(of user: UserID) -> SQL {
        """
        UPDATE api_token SET revoked_at = clock_timestamp()
        WHERE user_id = \(user.rawValue) AND revoked_at IS NULL
        """
    }

    /// A token that is neither revoked nor its user's any more inactive, with its user.
    struct Found: Sendable {
        let token: NamedToken
        let publicID: PublicID
        /// The user's `token_revision` at which the token was good.
        let revision: Int64
        let hash: [UInt8]
    }

    static func find(hash: [UInt8]) -> SQL {
        """
        SELECT \(columns), u.public_id, u.token_revision, t.token_hash
        FROM api_token t JOIN app_user u ON u.id = t.user_id
        WHERE t.token_hash = \(PostgresValue.bytes(hash)) AND t.revoked_at IS NULL AND u.active
        """
    }

    static func found(_ rows: PostgresRows) throws(PostgresError) -> Found? {
        guard let token = try tokens(rows).first else { return nil }
        guard let publicID = PublicID(bytes: rows.bytes(0, 10)) else {
            throw .unexpected("`public_id`")
        }
        return Found(
            token: token,
            publicID: publicID,
            revision: try rows.int(0, 11),
            hash: rows.bytes(0, 12)
        )
    }

    static func tokens(_ rows: PostgresRows) throws(PostgresError) -> [NamedToken] {
        var tokens: [NamedToken] = []
        for row in 0..<rows.count {
            let scopes = Restriction.Scopes(
                rawValue: UInt8(truncatingIfNeeded: try rows.int(row, 3))
            )
            tokens.append(
                NamedToken(
                    id: try rows.int(row, 0),
                    user: UserID(try rows.int(row, 1)),
                    name: rows.string(row, 2),
                    restriction: Restriction(scopes, reach: try reach(rows, row)),
                    createdAt: try rows.timestamp(row, 6),
                    expiresAt: try rows.optionalTimestamp(row, 7),
                    lastUsedAt: try rows.optionalTimestamp(row, 8),
                    revokedAt: try rows.optionalTimestamp(row, 9)
                )
            )
        }
        return tokens
    }

    private static func reach(
        _ rows: PostgresRows,
        _ row: Int
    ) throws(PostgresError) -> Restriction.Reach {
        guard let assets = rows.optionalString(row, 4), let sensors = rows.optionalString(row, 5)
        else { return .everything }
        let ids = { (text: String) in text.split(separator: ",").compactMap { Int64($0) } }
        return .only(
            assets: ids(assets).map { AssetID($0) },
            sensors: ids(sensors).map { SensorID($0) }
        )
    }

    /// Writes last uses: second since 1970 UTC by token. Never back in time.
    static func noteUses(_ uses: [(id: Int64, second: Int64)]) -> SQL {
        """
        UPDATE api_token t SET last_used_at = to_timestamp(v.second)
        FROM unnest(\(PostgresValue.ints(uses.map(\.id)))::bigint[],
            \(PostgresValue.ints(uses.map(\.second)))::bigint[]) v (id, second)
        WHERE t.id = v.id
            AND (t.last_used_at IS NULL OR t.last_used_at < to_timestamp(v.second))
        """
    }
}

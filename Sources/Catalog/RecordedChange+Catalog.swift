import Model
import Postgres

/// What is written down of changes of the catalog.
///
/// Sensors are told under their asset, in whose history people look for them.
extension RecordedChange {
    static func created(_ account: Account) -> RecordedChange {
        RecordedChange(
            "account.created",
            subject: "account:\(account.id)",
            account: account.id.rawValue,
            details: ["name": account.name]
        )
    }

    static func created(_ asset: Asset) -> RecordedChange {
        RecordedChange(
            "asset.created",
            subject: "asset:\(asset.id)",
            account: asset.account?.rawValue,
            details: ["name": asset.name]
        )
    }

    static func deleted(_ asset: Asset) -> RecordedChange {
        RecordedChange(
            "asset.deleted",
            subject: "asset:\(asset.id)",
            account: asset.account?.rawValue,
            details: ["name": asset.name]
        )
    }

    /// `owner`: of the sensor's asset.
    static func created(_ sensor: Sensor, _ owner: AccountID?) -> RecordedChange {
        sensorChange("sensor.created", sensor, owner)
    }

    static func deleted(_ sensor: Sensor, _ owner: AccountID?) -> RecordedChange {
        sensorChange("sensor.deleted", sensor, owner)
    }

    private static func sensorChange(
        _ action: String,
        _ sensor: Sensor,
        _ owner: AccountID?
    ) -> RecordedChange {
        RecordedChange(
            action,
            subject: "asset:\(sensor.asset)",
            account: owner?.rawValue,
            details: ["sensor": "\(sensor.id)", "name": sensor.name]
        )
    }
}

/// A row before and after a change, field by field, found by Postgres.
struct RowDifferences {
    /// Values are JSON.
    struct Difference {
        let field: String
        let former: String
        let present: String
    }

    let table: String
    let id: Int64
    /// The row as JSON, before.
    private let former: String

    /// Locks the row and remembers it; nil if it is not there.
    init?(_ table: CatalogTableName, _ id: Int64, _ connection: borrowing PostgresConnection) throws
    {
        self.table = table.rawValue
        self.id = id
        let rows = try connection.query(
            """
            SELECT to_jsonb(t)::text FROM \(unescaped: table.rawValue) AS t WHERE id = \(id)
            FOR UPDATE
            """
        )
        guard rows.count == 1 else { return nil }
        former = rows.string(0, 0)
    }

    /// The fields that differ now, plain ones before those that hold JSON.
    func found(_ connection: borrowing PostgresConnection) throws -> [Difference] {
        let rows = try connection.query(
            """
            SELECT before.key, before.value::text, after.value::text
            FROM jsonb_each(\(former)::jsonb) AS before JOIN jsonb_each((
                SELECT to_jsonb(t) FROM \(unescaped: table) AS t WHERE id = \(id)
            )) AS after USING (key)
            WHERE before.value <> after.value
            ORDER BY jsonb_typeof(after.value) IN ('object', 'array'), before.key
            """
        )
        return (0..<rows.count).map {
            Difference(
                field: rows.string($0, 0),
                former: rows.string($0, 1),
                present: rows.string($0, 2)
            )
        }
    }

    /// The members of an object that differ; a missing one is empty text.
    static func members(
        _ difference: Difference,
        _ connection: borrowing PostgresConnection
    ) throws -> [Difference] {
        let rows = try connection.query(
            """
            SELECT key, coalesce(before.value::text, ''), coalesce(after.value::text, '')
            FROM jsonb_each(\(difference.former)::jsonb) AS before
            FULL JOIN jsonb_each(\(difference.present)::jsonb) AS after USING (key)
            WHERE before.value IS DISTINCT FROM after.value ORDER BY key
            """
        )
        return (0..<rows.count).map {
            Difference(
                field: rows.string($0, 0),
                former: rows.string($0, 1),
                present: rows.string($0, 2)
            )
        }
    }
}

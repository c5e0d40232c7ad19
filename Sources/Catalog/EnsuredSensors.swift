import Model
import Postgres

/// What a transaction found or made of the sensors that were asked for.
struct EnsuredSensors: Sendable {
    /// By name as given; 0 for a sensor that was deleted at this moment.
    var ids: [Int64]
    /// Positions of those that were made, ascending.
    var created: [Int]

    /// Makes all of them.
    ///
    /// Copied rows cost a third of inserted ones, and are told of as written by `writer`, which is
    /// to show them itself.
    ///
    /// - Throws: `PostgresError` with state 23505 or 40P01, and nothing is made, if one is there
    ///   already or is made by another process at this moment;
    ///   `CatalogError.missing` if there is no such asset.
    static func copyAll(
        _ new: NewSensors,
        writer: String,
        _ connection: borrowing PostgresConnection
    ) throws -> EnsuredSensors {
        try connection.transaction { connection in
            // Side by side with others that copy, not with one that inserts.
            try lockAsset(new.asset, "FOR SHARE", connection)
            try connection.query(
                "SELECT set_config(\(BulkSensorsMigration.writerSetting), \(writer), true)"
            )
            let reserved = try connection.query(
                "SELECT id FROM penstock_reserve_sensor_ids(\(new.names.count)::integer) AS id"
            )
            var ids: [Int64] = []
            ids.reserveCapacity(reserved.count)
            for row in 0..<reserved.count { ids.append(try reserved.int(row, 0)) }
            guard ids.count == new.names.count else { throw PostgresError.unexpected("no ids") }
            let (function, parameters) = new.timing.knowledge.stored
            let parametersText = StoredParametersJSON.text(parameters)
            let nameByteCount = new.names.reduce(0) { $0 + $1.utf8.count }
            var copy = CopyBuffer(capacity: nameByteCount + ids.count * 160)
            for (name, id) in zip(new.names, ids) {
                copy.beginRow(fields: 8)
                copy.append(id)
                copy.append(name)
                copy.append(new.unit)
                copy.append(new.timezone)
                copy.append(interval: new.timing.resolution)
                copy.append(function)
                copy.append(json: parametersText)
                copy.append(new.asset.rawValue)
            }
            copy.finish()
            try connection.copy(
                copy,
                into: """
                    sensor (id, name, unit, timezone, event_resolution, knowledge_horizon_fnc, \
                    knowledge_horizon_par, asset_id)
                    """
            )
            return EnsuredSensors(ids: ids, created: Array(ids.indices))
        }
    }

    /// Whether a statement failed because somebody else makes or has made the same: a name that is
    /// taken (unique_violation), or two who wait for each other's names (deadlock_detected).
    static func isTaken(_ sqlState: String) -> Bool { ["23505", "40P01"].contains(sqlState) }

    /// Makes those that are missing, and finds the others.
    ///
    /// - Throws: as `copyAll`, but for the state.
    static func addMissing(
        _ new: NewSensors,
        _ connection: borrowing PostgresConnection
    ) throws -> EnsuredSensors {
        let (function, parameters) = new.timing.knowledge.stored
        let parametersText = StoredParametersJSON.text(parameters)
        return try connection.transaction { connection in
            try lockAsset(new.asset, "FOR NO KEY UPDATE", connection)
            var made = EnsuredSensors(ids: [], created: [])
            for first in stride(from: 0, to: new.names.count, by: namesPerStatement) {
                let part = new.names[first..<min(first + namesPerStatement, new.names.count)]
                let names = PostgresArray.text(part)
                let inserted = try connection.query(
                    """
                    INSERT INTO sensor (name, unit, timezone, event_resolution,
                        knowledge_horizon_fnc, knowledge_horizon_par, asset_id)
                    SELECT name, \(new.unit), \(new.timezone),
                        \(new.timing.resolution) * interval '1 microsecond', \(function),
                        \(parametersText)::jsonb, \(new.asset.rawValue)
                    FROM unnest(\(names)::text[]) WITH ORDINALITY AS given (name, number)
                    ORDER BY number
                    ON CONFLICT (asset_id, name) DO NOTHING RETURNING id
                    """
                )
                var isCreated: Set<Int64> = []
                for row in 0..<inserted.count { isCreated.insert(try inserted.int(row, 0)) }
                // A statement of its own, as it must see what others have just committed.
                let rows = try connection.query(
                    """
                    SELECT coalesce(sensor.id, 0)
                    FROM unnest(\(names)::text[]) WITH ORDINALITY AS given (name, number)
                    LEFT JOIN sensor ON sensor.asset_id = \(new.asset.rawValue)
                        AND sensor.name = given.name
                    ORDER BY number
                    """
                )
                for row in 0..<rows.count {
                    let id = try rows.int(row, 0)
                    // Once, if the name is given twice.
                    if isCreated.remove(id) != nil { made.created.append(made.ids.count) }
                    made.ids.append(id)
                }
            }
            return made
        }
    }

    /// Two that insert the same names in another order wait for each other. Those that copy, side by
    /// side, then hear of a deadlock; those that insert go alone.
    private static func lockAsset(
        _ asset: AssetID,
        _ mode: String,
        _ connection: borrowing PostgresConnection
    ) throws {
        let found = try connection.query(
            "SELECT FROM asset WHERE id = \(asset.rawValue) \(unescaped: mode)"
        )
        guard found.count == 1 else {
            throw CatalogError.missing(
                field: "generic_asset_id",
                message: "No asset found with ID \(asset)."
            )
        }
    }

    /// Names of one statement: some MiB at a time, and well below a second.
    private static let namesPerStatement = 10_000
}

extension NewSensors {
    /// The sensor of the name at `position`.
    func sensor(_ position: Int, id: Int64) -> Sensor {
        Sensor(
            id: SensorID(id),
            name: names[position],
            unit: unit,
            timezone: timezone,
            timing: timing,
            asset: asset,
            attributes: "{}"
        )
    }
}

/// Arrays as text, which Postgres reads by the type that the statement names.
private enum PostgresArray {
    /// A `text[]`.
    static func text(_ elements: ArraySlice<String>) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        bytes.reserveCapacity(elements.reduce(2) { $0 + $1.utf8.count + 3 })
        for element in elements {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    bytes.append(UInt8(ascii: "\\"))
                }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

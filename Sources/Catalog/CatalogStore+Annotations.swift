internal import Model
package import Postgres

extension CatalogStore {
    /// Ties an annotation to something; makes it first unless the same (content, span, source and
    /// type) is there already.
    ///
    /// - Returns: the annotation, and whether it was made.
    /// - Throws: `.invalid` on the field that is wrong; `.missing` if the target is gone.
    package func annotate(
        _ target: AnnotationTarget,
        _ new: NewAnnotation,
        trail: (any ChangeTrail)? = nil
    ) async throws(CatalogError) -> (annotation: Annotation, isNew: Bool) {
        try FieldRules.checkText(new.content, field: "content", lengthMax: 1_024)
        guard new.end > new.start else {
            throw .invalid(field: "_schema", message: "end must be after start")
        }
        return try await onConnection { connection in
            do {
                return try connection.transaction { connection in
                    let (id, isNew) = try Self.annotation(new, connection)
                    let rows = try connection.query(
                        """
                        SELECT start_at, end_at, belief_time FROM annotation WHERE id = \(id)
                        """
                    )
                    let isTied = try Self.tie(id, to: target, connection)
                    if isTied, let trail {
                        let change = try Self.change(new, id, target, connection)
                        try trail.append([change], on: connection)
                    }
                    let annotation = Annotation(
                        id: AnnotationID(id),
                        content: new.content,
                        start: Timestamp(microseconds: try rows.timestamp(0, 0)),
                        end: Timestamp(microseconds: try rows.timestamp(0, 1)),
                        beliefTime: try rows.optionalTimestamp(0, 2)
                            .map { Timestamp(microseconds: $0) },
                        source: new.source,
                        type: new.type
                    )
                    return (annotation, isNew)
                }
            } catch let error as PostgresError {
                let refusals = Refusals([
                    "annotation_sensor_fkey": .missing(field: "id", message: "No such sensor."),
                    "annotation_asset_fkey": .missing(field: "id", message: "No such asset."),
                    "annotation_account_fkey": .missing(field: "id", message: "No such account."),
                ])
                throw refusals.meaning(of: error) ?? CatalogError(error)
            }
        }
    }

    private static func annotation(
        _ new: NewAnnotation,
        _ connection: borrowing PostgresConnection
    ) throws -> (id: Int64, isNew: Bool) {
        let (start, end) = (
            PostgresValue.timestamp(new.start.microseconds),
            PostgresValue.timestamp(new.end.microseconds)
        )
        let belief = new.beliefTime.map { PostgresValue.timestamp($0.microseconds) } ?? .null
        let search: SQL = """
            SELECT id FROM annotation WHERE md5(content) = md5(\(new.content)) AND start_at = \(start)
                AND end_at = \(end) AND source_id = \(new.source.rawValue) AND type = \(new.type)
            """
        // Asking first saves the id that a refused INSERT would use up.
        let known = try connection.query(search)
        if known.count == 1 { return (try known.int(0, 0), false) }
        let made = try connection.query(
            """
            INSERT INTO annotation (content, start_at, end_at, belief_time, source_id, type)
            VALUES (\(new.content), \(start), \(end), \(belief), \(new.source.rawValue),
                \(new.type))
            ON CONFLICT DO NOTHING RETURNING id
            """
        )
        if made.count == 1 { return (try made.int(0, 0), true) }
        // A statement of its own, as it must see what another one has just committed.
        let found = try connection.query(search)
        return (try found.int(0, 0), false)
    }

    static func tie(
        _ id: Int64,
        to target: AnnotationTarget,
        _ connection: borrowing PostgresConnection
    ) throws -> Bool {
        let statement: SQL =
            switch target {
            case .sensor(let sensor):
                """
                INSERT INTO annotation_sensor (annotation_id, sensor_id)
                VALUES (\(id), \(sensor.rawValue)) ON CONFLICT DO NOTHING RETURNING 1
                """
            case .asset(let asset):
                """
                INSERT INTO annotation_asset (annotation_id, asset_id)
                VALUES (\(id), \(asset.rawValue)) ON CONFLICT DO NOTHING RETURNING 1
                """
            case .account(let account):
                """
                INSERT INTO annotation_account (annotation_id, account_id)
                VALUES (\(id), \(account.rawValue)) ON CONFLICT DO NOTHING RETURNING 1
                """
            }
        return try connection.query(statement).count == 1
    }

    private static func change(
        _ new: NewAnnotation,
        _ id: Int64,
        _ target: AnnotationTarget,
        _ connection: borrowing PostgresConnection
    ) throws -> RecordedChange {
        let (subject, owner): (String, SQL) =
            switch target {
            case .sensor(let sensor):
                (
                    "sensor:\(sensor)",
                    """
                    SELECT asset.account_id FROM sensor JOIN asset ON asset.id = asset_id
                    WHERE sensor.id = \(sensor.rawValue)
                    """
                )
            case .asset(let asset):
                ("asset:\(asset)", "SELECT account_id FROM asset WHERE id = \(asset.rawValue)")
            case .account(let account): ("account:\(account)", "SELECT \(account.rawValue)::bigint")
            }
        let found = try connection.query(owner)
        return RecordedChange(
            "annotation.created",
            subject: subject,
            account: found.count == 1 ? try found.optionalInt(0, 0) : nil,
            details: ["annotation": "\(id)", "type": new.type]
        )
    }
}

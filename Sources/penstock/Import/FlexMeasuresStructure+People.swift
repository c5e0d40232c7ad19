import Auth
import Catalog
import Model
import Postgres

/// Users and annotations.
extension FlexMeasuresStructure {
    mutating func readUsers(_ connection: borrowing PostgresConnection) throws {
        let rows = try connection.query(
            """
            SELECT id, coalesce(email, ''), coalesce(username, ''), coalesce(password, ''),
                coalesce(active, false), coalesce(timezone, ''),
                last_login_at AT TIME ZONE 'UTC', last_seen_at AT TIME ZONE 'UTC',
                coalesce(login_count, 0)::bigint, account_id, tf_totp_secret IS NOT NULL,
                (SELECT coalesce(string_agg(role.name, ','), '') FROM roles_users
                    JOIN role ON role.id = role_id WHERE user_id = fm_user.id)
            FROM fm_user ORDER BY id
            """
        )
        var (factorCount, otherRoles): (Int, Set<String>) = (0, [])
        for row in 0..<rows.count {
            let password = try? ImportedPassword(rows.string(row, 3), preHash: .keyed)
            var user = ImportedUser(
                id: UserID(try rows.int(row, 0)),
                email: rows.string(row, 1),
                username: rows.string(row, 2),
                password: password,
                account: AccountID(try rows.int(row, 9))
            )
            user.isActive = try rows.bool(row, 4)
            user.timezone = rows.string(row, 5)
            user.lastLogin = try rows.optionalTimestamp(row, 6).map { Timestamp(microseconds: $0) }
            user.lastRequest = try rows.optionalTimestamp(row, 7)
                .map { Timestamp(microseconds: $0) }
            user.loginCount = try rows.int(row, 8)
            for name in rows.string(row, 11).split(separator: ",") {
                if let role = UserRoles(names: [name]) {
                    user.roles.formUnion(role)
                } else {
                    otherRoles.insert(String(name))
                }
            }
            if password == nil {
                notes.append(
                    "User \(user.id) needs a new password: the hash is of a kind that is not supported."
                )
            }
            if try rows.bool(row, 10) { factorCount += 1 }
            users.append(user)
        }
        if factorCount > 0 {
            notes.append(
                "Second factors of \(factorCount) users are not kept: if FlexMeasures asked for codes, a password alone is enough until they enrol again."
            )
        }
        if !otherRoles.isEmpty {
            notes.append(
                "Users' roles without a meaning here are not kept: \(otherRoles.sorted().joined(separator: ", "))."
            )
        }
    }

    mutating func readAnnotations(_ connection: borrowing PostgresConnection) throws {
        var targets: [Int64: [AnnotationTarget]] = [:]
        try readTargets("annotations_sensors", "sensor_id", connection) { annotation, id in
            targets[annotation, default: []].append(.sensor(SensorID(id)))
        }
        try readTargets("annotations_assets", "generic_asset_id", connection) { annotation, id in
            targets[annotation, default: []].append(.asset(AssetID(id)))
        }
        try readTargets("annotations_accounts", "account_id", connection) { annotation, id in
            targets[annotation, default: []].append(.account(AccountID(id)))
        }
        let rows = try connection.query(
            """
            SELECT id, content, start, "end", belief_time, source_id, type::text FROM annotation
            ORDER BY id
            """
        )
        struct Key: Hashable {
            let content: String
            let start: Int64
            let end: Int64
            let source: Int64
            let type: String
        }
        var positions: [Key: Int] = [:]
        var (joinedCount, emptyCount) = (0, 0)
        for row in 0..<rows.count {
            let id = try rows.int(row, 0)
            let key = Key(
                content: rows.string(row, 1),
                start: try rows.timestamp(row, 2),
                end: try rows.timestamp(row, 3),
                source: try rows.int(row, 5),
                type: rows.string(row, 6)
            )
            guard key.end > key.start else {
                emptyCount += 1
                continue
            }
            // Here the same note is there once, whenever it was made.
            if let position = positions[key] {
                let known = structure.annotations[position].new.targets
                let more = (targets[id] ?? []).filter { !known.contains($0) }
                structure.annotations[position].new.targets += more
                joinedCount += 1
                continue
            }
            positions[key] = structure.annotations.count
            let new = NewAnnotation(
                content: key.content,
                start: Timestamp(microseconds: key.start),
                end: Timestamp(microseconds: key.end),
                beliefTime: try rows.optionalTimestamp(row, 4).map { Timestamp(microseconds: $0) },
                source: SourceID(key.source),
                type: key.type
            )
            structure.annotations.append(.init(id: id, .init(new, targets: targets[id] ?? [])))
        }
        if joinedCount > 0 {
            notes.append("\(joinedCount) annotations that repeat another one are joined to it.")
        }
        if emptyCount > 0 {
            notes.append(
                "\(emptyCount) annotations that do not end after their start are left out."
            )
        }
    }

    private func readTargets(
        _ table: String,
        _ column: String,
        _ connection: borrowing PostgresConnection,
        _ body: (_ annotation: Int64, _ id: Int64) -> Void
    ) throws {
        let rows = try connection.query(
            """
            SELECT annotation_id, \(unescaped: column) FROM \(unescaped: table)
            WHERE annotation_id IS NOT NULL AND \(unescaped: column) IS NOT NULL ORDER BY 1, 2
            """
        )
        for row in 0..<rows.count { body(try rows.int(row, 0), try rows.int(row, 1)) }
    }
}

/// The role that the server works as: what it may do and should not, what it should and may not.
package struct ServerRole: Sendable {
    package let name: String

    package init(_ name: String) { self.name = name }

    /// The role of a connection.
    package static func current(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> ServerRole {
        ServerRole(try connection.query("SELECT current_user::text").string(0, 0))
    }

    /// Something that is not as it should be.
    package struct Finding: Sendable, Hashable {
        /// One line for a person, such as `may UPDATE audit_event`.
        package let text: String
        /// SQL that mends it, if the owner can.
        package let repair: String?
    }

    /// Whether nothing is forbidden to the role.
    package func isSuperuser(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Bool {
        let rows = try connection.query(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = \(name) AND rolsuper)"
        )
        return try rows.bool(0, 0)
    }

    /// Whether the role owns the database, or something in it, or is a member of a role that does.
    package func isOwner(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Bool {
        let rows = try connection.query(
            """
            SELECT EXISTS (
                SELECT FROM (
                    SELECT datdba AS owner FROM pg_database WHERE datname = current_database()
                    UNION SELECT relowner FROM pg_class WHERE relnamespace = current_schema()::regnamespace
                    UNION SELECT proowner FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
                ) AS things WHERE pg_has_role(\(name), owner, 'MEMBER')
            )
            """
        )
        return try rows.bool(0, 0)
    }

    /// Everything that is not as the modules say. A superuser or owner is one finding, as no list of
    /// privileges would mean anything.
    package func findings(
        of modules: [Migrations],
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [Finding] {
        if try isSuperuser(on: connection) {
            return [Finding(text: "is a superuser", repair: nil)]
        }
        var findings = try attributes(on: connection)
        if try isOwner(on: connection) {
            let text = "owns the database or tables, or is a member of the role that does"
            return [Finding(text: text, repair: nil)] + findings
        }
        findings += try places(on: connection)
        findings += try tables(modules, on: connection)
        findings += try functions(modules, on: connection)
        return findings
    }

    /// Gives the role what the modules say, and takes the rest. As the owner.
    ///
    /// - Returns: how many things were mended, and what the owner cannot mend.
    package func repair(
        _ modules: [Migrations],
        on connection: borrowing PostgresConnection
    ) throws -> (count: Int, left: [Finding]) {
        let found = try findings(of: modules, on: connection)
        let repairs = found.compactMap(\.repair)
        if repairs.isEmpty { return (0, found) }
        try connection.transaction { connection in
            // One at a time, also with migrations; "penstock" in ASCII.
            try connection.execute("SELECT pg_advisory_xact_lock(x'70656e73746f636b'::bigint)")
            for repair in repairs { try connection.execute(repair) }
        }
        let left = try findings(of: modules, on: connection)
        return (max(0, found.count - left.count), left)
    }

    // Names come from system tables; they are quoted by `quote_ident` there, this one here.
    private var quoted: String { "\"\(name.replacing("\"", with: "\"\""))\"" }

    private func attributes(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [Finding] {
        let rows = try connection.query(
            """
            SELECT text FROM pg_roles r, LATERAL (VALUES
                (rolcreaterole, 'may create roles'), (rolcreatedb, 'may create databases'),
                (rolreplication, 'may replicate'), (rolbypassrls, 'bypasses row level security')
            ) AS a (holds, text) WHERE rolname = \(name) AND holds
            UNION ALL SELECT 'is a member of ' || rolname FROM pg_roles
            WHERE rolname IN ('pg_read_server_files', 'pg_write_server_files',
                'pg_execute_server_program', 'pg_read_all_data', 'pg_write_all_data',
                'pg_read_all_settings', 'pg_signal_backend', 'pg_checkpoint', 'pg_maintain',
                'pg_create_subscription', 'pg_monitor', 'pg_database_owner')
            AND pg_has_role(\(name), oid, 'MEMBER')
            """
        )
        return (0..<rows.count).map { Finding(text: rows.string($0, 0), repair: nil) }
    }

    /// Creating in the database or a schema, and the way into ours.
    private func places(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [Finding] {
        let rows = try connection.query(
            """
            SELECT 'may create in schema ' || nspname,
                'REVOKE CREATE ON SCHEMA ' || quote_ident(nspname) || ' FROM PUBLIC, '
            FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
            AND has_schema_privilege(\(name), oid, 'CREATE')
            UNION ALL SELECT 'has ' || privilege || ' on the database',
                'REVOKE ' || privilege || ' ON DATABASE ' || quote_ident(current_database())
                || ' FROM PUBLIC, '
            FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS privilege
            WHERE has_database_privilege(\(name), current_database(), privilege)
            UNION ALL SELECT 'has no USAGE on schema ' || current_schema(),
                'GRANT USAGE ON SCHEMA ' || quote_ident(current_schema()) || ' TO '
            WHERE NOT has_schema_privilege(\(name), current_schema(), 'USAGE')
            """
        )
        return (0..<rows.count).map {
            Finding(text: rows.string($0, 0), repair: rows.string($0, 1) + quoted)
        }
    }

    private func tables(
        _ modules: [Migrations],
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [Finding] {
        var wanted = ["schema_version": Grants.Table("schema_version", [.select])]
        for table in modules.flatMap(\.grants.tables) { wanted[table.name] = table }
        let columnKinds = ["SELECT", "INSERT", "UPDATE", "REFERENCES"].map { "'\($0)'" }
            .joined(separator: ", ")
        let kinds = Grants.Privilege.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let rows = try connection.query(
            """
            SELECT quote_ident(c.relname), root.relname, c.relispartition,
                string_agg(p, ',') FILTER (WHERE has_table_privilege(\(name), c.oid, p)),
                string_agg(p, ',') FILTER (WHERE CASE WHEN p IN (\(unescaped: columnKinds))
                    THEN has_any_column_privilege(\(name), c.oid, p)
                    ELSE has_table_privilege(\(name), c.oid, p) END)
            FROM pg_class c JOIN pg_class root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid),
                unnest(ARRAY[\(unescaped: kinds)]) AS p
            WHERE c.relnamespace = current_schema()::regnamespace
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            GROUP BY c.oid, c.relname, root.relname, c.relispartition ORDER BY c.relname
            """
        )
        var findings: [Finding] = []
        for row in 0..<rows.count {
            let (table, isPartition) = (rows.string(row, 0), try rows.bool(row, 2))
            var due: Set<Grants.Privilege> = []
            if let root = wanted[rows.string(row, 1)], !isPartition || root.includesPartitions {
                due = root.privileges
            }
            let held = Self.privileges(rows.optionalString(row, 3))
            // Also what is held on some columns only.
            let touched = Self.privileges(rows.optionalString(row, 4))
            for privilege in Grants.Privilege.allCases {
                let word = privilege.rawValue
                if due.contains(privilege), !held.contains(privilege) {
                    findings.append(
                        Finding(
                            text: "may not \(word) \(table)",
                            repair: "GRANT \(word) ON TABLE \(table) TO \(quoted)"
                        )
                    )
                } else if !due.contains(privilege), touched.contains(privilege) {
                    findings.append(
                        Finding(
                            text: "may \(word) \(table)",
                            repair: "REVOKE \(word) ON TABLE \(table) FROM PUBLIC, \(quoted)"
                        )
                    )
                }
            }
        }
        return findings
    }

    private static func privileges(_ text: String?) -> Set<Grants.Privilege> {
        let words = (text ?? "").split(separator: ",")
        return Set(words.compactMap { Grants.Privilege(rawValue: String($0)) })
    }

    /// Functions that run with their owner's rights: for this role if they are listed, for nobody
    /// else.
    private func functions(
        _ modules: [Migrations],
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [Finding] {
        let wanted = Set(modules.flatMap(\.grants.functions))
        let rows = try connection.query(
            """
            SELECT oid::regprocedure::text, proname, prosecdef,
                has_function_privilege(\(name), oid, 'EXECUTE'),
                has_function_privilege('public', oid, 'EXECUTE'),
                coalesce(array_to_string(proconfig, ' '), '') LIKE '%search_path=%pg_temp'
            FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY 1
            """
        )
        var findings: [Finding] = []
        for row in 0..<rows.count {
            let (function, isDefiner) = (rows.string(row, 0), try rows.bool(row, 2))
            let isDue = wanted.contains(rows.string(row, 1))
            if isDue, try !rows.bool(row, 3) {
                findings.append(
                    Finding(
                        text: "may not call \(function)",
                        repair: "GRANT EXECUTE ON FUNCTION \(function) TO \(quoted)"
                    )
                )
            }
            guard isDefiner else { continue }
            if try rows.bool(row, 4) {
                findings.append(
                    Finding(
                        text: "and everyone else may call \(function)",
                        repair: "REVOKE EXECUTE ON FUNCTION \(function) FROM PUBLIC"
                            + (isDue ? "; GRANT EXECUTE ON FUNCTION \(function) TO \(quoted)" : "")
                    )
                )
            } else if !isDue, try rows.bool(row, 3) {
                findings.append(
                    Finding(
                        text: "may call \(function)",
                        repair: "REVOKE EXECUTE ON FUNCTION \(function) FROM \(quoted)"
                    )
                )
            }
            if try !rows.bool(row, 5) {
                let text = "may call \(function), which looks names up where its caller says"
                findings.append(Finding(text: text, repair: nil))
            }
        }
        return findings
    }
}

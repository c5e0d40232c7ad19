import Auth
import Catalog
import Foundation
import Model
import Postgres
import TestSupport
import Testing

@testable import penstock

/// The server's database role: what it may do and what it may not (SECURITY D01).
@Suite struct DatabaseRoleTests {
    /// A whole schema, its owner and the server's role.
    fileprivate struct Database: Sendable {
        let owner: String
        let server: String
        let admin: String

        static func make(isUpgraded: Bool = true) async throws -> Database {
            let owner = try PrivatePostgres.shared().makeDatabase()
            let database = Database(
                owner: owner,
                server: PrivatePostgres.conninfo(owner, as: PrivatePostgres.serverRole),
                admin: PrivatePostgres.conninfo(owner)
            )
            if isUpgraded {
                let pool = PostgresPool(.init(conninfo: database.server))
                try await Schema.prepare(pool, embeddedOwner: owner)
                await pool.close()
            }
            return database
        }

        func sql(_ text: String, as conninfo: String) throws {
            let connection = try PostgresConnection(conninfo)
            try connection.execute(text)
        }

        /// The values of a query's rows as text, as a superuser sees them.
        func values(_ query: String, columnCount: Int = 1) throws -> [[String]] {
            let connection = try PostgresConnection(admin)
            guard let rows = try connection.execute(query) else { return [] }
            return (0..<rows.count).map { row in
                (0..<columnCount).map { rows.string(row, $0) }
            }
        }

        /// What Postgres says to the server's statement: its code, or nothing if it was carried out.
        func refusal(_ text: String) throws -> String? {
            do {
                try sql(text, as: server)
                return nil
            } catch PostgresError.server(let code, _) {
                return code
            }
        }

        func findings() async throws -> [String] {
            let pool = PostgresPool(.init(conninfo: server))
            let found = try await Schema.findings(pool).findings.map(\.text)
            await pool.close()
            return found
        }

        func grant() async throws -> (count: Int, left: [ServerRole.Finding]) {
            let (owners, servers) = (
                PostgresPool(.init(conninfo: owner)), PostgresPool(.init(conninfo: server))
            )
            let result = try await Schema.grant(owners, to: servers)
            await owners.close()
            await servers.close()
            return result
        }
    }

    /// Privileges are missing: 42501.
    @Test func `D01 the server's role creates, changes and reads nothing that is not its own`()
        async throws
    {
        let database = try await Database.make()
        #expect(try await database.findings() == [])
        for statement in [
            "CREATE TABLE mine ()", "CREATE TEMP TABLE mine ()", "CREATE SCHEMA mine",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE ROLE other",
            "CREATE DATABASE other", "CREATE EXTENSION dblink", "CREATE VIEW v AS SELECT 1",
            "CREATE TABLE current_block_y1999 PARTITION OF current_block FOR VALUES FROM ('1999-01-01') TO ('2000-01-01')",
            "ALTER TABLE sensor ADD COLUMN extra int",
            "ALTER TABLE audit_event DISABLE TRIGGER ALL",
            "ALTER TABLE current_block DETACH PARTITION current_block_default",
            "ALTER ROLE penstock_app SUPERUSER",
            "ALTER FUNCTION penstock_audit_append OWNER TO penstock_app",
            "DROP TABLE journal", "DROP FUNCTION penstock_audit_append",
            "DROP TABLE sensor CASCADE",
            "TRUNCATE journal", "TRUNCATE sensor CASCADE", "TRUNCATE current_block",
            "INSERT INTO audit_event SELECT * FROM audit_event",
            "UPDATE audit_event SET details = '{}'",
            "DELETE FROM audit_event", "TRUNCATE audit_event", "UPDATE audit_head SET sequence = 9",
            "DELETE FROM audit_head", "COPY audit_event FROM STDIN",
            "DELETE FROM journal", "UPDATE journal SET payload = ''",
            "UPDATE current_block SET value_count = 1",
            "DELETE FROM commit_sequence", "INSERT INTO user_role (name) VALUES ('god')",
            "UPDATE schema_version SET version = 0", "DELETE FROM data_source",
            "COPY (SELECT 1) TO PROGRAM 'cat'", "COPY sensor (name) FROM PROGRAM 'id'",
            "COPY (SELECT 1) TO '/tmp/penstock-dbrole'", "COPY sensor (name) FROM '/etc/passwd'",
            "SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('.')",
            "SELECT lo_import('/etc/passwd')",
            "SELECT * FROM pg_authid", "SELECT * FROM pg_shadow", "SET ROLE penstock_owner",
            "SET SESSION AUTHORIZATION postgres",
            "SET session_replication_role = replica",
        ] {
            let code = try database.refusal(statement)
            #expect(code == "42501", "\(statement): \(code ?? "done")")
        }
        // This only warns that there is nothing to give.
        try database.sql("GRANT SELECT ON audit_event TO PUBLIC", as: database.server)
        let given = "SELECT has_table_privilege('public', 'audit_event', 'SELECT')"
        #expect(try database.values(given) == [["f"]])
    }

    /// Goal: the functions that run as the owner do what they are for, and nothing else. Method:
    /// names of other tables and schemas, quotes, numbers out of range, nulls; and a caller whose
    /// search path and temporary tables lead elsewhere.
    @Test func `D01 functions with the owner's rights cannot be led astray`() async throws {
        let database = try await Database.make()
        let hostile = [
            "'sensor'", "'audit_event'", "'pg_catalog.pg_class'",
            "'current_block; DROP TABLE sensor'",
            "'current_block\"'", "'\"current_block\"'", "'public.current_block'", "'CURRENT_BLOCK'",
            "''", "NULL", "'history_block_default'",
        ]
        for layer in hostile {
            for call in [
                "penstock_make_block_partition(\(layer), 2001)",
                "penstock_empty_block_partition(\(layer), 2001, '{1}')",
            ] {
                #expect(try database.refusal("SELECT \(call)") == "22023", "\(call)")
            }
        }
        for year in ["-1", "0", "1969", "2101", "2147483647"] {
            let call = "penstock_make_block_partition('current_block', \(year))"
            #expect(try database.refusal("SELECT \(call)") == "22023", "\(call)")
        }
        for (sensors, code) in [("NULL", "22004"), ("'{1,NULL}'", "22004")] {
            let call = "penstock_empty_block_partition('current_block', NULL, \(sensors))"
            try database.sql(
                "SELECT penstock_make_block_partition('current_block', NULL)",
                as: database.server
            )
            #expect(try database.refusal("SELECT \(call)") == code, "\(call)")
        }
        for segment in ["NULL", "131073", "9223372036854775807"] {
            let call = "penstock_make_journal_partition(\(segment))"
            #expect(try database.refusal("SELECT \(call)") == "22023", "\(call)")
        }
        // Numbers that are done with make nothing.
        for segment in ["0", "-1", "-9223372036854775808"] {
            let call = "penstock_make_journal_partition(\(segment))"
            #expect(try database.refusal("SELECT \(call)") == nil, "\(call)")
        }
        #expect(try database.refusal("SELECT penstock_block_partition('x', 1)") == "42501")
        // A partition of the owner's own making, with a name that is not the journal's, stays.
        try database.sql(
            "CREATE TABLE \"journal_p0'; DROP TABLE sensor; --\" PARTITION OF journal FOR VALUES FROM (-10) TO (0)",
            as: database.owner
        )
        try database.sql("SELECT penstock_drop_journal_partitions()", as: database.server)
        let count = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'journal'::regclass"
        #expect(try database.values(count) == [["1"]])

        // Even if it may make temporary tables, and says that they come first.
        try database.sql("GRANT TEMP ON DATABASE \(database.name) TO PUBLIC", as: database.owner)
        try database.sql(
            """
            CREATE TEMP TABLE audit_head (sequence bigint, hash bytea);
            CREATE TEMP TABLE audit_event (LIKE public.audit_event);
            CREATE TEMP TABLE commit_sequence (LIKE public.commit_sequence);
            INSERT INTO pg_temp.audit_head VALUES (77, decode(repeat('11', 32), 'hex'));
            INSERT INTO pg_temp.commit_sequence VALUES (0, 99999999, 0, 0);
            SET search_path = pg_temp, public;
            SELECT penstock_audit_append(NULL, 'system', NULL, 'a', NULL, NULL, NULL, NULL, '{}');
            """,
            as: database.server
        )
        #expect(try database.values("SELECT sequence FROM audit_event") == [["1"]])
    }

    /// Goal: a partition that the server has made belongs to the owner, with its parent's
    /// privileges, those of other readers included.
    @Test func `D01 a new partition has its parent's privileges`() async throws {
        let database = try await Database.make()
        try database.sql(
            """
            DO $$ BEGIN CREATE ROLE "Grafana's"; EXCEPTION WHEN duplicate_object THEN END $$;
            GRANT SELECT ON current_block TO "Grafana's"
            """,
            as: database.admin
        )
        try database.sql(
            "SELECT penstock_make_block_partition('current_block', 2031)",
            as: database.server
        )
        let rows = try database.values(
            """
            SELECT pg_get_userbyid(relowner)::text, reloptions::text,
            string_agg(grantee::regrole || ' ' || privilege_type, ', ' ORDER BY 
                grantee::regrole::text, privilege_type)
            FROM pg_class, aclexplode(relacl) WHERE relname = 'current_block_y2031'
            AND grantee <> relowner GROUP BY 1, 2
            """,
            columnCount: 3
        )
        try #require(rows.count == 1)
        #expect(rows[0][0] == PrivatePostgres.ownerRole)
        #expect(rows[0][1] == "{toast_tuple_target=8160}")
        let grants = "penstock_app DELETE, penstock_app INSERT, penstock_app SELECT"
        #expect(rows[0][2] == "\"Grafana's\" SELECT, \(grants)")
        #expect(try await database.findings() == [])
    }

    /// Goal: every table and every function with its owner's rights is listed with its privileges,
    /// so that a new one cannot be forgotten.
    @Test func `every table has its grants`() async throws {
        let database = try await Database.make()
        let listed = Set(Schema.modules.flatMap(\.grants.tables).map(\.name) + ["schema_version"])
        let rows = try database.values(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
            """
        )
        #expect(Set(rows.map { $0[0] }) == listed)
        let functions = try database.values(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        )
        #expect(
            Set(functions.map { $0[0] })
                == Set(Schema.modules.flatMap(\.grants.functions))
        )
    }

    /// Goal: `db grants` takes back what somebody gave, and gives what somebody took, also on single
    /// columns and partitions; and changes nothing if nothing is wrong.
    @Test func `grants are mended`() async throws {
        let database = try await Database.make()
        try await #require(database.grant().count == 0)
        try database.sql(
            """
            SELECT penstock_make_block_partition('history_block', 2030);
            CREATE SCHEMA "Other one"; GRANT CREATE ON SCHEMA "Other one" TO penstock_app;
            GRANT CREATE ON SCHEMA public TO PUBLIC;
            GRANT CREATE, TEMP ON DATABASE \(database.name) TO PUBLIC;
            GRANT ALL ON audit_event TO penstock_app;
            GRANT UPDATE (details) ON audit_event TO PUBLIC;
            GRANT TRUNCATE ON history_block_y2030 TO penstock_app;
            GRANT EXECUTE ON FUNCTION penstock_make_journal_partition TO PUBLIC;
            REVOKE SELECT ON sensor FROM penstock_app;
            REVOKE INSERT ON history_block_y2030 FROM penstock_app;
            REVOKE EXECUTE ON FUNCTION penstock_empty_block_partition FROM penstock_app;
            CREATE TABLE "No one's" (); GRANT SELECT ON "No one's" TO penstock_app;
            """,
            as: database.owner
        )
        let found = try await database.findings()
        for text in [
            "may create in schema Other one", "may create in schema public",
            "has CREATE on the database", "has TEMPORARY on the database", "may UPDATE audit_event",
            "may TRUNCATE history_block_y2030", "may not SELECT sensor",
            "may not INSERT history_block_y2030", "may SELECT \"No one's\"",
            "and everyone else may call penstock_make_journal_partition(bigint)",
            "may not call penstock_empty_block_partition(text,integer,bigint[])",
        ] {
            #expect(found.contains(text), "\(text): \(found)")
        }
        let (count, left) = try await database.grant()
        #expect(count == found.count && left.isEmpty, "\(left)")
        #expect(try await database.findings() == [])
    }

    /// Goal: rights that no `db grants` can take are reported: attributes, memberships, ownership.
    /// Method: a role of the test's own in the place of the server's.
    @Test(
        arguments: [
            ("CREATEROLE", "", "may create roles"), ("CREATEDB", "", "may create databases"),
            ("BYPASSRLS", "", "bypasses row level security"), ("REPLICATION", "", "may replicate"),
            ("SUPERUSER", "", "is a superuser"),
            ("", "pg_execute_server_program", "is a member of pg_execute_server_program"),
            ("", "pg_read_server_files", "is a member of pg_read_server_files"),
            ("", "pg_read_all_data", "is a member of pg_read_all_data"),
            (
                "", PrivatePostgres.ownerRole,
                "owns the database or tables, or is a member of the role that does"
            ),
        ] as [(String, String, String)]
    )
    func `D01 a role with too much is reported`(
        attribute: String,
        group: String,
        text: String
    )
        async throws
    {
        let database = try await Database.make()
        let role = "role_\(UInt32.random(in: 0 ... .max))"
        try database.sql("CREATE ROLE \(role) LOGIN \(attribute)", as: database.admin)
        if !group.isEmpty { try database.sql("GRANT \(group) TO \(role)", as: database.admin) }
        let pool = PostgresPool(
            .init(conninfo: PrivatePostgres.conninfo(database.owner, as: role))
        )
        let (name, findings) = try await Schema.findings(pool)
        #expect(name == role && findings.contains { $0.text == text && $0.repair == nil })
        await pool.close()
        try database.sql("DROP ROLE \(role)", as: database.admin)
    }

    /// Goal: an external database is not served as a superuser, not made by one, and not made by a
    /// role that may not; a single role that owns everything works, and is reported.
    @Test func `D01 who may serve an external database`() async throws {
        let database = try await Database.make(isUpgraded: false)
        func failure(_ conninfo: String) async throws -> String {
            let pool = PostgresPool(.init(conninfo: conninfo))
            do {
                try await Schema.prepare(pool, embeddedOwner: nil)
                await pool.close()
                return ""
            } catch let error as CommandError {
                await pool.close()
                return error.description
            }
        }
        #expect(try await failure(database.admin).contains("is a superuser"))
        #expect(try await failure(database.server).contains("DATABASE_OWNER_URL first"))
        #expect(try await failure(database.owner) == "")
        #expect(try await failure(database.server).contains("penstock db grants"))
        _ = try await database.grant()
        #expect(try await failure(database.server) == "")
        let admins = PostgresPool(.init(conninfo: database.admin))
        await #expect(throws: CommandError.self) { try await Schema.upgrade(admins) }
        await admins.close()
    }
}

extension DatabaseRoleTests.Database {
    fileprivate var name: String { owner.split(separator: "=").last.map(String.init) ?? "" }
}

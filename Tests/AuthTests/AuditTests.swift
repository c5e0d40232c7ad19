import Model
import Postgres
import Testing

@testable import Auth

@Suite struct AuditTests {
    private let at: Int64 = 1_795_521_600_250_000
    private let origin = AuditOrigin(.user(UserID(7)), address: "192.0.2.1", requestID: "r-1")

    private func golden() -> [AuditEvent] {
        [
            AuditEvent(
                .rolesChanged,
                by: origin,
                user: UserID(9),
                account: AccountID(2),
                details: ["after": "admin", "before": ""],
                at: at
            ),
            AuditEvent(.loginFailed, by: AuditOrigin(.anonymous), at: at + 1),
        ]
    }

    private func filled(_ count: Int = 20) async throws -> (TestDatabase, AuditLog) {
        let database = try await TestDatabase()
        let log = AuditLog(pool: database.pool)
        for number in 0..<count {
            try await log.record(
                AuditEvent(.loginSucceeded, by: origin, details: ["n": "\(number)"])
            )
        }
        return (database, log)
    }

    /// Runs a statement as a thief with all rights would.
    private func tamper(_ database: TestDatabase, _ text: String) async throws {
        try await database.execute(
            "SET session_replication_role = replica; \(text); RESET session_replication_role"
        )
    }

    /// Goal: the bytes and hashes of docs/formats/audit.md. Method: the page's example, whose hashes
    /// were made by another program.
    @Test func `golden bytes`() async throws {
        let database = try await TestDatabase()
        let log = AuditLog(pool: database.pool)
        for event in golden() { try await log.record(event) }
        let records = try await log.events()
        #expect(
            records.map(\.hashText) == [
                "8a40cb9b42eae1162b6e35d84887f69901e451be0b51ddd4f1dbaab2576cd7a2",
                "9e9d6eed0b100d000c3b70d348d41b3dcac21ff6596c40191538c1ec95effab8",
            ]
        )
        #expect(
            hexText(AuditCanonical.bytes(records[1])) == """
                01000000000000000100066104732b6090000000047573657200000008000000000000000700000012\
                757365722e726f6c65732d6368616e67656400000006757365723a39000000080000000000000002\
                000000093139322e302e322e3100000003722d310000001d7b226166746572223a2261646d696e22\
                2c226265666f7265223a22227d
                """
        )
        #expect(
            hexText(AuditCanonical.bytes(records[0])) == """
                01000000000000000200066104732b609100000009616e6f6e796d6f7573ffffffff0000000c6c6f\
                67696e2e6661696c6564ffffffffffffffffffffffffffffffff000000027b7d
                """
        )
        let verification = try await log.verify()
        #expect(verification.problem == nil && verification.count == 2)
        #expect(verification.head == AuditHead("2:\(records[0].hashText)"))
    }

    /// Goal: one batch has the same bytes as single writes.
    @Test func `a batch chains like single events`() async throws {
        let database = try await TestDatabase()
        let events = golden()
        _ = try await database.pool.withConnection { connection in
            try connection.query(AuditTable.append(events)).count
        }
        let log = AuditLog(pool: database.pool)
        #expect(
            try await log.verify().head.description
                == "2:8a40cb9b42eae1162b6e35d84887f69901e451be0b51ddd4f1dbaab2576cd7a2"
        )
    }

    /// Goal: concurrent writers lose nothing and make one chain.
    @Test func `many writers make one chain`() async throws {
        let database = try await TestDatabase()
        let logs = [AuditLog(pool: database.pool), AuditLog(pool: database.pool)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<20 {
                group.addTask {
                    for number in 0..<15 {
                        let details = ["task": "\(task)", "number": "\(number)"]
                        try await logs[task % 2].record(
                            AuditEvent(.loginFailed, by: .system, details: details)
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
        let verification = try await logs[0].verify()
        #expect(verification.problem == nil && verification.count == 300)
        #expect(
            Set(try await logs[1].events(AuditFilter(countMax: 1_000)).map(\.details)).count == 300
        )
    }

    @Test func `noted events are written later`() async throws {
        let database = try await TestDatabase()
        let log = AuditLog(pool: database.pool)
        for _ in 0..<300 { log.note(AuditEvent(.loggedOut, by: .system)) }
        #expect(log.waitingCount == 300)
        let running = Task { await log.run() }
        #expect(await eventually { log.waitingCount == 0 })
        running.cancel()
        await running.value
        #expect(try await log.verify().count == 300)
    }

    /// Goal: a full queue refuses what must be written, and counts what is lost.
    @Test func `a full queue refuses and counts`() async throws {
        let database = try await TestDatabase()
        let log = AuditLog(pool: database.pool)
        for _ in 0..<AuditLog.queueCountMax + 3 { log.note(AuditEvent(.loggedOut, by: .system)) }
        await #expect(throws: AuthError.unavailable) {
            try await log.record(AuditEvent(.loginSucceeded, by: .system))
        }
        #expect(await log.drain())
        var filter = AuditFilter(countMax: 10)
        filter.actionPrefix = "audit."
        #expect(try await log.events(filter).map(\.details) == [#"{"count":"3"}"#])
        #expect(try await log.verify().count == Int64(AuditLog.queueCountMax) + 1)
    }

    /// Goal: without the log no login (fail closed), and notes wait for the database.
    @Test func `a database that is away refuses logins`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        try await stand.database.execute("ALTER TABLE audit_head RENAME TO hidden")
        await #expect(throws: AuthError.unavailable) { try await stand.token("ada") }
        try await stand.database.execute("ALTER TABLE hidden RENAME TO audit_head")
        _ = try await stand.token("ada")
        try await stand.database.shut()
        stand.auth.audit.note(AuditEvent(.loggedOut, by: .system))
        #expect(await !stand.auth.audit.drain())
        #expect(stand.auth.audit.waitingCount == 1)
        try await stand.database.open()
        #expect(await eventually { await stand.auth.audit.drain() })
        #expect(stand.auth.audit.waitingCount == 0)
    }

    /// Goal: what changes a user is logged in the same transaction, or neither is.
    @Test func `changes and their events share a transaction`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        try await stand.auth.setRoles(.consultant, of: ada, by: origin)
        try await stand.auth.setRoles(.consultant, of: ada, by: origin)
        try await stand.database.execute("ALTER TABLE audit_head RENAME TO hidden")
        await #expect(throws: AuthError.self) {
            try await stand.auth.setRoles(.admin, of: ada, by: origin)
        }
        try await stand.database.execute("ALTER TABLE hidden RENAME TO audit_head")
        try await stand.auth.directory.load()
        #expect(stand.auth.directory.user(ada)?.roles == .consultant)
        var filter = AuditFilter()
        filter.subject = "user:\(ada.rawValue)"
        let events = try await stand.auth.audit.events(filter)
        #expect(events.map(\.action) == ["user.roles-changed", "user.created"])
        #expect(events[0].actorUser == 7 && events[0].address == "192.0.2.1")
        #expect(events[0].details == #"{"after":"consultant","before":""}"#)
    }

    /// Goal (L02): logins, good and bad, with nothing of what was typed (L01).
    @Test func `logins are logged without secrets`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        _ = try await stand.token("ada")
        let typed = "my-secret-in-the-wrong-field"
        for email in ["ada@example.com", typed] {
            _ = try? await stand.auth.issueToken(email: email, password: typed)
        }
        let events = try await stand.auth.audit.events()
        #expect(
            events.map(\.action) == [
                "login.failed", "login.failed", "login.succeeded", "user.created",
            ]
        )
        #expect(events.map(\.subject) == [nil, "user:1", "user:1", "user:1"])
        #expect(!"\(events)".contains(typed) && !"\(events)".contains("pw-ada"))
    }

    /// Goal (I08): what comes from outside neither breaks the row nor forges one.
    @Test func `hostile texts are kept harmless`() async throws {
        let database = try await TestDatabase()
        let log = AuditLog(pool: database.pool)
        let hostile = "a\u{0}b\r\nc\u{1B}[31m\"\\\u{2028}" + String(repeating: "x", count: 5_000)
        let event = AuditEvent(
            AuditEvent.Action(rawValue: hostile),
            by: AuditOrigin(.anonymous, address: hostile, requestID: hostile),
            subject: hostile,
            details: [hostile: hostile]
        )
        try await log.record(event)
        let record = try #require(try await log.events().first)
        for text in [record.action, record.subject ?? "", record.address ?? "", record.details] {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x1B })
        }
        #expect(record.details.hasPrefix(#"{"a\u0000b\u000d\u000ac\u001b[31m\"\\\u2028xxx"#))
        #expect(record.details.utf8.count < 2_200)
        #expect(try await log.verify().problem == nil)
    }

    @Test func `the tables refuse changes`() async throws {
        let (database, log) = try await filled(2)
        for statement in [
            "UPDATE audit_event SET details = '{}'", "DELETE FROM audit_event",
            "TRUNCATE audit_event", "DELETE FROM audit_head", "TRUNCATE audit_head",
            "INSERT INTO audit_head VALUES (true, 0, decode(repeat('00', 32), 'hex'))",
        ] {
            await #expect(throws: PostgresError.self, "\(statement)") {
                try await database.execute(statement)
            }
        }
        #expect(try await log.verify().problem == nil)
    }

    /// Goal: every tampering with one row is found, and where.
    @Test(
        arguments: [
            "details = '{}'", "actor_user = 8", "actor_user = NULL", "actor = 'system'",
            "action = 'login.ended'", "subject = 'user:1'", "account = 1", "address = NULL",
            "address = '192.0.2.2'", "request_id = 'r-2'",
            "occurred_at = occurred_at + interval '1 microsecond'",
            "hash = decode(repeat('00', 32), 'hex')",
            "previous_hash = decode(repeat('00', 32), 'hex')",
        ] as [String]
    ) func `a changed row is found`(change: String) async throws {
        let (database, log) = try await filled(5)
        try await tamper(database, "UPDATE audit_event SET \(change) WHERE sequence = 3")
        let verification = try await log.verify()
        #expect(verification.problem == .changed(sequence: 3) && verification.count == 2)
    }

    @Test func `removed, inserted and reordered rows are found`() async throws {
        let (database, log) = try await filled(5)
        let cases: [(String, AuditVerification.Problem)] = [
            ("DELETE FROM audit_event WHERE sequence = 3", .missing(sequence: 3)),
            ("DELETE FROM audit_event WHERE sequence = 1", .missing(sequence: 1)),
            (
                """
                DELETE FROM audit_event WHERE sequence = 3;
                UPDATE audit_event SET sequence = sequence - 1 WHERE sequence > 3;
                UPDATE audit_head SET sequence = 4
                """, .changed(sequence: 3)
            ),
            (
                """
                UPDATE audit_event SET sequence = 99 WHERE sequence = 2;
                UPDATE audit_event SET sequence = 2 WHERE sequence = 3;
                UPDATE audit_event SET sequence = 3 WHERE sequence = 99
                """, .changed(sequence: 2)
            ),
            (
                """
                INSERT INTO audit_event SELECT sequence + 1, occurred_at, actor, actor_user, action,
                    subject, account, address, request_id, details, hash, hash FROM audit_event
                    WHERE sequence = 5
                """, .changed(sequence: 6)
            ),
        ]
        for (statement, problem) in cases {
            try await database.execute("CREATE TABLE kept AS TABLE audit_event")
            try await database.execute("CREATE TABLE kept_head AS TABLE audit_head")
            try await tamper(database, statement)
            #expect(try await log.verify().problem == problem)
            try await tamper(
                database,
                """
                TRUNCATE audit_event; INSERT INTO audit_event TABLE kept; TRUNCATE audit_head;
                INSERT INTO audit_head TABLE kept_head; DROP TABLE kept; DROP TABLE kept_head
                """
            )
            #expect(try await log.verify().problem == nil)
        }
    }

    /// Goal: rows cut off at the end are found by the head; cut off with the head, by a head that was
    /// kept elsewhere; and a log that was written anew as well.
    @Test func `a log that was cut off is found`() async throws {
        let (database, log) = try await filled(5)
        let known = try await log.verify().head
        #expect(try await log.verify(known: known).problem == nil)
        #expect(AuditHead(known.description) == known)
        try await tamper(database, "DELETE FROM audit_event WHERE sequence > 3")
        #expect(try await log.verify().problem == .truncated(lastSequence: 3, head: 5))
        try await tamper(
            database,
            """
            UPDATE audit_head SET sequence = 3,
                hash = (SELECT hash FROM audit_event WHERE sequence = 3)
            """
        )
        #expect(try await log.verify().problem == nil)
        #expect(try await log.verify(known: known).problem == .otherHead(sequence: 5))
        for _ in 0..<2 { try await log.record(AuditEvent(.loggedOut, by: .system)) }
        #expect(try await log.verify().problem == nil)
        #expect(try await log.verify(known: known).problem == .otherHead(sequence: 5))
    }

    @Test func `a later log contains an earlier head`() async throws {
        let (_, log) = try await filled(3)
        let known = try await log.verify().head
        try await log.record(AuditEvent(.loggedOut, by: .system))
        #expect(try await log.verify(known: known).problem == nil)
        let start = try #require(AuditHead("0:" + String(repeating: "0", count: 64)))
        #expect(try await log.verify(known: start).problem == nil)
        for text in ["", "1", "1:", "-1:\(known)", "1:zz", "\(known)0", "x:\(known)"] {
            #expect(AuditHead(text) == nil)
        }
    }
}

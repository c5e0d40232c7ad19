import Auth
import Foundation
import Logging
import Model
import Postgres
import TSEngine
import TestSupport
import Testing

@testable import penstock

/// Moving from FlexMeasures: the built program on a source with FlexMeasures' tables.
@Suite(.serialized) struct FlexMeasuresImportTests {
    /// Goal: structure comes over with its ids, and new rows get new ones.
    ///
    /// Method: rows of the store's tables are compared with what was written to the source's.
    @Test func `structure keeps its ids and fields`() throws {
        let source = try SourceDatabase()
        try source.sql(SourceDatabase.structure)
        let outcome = try source.runImport()
        try #require(outcome.status == 0, "\(outcome.errors)\(outcome.text)")
        let counts = ["accounts", "users", "assets", "sensors", "sources", "annotations"]
        #expect(counts.map { outcome.json[$0] as? Int } == [2, 3, 3, 6, 4, 1])
        let accounts = try source.stored(
            """
            SELECT account.id, account.name, consultancy_account_id, primary_color, secondary_color,
            logo_url, attributes, string_agg(account_role.id || account_role.name, ',') FROM account
            JOIN account_account_role ON account_id = account.id
            JOIN account_role ON account_role.id = account_role_id
            GROUP BY account.id ORDER BY account.id
            """,
            columnCount: 8
        )
        #expect(
            accounts == [
                [
                    "2", "Advisers", "null", "#112233", "#445566", "https://example.com/logo.png",
                    #"{"a": [1]}"#, "4Consultancy",
                ],
                ["5", "Advised", "2", "null", "null", "null", "{}", "3Prosumer"],
            ]
        )
        let assets = try source.stored(
            """
            SELECT asset.id, asset.name, asset_type.name, account_id, parent_asset_id, latitude,
            external_id, sensors_to_show, sensors_to_show_as_kpis, flex_context
            FROM asset JOIN asset_type ON asset_type.id = asset_type_id ORDER BY asset.id
            """,
            columnCount: 10
        )
        #expect(assets.map { $0[0] } == ["6", "7", "20"])
        #expect(assets[0][1...4] == ["pump", "building", "5", "7"])
        #expect(
            assets[1][5...] == [
                "52.5", "ext-7", "[11, [12, 13]]", #"[{"sensor": 11}]"#,
                #"{"site-power-capacity": "1 kW"}"#,
            ]
        )
        #expect(assets[2][3] == "null")
        let sensors = try source.stored(
            """
            SELECT id, unit, timezone, event_resolution, knowledge_horizon_fnc, asset_id, attributes
            FROM sensor ORDER BY id
            """,
            columnCount: 7
        )
        #expect(sensors.map { $0[0] } == ["11", "12", "13", "14", "15", "30"])
        #expect(
            sensors[0] == [
                "11", "kW", "Europe/Amsterdam", "00:15:00", "ex_post", "6",
                #"{"consumption_is_positive": true}"#,
            ]
        )
        #expect(sensors[3][3] == "24:00:00" || sensors[3][3] == "1 day")
        let sources = try source.stored(
            "SELECT id, name, type, user_id, model, version, attributes FROM data_source WHERE id <= 6 ORDER BY id",
            columnCount: 7
        )
        #expect(
            sources == [
                ["2", "ada", "user", "3", "null", "null", "{}"],
                ["3", "Weather", "forecaster", "null", "naive", "1.2", #"{"deep": {"er": 1}}"#],
                ["4", "Twin", "other", "null", "null", "null", "{}"],
                ["6", "Twin", "other", "null", "null", "null", "{}"],
            ]
        )
        let notes = try source.stored(
            """
            SELECT id, content, start_at = '2024-05-01Z', end_at = '2024-05-02Z', source_id, type,
            (SELECT count(*) FROM annotation_sensor WHERE annotation_id = id AND sensor_id = 11),
            (SELECT count(*) FROM annotation_asset WHERE annotation_id = id AND asset_id = 7),
            (SELECT count(*) FROM annotation_account WHERE annotation_id = id AND account_id = 5)
            FROM annotation
            """,
            columnCount: 9
        )
        #expect(notes == [["3", "Labour Day", "t", "t", "2", "holiday", "1", "1", "1"]])
        let told = (outcome.json["notes"] as? [String] ?? []).joined(separator: "\n")
        for part in ["plan", "User 9", "Second factors of 1", "task-runner", "joined", "left out"] {
            #expect(told.contains(part), "\(told)")
        }
        let added = try source.run(["add", "account", "--name", "New", "--json"])
        #expect(added.json["id"] as? Int == 6)
        #expect(try source.run(["db", "check"]).status == 0)
    }

    /// Goal: imported users log in with their passwords, those without a usable hash and inactive
    /// ones do not, and roles and times are kept.
    @Test func `users keep their passwords`() async throws {
        let source = try SourceDatabase()
        try source.sql(SourceDatabase.structure)
        let outcome = try source.runImport()
        try #require(outcome.status == 0, "\(outcome.errors)")
        let pool = PostgresPool(.init(conninfo: source.storeServer))
        let key = try SecretKey(SourceDatabase.secretKey)
        let authenticator = Authenticator(
            AuthConfiguration(
                signingKeys: SigningKeys(current: key),
                passwordSalt: Secret(SourceDatabase.salt),
                bcryptCost: 4
            ),
            pool: pool
        )
        try await authenticator.directory.load()
        for (email, id) in [("Ada@example.com", 3), ("bob@example.com", 4)] {
            let principal = try await authenticator.principal(
                credentials: .pair(name: email, secret: Secret("tulip-harbour-41"))
            )
            #expect(principal.user == UserID(Int64(id)))
        }
        for (email, password) in [
            ("Ada@example.com", "tulip-harbour-42"), ("eve@example.com", "plain"),
            ("eve@example.com", "tulip-harbour-41"),
        ] {
            await #expect(throws: AuthError.self) {
                _ = try await authenticator.principal(
                    credentials: .pair(name: email, secret: Secret(password))
                )
            }
        }
        await pool.close()
        let users = try source.stored(
            """
            SELECT id, username, active, timezone, account_id, last_login_at AT TIME ZONE 'UTC',
            login_count, (SELECT coalesce(string_agg(name, ',' ORDER BY name), '') FROM app_user_role
                JOIN user_role ON user_role.id = role_id WHERE user_id = app_user.id)
            FROM app_user ORDER BY id
            """,
            columnCount: 8
        )
        #expect(
            users == [
                [
                    "3", "ada", "t", "Europe/Lisbon", "2", "2024-02-03 04:05:06", "7",
                    "account-admin,consultant",
                ],
                ["4", "bob", "t", "Europe/Amsterdam", "5", "null", "0", ""],
                ["9", "eve", "f", "UTC", "5", "null", "0", ""],
            ]
        )
    }

    /// Goal: every belief comes over as it is, with its belief time by the sensor's rule: repeated
    /// values, NaN, quantiles, forecasts and beliefs after the fact, of several sources.
    @Test func `beliefs are kept exactly`() async throws {
        let source = try SourceDatabase()
        try source.sql(SourceDatabase.structure)
        try source.sql(Self.beliefs)
        let outcome = try source.runImport()
        try #require(outcome.status == 0, "\(outcome.errors)\(outcome.text)")
        #expect(outcome.json["beliefs"] as? Int == 13)
        #expect(outcome.json["sensors_equal"] as? Int == 6)
        try await source.withEngine { engine in
            let power = try await engine.everything(about: 11)
            let ada = power[SeriesKey(sensor: SensorID(11), source: SourceID(2))]
            // Known at the end of the quarter; held 0, 1 and 2 h later, and a day before.
            #expect(
                ada?.texts == [
                    "2024-03-01T00:00 2024-02-29T00:15 5.0",
                    "2024-03-01T00:00 2024-03-01T00:15 7.0",
                    "2024-03-01T00:00 2024-03-01T01:15 7.0",
                    "2024-03-01T00:00 2024-03-01T02:15 nan",
                    "2024-03-01T00:15 2024-03-01T00:30 -0.0",
                ]
            )
            for probability in [0.1, 0.5, 0.9] {
                let key = SeriesKey(
                    sensor: SensorID(11),
                    source: SourceID(3),
                    probability: probability
                )
                #expect(power[key]?.values == [probability * 10])
            }
            // Two sources that look alike stay two.
            let twins = [4, 6].map { SeriesKey(sensor: SensorID(12), source: SourceID($0)) }
            let schedule = try await engine.everything(about: 12)
            #expect(schedule[twins[0]]?.texts == ["2024-03-01T10:00 2024-03-01T08:00 1.0"])
            #expect(schedule[twins[1]]?.texts == ["2024-03-01T10:00 2024-03-01T08:00 2.0"])
            let others: [(Int64, String)] = [
                (13, "2024-03-31T10:00 2024-03-30T10:00 50.0"),
                (14, "2024-06-01T00:00 2023-11-30T00:00 3.0"),
                (15, "2024-05-01T00:00 2023-06-30T22:00 4.0"),
            ]
            for (sensor, text) in others {
                #expect(try await engine.everything(about: sensor).values.map(\.texts) == [[text]])
            }
            #expect(try await engine.everything(about: 30).isEmpty)
        }
        #expect(try source.run(["db", "verify"]).status == 0)
    }

    /// Of sensor 11: a forecast, the value, the value again, and that nothing is known; a negative
    /// zero; quantiles. One or two beliefs of each other rule.
    private static let beliefs = """
        INSERT INTO timed_belief (sensor_id, source_id, cumulative_probability, event_start,
            belief_horizon, event_value) VALUES
            (11, 2, 0.5, '2024-03-01T00:00Z', '1 day', 5), (11, 2, 0.5, '2024-03-01T00:00Z', '0', 7),
            (11, 2, 0.5, '2024-03-01T00:00Z', '-1 hour', 7),
            (11, 2, 0.5, '2024-03-01T00:00Z', '-2 hours', 'NaN'),
            (11, 2, 0.5, '2024-03-01T00:15Z', '0', '-0'),
            (11, 3, 0.1, '2024-03-01T00:00Z', '3 hours', 1),
            (11, 3, 0.5, '2024-03-01T00:00Z', '3 hours', 5),
            (11, 3, 0.9, '2024-03-01T00:00Z', '3 hours', 9),
            (12, 4, 0.5, '2024-03-01T10:00Z', '1 hour', 1),
            (12, 6, 0.5, '2024-03-01T10:00Z', '60 minutes', 2),
            (13, 2, 0.5, '2024-03-31T10:00Z', '1 hour', 50),
            (14, 2, 0.5, '2024-06-01T00:00Z', '1 day', 3),
            (15, 2, 0.5, '2024-05-01T00:00Z', '0', 4);
        """

    /// Goal: what cannot be right is refused with a sentence, before anything is written.
    @Test func `refusals`() throws {
        let source = try SourceDatabase()
        try source.sql(SourceDatabase.structure)
        let withoutSalt = try source.run(source.importArguments)
        #expect(withoutSalt.status == 1)
        #expect(withoutSalt.errors.contains("SECURITY_PASSWORD_SALT"))
        // The store itself is no FlexMeasures database.
        let wrong = ["import", "flexmeasures", "--from", source.storeOwner]
        let setting = [SourceDatabase.saltSetting]
        let other = try source.run(wrong, settings: setting)
        #expect(other.status == 1)
        #expect(other.errors.contains("not the database of FlexMeasures 1.0"))
        let secret = "postgresql://u:very-secret@127.0.0.1:1/x"
        let gone = try source.run(["import", "flexmeasures", "--from", secret], settings: setting)
        #expect(gone.status == 1)
        #expect(gone.errors.contains("does not answer"))
        #expect(!gone.errors.contains("very-secret") && !gone.text.contains("very-secret"))
        try source.sql("UPDATE sensor SET knowledge_horizon_fnc = 'by_magic' WHERE id = 12")
        let magic = try source.runImport()
        #expect(magic.status == 1)
        #expect(magic.errors.contains("sensor 12"))
        try source.sql("UPDATE sensor SET knowledge_horizon_fnc = 'ex_ante' WHERE id = 12")
        let compared = try source.runImport(["--compare"])
        #expect(compared.status == 1)
        #expect(compared.errors.contains("nothing was imported"))
        #expect(try source.stored("SELECT count(*) FROM account") == [["0"]])
        // Somebody else's account.
        #expect(try source.run(["add", "account", "--name", "Mine"]).status == 0)
        let refused = try source.runImport()
        #expect(refused.status == 1)
        #expect(refused.errors.contains("the store is not empty"))
        #expect(refused.errors.split(separator: "\n").count == 1)
        #expect(try source.stored("SELECT name FROM account") == [["Mine"]])
    }

    /// Goal: a structure that cannot be stored leaves nothing behind, and can be mended and imported.
    @Test func `a refused structure is refused whole`() throws {
        let source = try SourceDatabase()
        try source.sql(SourceDatabase.structure)
        try source.sql("UPDATE generic_asset SET name = '' WHERE id = 6")
        let refused = try source.runImport()
        #expect(refused.status == 1)
        #expect(refused.errors.contains("asset 6"))
        #expect(try source.stored("SELECT count(*) FROM account") == [["0"]])
        try source.sql("UPDATE generic_asset SET name = 'pump' WHERE id = 6")
        let outcome = try source.runImport()
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// Goal: an import that was killed goes on, and comes to what an undisturbed one comes to.
    ///
    /// Method: SIGKILL as soon as beliefs are in the journal, and after the next run the same again
    /// once a sensor is noted as done. The last run's comparison covers all beliefs; its own count and
    /// checksums are made of the source anew by `--compare`.
    @Test func `a killed import goes on`() throws {
        let source = try SourceDatabase()
        try source.sql(SourceDatabase.structure)
        try source.sql(Self.beliefs)
        try source.sql(Self.manyBeliefs)
        for condition in [
            "SELECT last_segment > 0 FROM commit_sequence",
            "SELECT count(*) > 0 FROM import_sensor",
        ] {
            let pid = try source.start(
                source.importArguments,
                settings: [SourceDatabase.saltSetting],
                name: "killed"
            )
            var (isReached, isRunning) = (false, true)
            while !isReached && isRunning {
                isReached = try source.stored(condition) == [["t"]]
                usleep(2_000)
                isRunning = waitpid(pid, nil, WNOHANG) == 0
            }
            try #require(isRunning, "the import ended before it could be killed")
            kill(pid, SIGKILL)
            Program.wait(pid)
        }
        try #require(
            try source.stored("SELECT finished_at IS NULL FROM import_run") == [["t"]]
        )
        let outcome = try source.runImport()
        try #require(outcome.status == 0, "\(outcome.errors)\(outcome.text)")
        #expect(outcome.json["beliefs"] as? Int == 13 + 2 * 210_000)
        let again = try source.runImport()
        #expect(again.status == 1)
        #expect(again.errors.contains("finished"))
        let compared = try source.runImport(["--compare"])
        #expect(compared.status == 0, "\(compared.errors)")
        #expect(compared.json["sensors_equal"] as? Int == 8)
        #expect(try source.run(["db", "verify"]).status == 0)
    }

    /// Two sensors too large to be read together; each event is believed three times.
    private static let manyBeliefs = """
        INSERT INTO sensor (id, name, unit, timezone, event_resolution, knowledge_horizon_fnc,
            knowledge_horizon_par, generic_asset_id, attributes)
        SELECT id, 'many ' || id, 'kW', 'UTC', 'PT1M', 'ex_post', '{"ex_post_horizon": "PT0S"}', 7, '{}'
        FROM generate_series(41, 42) AS id;
        INSERT INTO timed_belief (sensor_id, source_id, cumulative_probability, event_start,
            belief_horizon, event_value)
        SELECT id, 3, 0.5, timestamptz '2023-11-20Z' + n / 3 * interval '1 minute',
            (n % 3) * interval '1 hour', n / 7 % 13 + id
        FROM generate_series(41, 42) AS id, generate_series(0, 209999) AS n;
        """

    /// Goal: a store that holds something else than the source is found out, sensor by sensor.
    @Test func `differences are found`() async throws {
        let source = try SourceDatabase()
        try source.sql(SourceDatabase.structure)
        try source.sql(Self.beliefs)
        try #require(try source.runImport().status == 0)
        try await source.withEngine { engine in
            let event = Timestamp(microseconds: 1_709_251_200_000_000).microseconds
            try await engine.delete([
                Deletion(sensor: SensorID(11), source: SourceID(3), events: event...event)
            ])
            // One value of another one.
            let key = SeriesKey(sensor: SensorID(13), source: SourceID(2))
            var columns = try await engine.everything(about: 13)[key] ?? BeliefColumns()
            try #require(columns.count == 1)
            columns.values[0] += 1e-9
            let timing = EventTiming(resolution: 0)
            try await engine.load([BeliefBatch(series: key, timing: timing, columns: columns)])
        }
        let outcome = try source.runImport(["--compare"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("2 sensors differ"))
        let different = outcome.json["different"] as? [[String: Any]] ?? []
        #expect(different.map { $0["sensor"] as? Int } == [11, 13])
        #expect(different.first?["beliefs_in_source"] as? Int == 8)
        #expect(different.first?["beliefs_in_store"] as? Int == 5)
        #expect(different.last?["beliefs_in_store"] as? Int == 1)
    }
}

extension SourceDatabase {
    /// Lends an engine on the store.
    fileprivate func withEngine<R: Sendable>(_ body: (Engine) async throws -> R) async throws -> R {
        let pool = PostgresPool(.init(conninfo: storeServer))
        let engine = Engine(
            pool: pool,
            configuration: EngineConfiguration(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let result = try await engine.whileRunning(body)
        await pool.close()
        return result
    }
}

extension Engine {
    fileprivate func everything(about sensor: Int64) async throws -> [SeriesKey: BeliefColumns] {
        try await history(
            of: SensorID(sensor),
            eventsIn: Timestamp.earliest.microseconds...Timestamp.latest.microseconds
        )
    }
}

extension BeliefColumns {
    /// A line a belief: event, belief time and value, to the minute.
    fileprivate var texts: [String] {
        (0..<count).map { index in
            let times = [eventStarts[index], beliefTimes[index]]
                .map { String(Timestamp(microseconds: $0).iso8601().prefix(16)) }
            return "\(times.joined(separator: " ")) \(values[index])"
        }
    }
}

import Foundation
import TestSupport
import Testing

/// What pages draw, over HTTP: the data that were posted come back in each shape, to those who may
/// read them.
@Suite(.serialized) struct ChartHTTPTests {
    private static let start = "2026-01-01T00:00:00Z"
    private static let window = "start=2026-01-01T00:00:00Z&end=2026-01-01T01:00:00Z"
    /// `start` in ms since 1970.
    private static let origin = 1_767_225_600_000
    private static let quarter = 900_000

    /// A store with what the tests are about. Account 1: sensor 1 in kW and 15 minutes, sensor 2 in
    /// W and hours, asset 1. Account 2, of `eve`: asset 2 with sensor 3.
    private struct World {
        let client: APIClient
        let (ada, bob, eve, admin): (String, String, String, String)

        init(_ store: ServedStore) throws {
            try store.run(["add", "account", "--name", "Other"])
            try store.run(
                [
                    "add", "user", "--email", ServedStore.email(of: "eve"), "--account", "2",
                    "--password-stdin",
                ],
                input: ServedStore.password(of: "eve")
            )
            try store.run([
                "add", "asset", "--name", "elsewhere", "--asset-type", "building", "--account", "2",
            ])
            for (name, unit, asset) in [("<b>load</b>", "W", "1"), ("load", "kW", "2")] {
                try store.run([
                    "add", "sensor", "--name", name, "--unit", unit, "--event-resolution", "PT1H",
                    "--timezone", "UTC", "--asset", asset,
                ])
            }
            client = APIClient(try store.serve())
            ada = try client.token("ada")
            bob = try client.token("bob")
            eve = try client.token("eve")
            admin = try client.token("admin")
            try post(1, ada, [1, 2, 3, 4.123456789012], "PT1H", "kW", "2025-12-31T12:00:00Z")
            try post(1, ada, [10], "PT15M", "kW", "2025-12-31T13:00:00Z")
            try post(1, bob, [7], "PT15M", "kW", "2025-12-31T11:00:00Z")
            try post(2, ada, [500], "PT1H", "W", "2025-12-31T12:00:00Z")
            try post(3, eve, [9], "PT1H", "kW", "2025-12-31T12:00:00Z")
            let shown = #"[{"title": "P", "sensors": [1, 2]}, 3, [3, 1]]"#
            let kpis =
                #"[{"title": "E", "sensor": 1}, {"title": "M", "sensor": 1, "function": "max"}, {"title": "X", "sensor": 3}]"#
            let answer = try client.send(
                "PATCH",
                "/api/v3_0/assets/1",
                token: admin,
                json: ["sensors_to_show": shown, "sensors_to_show_as_kpis": kpis]
            )
            #expect(answer.status == 200, "\(answer.text)")
        }

        func post(
            _ sensor: Int,
            _ token: String,
            _ values: [Double],
            _ duration: String,
            _ unit: String,
            _ prior: String
        ) throws {
            let answer = try client.send(
                "POST",
                "/api/v3_0/sensors/\(sensor)/data",
                token: token,
                json: [
                    "values": values, "start": ChartHTTPTests.start, "duration": duration,
                    "unit": unit, "prior": prior,
                ]
            )
            #expect(answer.status == 200, "\(answer.text)")
        }

        func get(_ path: String, _ token: String) throws -> Any {
            let answer = try client.send("GET", path, token: token)
            #expect(answer.status == 200, "\(path): \(answer.text)")
            if path.contains("/chart") {
                #expect(answer.fields("content-type") == ["text/html; charset=utf-8"])
                #expect(!answer.text.contains("<"))
            }
            return try JSONSerialization.jsonObject(with: Data(answer.body))
        }

        func records(_ path: String, _ token: String) throws -> [[String: Any]] {
            try #require(try get(path, token) as? [[String: Any]])
        }
    }

    private static func with(_ body: @escaping @Sendable (World) throws -> Void) async throws {
        try await withServedStore { store in try body(try World(store)) }
    }

    private static func values(_ records: [[String: Any]]) -> [Double] {
        records.compactMap { $0["event_value"] as? Double }
    }

    /// Goal: a sensor's beliefs come back: of each source the latest, or all, or those of a moment.
    @Test func `a sensor's beliefs in each shape`() async throws {
        try await Self.with { world in
            let path = "/api/dev/sensor/1/chart_data?"
            let latest = try world.records(path + Self.window, world.ada)
            #expect(Self.values(latest) == [7, 10, 2, 3, 4.123456789])
            let first = try #require(latest.first)
            #expect(first["event_start"] as? Int == Self.origin)
            #expect(first["belief_time"] as? Int == Self.origin - 13 * 3_600_000)
            #expect(first["cumulative_probability"] as? Double == 0.5)
            let source = try #require(first["source"] as? [String: Any])
            #expect(source["name"] is String)
            #expect(source["raw_type"] as? String == "user" && source["type"] as? String == "other")
            let sensor = try #require(first["sensor"] as? [String: Any])
            #expect(sensor["id"] as? Int == 1 && sensor["event_resolution"] as? Double == 900)
            #expect(sensor["description"] as? String == "power (site)")

            let all = path + Self.window + "&most_recent_beliefs_only=false"
            #expect(
                Self.values(try world.records(all, world.ada)) == [7, 1, 10, 2, 3, 4.123456789]
            )
            let known = path + Self.window + "&prior=2025-12-31T12:30:00Z"
            #expect(Self.values(try world.records(known, world.ada)) == [7, 1, 2, 3, 4.123456789])
            let since = path + Self.window + "&beliefs_after=2025-12-31T13:00:00Z"
            #expect(Self.values(try world.records(since, world.ada)) == [10])
            // An open window holds what there is.
            #expect(Self.values(try world.records(path, world.ada)).count == 5)
            let slash = "/api/dev/sensor/1/chart_data/?"
            #expect(try world.records(slash + Self.window, world.ada).count == 5)
            let later = path + "start=2026-01-01T00:15:00Z&duration=PT30M"
            #expect(Self.values(try world.records(later, world.ada)) == [2, 3])
            let none = path + "start=2027-01-01T00:00:00Z"
            #expect(try world.records(none, world.ada).isEmpty)
            let hourly = path + Self.window + "&resolution=PT1H"
            #expect(
                Self.values(try world.records(hourly, world.ada)).sorted() == [4.7808641973, 7]
            )
        }
    }

    /// Goal: the compressed form says the same.
    @Test func `compressed data say the same`() async throws {
        try await Self.with { world in
            for path in ["/api/dev/sensor/1/chart_data", "/api/v3_0/assets/1/chart_data"] {
                let plain = try world.records("\(path)?\(Self.window)", world.ada)
                let packed = try #require(
                    try world.get("\(path)?\(Self.window)&compress-json=true", world.ada)
                        as? [String: Any]
                )
                let rows = try #require(packed["data"] as? [[String: Any]])
                #expect(rows.compactMap { $0["val"] as? Double } == Self.values(plain))
                #expect(
                    rows.compactMap { $0["ts"] as? Int }
                        == plain.compactMap { $0["event_start"] as? Int }
                )
                let sensors = try #require(packed["sensors"] as? [String: [String: Any]])
                let sources = try #require(packed["sources"] as? [String: [String: Any]])
                for (row, record) in zip(rows, plain) {
                    let sensor = try #require(record["sensor"] as? [String: Any])
                    let source = try #require(record["source"] as? [String: Any])
                    #expect(row["sid"] as? Int == sensor["id"] as? Int)
                    #expect(row["src"] as? Int == source["id"] as? Int)
                    let name = sensors["\(row["sid"] ?? "")"]?["name"] as? String
                    #expect(name == sensor["name"] as? String)
                    let known = sources["\(row["src"] ?? "")"]?["description"] as? String
                    #expect(known == source["description"] as? String)
                    if path.contains("assets") {
                        #expect(row["bh"] as? Int == record["belief_horizon"] as? Int)
                        #expect(row["sf"] as? Double == record["scale_factor"] as? Double)
                    } else {
                        #expect(row["bt"] as? Int == record["belief_time"] as? Int)
                        #expect(row["cp"] as? Double == 0.5)
                    }
                }
            }
        }
    }

    /// Goal: an asset's graphs have events of one length, factors to their units, and nothing that
    /// the caller may not read.
    @Test func `an asset's graphs`() async throws {
        try await Self.with { world in
            let path = "/api/v3_0/assets/1/chart_data"
            let records = try world.records("\(path)?\(Self.window)", world.ada)
            func some(_ records: [[String: Any]], _ sensor: Int) -> [[String: Any]] {
                records.filter { ($0["sensor"] as? [String: Any])?["id"] as? Int == sensor }
            }
            #expect(records.compactMap { $0["index"] as? Int } == Array(records.indices))
            #expect(some(records, 1).count == 5)
            #expect(some(records, 1).allSatisfy { $0["scale_factor"] as? Double == 1_000 })
            let hourly = some(records, 2)
            #expect(Self.values(hourly) == [500, 500, 500, 500])
            #expect(hourly.allSatisfy { $0["sensor_unit"] as? String == "W" })
            #expect(
                hourly.compactMap { $0["event_start"] as? Int }
                    == (0..<4).map { Self.origin + $0 * Self.quarter }
            )
            // Known at the end of each part, believed 12 hours before the first.
            #expect(
                hourly.compactMap { $0["belief_horizon"] as? Int }
                    == (1...4).map { 12 * 3_600_000 + $0 * Self.quarter }
            )
            #expect(some(records, 3).isEmpty)
            let whole = try world.records("\(path)?\(Self.window)", world.admin)
            #expect(some(whole, 3).count == 4)
            let all = try world.records(
                "\(path)/?\(Self.window)&most-recent-beliefs-only=false",
                world.ada
            )
            #expect(all.count == records.count + 1)
            #expect(all.allSatisfy { $0["belief_time"] is Int })
        }
    }

    /// Goal: strangers get nothing, foreign and missing objects look alike.
    @Test func `strangers see no chart`() async throws {
        try await Self.with { world in
            let paths = [
                "/api/v3_0/assets/%/chart", "/api/v3_0/assets/%/chart_data",
                "/api/v3_0/assets/%/chart_annotations", "/api/v3_0/assets/%/kpis",
                "/api/dev/asset/%", "/api/dev/sensor/%", "/api/dev/sensor/%/chart",
                "/api/dev/sensor/%/chart_data", "/api/dev/sensor/%/chart_annotations",
            ]
            for path in paths {
                for end in ["", "/"] where end.isEmpty || path.contains("chart") {
                    let own = path.replacingOccurrences(of: "%", with: "1") + end
                    let missing = path.replacingOccurrences(of: "%", with: "999") + end
                    let foreign = try world.client.send("GET", own, token: world.eve)
                    let none = try world.client.send("GET", missing, token: world.eve)
                    #expect(foreign.status == 403, "\(own)")
                    #expect(none.status == 403 && none.body == foreign.body, "\(missing)")
                    #expect(try world.client.send("GET", own).status == 401)
                    let status = try world.client.send("GET", missing, token: world.admin).status
                    #expect(status == 404 || status == 422, "\(missing)")
                }
            }
        }
    }

    /// Goal: a token for one sensor draws that sensor, and nothing of what is around it.
    @Test func `limited tokens see what they are for`() async throws {
        try await Self.with { world in
            let made = try world.client.send(
                "POST",
                "/api/penstock/v1/tokens",
                json: [
                    "email": ServedStore.email(of: "ada"), "name": "one sensor",
                    "password": ServedStore.password(of: "ada"), "scopes": ["read"],
                    "sensors": [1],
                ]
            )
            let token = try #require(try made.json()["token"] as? String, "\(made.text)")
            func status(_ path: String) throws -> Int {
                try world.client.send("GET", path, token: token).status
            }
            #expect(try world.records("/api/dev/sensor/1/chart_data", token).count == 5)
            #expect(try status("/api/dev/sensor/1/chart") == 200)
            #expect(try status("/api/dev/sensor/2/chart_data") == 403)
            for path in ["chart", "chart_data", "chart_annotations", "kpis"] {
                #expect(try status("/api/v3_0/assets/1/\(path)?\(Self.window)") == 403)
            }
            let note = try world.client.send(
                "POST",
                "/api/v3_0/assets/1/annotations",
                token: world.ada,
                json: ["content": "x", "start": Self.start, "end": "2026-01-01T02:00:00Z"]
            )
            #expect(note.status == 201)
            // The note is the asset's.
            let path = "/api/dev/sensor/1/chart_annotations"
            #expect(try world.records(path, token).isEmpty)
            #expect(try world.records(path, world.ada).count == 1)
        }
    }

    /// Goal: a chart names its data, and brings them where that is asked.
    @Test func `charts are specifications`() async throws {
        try await Self.with { world in
            for kind in ["bar_chart", "histogram", "daily_heatmap", "weekly_heatmap"] {
                let path = "/api/dev/sensor/1/chart?chart_type=\(kind)&\(Self.window)"
                let chart = try #require(try world.get(path, world.ada) as? [String: Any])
                #expect((chart["data"] as? [String: Any])?["name"] as? String == "sensor_1")
                #expect((chart["layer"] as? [Any])?.count == 2)
                #expect(chart["datasets"] == nil)
            }
            let path = "/api/v3_0/assets/1/chart?\(Self.window)&include_data=true&dataset_name=%3Cd"
            let chart = try #require(try world.get(path, world.ada) as? [String: Any])
            let plots = try #require(chart["vconcat"] as? [[String: Any]])
            #expect(plots.map { $0["title"] as? String } == ["P", nil])
            let data = try #require((chart["datasets"] as? [String: Any])?["<d"] as? [Any])
            let records = try world.records(
                "/api/v3_0/assets/1/chart_data?\(Self.window)",
                world.ada
            )
            #expect(data.count == records.count)
            let wrong = try world.client.send(
                "GET",
                "/api/dev/sensor/1/chart?chart_type=pie",
                token: world.ada
            )
            #expect(wrong.status == 422)
        }
    }

    /// Goal: annotations that end together are one entry; windows cut them.
    @Test func `annotations of charts`() async throws {
        try await Self.with { world in
            func annotate(_ path: String, _ token: String, _ fields: [String: Any]) throws {
                var json = fields
                json["start"] = Self.start
                json["end"] = fields["end"] ?? "2026-01-01T02:00:00Z"
                let answer = try world.client.send(
                    "POST",
                    "/api/v3_0/\(path)/annotations",
                    token: token,
                    json: json
                )
                #expect(answer.status == 201, "\(answer.text)")
            }
            try annotate("sensors/1", world.ada, ["content": "<b>one</b>"])
            try annotate("sensors/1", world.ada, ["content": "two", "prior": Self.start])
            try annotate("assets/1", world.bob, ["content": "three"])
            try annotate("accounts/1", world.admin, ["content": "four"])
            try annotate("assets/1", world.bob, ["content": "x", "end": "2026-01-01T03:00:00Z"])
            let path = "/api/dev/sensor/1/chart_annotations"
            let sensor = try world.records("\(path)?start=2026-01-01T00:30:00Z", world.ada)
            #expect(
                sensor.map { $0["content"] as? [String] } == [
                    ["two", "<b>one</b>", "three"], ["x"],
                ]
            )
            #expect(sensor[0]["index"] as? Int == 1)
            #expect(sensor[0]["start"] as? Int == Self.origin + 2 * Self.quarter)
            #expect(sensor[0]["belief_time"] as? Int == Self.origin)
            let whole = try world.records("\(path)?start=2026-01-01T00:30:00Z&clip=0", world.ada)
            #expect(whole[0]["start"] as? Int == Self.origin)
            // Cut at the window's end, all end together.
            let cut = try world.records("\(path)/?\(Self.window)", world.ada)
            #expect(cut.count == 1 && cut[0]["end"] as? Int == Self.origin + 4 * Self.quarter)
            let before = try world.records("\(path)?prior=2025-01-01T00:00:00Z", world.ada)
            #expect(before[0]["content"] as? [String] == ["<b>one</b>", "three"])
            #expect(try world.records("\(path)?start=2026-01-02T00:00:00Z", world.ada).isEmpty)
            let asset = try world.records(
                "/api/v3_0/assets/1/chart_annotations",
                world.ada
            )
            #expect(asset[0]["content"] as? [String] == ["three", "four"])
        }
    }

    @Test func `KPIs, extents, preferences and old paths`() async throws {
        try await Self.with { world in
            let path = "/api/v3_0/assets/1/kpis"
            func kpis(_ query: String) throws -> [[String: Any]] {
                let document = try world.get("\(path)?\(query)", world.ada) as? [String: Any]
                return try #require(document?["data"] as? [[String: Any]])
            }
            let found = try kpis(Self.window)
            // Sensor 3 is somebody else's.
            #expect(found.map { $0["title"] as? String } == ["E", "M"])
            #expect(found.map { $0["downsample_function"] as? String } == ["sum", "max"])
            // The event at the end of the window does not count.
            let half = try kpis("start=\(Self.start)&end=2026-01-01T00:45:00Z")
            #expect(half.map { $0["downsample_value"] as? Double } == [15, 10])
            #expect(found[0]["downsample_value"] as? Double == 19.12)
            let empty = try kpis("start=2027-01-01T00:00:00Z&end=2027-01-02T00:00:00Z")
            #expect(empty.allSatisfy { $0["downsample_value"] is NSNull })
            let missing = try world.client.send("GET", path, token: world.ada)
            #expect(missing.status == 422)
            let message = try missing.json()["message"] as? [String: [String: [String]]]
            #expect(message?["query"]?.keys.sorted() == ["end", "start"])

            let sensor = try #require(
                try world.get("/api/dev/sensor/1", world.ada) as? [String: Any]
            )
            let range = sensor["timerange"] as? [String: String]
            #expect(range?["start"] == "Thu, 01 Jan 2026 00:00:00 GMT")
            #expect(range?["end"] == "Thu, 01 Jan 2026 01:00:00 GMT")
            #expect(sensor.keys.sorted() == ["name", "timerange", "timezone"])
            let asset = try #require(try world.get("/api/dev/asset/1", world.ada) as? [String: Any])
            #expect(asset["timerange_of_sensors_to_show"] as? [String: String] == range)

            func status(_ name: String, _ json: [String: Any]) throws -> Int {
                let path = "/api/v3_0/assets/\(name)"
                return try world.client.send("POST", path, token: world.ada, json: json).status
            }
            #expect(try status("default_asset_view", ["default_asset_view": "Graphs"]) == 200)
            #expect(try status("default_asset_view", ["default_asset_view": "Foo"]) == 422)
            #expect(try status("default_asset_view", ["use_as_default": false]) == 200)
            #expect(try status("default_asset_view", [:]) == 422)
            #expect(
                try status("keep_legends_below_graphs", ["keep_legends_below_graphs": 1]) == 200
            )
            #expect(
                try status("keep_legends_below_graphs", ["keep_legends_below_graphs": "x"]) == 422
            )
            #expect(try status("keep_legends_below_graphs", ["x": true]) == 422)

            let sunset = try world.client.send("GET", "/api/v2_0/asset/7")
            #expect(sunset.status == 410)
            #expect(sunset.fields("sunset") == ["Sun, 30 Apr 2023 23:59:59 GMT"])
            #expect(sunset.fields("deprecation") == ["Tue, 13 Dec 2022 23:59:59 GMT"])
            #expect(sunset.fields("link").count == 2)
            #expect(try sunset.json()["status"] as? Int == 410)
            #expect(try world.client.send("GET", "/api/v2_0/nothing").status == 404)
        }
    }
}

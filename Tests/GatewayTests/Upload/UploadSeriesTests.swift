import Model
import TestSupport
import Testing

@testable import Gateway

/// Goal: rows of files become the sensor's events, in local time, with their quantities kept. Method:
/// small files with one peculiarity each.
@Suite struct UploadSeriesTests {
    private static let amsterdam = TimeZoneRules.load("Europe/Amsterdam") ?? .utc

    private func events(
        _ rows: String,
        resolution: Int64 = 15,
        unit: String = "kW",
        required: String = "kW"
    ) throws -> SensorDataSteps.Events {
        let table = try CSVTable.read(Array("t,v\n\(rows)".utf8))
        let series = try UploadSeries(table, zone: Self.amsterdam)
        return try UploadSteps(
            zone: Self.amsterdam,
            resolution: resolution * Microseconds.minute,
            unit: unit,
            required: required
        ).events(series)
    }

    private func fault(_ rows: String, resolution: Int64 = 15) -> String? {
        #expect(throws: UploadFault.self) { try events(rows, resolution: resolution) }?.text
    }

    /// Starts as minutes after the first one.
    private func minutes(_ events: SensorDataSteps.Events) -> [Int64] {
        events.starts.map { ($0 - (events.starts.first ?? 0)) / Microseconds.minute }
    }

    private func start(_ events: SensorDataSteps.Events) -> String? {
        events.starts.first.map { Timestamp(microseconds: $0).iso8601() }
    }

    // MARK: CSV

    @Test func `CSV is read with quotes, marks and any line ends`() throws {
        let text =
            "\u{FEFF}\"event, start\",b,\"v\"\"\"\r\n\r\n\"2026-01-01\",, 1 \r2026-01-02,,\"\n2\"\n,,\n"
        let table = try CSVTable.read(Array(text.utf8))
        #expect(table.starts == [.text("2026-01-01"), .text("2026-01-02")])
        #expect(table.beliefs == [.empty, .empty])
        #expect(table.values == [.text("1"), .text("2")])
        #expect(table.lines == [3, 4])
    }

    @Test(arguments: [
        ("", "the file is empty: it has no header row"),
        ("t;v\n1;2\n", "not by semicolons"), ("t\n", "found 1"),
        ("t,v\n1,2,3\n", "line 2: expected 2 columns as in the header, found 3"),
        ("2026-01-01,2\n", "the first row must name the columns"),
        ("t,v\n\"a", "line 2: a quote is not closed"), ("t,v\n\"a\"b,1", "behind a closing quote"),
        ("t,v\n2026-01-01,a\n", "line 2: `a` is not a number"),
        ("t,v\n2026-01-01,inf\n", "line 2: `inf` is not a finite number"),
        ("t,v\nfoo,1\n", "line 2: `foo` is no event start"),
        ("t,v\n05/06/2026 00:00,1\n", "is no event start"),
        ("t,b,v\n2026-01-01,x,1\n", "line 2: `x` is no belief time"),
        ("t,v\n2026-03-29 02:30,1\n", "does not exist in Europe/Amsterdam"),
        (
            "t,v\n2026-01-01,1\n2026-01-02,2\n2026-01-01,3\n",
            "line 4: another value for the event of line 2"
        ),
    ])
    func `what is wrong is told by line`(text: String, part: String) {
        let fault = #expect(throws: UploadFault.self) {
            try UploadSeries(CSVTable.read(Array(text.utf8)), zone: Self.amsterdam)
        }
        #expect(fault?.text.contains(part) == true, "\(fault?.text ?? "")")
    }

    @Test func `text that is not UTF-8 is refused`() {
        let bytes = Array("t,v\n".utf8) + [0xFF, 0x2C, 0x31]
        #expect(throws: UploadFault("line 2: the text is not UTF-8")) { try CSVTable.read(bytes) }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func `hostile text never traps`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("2026-01T:+Z, \"\n\r;eW/9\u{00E9}.".utf8)
        let bytes = (0..<Int.random(in: 0..<400, using: &random)).map { _ in
            alphabet.randomElement(using: &random) ?? 0
        }
        _ = try? events(String(decoding: bytes, as: UTF8.self))
        _ = try? CSVTable.read(bytes)
        _ = UploadMoment(String(decoding: bytes.prefix(30), as: UTF8.self))
    }

    // MARK: times

    @Test(arguments: [
        ("2026-06-05", 0), ("2026-06-05 00:15", 15), ("2026/06/05 00:15:00", 15),
        ("20260605T0015", 15), ("2026-W23-5T00:15", 15), ("2026-06-05 00:15:00.000", 15),
    ])
    func `times without an offset are of the sensor's zone`(text: String, minute: Int64) throws {
        let wall = Int64(1_780_617_600_000_000) + minute * Microseconds.minute
        #expect(UploadMoment(text) == .naive(wall))
        let start = start(try events("\(text),1\n"))
        #expect(start == (minute == 0 ? "2026-06-04T22:00:00+00:00" : "2026-06-04T22:15:00+00:00"))
    }

    @Test(arguments: [
        "2026-06-05T00:00:00+02:00", "2026-06-05 00:00 +02:00", "2026-06-04T22:00Z",
        "2026-06-05 00:00:00+0200",
    ])
    func `times with an offset are what they say`(text: String) {
        #expect(UploadMoment(text) == .aware(1_780_610_400_000_000))
    }

    @Test(arguments: ["", "1", "2026", "5.6.2026", "2026-06-31", "2026-06-05 24:00", "46190.5"])
    func `what is no time is none`(text: String) {
        #expect(UploadMoment(text) == nil)
    }

    /// Goal: the hour that occurs twice is read twice. Method: quarters over the end of summer time.
    @Test func `clocks that are set back repeat their hour`() throws {
        let rows =
            ["01:30", "01:45"]
            + ["00", "15", "30", "45", "00", "15", "30", "45"].map { "02:\($0)" }
            + ["03:00"]
        let text = rows.enumerated().map { "2026-10-25 \($1),\($0)\n" }.joined()
        let found = try events(text)
        #expect(minutes(found) == (0..<11).map { $0 * 15 })
        #expect(found.values == (0..<11).map(Double.init))
        // A single one is the first.
        let single = try events("2026-10-25 02:00,1\n2026-10-25 03:00,2\n", resolution: 60)
        #expect(minutes(single) == [0, 60, 120, 180])
        #expect(single.values == [1, 1, 2, 2])
    }

    // MARK: steps

    @Test func `longer steps are repeated, shorter ones averaged`() throws {
        let hourly = try events("2026-06-06,8\n2026-06-06 01:00,4\n2026-06-06 02:00,\n")
        #expect(hourly.values == [8, 8, 8, 8, 4, 4, 4, 4])
        #expect(minutes(hourly) == (0..<8).map { $0 * 15 })
        let short = (0..<7).map { "2026-06-06 00:\($0 < 2 ? "0" : "")\($0 * 5),\($0)\n" }.joined()
        #expect(try events(short).values == [1, 4, 6])
        #expect(
            start(try events("2026-06-15 00:07,1\n2026-06-15 00:22,2\n"))
                == "2026-06-14T22:00:00+00:00"
        )
    }

    @Test func `energy and money are added up and split`() throws {
        let quarters = (0..<6).map {
            "2026-06-07 0\($0 / 4):\(["00", "15", "30", "45"][$0 % 4]),1\n"
        }
        let energy = try events(quarters.joined(), resolution: 60, unit: "Wh", required: "kWh")
        #expect(energy.values.map { ($0 * 1_000).rounded() } == [4, 2])
        let hour = try events("2026-06-08,8\n2026-06-08 01:00,4\n", unit: "kWh", required: "kWh")
        #expect(hour.values == [2, 2, 2, 2, 1, 1, 1, 1])
        // Of a sensor of power it is a rate.
        let power = try events("2026-06-08,8\n2026-06-08 01:00,4\n", unit: "kWh", required: "kW")
        #expect(power.values == [8, 8, 8, 8, 4, 4, 4, 4])
        let money = try events("2026-06-08,8\n2026-06-08 01:00,4\n", unit: "EUR", required: "EUR")
        #expect(money.values == [2, 2, 2, 2, 1, 1, 1, 1])
    }

    /// Goal: days are days of the zone, also those of 23 hours. Method: days over the begin of summer
    /// time, for a sensor of days and one of hours.
    @Test func `days follow the calendar`() throws {
        let rows = "2026-03-28,24\n2026-03-29,23\n2026-03-30,24\n2026-04-01,24\n"
        let days = try events(rows, resolution: 1_440, unit: "kWh", required: "kWh")
        #expect(days.values == [24, 23, 24, 24])
        #expect(minutes(days) == [0, 1_440, 2_820, 5_700])
        let hours = try events(rows, resolution: 60, unit: "kWh", required: "kWh")
        #expect(hours.values.count == 95)
        #expect(hours.values.allSatisfy { $0 == 1 })
        let power = try events(rows, resolution: 60, unit: "kWh", required: "kW")
        #expect(power.values.allSatisfy { abs($0 - 1) < 1e-12 })
        // And back: quarters into days of 23 hours.
        let quarters = (0..<24 * 4).map { quarter in
            let moment = 1_774_738_800 + quarter * 900
            return Timestamp(microseconds: Int64(moment) * 1_000_000).iso8601() + ",1\n"
        }
        let back = try events(quarters.joined(), resolution: 1_440, unit: "kWh", required: "kWh")
        #expect(back.values == [92, 4])
    }

    @Test func `gaps are kept, irregular steps are refused`() throws {
        let gap = try events(
            "2026-06-09,1\n2026-06-09 00:15,\n2026-06-09 00:45,4\n2026-06-09 01:00,5\n"
        )
        #expect(minutes(gap) == [0, 45, 60])
        #expect(gap.values == [1, 4, 5])
        #expect(
            fault("2026-06-10,1\n2026-06-10 00:15,2\n2026-06-10 00:37,3\n2026-06-10 00:52,4\n")
                == "line 4: its event starts 0:22:00 after the one before, which is no multiple of "
                + "0:15:00, the most frequent distance"
        )
        #expect(
            fault("2026-06-10,1\n2026-06-10 00:20,2\n2026-06-10 00:40,2\n")?.hasPrefix(
                "Resolution of 0:20:00 is incompatible"
            ) == true
        )
        let huge = "0001-01-02,1\n9999-01-01,2\n"
        #expect(fault(huge) != nil)
        // Instants may lie anywhere.
        let instants = try events(
            "2026-06-15 00:07,1\n2026-06-15 00:09,2\n2026-06-15 00:33,3\n",
            resolution: 0
        )
        #expect(minutes(instants) == [0, 2, 26])
    }
}

import Model
import TestSupport
import Testing

@testable import TSEngine

/// The sensor, the sources and the beliefs of a recorded case, as the engine knows them.
struct GivenBeliefs {
    let timing: EventTiming
    let zone: TimeZoneRules
    private(set) var series: [SeriesKey: BeliefColumns] = [:]
    private(set) var sources: [JSON] = []
    static let sensor = SensorID(1)

    /// One belief of a case or an answer.
    struct Row: Hashable, Comparable, CustomStringConvertible {
        let event: Int64
        let belief: Int64
        let source: String
        let probability: Double
        let value: Double

        static func < (left: Row, right: Row) -> Bool {
            (left.event, left.belief, left.source, left.probability)
                < (right.event, right.belief, right.source, right.probability)
        }
        var description: String { "(\(event) \(belief) \(source) \(probability) \(value))" }
    }

    init(_ given: JSON, beliefs name: String) throws {
        let sensor = try #require(given["sensor"])
        zone = try #require(.load(sensor["timezone"]?.string ?? "Europe/Amsterdam"))
        var rule = KnowledgeRule.exPost(horizon: 0)
        if let knowledge = sensor["knowledge"]?.array {
            let parameters = knowledge[1].object.compactMapValues { value -> StoredParameter? in
                value.string.map { .text($0) } ?? value.number.map { .number($0) }
            }
            rule = try KnowledgeRule(
                function: try #require(knowledge[0].string),
                parameters: parameters
            )
        }
        let resolution = try Self.length(sensor["resolution"])
        timing = EventTiming(resolution: resolution, knowledge: rule)
        for belief in given[name]?.array ?? [] { try add(belief) }
    }

    private mutating func add(_ belief: JSON) throws {
        let event = try Self.moment(belief["event_start"])
        var time = timing.knowledgeTime(eventStart: event)
        if let text = belief["belief_time"] {
            time = try Self.moment(text)
        } else if let horizon = belief["horizon"] {
            time -= try Self.length(horizon)
        }
        let key = SeriesKey(
            sensor: Self.sensor,
            source: source(belief["source"]),
            probability: belief["cp"]?.number ?? 0.5
        )
        var columns = BeliefColumns()
        columns.append(event, time, belief["value"]?.number ?? .nan)
        series[key] = series[key].map { $0.merged(with: columns) } ?? columns
    }

    /// The id of a source; equal descriptions have one.
    mutating func source(_ source: JSON?) -> SourceID {
        let source = source ?? .object(["name": .string("S1")])
        if !sources.contains(source) { sources.append(source) }
        return SourceID(Int64((sources.firstIndex(of: source) ?? 0) + 1))
    }

    func name(of source: SourceID) -> String {
        let source = sources[Int(source.rawValue) - 1]
        return (source["name"]?.string ?? "") + (source["model"]?.string.map { "/" + $0 } ?? "")
            + (source["version"]?.string.map { " v" + $0 } ?? "")
    }

    func type(of source: SourceID) -> String? { sources[Int(source.rawValue) - 1]["type"]?.string }

    /// Versions here are numbers with dots.
    func ranks(_ ids: [SourceID]) -> [SourceID: SourceRank] {
        func version(_ id: SourceID) -> [Int] {
            let text = sources[Int(id.rawValue) - 1]["version"]?.string ?? "0"
            return text.split(separator: ".").compactMap { Int($0) }
        }
        func family(_ id: SourceID) -> [JSON?] {
            let source = sources[Int(id.rawValue) - 1]
            return [source["name"], source["type"], source["model"]]
        }
        var ranks: [SourceID: SourceRank] = [:]
        for id in ids {
            ranks[id] = SourceRank(
                family: ids.firstIndex { family($0) == family(id) } ?? 0,
                version: ids.filter { version($0).lexicographicallyPrecedes(version(id)) }.count,
                description: ids.filter { name(of: $0) < name(of: id) }.count
            )
        }
        return ranks
    }

    func rows(_ series: [SeriesKey: BeliefColumns], probability: Double? = nil) -> [Row] {
        series.flatMap { key, columns in
            (0..<columns.count).map { index in
                Row(
                    event: columns.eventStarts[index],
                    belief: columns.beliefTimes[index],
                    source: name(of: key.source),
                    probability: probability ?? key.probability,
                    value: columns.values[index]
                )
            }
        }
        .sorted()
    }

    static func rows(expected: JSON) throws -> [Row] {
        try expected.array.map { row in
            Row(
                event: try moment(row["event_start"]),
                belief: try moment(row["belief_time"]),
                source: try #require(row["source"]?.string),
                probability: try #require(row["cp"]?.number),
                value: row["value"]?.number ?? .nan
            )
        }
        .sorted()
    }

    static func moment(_ text: JSON?) throws -> Int64 {
        try OffsetTimestamp(iso8601: #require(text?.string)).microseconds
    }

    static func length(_ text: JSON?) throws -> Int64 {
        try ISODuration(parsing: #require(text?.string)).microseconds
    }
}

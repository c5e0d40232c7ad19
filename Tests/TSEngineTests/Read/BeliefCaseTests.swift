import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: what FlexMeasures was seen to answer is answered. Method: the recorded cases of timing,
/// selection and saving, each against the pure part that decides it.
@Suite struct BeliefCaseTests {
    @Test func `the cases are there`() {
        for kind in ["knowledge", "search", "resample", "save", "get_data", "post_data"] {
            #expect(!BeliefCase.all(kind).isEmpty, "\(kind)")
        }
    }

    @Test(arguments: BeliefCase.all("knowledge"))
    func knowledge(_ belief: BeliefCase) throws {
        let given = try GivenBeliefs(belief.given, beliefs: "")
        let event = try GivenBeliefs.moment(belief.given["event_start"])
        let known = given.timing.knowledgeTime(eventStart: event)
        #expect(known == (try GivenBeliefs.moment(belief.expect["knowledge_time"])))
        #expect(event - known == (try GivenBeliefs.length(belief.expect["knowledge_horizon"])))
        if let horizon = belief.expect["belief_horizon"] {
            let time = try GivenBeliefs.moment(belief.given["belief_time"])
            let found = given.timing.beliefHorizon(eventStart: event, beliefTime: time)
            #expect(found == (try GivenBeliefs.length(horizon)))
        }
        if let time = belief.expect["belief_time"] {
            let horizon = try GivenBeliefs.length(belief.given["belief_horizon"])
            #expect(known - horizon == (try GivenBeliefs.moment(time)))
        }
    }

    @Test(arguments: BeliefCase.all("search"))
    func search(_ belief: BeliefCase) throws {
        var given = try GivenBeliefs(belief.given, beliefs: "beliefs")
        let asked = try #require(belief.given["query"])
        let query = try Self.query(asked, &given)
        var found: [SeriesKey: BeliefColumns] = [:]
        if asked["one_deterministic_belief_per_event"]?.bool == true {
            let selected = Selection.select(inWindow(given.series, query), query) {
                given.ranks($0)
            }
            for (source, columns) in selected.bySource() {
                found[SeriesKey(sensor: GivenBeliefs.sensor, source: source)] = columns
            }
        } else {
            found = Selection.latest(inWindow(given.series, query), query) { given.ranks($0) }
        }
        if asked["most_recent_events_only"]?.bool == true || asked["most_recent_only"]?.bool == true
        {
            found = found.mapValues { $0.slice($0.count - 1..<$0.count) }
        }
        var expected = try GivenBeliefs.rows(expected: belief.expect)
        var rows = given.rows(found)
        if asked["one_deterministic_belief_per_event"]?.bool == true {
            // Which quantile it was is not part of the engine's answer.
            rows = rows.map { $0.withoutProbability }
            expected = expected.map { $0.withoutProbability }
        }
        #expect(rows == expected)
    }

    private func inWindow(
        _ series: [SeriesKey: BeliefColumns],
        _ query: SeriesQuery
    ) -> [SeriesKey: BeliefColumns] {
        series.mapValues { $0.slice($0.positions(ofEventsIn: query.events)) }
    }

    private static func query(_ asked: JSON, _ given: inout GivenBeliefs) throws -> SeriesQuery {
        var events = Int64.min...Int64.max
        if let start = asked["event_starts_after"], let end = asked["event_ends_before"] {
            let first = try GivenBeliefs.moment(start)
            events = try #require(
                SeriesQuery.events(
                    overlapping: first,
                    duration: try GivenBeliefs.moment(end) - first,
                    resolution: given.timing.resolution
                )
            )
        }
        var query = SeriesQuery(sensor: GivenBeliefs.sensor, timing: given.timing, events: events)
        if let moment = asked["beliefs_before"] {
            query.knownBy = try GivenBeliefs.moment(moment)
        }
        if let least = asked["horizons_at_least"] {
            query.horizonMin = try GivenBeliefs.length(least)
        }
        if let most = asked["horizons_at_most"] {
            query.horizonMax = try GivenBeliefs.length(most)
        }
        var sources = Set(given.series.keys.map(\.source))
        if let source = asked["source"] { sources = [given.source(source)] }
        if let types = asked["source_types"]?.array.map(\.string) {
            sources = sources.filter { types.contains(given.type(of: $0)) }
        }
        if let types = asked["exclude_source_types"]?.array.map(\.string) {
            sources = sources.filter { !types.contains(given.type(of: $0)) }
        }
        query.sources = sources
        return query
    }

    @Test(arguments: BeliefCase.all("save"))
    func save(_ belief: BeliefCase) throws {
        var given = try GivenBeliefs(belief.given, beliefs: "existing")
        let new = try GivenBeliefs(belief.given, beliefs: "new")
        var (stored, storedCount, skippedCount) = (given.series, 0, 0)
        for (key, columns) in new.series {
            let own = SeriesKey(
                sensor: key.sensor,
                source: given.source(new.sources[Int(key.source.rawValue) - 1]),
                probability: key.probability
            )
            var batch = BeliefColumns()
            for index in 0..<columns.count where !columns.values[index].isNaN {
                batch.append(
                    columns.eventStarts[index],
                    columns.beliefTimes[index],
                    columns.values[index]
                )
            }
            var rules = SavingRules(allowsOverwrite: false)
            let option = belief.given["options"]?["save_changed_beliefs_only"]
            rules.savesUnchanged = option?.bool == false
            let accepted = rules.accepted(
                batch,
                timing: given.timing,
                existing: given.series[own] ?? BeliefColumns()
            )
            guard let accepted else {
                #expect(belief.expect["error"] != nil)
                return
            }
            storedCount += accepted.columns.count
            skippedCount += accepted.skippedCount
            stored[own] = (stored[own] ?? BeliefColumns()).merged(with: accepted.columns)
        }
        #expect(belief.expect["error"] == nil)
        let status =
            storedCount == 0
            ? "success_but_nothing_new"
            : skippedCount > 0 ? "success_with_unchanged_beliefs_skipped" : "success"
        #expect(status == belief.expect["status"]?.string)
        let expected = try belief.expect["stored"]?.array.map { row in
            let event = try GivenBeliefs.moment(row["event_start"])
            let horizon = try GivenBeliefs.length(row["belief_horizon"])
            return GivenBeliefs.Row(
                event: event,
                belief: given.timing.knowledgeTime(eventStart: event) - horizon,
                source: row["source"]?.string ?? "",
                probability: row["cp"]?.number ?? .nan,
                value: row["value"]?.number ?? .nan
            )
        }
        #expect(given.rows(stored) == expected?.sorted())
    }
}

extension GivenBeliefs.Row {
    fileprivate var withoutProbability: Self {
        Self(event: event, belief: belief, source: source, probability: 0.5, value: value)
    }
}

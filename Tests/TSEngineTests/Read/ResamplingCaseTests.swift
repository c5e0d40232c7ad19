import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: beliefs are resampled as FlexMeasures (timely-beliefs) was seen to do it. Method: the
/// recorded cases; which of the ways applies is decided here as timely-beliefs decides it.
@Suite struct ResamplingCaseTests {
    @Test(arguments: BeliefCase.all("resample"))
    func resample(_ belief: BeliefCase) throws {
        let given = try GivenBeliefs(belief.given, beliefs: "beliefs")
        let to = try GivenBeliefs.length(belief.given["to_resolution"])
        let options = belief.given["options"] ?? .null
        let expected = try GivenBeliefs.rows(expected: #require(belief.expect["rows"]))
        let found = try Self.resampled(given, to, options)
        #expect(found == expected)
        let resolution = given.timing.resolution == 0 ? 0 : to
        #expect(try GivenBeliefs.length(belief.expect["event_resolution"]) == resolution)
    }

    private static func resampled(
        _ given: GivenBeliefs,
        _ to: Int64,
        _ options: JSON
    ) throws -> [GivenBeliefs.Row] {
        let resolution = given.timing.resolution
        if to == resolution { return given.rows(given.series) }
        let step = CalendarStep(microseconds: to)
        if resolution == 0 {
            return given.rows(
                given.series.mapValues { Resampling.thinned($0, step: to, in: given.zone) }
            )
        }
        let all = given.series.values
        let times = Set(all.flatMap(\.beliefTimes)).sorted()
        let isDeterministic = given.series.allSatisfy { key, columns in
            let other = given.series.filter { $0.key.source == key.source && $0.key != key }
            return other.isEmpty && Set(columns.eventStarts).count == columns.count
        }
        let isSingle = Set(given.series.keys.map(\.source)).count == 1
        let isLatest = options["keep_only_most_recent_belief"]?.bool == true
        let isSum = options["method"]?.string == "sum"
        if to < resolution || (isSingle && isDeterministic && (isLatest || times.count == 1)) {
            return try given.rows(
                given.series.mapValues { columns in
                    if to == 0 {
                        let boundary = options["boundary_policy"]?.string ?? "first"
                        return Resampling.instants(
                            columns,
                            resolution: resolution,
                            try #require(Resampling.Boundary(rawValue: boundary))
                        )
                    }
                    let edges = try Self.edges(columns, step, given, to < resolution)
                    return to < resolution
                        ? Resampling.upsampled(
                            columns,
                            resolution: resolution,
                            edges: edges,
                            isSplit: isSum
                        )
                        : Resampling.downsampled(columns, edges: edges, isSum ? .sum : .mean)
                }
            )
        }
        if isSingle && times.count == 1 { return try Self.pooled(given, step) }
        // What was believed when: each moment is a joint belief, written with probability 1.
        return given.rows(
            try given.series.mapValues { columns in
                let edges = try Self.edges(columns, step, given, false)
                guard isLatest else {
                    return Resampling.revisions(columns, at: times, edges: edges)
                }
                var latest = Resampling.downsampled(columns, edges: edges, .mean)
                latest.beliefTimes = latest.beliefTimes.map { _ in times.last ?? 0 }
                return latest
            },
            probability: 1
        )
    }

    /// Several quantiles of one belief per event count as so many values, and so do their
    /// probabilities.
    private static func pooled(
        _ given: GivenBeliefs,
        _ step: CalendarStep
    ) throws -> [GivenBeliefs.Row] {
        var values: [Int64: [Double]] = [:]
        var probabilities: [Int64: [Double]] = [:]
        var row: GivenBeliefs.Row?
        let all = given.series.reduce(BeliefColumns()) { $0.merged(with: $1.value) }
        let edges = try edges(all, step, given, false)
        for (key, columns) in given.series {
            let parts = Resampling.downsampled(columns, edges: edges, .mean)
            for (event, value) in zip(parts.eventStarts, parts.values) {
                values[event, default: []].append(value)
                probabilities[event, default: []].append(key.probability)
            }
            row = given.rows([key: parts]).first
        }
        let first = try #require(row)
        return values.keys.sorted().map { event in
            let (numbers, chances) = (values[event] ?? [], probabilities[event] ?? [])
            return GivenBeliefs.Row(
                event: event,
                belief: first.belief,
                source: first.source,
                probability: (chances.reduce(0, +) / Double(chances.count) * 10_000).rounded()
                    / 10_000,
                value: numbers.reduce(0, +) / Double(numbers.count)
            )
        }
    }

    /// From the first event on, as timely-beliefs counts.
    private static func edges(
        _ columns: BeliefColumns,
        _ step: CalendarStep,
        _ given: GivenBeliefs,
        _ isShorter: Bool
    ) throws -> [Int64] {
        let first = try #require(columns.eventStarts.first)
        let last = try #require(columns.eventStarts.last)
        return try #require(
            step.edges(
                from: first,
                until: last + (isShorter ? given.timing.resolution : 1),
                in: given.zone,
                countMax: 100_000
            )
        )
    }
}

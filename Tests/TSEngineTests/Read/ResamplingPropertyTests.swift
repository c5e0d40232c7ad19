import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: bins, aggregates and repeated values are what the plainest code makes of them, in any
/// zone. Method: random columns, steps and zones by seed, against code that looks at every pair of
/// value and bin; the seed is the argument.
@Suite struct ResamplingPropertyTests {
    private static let zones = [
        "UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
        "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca",
    ]

    private static func zone(_ random: inout SeededGenerator) throws -> TimeZoneRules {
        try #require(TimeZoneRules.load(zones.randomElement(using: &random) ?? "UTC"))
    }

    private static func columns(
        _ random: inout SeededGenerator,
        from start: Int64,
        resolution: Int64
    ) -> BeliefColumns {
        var result = BeliefColumns()
        var event = start
        for _ in 0..<Int.random(in: 0..<80, using: &random) {
            event += resolution * Int64([1, 1, 1, 2, 9].randomElement(using: &random) ?? 1)
            let value = Double(Int.random(in: -50..<50, using: &random)) / 4
            let isMissing = Int.random(in: 0..<12, using: &random) == 0
            let belief = event + Int64.random(in: -100...100, using: &random) * resolution
            result.append(event, belief, isMissing ? .nan : value)
        }
        return result
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `aggregates of calendar bins`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let zone = try Self.zone(&random)
        let resolution = [5, 15, 60].randomElement(using: &random).map { $0 * Microseconds.minute }
        let start =
            1_770_000_000 * Microseconds.second
            + .random(in: 0..<20_000, using: &random) * 900 * Microseconds.second
        let columns = Self.columns(&random, from: start, resolution: try #require(resolution))
        let steps = [
            CalendarStep(microseconds: 20 * Microseconds.minute),
            CalendarStep(microseconds: Microseconds.hour),
            CalendarStep(microseconds: Microseconds.day),
            CalendarStep(microseconds: 7 * Microseconds.day), CalendarStep(months: 1),
            CalendarStep(months: 12),
        ]
        let step = try #require(steps.randomElement(using: &random))
        let origin = start + .random(in: -50..<50, using: &random) * 900 * Microseconds.second
        let end = origin + .random(in: 1..<600, using: &random) * 900 * Microseconds.second
        let edges = try #require(step.edges(from: origin, until: end, in: zone, countMax: 10_000))
        try Self.check(edges, step, origin, end, zone)
        let bins = (0..<edges.count - 1).map { bin in
            (0..<columns.count).filter {
                columns.eventStarts[$0] >= edges[bin] && columns.eventStarts[$0] < edges[bin + 1]
            }
        }
        for aggregate in Aggregate.allCases {
            let found = Resampling.downsampled(columns, edges: edges, aggregate)
            var expected = BeliefColumns()
            for (bin, inside) in bins.enumerated() {
                let values = inside.map { columns.values[$0] }.filter { !$0.isNaN }
                guard !values.isEmpty else { continue }
                let belief = inside.map { columns.beliefTimes[$0] }.max() ?? 0
                expected.append(edges[bin], belief, Self.naive(values, aggregate))
            }
            #expect(found == expected)
        }
    }

    private static func naive(_ values: [Double], _ aggregate: Aggregate) -> Double {
        switch aggregate {
        case .mean: values.reduce(0, +) / Double(values.count)
        case .sum: values.reduce(0, +)
        case .min: values.min() ?? .nan
        case .max: values.max() ?? .nan
        case .first: values[0]
        case .last: values[values.count - 1]
        case .count: Double(values.count)
        }
    }

    /// The edges ascend, cover the window, and show the same local time of day.
    private static func check(
        _ edges: [Int64],
        _ step: CalendarStep,
        _ origin: Int64,
        _ end: Int64,
        _ zone: TimeZoneRules
    ) throws {
        #expect(edges.first == origin)
        #expect(try #require(edges.last) >= end)
        #expect(edges.count < 2 || edges[edges.count - 2] < end)
        for bin in 1..<edges.count {
            #expect(edges[bin] > edges[bin - 1])
            let length = edges[bin] - edges[bin - 1]
            if step.isFixed {
                #expect(length == step.microseconds)
            } else {
                // A day more or less: at the date line too.
                #expect(abs(length - step.typicalLength) <= 6 * Microseconds.day)
                // The same time of day as at the origin, unless the clock skips it that day: then
                // it shows up to a day later.
                let wall = edges[bin] + zone.offset(at: edges[bin])
                let shift = wall - origin - zone.offset(at: origin)
                let late = CivilDate.floorDivide(shift, Microseconds.day).remainder
                let before = zone.offset(at: edges[bin] - Microseconds.day)
                #expect(late == 0 || late == zone.offset(at: edges[bin]) - before)
            }
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `repeated and split values`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let minute = Microseconds.minute
        let resolution = try #require([15, 30, 60, 90].randomElement(using: &random)) * minute
        let part = try #require([5, 10, 15, 20].randomElement(using: &random)) * minute
        let start = 1_770_000_000 / 86_400 * 86_400 * Microseconds.second
        var columns = Self.columns(&random, from: start, resolution: resolution)
        if columns.isEmpty { columns.append(start, start, 1) }
        let first = start + .random(in: 0..<20, using: &random) * part
        let last = try #require(columns.eventStarts.last) + resolution
        let edges = try #require(
            CalendarStep(microseconds: part)
                .edges(from: first, until: max(last, first + 1), in: .utc, countMax: 1_000_000)
        )
        for isSplit in [false, true] {
            let found = Resampling.upsampled(
                columns,
                resolution: resolution,
                edges: edges,
                isSplit: isSplit
            )
            var expected = BeliefColumns()
            for place in edges.dropLast() {
                // The last event on the grid that began and has not ended.
                let event = (0..<columns.count).last {
                    let begin = columns.eventStarts[$0]
                    return begin <= place && begin >= first && (begin - first) % part == 0
                        && !columns.values[$0].isNaN
                }
                guard let event, place < columns.eventStarts[event] + resolution else { continue }
                let value = columns.values[event]
                let ratio = Double(resolution) / Double(part)
                expected.append(place, columns.beliefTimes[event], isSplit ? value / ratio : value)
            }
            #expect(found == expected)
        }
    }

    @Test func `a month ends with its last day, counted from the origin`() throws {
        let zone = try #require(TimeZoneRules.load("Europe/Amsterdam"))
        let origin = try OffsetTimestamp(iso8601: "2026-01-31T00:00:00+01:00").microseconds
        let step = CalendarStep(months: 1)
        let days = (0...4).map { zone.localDay(at: step.moment($0, from: origin, in: zone)) }
        #expect(days.map(\.month) == [1, 2, 3, 4, 5])
        #expect(days.map(\.day) == [31, 28, 31, 30, 31])
        #expect(zone.localDay(at: step.moment(-11, from: origin, in: zone)).day == 28)
    }
}

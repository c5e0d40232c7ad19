package import Model
package import TSEngine

/// The places of an answer of `GET /sensors/<id>/data`, and how beliefs get there.
package struct SensorDataGrid: Sendable {
    private enum Placing {
        /// Each event on the place where it starts.
        case exact(start: Int64, step: Int64, count: Int)
        /// The same on places that follow the calendar.
        case exactEdges([Int64])
        /// The mean per bin.
        case mean(edges: [Int64])
        /// Repeated on shorter places, of which the first `leadCount` lie before the window.
        case repeated(edges: [Int64], leadCount: Int)
    }

    private let placing: Placing
    /// End of the window, µs since 1970 UTC.
    private let end: Int64
    private let resolution: Int64
    /// Starts of the events that matter, µs since 1970 UTC; nil if none can.
    package let events: ClosedRange<Int64>?
    /// The answer's resolution as the API prints it.
    package let resolutionText: String

    /// - Parameters:
    ///   - question: With a duration of a fixed length.
    ///   - resolution: Of the sensor's events, µs; 0 for an instantaneous sensor.
    ///   - zone: The sensor's, by whose calendar whole days, months and years are counted.
    /// - Throws: `.unprocessable` for more than `SensorDataQuery.gridCountMax` places.
    package init(
        _ question: SensorDataQuery,
        resolution: Int64,
        zone: TimeZoneRules
    ) throws(RequestRefusal) {
        let start = question.start.microseconds
        self.resolution = resolution
        end = start &+ question.duration
        events = SeriesQuery.events(
            overlapping: start,
            duration: question.duration,
            resolution: resolution
        )
        var step = CalendarStep(microseconds: resolution)
        if let asked = question.resolution {
            step = CalendarStep(months: question.resolutionMonths, microseconds: asked)
        } else if resolution == 0 {
            step = CalendarStep(microseconds: question.instantaneousResolution)
        }
        let isOwn = resolution > 0 && step == CalendarStep(microseconds: resolution)
        resolutionText = resolution == 0 ? ISODuration.hoursText(0) : step.apiText
        if isOwn || (resolution == 0 && step.isFixed) {
            let count = try question.gridCount(resolution: step.microseconds)
            placing = .exact(start: start, step: step.microseconds, count: count)
        } else if resolution == 0 {
            placing = .exactEdges(try Self.edges(question, step, zone))
        } else if step.typicalLength > resolution {
            placing = .mean(edges: try Self.edges(question, step, zone))
        } else {
            // An event that began before the window may reach into it. No step is shorter than
            // nine tenths of the typical one (February).
            let leadCount = Int(resolution / max(1, step.typicalLength / 10 * 9)) + 2
            let edges = try Self.edges(question, step, zone, leadCount: leadCount)
            placing = .repeated(edges: edges, leadCount: leadCount)
        }
    }

    /// Whether the values are found and printed in a fraction of a millisecond.
    package var isShort: Bool {
        let countMax: Int64 = 4_096
        let placeCount =
            switch placing {
            case .exact(_, _, let count): count
            case .exactEdges(let edges), .mean(let edges), .repeated(let edges, _): edges.count
            }
        guard placeCount <= countMax else { return false }
        guard let events else { return true }
        // Readings of an instant are seldom nearer to each other than a second.
        let step = resolution > 0 ? resolution : Microseconds.second
        let (length, isBeyond) = events.upperBound.subtractingReportingOverflow(events.lowerBound)
        return !isBeyond && length / step <= countMax
    }

    /// The answer's values; NaN where nothing is believed. `ranks`: asked only if several sources
    /// know something.
    package func values(
        _ selected: SelectedBeliefs,
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) -> [Double] {
        switch placing {
        case .exact(let start, let step, let count):
            return ValueGrid.place(selected.columns, start: start, step: step, count: count)
        case .exactEdges(let edges):
            return ValueGrid.place(selected.columns, edges: edges)
        case .mean(let edges):
            let values = ValueGrid.aggregate(selected, edges: edges, .mean, ranks: ranks)
            return withoutOverhang(values, edges)
        case .repeated(let edges, let leadCount):
            let parts = Resampling.upsampled(
                selected.columns,
                resolution: resolution,
                edges: edges
            )
            let places = Array(edges.dropFirst(leadCount))
            return withoutOverhang(ValueGrid.place(parts, edges: places), places)
        }
    }

    /// The length of every place, µs; nil if there is none, as events of no length have none, or if
    /// places differ, as days and months do.
    package var placeLength: Int64? {
        guard case .exact(_, let step, _) = placing, resolution > 0 else { return nil }
        return step
    }

    /// The length of a place of the answer, µs; 0 for events of no length.
    package func length(ofPlace index: Int) -> Int64 {
        guard resolution > 0 else { return 0 }
        switch placing {
        case .exact(_, let step, _): return step
        case .exactEdges(let edges), .mean(let edges):
            return Self.length(ofPlace: index, edges)
        case .repeated(let edges, let leadCount):
            return Self.length(ofPlace: index + leadCount, edges)
        }
    }

    private static func length(ofPlace index: Int, _ edges: [Int64]) -> Int64 {
        index + 1 < edges.count ? edges[index + 1] - edges[index] : 0
    }

    /// A place that is not whole inside the window has no value.
    private func withoutOverhang(_ values: [Double], _ edges: [Int64]) -> [Double] {
        var values = values
        if let last = edges.last, last > end, !values.isEmpty { values[values.count - 1] = .nan }
        return values
    }

    private static func edges(
        _ question: SensorDataQuery,
        _ step: CalendarStep,
        _ zone: TimeZoneRules,
        leadCount: Int = 0
    ) throws(RequestRefusal) -> [Int64] {
        let start = question.start.microseconds
        // A window of no length has one place, a negative one none.
        guard question.duration >= 0 else {
            return [Int64](repeating: start, count: leadCount + 1)
        }
        let edges = step.edges(
            from: start,
            until: start &+ max(1, question.duration),
            in: zone,
            firstIndex: -leadCount,
            countMax: Int(SensorDataQuery.gridCountMax) + leadCount
        )
        guard let edges else { throw SensorDataQuery.tooManyEvents }
        return edges
    }
}

extension CalendarStep {
    /// As the API prints a resolution: `PT15M`, `PT24H`; with months `P1M`, `P1Y`.
    package var apiText: String {
        guard months != 0 else { return ISODuration.hoursText(microseconds) }
        let (years, rest) = months.quotientAndRemainder(dividingBy: 12)
        let date = "P" + (years == 0 ? "" : "\(years)Y") + (rest == 0 ? "" : "\(rest)M")
        let time = microseconds == 0 ? "" : ISODuration.hoursText(microseconds).dropFirst()
        return date + time
    }
}

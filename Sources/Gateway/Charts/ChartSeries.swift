internal import Catalog
internal import Model
internal import TSEngine

/// What is to be drawn of one sensor: which events, and as events of which length.
struct ChartSeries: Sendable {
    let sensor: Sensor
    /// In which the values are drawn; their own length if nil.
    private let step: Step?
    /// Starts of the events, at most a year at a time, so that memory holds no more.
    let pieces: [ClosedRange<Int64>]
    /// The bins of each piece, if events are put together.
    private let bins: [[Int64]]

    private enum Step: Sendable {
        /// Longer events, counted from this moment.
        case longer(CalendarStep, from: Int64)
        /// Shorter ones, µs.
        case shorter(Int64)
        /// Instants on a grid, µs.
        case instants(Int64, TimeZoneRules)
    }

    /// `events`: starts of the events that are wanted, µs since 1970 UTC; nil if there are none.
    /// `origin`: where bins begin if events are put together, µs since 1970 UTC.
    ///
    /// - Throws: 422 for more than `SensorDataQuery.gridCountMax` bins.
    init(
        _ sensor: Sensor,
        _ events: ClosedRange<Int64>?,
        resolution: CalendarStep?,
        origin: Int64?,
        in zone: TimeZoneRules
    ) throws {
        self.sensor = sensor
        let own = sensor.timing.resolution
        guard let events else {
            (step, pieces, bins) = (nil, [], [])
            return
        }
        guard let resolution, resolution != CalendarStep(microseconds: own) else {
            (step, pieces, bins) = (nil, Self.cut(events), [])
            return
        }
        if own == 0 {
            step = .instants(resolution.typicalLength, zone)
            (pieces, bins) = (Self.cut(events), [])
            return
        }
        if resolution.typicalLength < own {
            step = .shorter(resolution.typicalLength)
            (pieces, bins) = (Self.cut(events, monthly: true), [])
            return
        }
        let first = origin ?? zone.midnight(before: events.lowerBound)
        step = .longer(resolution, from: first)
        let edges = resolution.edges(
            from: first,
            until: events.upperBound &+ 1,
            in: zone,
            firstIndex: resolution.index(before: events.lowerBound, from: first),
            countMax: Int(SensorDataQuery.gridCountMax)
        )
        guard let edges else {
            throw RequestRefusal.unprocessable(
                FieldErrors(
                    location: "query",
                    field: "resolution",
                    "The window holds more than \(SensorDataQuery.gridCountMax) events."
                )
            )
        }
        (pieces, bins) = Self.pieces(events, edges)
    }

    /// The range cut at the borders of years, which are those of partitions; of months, where each
    /// event becomes many.
    private static func cut(
        _ events: ClosedRange<Int64>,
        monthly: Bool = false
    ) -> [ClosedRange<Int64>] {
        var pieces: [ClosedRange<Int64>] = []
        var first = events.lowerBound
        while true {
            let next = border(after: first, monthly: monthly)
            if next > events.upperBound { break }
            pieces.append(first...next - 1)
            first = next
        }
        return pieces + [first...events.upperBound]
    }

    /// The next start of a year, or of a month; µs since 1970 UTC.
    private static func border(after moment: Int64, monthly: Bool) -> Int64 {
        let day = CivilDate(
            dayNumber: Int(CivilDate.floorDivide(moment, Microseconds.day).quotient)
        )
        let isYearEnd = !monthly || day.month == 12
        let next = CivilDate(
            year: isYearEnd ? day.year + 1 : day.year,
            month: isYearEnd ? 1 : day.month + 1,
            day: 1
        )
        return next.map { Int64($0.dayNumber) &* Microseconds.day } ?? .max
    }

    /// The range cut at the first edge in each year, and the edges of each part.
    private static func pieces(
        _ events: ClosedRange<Int64>,
        _ edges: [Int64]
    ) -> ([ClosedRange<Int64>], [[Int64]]) {
        var (pieces, bins): ([ClosedRange<Int64>], [[Int64]]) = ([], [])
        var first = 0
        while first + 1 < edges.count {
            let year = border(after: edges[first], monthly: false)
            var last = first + 1
            while last + 1 < edges.count, edges[last] < year { last += 1 }
            let start = max(events.lowerBound, edges[first])
            let end = min(events.upperBound, edges[last] - 1)
            if start <= end {
                pieces.append(start...end)
                bins.append(Array(edges[first...last]))
            }
            first = last
        }
        return (pieces, bins)
    }

    /// How the events of the answer lie in time.
    var timing: EventTiming {
        switch step {
        case nil, .instants: sensor.timing
        case .longer(let step, _):
            EventTiming(resolution: step.typicalLength, knowledge: sensor.timing.knowledge)
        case .shorter(let length):
            EventTiming(resolution: length, knowledge: sensor.timing.knowledge)
        }
    }

    /// Whether only the latest belief about each event can be shown.
    var needsLatest: Bool { if case .longer = step { true } else { false } }

    /// The beliefs of a piece about the events that are shown; ascending.
    func shown(_ columns: BeliefColumns, piece: Int) -> BeliefColumns {
        switch step {
        case nil: return columns
        case .longer: return Resampling.downsampled(columns, edges: bins[piece], .mean)
        case .instants(let length, let zone):
            return Resampling.thinned(columns, step: length, in: zone)
        case .shorter(let length):
            var result = BeliefColumns()
            let count = Int(sensor.timing.resolution / length)
            result.reserveCapacity(columns.count * count)
            var index = 0
            while index < columns.count {
                // Several beliefs about one event stay together, part by part.
                var end = index + 1
                while end < columns.count, columns.eventStarts[end] == columns.eventStarts[index] {
                    end += 1
                }
                for part in 0..<count {
                    let event = columns.eventStarts[index] &+ Int64(part) &* length
                    for row in index..<end {
                        result.append(event, columns.beliefTimes[row], columns.values[row])
                    }
                }
                index = end
            }
            return result
        }
    }
}

extension TimeZoneRules {
    /// µs since 1970 UTC.
    func midnight(before moment: Int64) -> Int64 {
        microseconds(localDay: localDay(at: moment), timeOfDay: 0)
    }
}

extension CalendarStep {
    /// A number of steps after `origin` that does not lead beyond `moment`, and not far before it.
    fileprivate func index(before moment: Int64, from origin: Int64) -> Int {
        // No month is longer than 31 days; clocks that change add an hour or so in all.
        let length = Int64(months) * 31 * Microseconds.day + microseconds
        let slack = isFixed ? 0 : 2 * Microseconds.day
        return Int(max(0, (moment &- origin &- slack) / max(1, length)))
    }
}

internal import Model

/// The events that an uploaded table states: start, end, value; ascending, one row an event.
struct UploadSeries: Equatable {
    /// µs since 1970 UTC.
    private(set) var starts: [Int64] = []
    /// NaN where the file has no value.
    private(set) var values: [Double] = []
    /// Where the rows stand in the file.
    private(set) var lines: [Int32] = []

    /// Reads times and numbers. Belief times must be times, but are not kept.
    ///
    /// `zone`: of times without an offset.
    init(_ table: UploadTable, zone: TimeZoneRules) throws(UploadFault) {
        var clock = LocalClock(zone)
        var beliefClock = LocalClock(zone)
        starts.reserveCapacity(table.count)
        values.reserveCapacity(table.count)
        for index in 0..<table.count {
            let line = Int(table.lines[index])
            if !table.beliefs.isEmpty, table.beliefs[index] != .empty {
                _ = try Self.moment(table.beliefs[index], "belief time", line, &beliefClock)
            }
            starts.append(try Self.moment(table.starts[index], "event start", line, &clock))
            values.append(try Self.value(table.values[index], line))
        }
        lines = table.lines
        try sort()
    }

    private static func moment(
        _ cell: UploadCell,
        _ column: String,
        _ line: Int,
        _ clock: inout LocalClock
    ) throws(UploadFault) -> Int64 {
        let moment: UploadMoment?
        switch cell {
        case .text(let text): moment = UploadMoment(text)
        case .wall(let wall): moment = .naive(wall)
        case .empty, .number: moment = nil
        }
        guard let moment else {
            throw UploadFault(
                line: line,
                "\(cell.shown) is no \(column): write times like 2026-06-05T00:00:00+02:00, or "
                    + "2026-06-05 00:00 in the sensor's time zone"
            )
        }
        guard let result = clock.moment(moment) else {
            throw UploadFault(
                line: line,
                "the \(column) \(cell.shown) does not exist in \(clock.zone.identifier): clocks are "
                    + "put forward then"
            )
        }
        let timestamp = Timestamp(microseconds: result)
        guard timestamp >= .earliest, timestamp <= .latest else {
            throw UploadFault(line: line, "the \(column) is not in the years 1 to 9999")
        }
        return result
    }

    /// What pandas, and so FlexMeasures, reads as "no value".
    private static let missing: Set<String> = [
        "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
        "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
    ]

    private static func value(_ cell: UploadCell, _ line: Int) throws(UploadFault) -> Double {
        switch cell {
        case .empty: return .nan
        case .number(let number): return number
        case .text(let text):
            if missing.contains(text) { return .nan }
            switch NumericText(text) {
            case .number(let number): return number
            case .special:
                throw UploadFault(line: line, "\(cell.shown) is not a finite number")
            case .invalid: break
            }
        case .wall: break
        }
        throw UploadFault(line: line, "\(cell.shown) is not a number")
    }

    /// Puts the rows in order and leaves out those that say what another one says.
    private mutating func sort() throws(UploadFault) {
        let isAscending = zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }
        guard !isAscending else { return }
        let order = starts.indices.sorted { (starts[$0], $0) < (starts[$1], $1) }
        var sorted = self
        (sorted.starts, sorted.values, sorted.lines) = ([], [], [])
        for index in order {
            guard let last = sorted.starts.last, last == starts[index] else {
                sorted.starts.append(starts[index])
                sorted.values.append(values[index])
                sorted.lines.append(lines[index])
                continue
            }
            let place = sorted.values.count - 1
            if sorted.values[place].isNaN {
                sorted.values[place] = values[index]
            } else if !values[index].isNaN, values[index] != sorted.values[place] {
                throw UploadFault(
                    line: Int(lines[index]),
                    "another value for the event of line \(sorted.lines[place])"
                )
            }
        }
        self = sorted
    }

    // MARK: steps

    /// How far apart the events of a file are.
    enum Step: Equatable {
        /// µs.
        case fixed(Int64)
        /// Whole days of the sensor's zone, which are not all of one length.
        case days(Int64)
    }

    /// The most frequent distance of two rows, of which all others must be multiples: a row may be
    /// missing. Days are counted as such where hours are not regular.
    ///
    /// `resolution`: of the sensor, for a file with a single row; µs.
    func step(resolution: Int64, zone: TimeZoneRules) throws(UploadFault) -> Step {
        guard starts.count > 1 else { return .fixed(resolution) }
        let fixed = Self.mostFrequentDistance(starts)
        guard let irregular = Self.irregularity(of: starts, fixed) else { return .fixed(fixed) }
        let walls = starts.map { $0 &+ zone.offset(at: $0) }
        let days = Self.mostFrequentDistance(walls)
        if days > 0, days % Microseconds.day == 0, Self.irregularity(of: walls, days) == nil {
            return .days(days / Microseconds.day)
        }
        let distance = ISODuration.pythonText(starts[irregular] - starts[irregular - 1])
        throw UploadFault(
            line: Int(lines[irregular]),
            "its event starts \(distance) after the one before, which is no multiple of "
                + "\(ISODuration.pythonText(fixed)), the most frequent distance"
        )
    }

    /// Of several the smallest one.
    private static func mostFrequentDistance(_ moments: [Int64]) -> Int64 {
        var counts: [Int64: Int] = [:]
        for (earlier, later) in zip(moments, moments.dropFirst()) {
            counts[later - earlier, default: 0] += 1
        }
        return counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 0
    }

    /// The first row that is not a multiple of `step` away from the row before.
    private static func irregularity(of moments: [Int64], _ step: Int64) -> Int? {
        moments.indices.dropFirst().first { index in
            step <= 0 || (moments[index] - moments[index - 1]) % step != 0
        }
    }
}

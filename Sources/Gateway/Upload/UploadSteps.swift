internal import Model

/// How the rows of a file fall on the events of a sensor: their values are converted to the sensor's
/// unit with the length of the file's own steps, then repeated or averaged; quantities of energy and
/// money are split or added up instead.
///
/// Starts are moved down to the grid of the file's step, and bins begin on the grid of the sensor,
/// both counted in local time.
struct UploadSteps {
    let zone: TimeZoneRules
    /// Of the sensor, µs; 0 for one of instants.
    let resolution: Int64
    let unit: MeasurementUnit?
    let required: MeasurementUnit?

    /// `unit`, `required`: of the file and of the sensor, as written; equal texts need not be units.
    init(zone: TimeZoneRules, resolution: Int64, unit: String, required: String) {
        (self.zone, self.resolution) = (zone, resolution)
        let isSame = unit == required
        self.unit = MeasurementUnit(unit)
        self.required = isSame ? self.unit : MeasurementUnit(required)
    }

    /// The sensor's events; without those of which the file has no value.
    func events(_ series: UploadSeries) throws(UploadFault) -> SensorDataSteps.Events {
        guard resolution > 0 else { return try instants(series) }
        let step = try series.step(resolution: resolution, zone: zone)
        try check(step)
        let starts = floored(series.starts, to: step)
        let ends = starts.map { end(of: $0, step) }
        var values = series.values
        try convert(&values, starts, ends, step)
        let events =
            step.length < resolution
            ? binned(starts, values) : try repeated(starts, ends, values)
        guard events.starts.first ?? 0 >= Timestamp.earliest.microseconds,
            events.starts.last ?? 0 <= Timestamp.latest.microseconds
        else { throw UploadFault("an event is not in the years 1 to 9999") }
        return events
    }

    private func instants(_ series: UploadSeries) throws(UploadFault) -> SensorDataSteps.Events {
        var values = series.values
        try convert(&values, by: nil)
        var events = SensorDataSteps.Events()
        for (start, value) in zip(series.starts, values) where !value.isNaN {
            events.starts.append(start)
            events.values.append(value)
        }
        return events
    }

    private func check(_ step: UploadSeries.Step) throws(UploadFault) {
        let length = step.length
        guard length % resolution == 0 || resolution % length == 0 else {
            throw UploadFault(
                "Resolution of \(ISODuration.pythonText(length)) is incompatible with the sensor's "
                    + "required resolution of \(ISODuration.pythonText(resolution))."
            )
        }
    }

    // MARK: the grid

    private func floored(_ starts: [Int64], to step: UploadSeries.Step) -> [Int64] {
        switch step {
        case .days: return starts.map { floor($0, to: Microseconds.day) }
        case .fixed(let length):
            // All by the same, so that steps stay steps over a change of clocks. A step of several
            // days has no grid of its own.
            guard let first = starts.first else { return starts }
            let shift = first &- floor(first, to: min(length, Microseconds.day))
            return starts.map { $0 &- shift }
        }
    }

    /// Down to a multiple of `unit`, in local time.
    private func floor(_ moment: Int64, to unit: Int64) -> Int64 {
        let wall = moment &+ zone.offset(at: moment)
        let rest = CivilDate.floorDivide(wall, unit).remainder
        guard rest > 0 else { return moment }
        guard unit % Microseconds.day == 0 else { return moment &- rest }
        return local(wall &- rest)
    }

    private func local(_ wall: Int64) -> Int64 {
        let (day, ofDay) = CivilDate.floorDivide(wall, Microseconds.day)
        return zone.microseconds(localDay: CivilDate(dayNumber: Int(day)), timeOfDay: ofDay)
    }

    private func end(of start: Int64, _ step: UploadSeries.Step) -> Int64 {
        switch step {
        case .fixed(let length): start &+ length
        case .days(let count):
            local(start &+ zone.offset(at: start) &+ count * Microseconds.day)
        }
    }

    // MARK: units

    /// Whether the values are quantities that add up, rather than rates and states: FlexMeasures' rule.
    private var addsUp: Bool {
        guard let unit, let required, unit.isEnergy || unit.isCurrency else { return false }
        return unit.canConvert(to: required, isEventLengthKnown: false)
    }

    private func convert(
        _ values: inout [Double],
        _ starts: [Int64],
        _ ends: [Int64],
        _ step: UploadSeries.Step
    ) throws(UploadFault) {
        if case .fixed(let length) = step { return try convert(&values, by: length) }
        for index in values.indices {
            var one = [values[index]]
            try convert(&one, by: ends[index] - starts[index])
            values[index] = one[0]
        }
    }

    /// `length`: of the events, µs; nil for instants.
    private func convert(_ values: inout [Double], by length: Int64?) throws(UploadFault) {
        guard unit?.text != required?.text else { return }
        guard let unit, let required,
            let conversion = unit.conversion(to: required, eventResolution: length)
        else {
            let (from, to) = (unit?.text ?? "", required?.text ?? "")
            throw UploadFault("values in '\(from)' cannot be converted to '\(to)'")
        }
        conversion.apply(to: &values)
        guard !values.contains(where: \.isInfinite) else {
            throw UploadFault("a value is too large a number in \(required.text)")
        }
    }

    // MARK: values

    private func repeated(
        _ starts: [Int64],
        _ ends: [Int64],
        _ values: [Double]
    ) throws(UploadFault) -> SensorDataSteps.Events {
        var events = SensorDataSteps.Events()
        for (index, value) in values.enumerated() where !value.isNaN {
            let count = max(1, (ends[index] - starts[index]) / resolution)
            guard events.starts.count + Int(count) <= SensorDataSteps.eventCountMax else {
                throw UploadFault(
                    "the file describes more than \(SensorDataSteps.eventCountMax) events at the "
                        + "sensor's resolution of \(ISODuration.pythonText(resolution))"
                )
            }
            let part = addsUp ? value / Double(count) : value
            for place in 0..<count {
                events.starts.append(starts[index] + place * resolution)
                events.values.append(part)
            }
        }
        return events
    }

    private func binned(_ starts: [Int64], _ values: [Double]) -> SensorDataSteps.Events {
        let addsUp = self.addsUp
        var events = SensorDataSteps.Events()
        var bin = CompensatedSum()
        func close() {
            guard bin.count > 0 else { return }
            events.values.append(addsUp ? bin.sum : bin.sum / Double(bin.count))
            bin = CompensatedSum()
        }
        for (start, value) in zip(starts, values) where !value.isNaN {
            let binStart = floor(start, to: resolution)
            if binStart != events.starts.last {
                close()
                events.starts.append(binStart)
            }
            bin.add(value)
        }
        close()
        return events
    }
}

extension UploadSeries.Step {
    /// µs, a day as 24 hours.
    var length: Int64 {
        switch self {
        case .fixed(let length): length
        case .days(let count): count * Microseconds.day
        }
    }
}

/// A sum by Kahan's compensation, as pandas does it.
private struct CompensatedSum {
    private(set) var sum = 0.0
    private(set) var count = 0
    private var compensation = 0.0

    mutating func add(_ value: Double) {
        let term = value - compensation
        let next = sum + term
        compensation = next - sum - term
        // An infinite sum has no meaningful compensation.
        if compensation.isNaN { compensation = 0 }
        sum = next
        count += 1
    }
}

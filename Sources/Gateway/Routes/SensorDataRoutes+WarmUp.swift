internal import Catalog
internal import Model
internal import TSEngine

extension SensorDataRoutes {
    /// Answers questions that nobody has asked, about the last year of some sensors, side by side.
    ///
    /// A process does many things once, when it first comes by: loads its pages of code, looks up types,
    /// gets memory for an answer of this size, has Postgres read its catalog. All that takes longer than
    /// a year's values, and no client need wait for it. What goes wrong here goes wrong again for
    /// somebody who is told.
    func warmUp() async {
        let sensors = someSensors()
        guard let extents = try? await engine.extents(of: sensors.map(\.id)) else { return }
        // Those with the longest history: it is they who make large answers.
        let known = sensors.compactMap { sensor in extents[sensor.id].map { (sensor, $0) } }
            .sorted { $0.1.upperBound - $0.1.lowerBound > $1.1.upperBound - $1.1.lowerBound }
        await withTaskGroup { group in
            // As many as there are threads and connections at a server of this size, and a few more.
            for (sensor, extent) in known.prefix(4) {
                group.addTask { await warmUp(sensor, extent) }
            }
        }
    }

    private func warmUp(_ sensor: Sensor, _ extent: ClosedRange<Int64>) async {
        let start = max(extent.lowerBound, extent.upperBound &- 365 * Microseconds.day)
        let question = try? SensorDataQuery(query: [
            (name: "start", value: Timestamp(microseconds: start).iso8601()),
            (name: "duration", value: "P365D"), (name: "unit", value: sensor.unit),
        ])
        guard let question else { return }
        for _ in 0..<2 { _ = try? await answer(question, sensor) }
    }

    /// Some of all sensors, early ones and late ones.
    private func someSensors() -> [Sensor] {
        var (found, step): ([Sensor], Int64) = ([], 1)
        while step < .max / 2, let next = catalog.sensors(after: SensorID(step - 1), limit: 1).first
        {
            if next != found.last { found.append(next) }
            step *= 2
        }
        return found
    }
}

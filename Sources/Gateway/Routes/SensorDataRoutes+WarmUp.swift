internal import Catalog
internal import Model
internal import TSEngine

extension SensorDataRoutes {
    /// Answers a question that nobody has asked, about the last year of one sensor, and a few times.
    ///
    /// A process does many things once, when it first comes by: loads its pages of code, looks up types,
    /// gets memory for an answer of this size, has Postgres read its catalog. All that takes longer than
    /// a year's values, and no client need wait for it. What goes wrong here goes wrong again for
    /// somebody who is told.
    func warmUp() async {
        guard let sensor = someSensor(),
            let extent = try? await engine.extents(of: [sensor.id])[sensor.id]
        else { return }
        let start = max(extent.lowerBound, extent.upperBound &- 365 * Microseconds.day)
        let question = try? SensorDataQuery(query: [
            (name: "start", value: Timestamp(microseconds: start).iso8601()),
            (name: "duration", value: "P365D"), (name: "unit", value: sensor.unit),
        ])
        guard let question else { return }
        for _ in 0..<3 { _ = try? await answer(question, sensor) }
    }

    /// One of the newer half of all sensors: more likely one that has data.
    private func someSensor() -> Sensor? {
        var (found, step): (Sensor?, Int64) = (nil, 1)
        while step < .max / 2, let next = catalog.sensors(after: SensorID(step - 1), limit: 1).first
        {
            (found, step) = (next, step * 2)
        }
        return found
    }
}

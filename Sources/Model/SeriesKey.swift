/// What identifies a series: all beliefs of one (sensor, source, probability).
@frozen package struct SeriesKey: Sendable, Hashable, Comparable {
    package let sensor: SensorID
    package let source: SourceID
    /// Cumulative probability, 0...1; a deterministic belief has 0.5.
    package let probability: Double

    @inlinable
    package init(sensor: SensorID, source: SourceID, probability: Double = 0.5) {
        self.sensor = sensor
        self.source = source
        self.probability = probability
    }

    @inlinable package static func < (left: SeriesKey, right: SeriesKey) -> Bool {
        if left.sensor != right.sensor { return left.sensor < right.sensor }
        if left.source != right.source { return left.source < right.source }
        return left.probability < right.probability
    }
}

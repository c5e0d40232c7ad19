/// What is read. The data lies in 2023 (UTC), the long series goes on into 2024.
enum ReadKind: CaseIterable {
    case year, scan, hourlyMeans, uncachedHourlyMeans, lastValues

    /// 2023-01-01 and 2024-01-01, seconds since 1970.
    static let yearStart = 1_672_531_200
    static let yearEnd = 1_704_067_200

    /// Sensors 0 to 99: a year of quarter hours each.
    static let yearShape = LineSource.Shape(
        measurement: "power",
        seriesCount: 100,
        stepCount: 35_040,
        stepSeconds: 900,
        start: yearStart,
        order: .series
    )
    /// Sensor 200: a million minutes.
    static let scanShape = LineSource.Shape(
        measurement: "minutely",
        firstSeries: 200,
        seriesCount: 1,
        stepCount: 1_000_000,
        stepSeconds: 60,
        start: yearStart,
        order: .series
    )
    /// Sensors 1,000 to 10,999: the last hour of the year.
    static let lastShape = LineSource.Shape(
        measurement: "recent",
        firstSeries: 1_000,
        seriesCount: 10_000,
        stepCount: 4,
        stepSeconds: 900,
        start: yearEnd - 3_600,
        order: .series
    )

    var title: String {
        switch self {
        case .year: "a year of quarter hours, one sensor"
        case .scan: "1,000,000 values of one sensor"
        case .hourlyMeans: "hourly means of a year, 100 sensors"
        case .uncachedHourlyMeans: "the same, without VictoriaMetrics' cache of results"
        case .lastValues: "last value of 10,000 sensors"
        }
    }

    /// How many values the answer has.
    var valueCount: Int {
        switch self {
        case .year: 35_040
        case .scan: 1_000_000
        case .hourlyMeans, .uncachedHourlyMeans: 100 * 8_760
        case .lastValues: 10_000
        }
    }
}

/// Requests of one shape, prepared before the clock starts.
struct Workload {
    let name: String
    let valueCount: Int
    let connectionCount: Int
    let requestCount: Int

    /// Bulk posts (a leap year of quarter hours), small posts and single values.
    static let all = [
        Workload(
            name: "35,136 values a post",
            valueCount: 35_136,
            connectionCount: 4,
            requestCount: 400
        ),
        Workload(
            name: "100 values a post",
            valueCount: 100,
            connectionCount: 16,
            requestCount: 60_000
        ),
        Workload(name: "1 value a post", valueCount: 1, connectionCount: 32, requestCount: 60_000),
    ]

    /// `firstSensor`: workloads use sensors of their own, so that all are appends.
    func requests(token: String, firstSensor: Int) -> [[[UInt8]]] {
        var random = SplitMix(state: 42)
        return (0..<connectionCount).map { connection in
            var value = 400
            var start = 1_451_606_400
            let path = "/api/v3_0/sensors/\(firstSensor + connection)/data"
            return (0..<requestCount / connectionCount).map { _ in
                var values = ""
                values.reserveCapacity(valueCount * 6)
                for index in 0..<valueCount {
                    // A load in kW with three decimals: a walk with steps of some per cent.
                    value = max(0, value + Int(random.next() % 61) - 30)
                    let digits = String(value % 1_000)
                    if index > 0 { values += "," }
                    values +=
                        "\(value / 1_000)." + String(repeating: "0", count: 3 - digits.count)
                        + digits
                }
                let body = """
                    {"values":[\(values)],"start":"\(Self.time(start))","duration":"PT\(15 * valueCount)M",\
                    "unit":"kW"}
                    """
                start += 900 * valueCount
                let head = """
                    POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(token)\r\n\
                    Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n
                    """
                return Array((head + body).utf8)
            }
        }
    }

    /// Seconds since 1970 as ISO 8601 in UTC.
    private static func time(_ seconds: Int) -> String {
        // Days to a date: Howard Hinnant's civil_from_days.
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let (hour, minute) = (seconds % 86_400 / 3_600, seconds % 3_600 / 60)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):00+00:00"
    }
}

/// SplitMix64, for the same values in every run.
private struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

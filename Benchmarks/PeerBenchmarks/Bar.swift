import Foundation

/// What Penstock is to reach, in terms of the report's rows.
struct Bar {
    enum Rule {
        /// Ahead of a store by a factor.
        case ahead(of: String, Double)
        /// At most, in the row's unit.
        case atMost(Double)
        /// At least (at most) so many times another row of Penstock's.
        case atLeastTimes(Double, workload: String, title: String)
        case atMostTimes(Double, workload: String, title: String)
    }

    let workload: String
    let title: String
    let rule: Rule

    static let all: [Bar] =
        [
            Bar("burst", Titles.rate, .ahead(of: "VictoriaMetrics", 3)),
            Bar("burst", Titles.rate, .ahead(of: "InfluxDB", 8)),
            Bar("burst", Titles.rate, .ahead(of: "Postgres COPY", 15)),
            Bar(
                "sustained",
                Titles.rate,
                .atLeastTimes(0.5, workload: "burst", title: Titles.rate)
            ),
            Bar("sustained", Titles.rate, .ahead(of: "VictoriaMetrics", 1.5)),
            Bar(
                "cardinality",
                Titles.lastTenth,
                .atLeastTimes(1 / 3, workload: "cardinality", title: Titles.firstTenth)
            ),
            Bar("cardinality", Titles.idleBytes, .atMost(1_024)),
            Bar("burst", Titles.bytesPerValue, .ahead(of: "VictoriaMetrics", 1)),
            Bar("sustained", Titles.bytesPerValue, .ahead(of: "VictoriaMetrics", 1)),
            Bar("reads, warm", Titles.read(.year), .atMost(5)),
        ]
        + [ReadKind.scan, .hourlyMeans, .lastValues].flatMap { kind in
            ["VictoriaMetrics", "InfluxDB", "TimescaleDB"].map {
                Bar("reads, warm", Titles.read(kind), .ahead(of: $0, 1))
            }
        }
        + [ReadKind.year, .scan, .hourlyMeans, .lastValues].map { kind in
            let title = Titles.read(kind)
            return Bar("reads, cold", title, .atMostTimes(3, workload: "reads, warm", title: title))
        }
        + [Bar("restart", Titles.ready, .atMost(5))]
        + [
            (APITitles.single, 400), (APITitles.day, 500), (APITitles.year, 200),
            (APITitles.read, 50), (APITitles.bytes, 100),
        ].map { Bar(APITitles.workload, $0.0, .ahead(of: "FlexMeasures", $0.1)) }

    private init(_ workload: String, _ title: String, _ rule: Rule) {
        self.workload = workload
        self.title = title
        self.rule = rule
    }

    /// A row of the table of bars; nil if it was not measured.
    func line(_ report: Report) -> String? {
        guard let measure = report.measure(workload, title),
            let own = report.median(measure, Report.subject)
        else { return nil }
        let wanted: String
        let measured: Double
        let isMet: Bool
        switch rule {
        case .ahead(let peer, let factor):
            guard let ratio = report.advantage(measure, over: peer) else { return nil }
            (wanted, measured, isMet) = ("≥ \(number(factor))× \(peer)", ratio, ratio >= factor)
        case .atMost(let limit):
            (wanted, measured, isMet) = ("≤ \(number(limit))", own, own <= limit)
        case .atLeastTimes(let factor, let workload, let title):
            guard let ratio = ratio(of: own, to: workload, title, report) else { return nil }
            let name = workload == self.workload ? title : workload
            (wanted, measured, isMet) = ("≥ \(number(factor))× \(name)", ratio, ratio >= factor)
        case .atMostTimes(let factor, let workload, let title):
            guard let ratio = ratio(of: own, to: workload, title, report) else { return nil }
            (wanted, measured, isMet) = ("≤ \(number(factor))× \(workload)", ratio, ratio <= factor)
        }
        let text = "\(workload): \(title) \(wanted)"
        return "| \(text) | \(number(measured)) | \(isMet ? "met" : "**missed**") |\n"
    }

    private func ratio(
        of own: Double,
        to workload: String,
        _ title: String,
        _ report: Report
    ) -> Double? {
        guard let other = report.measure(workload, title),
            let base = report.median(other, Report.subject), base > 0
        else { return nil }
        return own / base
    }

    private func number(_ value: Double) -> String { String(format: "%.3g", value) }
}

/// Titles of rows that a bar speaks of.
enum Titles {
    static let rate = "lines/s acknowledged"
    static let firstTenth = "lines/s in the first tenth"
    static let lastTenth = "lines/s in the last tenth"
    static let idleBytes = "bytes of memory per idle series, merged"
    static let bytesPerValue = "bytes on disk per value, merged"
    static let ready = "seconds until ready"

    static func read(_ kind: ReadKind) -> String { "\(kind.title), ms" }
}

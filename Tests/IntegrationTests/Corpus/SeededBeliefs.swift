import Foundation
import TestSupport

/// The beliefs that the recorded server held at the beginning, as far as its answers tell of them:
/// four days of prices, on the public sensor and on the one of a site, and five weeks of the site's
/// load. Both series are a daily wave with a short, exact pattern on top; the pattern of the load is
/// the only one of its kind that fits the recorded values, their sum and their maximum.
enum SeededBeliefs {
    static func post(to process: PenstockProcess, _ tokens: [String: String]) throws {
        let client = BlockingHTTPClient(port: process.port)
        let prices = (0..<96).map { price($0) }
        for sensor in [7, 14] {
            try post(
                prices,
                "EUR/MWh",
                start: "2026-01-01T00:00:00+01:00",
                #""prior": "2025-12-31T13:00:00+01:00""#,
                to: sensor,
                tokens["site-admin"],
                client
            )
        }
        try post(
            (0..<840).map { load($0) },
            "kW",
            start: "2025-12-01T00:00:00+01:00",
            #""horizon": "PT0H""#,
            to: 15,
            tokens["a-user"],
            client
        )
    }

    /// EUR/MWh in the `hour`th hour.
    private static func price(_ hour: Int) -> Double {
        let wave = 60 + 40 * sin(2 * Double.pi * Double(hour % 24 - 9) / 24)
        return rounded(wave + Double(hour % 5), 100)
    }

    /// kW in the `hour`th hour; the first one is of a Monday.
    private static func load(_ hour: Int) -> Double {
        let wave = 20 + 8 * sin(2 * Double.pi * Double(hour % 24 - 6) / 24)
        let weekend = hour / 24 % 7 < 5 ? 0.0 : 3.0
        return rounded(wave + weekend + 0.5 * Double(hour * 10 % 11), 1_000)
    }

    private static func rounded(_ value: Double, _ scale: Double) -> Double {
        (value * scale).rounded() / scale
    }

    private static func post(
        _ values: [Double],
        _ unit: String,
        start: String,
        _ belief: String,
        to sensor: Int,
        _ token: String?,
        _ client: BlockingHTTPClient
    ) throws {
        let answer = client.send(
            "POST",
            "/api/v3_0/sensors/\(sensor)/data",
            headers: ["Content-Type": "application/json", "Authorization": token ?? ""],
            body: """
                {"values": \(values), "start": "\(start)", "duration": "PT\(values.count)H",
                "unit": "\(unit)", \(belief)}
                """
        )
        guard answer?.status == 200 else {
            throw PenstockProcess.CommandFailure(status: -1, text: answer?.text ?? "no answer")
        }
    }
}

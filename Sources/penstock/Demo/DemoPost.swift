import Foundation
import Model

/// One request of the loader: beliefs about consecutive events of one sensor.
struct DemoPost: Sendable {
    /// Id of the sensor.
    let sensor: Int64
    let unit: String
    /// How long before their knowledge time the beliefs were held.
    let horizonHours: Int
    /// Start of the first event, µs since 1970 UTC.
    let start: Int64
    /// Length of an event, µs.
    let step: Int64
    /// NaN where nothing is known.
    let values: ArraySlice<Double>

    /// Values in one request: a body of some 80 KB, far below the server's limit, and a bar that
    /// moves.
    static let valueCountMax = 8_192
    /// Events at the end by which a stored post is recognised: one alone may repeat an earlier
    /// forecast by chance.
    private static let evidenceCountMax = 24

    /// Cuts a series into requests.
    static func posts(_ series: SampleData.Series, sensor: Int64, unit: String) -> [DemoPost] {
        stride(from: 0, to: series.values.count, by: valueCountMax).map { first in
            DemoPost(
                sensor: sensor,
                unit: unit,
                horizonHours: series.horizonHours,
                start: series.start + Int64(first) * series.step,
                step: series.step,
                values: series.values[first...].prefix(valueCountMax)
            )
        }
    }

    var valueCount: Int { values.count { !$0.isNaN } }
    var path: String { "/api/v3_0/sensors/\(sensor)/data" }

    /// The request's JSON.
    func body() throws -> Data {
        var text = "{\"values\":["
        text.reserveCapacity(values.count * 9 + 256)
        for (index, value) in values.enumerated() {
            if index > 0 { text += "," }
            text += value.isNaN ? "null" : "\(value)"
        }
        text += "]"
        let fields = [
            ("start", Timestamp(microseconds: start).iso8601()),
            ("duration", Self.durationText(step * Int64(values.count))),
            ("unit", unit), ("horizon", "PT\(horizonHours)H"),
        ]
        for (name, value) in fields {
            let quoted = try JSONEncoder().encode(value)
            text += ",\"\(name)\":" + String(decoding: quoted, as: UTF8.self)
        }
        return Data((text + "}").utf8)
    }

    /// The last events of the post, as the server is asked for them.
    var evidence: ArraySlice<Double> { values.suffix(Self.evidenceCountMax) }

    /// The question for `evidence`.
    var evidencePath: String {
        let first = start + step * Int64(values.count - evidence.count)
        let fields = [
            ("start", Timestamp(microseconds: first).iso8601()),
            ("duration", Self.durationText(step * Int64(evidence.count))),
            ("unit", unit), ("horizon", "PT\(horizonHours)H"),
        ]
        return path + "?"
            + fields.map { "\($0.0)=\(Self.percentEncoded($0.1))" }.joined(separator: "&")
    }

    /// Whether the answer to `evidencePath` says that the post is stored.
    func isStored(accordingTo answer: [UInt8]) -> Bool {
        struct Stored: Decodable { let values: [Double?] }
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(answer)) else {
            return false
        }
        return stored.values.count == evidence.count
            && zip(stored.values, evidence).allSatisfy { $1.isNaN ? $0 == nil : $0 == $1 }
    }

    /// A length in µs, of whole seconds, as ISO 8601 writes it.
    private static func durationText(_ length: Int64) -> String {
        "PT\(length / Microseconds.second)S"
    }

    /// A value of a query field.
    static func percentEncoded(_ text: String) -> String {
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:"
        )
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }
}

import Foundation
import TestSupport

/// What was made between the recorded requests without being recorded, as far as recorded requests
/// are about it. It is made before the first of these.
enum CorpusInterludes {
    private struct Interlude {
        let user: String
        /// The recorded number of the first sensor.
        let number: Int
        let sensors: [[String: Any]]
    }

    private static func interlude(before name: String) -> Interlude? {
        let usual: [String: Any] = ["unit": "kW", "event_resolution": "PT15M"]
        switch name {
        case "pagination-per-page-1000":
            let sensors = (0..<105).map { number in
                usual.merging(["name": "bulk \(number)", "generic_asset_id": 7]) { $1 }
            }
            return Interlude(user: "a-user", number: 72, sensors: sensors)
        case "consumption-is-positive-post":
            let fields: [String: Any] = [
                "name": "consumption", "generic_asset_id": 7,
                "attributes": ["consumption_is_positive": true],
            ]
            return Interlude(user: "a-user", number: 177, sensors: [usual.merging(fields) { $1 }])
        default: return nil
        }
    }

    /// Tells `numbers` what was made.
    static func play(
        before row: CorpusRow,
        _ client: BlockingHTTPClient,
        _ tokens: [String: String],
        _ numbers: inout CorpusNumbers
    ) throws {
        guard let interlude = interlude(before: row.name), let token = tokens[interlude.user] else {
            return
        }
        for (index, sensor) in interlude.sensors.enumerated() {
            let body = try JSONSerialization.data(withJSONObject: sensor)
            let answer = client.send(
                "POST",
                "/api/v3_0/sensors",
                headers: ["Authorization": token, "Content-Type": "application/json"],
                body: String(decoding: body, as: UTF8.self)
            )
            guard let answer, let ours = try answer.json()["id"] as? Int else {
                throw CocoaError(.userCancelled, userInfo: ["answer": answer?.text ?? ""])
            }
            numbers.learn("sensors", recorded: interlude.number + index, ours: ours)
        }
    }
}

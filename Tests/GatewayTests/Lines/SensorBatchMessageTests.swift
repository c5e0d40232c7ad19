import Model
import Testing

@testable import Gateway

struct SensorBatchMessageTests {
    private func body(_ text: String) -> RequestBody {
        RequestBody(Array(text.utf8), contentType: "application/json")
    }

    private func message(_ sensor: String, _ value: Int) -> String {
        """
        {"values": [\(value)], "sensor": \(sensor), "start": "2024-01-01T00:00:00Z",
         "duration": "PT15M", "unit": "kW"}
        """
    }

    @Test func `messages are found with their sensors`() throws {
        let body = body("[\(message("7", 1)) ,\n \(message("\"9\"", 2)),\(message("7", 3))]")
        let batch = try SensorBatchMessage(body)
        #expect(batch.entries.map(\.sensor) == [SensorID(7), SensorID(9), SensorID(7)])
        #expect(try batch.messages(body).map(\.values) == [[1], [2], [3]])
    }

    @Test(
        arguments: [
            "[]", "{}", "7", "[7]", "[{}]", "[{\"sensor\": null}]", "[{\"sensor\": -1}]",
            "[{\"sensor\": \"x\"}]", "[{\"sensor\": 1.5}]",
        ] as [String]
    )
    func `what names no sensor is refused`(text: String) {
        #expect { try SensorBatchMessage(body(text)) } throws: { error in
            (error as? RequestRefusal)?.status == 422
        }
    }

    @Test(
        arguments: [
            "", "[", "[{\"sensor\": 1}", "[{\"sensor\": 1},]", "[{\"sensor\":1,\"sensor\":2}]",
        ]
            as [String]
    )
    func `what is not sound JSON is refused`(text: String) {
        #expect(throws: RequestRefusal.badRequest) { try SensorBatchMessage(body(text)) }
    }

    @Test func `a wrong message is refused once it is read`() throws {
        let body = body("[\(message("7", 1)), {\"sensor\": 8, \"values\": [1]}]")
        let batch = try SensorBatchMessage(body)
        #expect { try batch.messages(body) } throws: { error in
            (error as? RequestRefusal)?.status == 422
        }
    }
}

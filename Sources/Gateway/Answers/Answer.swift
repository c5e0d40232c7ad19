internal import HTTPTypes
internal import Hummingbird

/// A whole answer: JSON unless it says otherwise.
struct Answer: Sendable {
    var status: Int
    var body: [UInt8]
    var contentType = "application/json"
    /// Writes the body instead of `body`, piece by piece, as fast as the client takes it. An error
    /// then ends the connection, as the status is sent already.
    var stream: (@Sendable (Write) async throws -> Void)?
    /// Sends a piece of a body; returns when the connection has room for more.
    typealias Write = ([UInt8]) async throws -> Void
    /// Further header fields.
    var fields: [HTTPField] = []

    init(_ status: Int, _ body: [UInt8]) {
        self.status = status
        self.body = body
    }

    /// 200 with a body that is made while it is sent.
    init(streaming stream: @escaping @Sendable (Write) async throws -> Void) {
        self.init(200, [])
        self.stream = stream
    }

    init(_ status: Int, _ document: JSONObject) {
        self.init(status, JSONWriter.document(.object(document)))
    }

    /// Adds a header field.
    func with(_ name: HTTPField.Name, _ value: String) -> Answer {
        var copy = self
        copy.fields.append(HTTPField(name: name, value: value))
        return copy
    }
}

extension Answer {
    /// The request was carried out (FlexMeasures' text).
    static let processed = Answer(
        200,
        ["message": "Request has been processed.", "status": "PROCESSED"]
    )

    /// Some or all beliefs repeated what was stored.
    static let alreadyReceived = Answer(
        200,
        [
            "message":
                "Some of the data has already been received and successfully processed.",
            "results": "PROCESSED",
            "status": "ALREADY_RECEIVED_AND_SUCCESSFULLY_PROCESSED",
        ]
    )
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

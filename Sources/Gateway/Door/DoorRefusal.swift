internal import HTTPTypes
internal import NIOHTTP1

/// Why the door turns a request away before it becomes one: the answer is written by `DoorHandler`,
/// the connection is closed, and what follows on it is not read.
struct DoorRefusal: Error, Sendable, Equatable {
    let status: Int
    let message: String
    /// A word for programs, if the status does not say it all.
    var code: String?
    /// Further header fields.
    var fields: [Field] = []

    struct Field: Sendable, Equatable {
        let name: String
        let value: String
    }

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    static func badRequest(_ message: String) -> DoorRefusal { DoorRefusal(400, message) }

    /// To the same page by HTTPS.
    static func redirect(to url: String) -> DoorRefusal {
        var refusal = DoorRefusal(308, "See \(url).")
        refusal.fields = [Field(name: "Location", value: url)]
        return refusal
    }

    /// For methods that nothing here has.
    static func method() -> DoorRefusal {
        var refusal = DoorRefusal(405, "The method is not allowed for the requested URL.")
        let allowed = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
        refusal.fields = [Field(name: "Allow", value: allowed)]
        return refusal
    }

    static let timeout = DoorRefusal(408, "The request did not arrive in time.")

    /// FlexMeasures' shape for requests that no endpoint has seen.
    var body: [UInt8] {
        let status: JSONValue = code.map { .string($0) } ?? .integer(Int64(status))
        return JSONWriter.document(
            .object(["message": .string(message), "status": status])
        )
    }

    /// Header fields of the answer.
    func headers(bodyByteCount: Int, isSecure: Bool) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: "application/json")
        headers.add(name: "Content-Length", value: String(bodyByteCount))
        headers.add(name: "Connection", value: "close")
        headers.add(name: "Cache-Control", value: "no-store")
        for field in AnswerFields.always {
            headers.add(name: field.name.rawName, value: field.value)
        }
        headers.add(name: "Referrer-Policy", value: AnswerFields.referrerPolicy)
        headers.add(name: "Content-Security-Policy", value: AnswerFields.contentSecurityPolicy)
        if isSecure { headers.add(name: "Strict-Transport-Security", value: AnswerFields.hsts) }
        for field in fields { headers.add(name: field.name, value: field.value) }
        return headers
    }
}

/// Why a request is not carried out, before anything was looked up.
package enum RequestRefusal: Error, Sendable, Equatable {
    /// The body is not JSON where it must be, or not text at all: 400.
    case badRequest
    /// The fields are wrong: 422.
    case unprocessable(FieldErrors)

    /// The HTTP status code.
    package var status: Int {
        switch self {
        case .badRequest: 400
        case .unprocessable: 422
        }
    }

    /// The answer's JSON.
    package var body: [UInt8] {
        switch self {
        case .badRequest:
            JSONWriter.document(
                .object([
                    "message": .string(
                        "The browser (or proxy) sent a request that this server could "
                            + "not understand."
                    ),
                    "status": .integer(400),
                ])
            )
        case .unprocessable(let errors): errors.body
        }
    }

    /// The same, with faults of fields said of another part of the request.
    func moved(to location: String) -> RequestRefusal {
        switch self {
        case .badRequest: self
        case .unprocessable(let errors): .unprocessable(errors.moved(to: location))
        }
    }

    /// 422 if there are errors.
    static func check(_ errors: FieldErrors) throws(RequestRefusal) {
        if !errors.isEmpty { throw .unprocessable(errors) }
    }
}

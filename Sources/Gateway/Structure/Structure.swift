internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// What the routes about accounts, users, assets and sensors share.
struct Structure: Sendable {
    let gate: Gate
    let catalog: CatalogStore
    let authenticator: Authenticator
    let engine: Engine
    let clock: any WallClock
    let bodyByteCountMax: Int
    /// Has a link for a new password mailed to an address; nil if the server sends no mail.
    let mailReset: (@Sendable (String, AuditOrigin) -> Bool)?
    /// Tells a former address that there is another one now.
    var mailAddressChanged: (@Sendable (String) -> Void)?

    typealias Handler = @Sendable (Call, Principal) async throws -> Answer

    /// A handler whose errors become answers of the API.
    func handler(_ body: @escaping Handler) -> Route.Handler {
        { call in
            guard let principal = call.principal else { throw Refusal.forbidden }
            do {
                return try await body(call, principal)
            } catch let answered as Answered {
                return answered.answer
            } catch let error as CatalogError {
                throw try Self.refusal(error)
            } catch AuthError.invalid(let problems) {
                throw Self.refusal(problems)
            } catch AuthError.unknownUser {
                // Gone, or changed so that the caller may not touch it, since the gate decided.
                throw Refusal.forbidden
            }
        }
    }

    /// The JSON body's members.
    ///
    /// - Throws: `RequestRefusal`, as data posts do.
    func fields(_ call: Call) async throws -> StructureFields {
        let body = try await call.body(byteCountMax: Double(bodyByteCountMax))
        guard let members = try body.members(location: StructureFields.location) else {
            throw RequestRefusal.badRequest
        }
        return StructureFields(members)
    }

    /// Where changes of the catalog are written down.
    func trail(_ call: Call) -> AuditTrail { AuditTrail(by: call.origin) }

    /// What an error of the catalog means to a client.
    private static func refusal(_ error: CatalogError) throws -> any Error {
        switch error {
        case .invalid(let field, let message), .duplicate(let field, let message),
            .missing(let field, let message):
            RequestRefusal.unprocessable(
                FieldErrors(location: StructureFields.location, field: field, message)
            )
        case .unavailable: Refusal.unavailable
        case .unexpected: throw error
        }
    }

    private static func refusal(_ problems: [FieldProblem]) -> any Error {
        var errors = FieldErrors(location: StructureFields.location)
        for problem in problems {
            let isEmail = problem.field == "email" && !problem.message.hasPrefix("is ")
            let text =
                isEmail
                ? "Not a valid email address."
                : "The \(problem.field) \(problem.message)."
            errors.add(problem.field, text)
        }
        return RequestRefusal.unprocessable(errors)
    }
}

/// An answer that ends a handler from within.
struct Answered: Error {
    let answer: Answer
}

extension Answer {
    /// A bare list.
    init(list: [JSONValue]) {
        self.init(200, JSONWriter.document(.array(list)))
    }

    /// 422 whose message is not by field.
    static func unprocessable(json: JSONValue) -> Answer {
        Answer(
            422,
            [
                "message": .object(["json": json]), "result": "Rejected",
                "status": "UNPROCESSABLE_ENTITY",
            ]
        )
    }
}

extension JSONObject {
    /// With one more member.
    func with(_ name: String, _ value: JSONValue) -> JSONObject {
        var copy = self
        copy[name] = value
        return copy
    }
}

import Testing

@testable import Gateway

/// A request and its outcome, from one block of a golden text.
struct GoldenRequest: CustomTestStringConvertible {
    let name: String
    let contentType: String
    let query: [QueryParameter]
    let body: String
    /// Behind the `>`.
    let outcome: String
    var testDescription: String { name }

    /// Cuts a golden text into its blocks; see `sensorDataMessageGolden` for the form.
    static func all(_ text: String) throws -> [GoldenRequest] {
        try text.split(separator: "\n\n").map { try GoldenRequest(block: $0) }
    }

    private init(block: Substring) throws {
        var parts: [Character: String] = [:]
        var mark: Character = "#"
        for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
            if let first = line.first, "#?<>".contains(first), line.dropFirst().first == " " {
                mark = first
                parts[mark] = String(line.dropFirst(2))
            } else {
                parts[mark, default: ""] += " " + line
            }
        }
        let title = try #require(parts["#"])
        if title.hasSuffix("]"), let bracket = title.lastIndex(of: "[") {
            name = String(title[..<bracket].dropLast())
            contentType = String(title[title.index(after: bracket)...].dropLast())
        } else {
            (name, contentType) = (title, "application/json")
        }
        body = parts["<"] ?? ""
        outcome = try #require(parts[">"])
        let members = try JSONValue(parsing: Array((parts["?"] ?? "{}").utf8)).object
        query = try #require(members).names.map { name in
            switch members?[name] {
            case .string(let text): (name, text)
            case .integer(let integer): (name, String(integer))
            default: (name, "")
            }
        }
    }

    var requestBody: RequestBody { RequestBody(Array(body.utf8), contentType: contentType) }

    /// The field errors that the outcome names, as JSON; nil if the request is good.
    var expectedErrors: JSONValue? {
        get throws {
            guard outcome.hasPrefix("! ") else { return nil }
            return try JSONValue(parsing: Array(outcome.dropFirst(2).utf8))
        }
    }
}

/// The field errors in the body of a refusal, below its location.
func fieldErrors(in refusal: RequestRefusal, location: String) throws -> JSONValue {
    let body = try #require(try JSONValue(parsing: refusal.body).object)
    #expect(body["result"] == .string("Rejected"))
    #expect(body["status"] == .string("UNPROCESSABLE_ENTITY"))
    let message = try #require(body["message"]?.object)
    #expect(message.names == [location])
    return try #require(message[location])
}

/// The refusal with which `body` ends.
func refusal<Result>(
    _ body: () throws(RequestRefusal) -> Result
) -> RequestRefusal? {
    do throws(RequestRefusal) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

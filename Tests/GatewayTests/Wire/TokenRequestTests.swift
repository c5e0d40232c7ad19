import Testing

@testable import Gateway

struct TokenRequestTests {
    static func refused(
        _ text: String,
        contentType: String? = "application/json"
    ) -> RequestRefusal? {
        let body = RequestBody(Array(text.utf8), contentType: contentType)
        return refusal { () throws(RequestRefusal) in try TokenRequest(body: body) }
    }

    @Test func `token-ok`() throws {
        let text = #"{"email": "A-User@example.com", "password": "pw-é-1234"}"#
        let request = try TokenRequest(
            body: RequestBody(Array(text.utf8), contentType: "application/json")
        )
        #expect(request.email == "A-User@example.com")
        #expect(request.password == "pw-é-1234")
    }

    static let missing = "Missing data for required field."

    @Test(arguments: [
        ("token-missing-password", #"{"email": "a"}"#, ["password": missing]),
        ("token-missing-both", "{}", ["email": missing, "password": missing]),
        ("token-empty-body", "", ["email": missing, "password": missing]),
        ("token-extra-field", #"{"email": "a", "password": "b", "x": 1}"#, ["x": "Unknown field."]),
        (
            "token-null-password", #"{"email": "a", "password": null}"#,
            ["password": "Field may not be null."]
        ),
        (
            "token-int-password", #"{"email": "a", "password": 5}"#,
            ["password": "Not a valid string."]
        ),
        (
            "object as password", #"{"email": "a", "password": {}}"#,
            ["password": "Not a valid string."]
        ),
        ("list as e-mail", #"{"email": ["a"], "password": "b"}"#, ["email": "Not a valid string."]),
        (
            "NaN as password", #"{"email": "a", "password": NaN}"#,
            ["password": "Not a valid string."]
        ),
        (
            "NUL in e-mail", #"{"email": "a\u0000", "password": "b"}"#,
            ["email": "Not a valid string."]
        ),
        ("e-mail twice", #"{"email": "a", "email": "b"}"#, ["email": "Duplicate field."]),
        ("token-json-list", "[1]", ["_schema": "Invalid input type."]),
    ])
    func `refused with 422`(name: String, body: String, texts: [String: String]) throws {
        var expected = JSONObject()
        for (field, text) in texts { expected[field] = .array([.string(text)]) }
        let refused = try #require(Self.refused(body))
        #expect(try fieldErrors(in: refused, location: "json") == .object(expected))
    }

    @Test func `token-form-encoded`() throws {
        let refused = try #require(
            Self.refused("email=a&password=b", contentType: "application/x-www-form-urlencoded")
        )
        #expect(try fieldErrors(in: refused, location: "json").object?.count == 2)
    }

    @Test(arguments: [
        "{not json", "{", " ", "\"\\ud800\"", #"{"email": "\ud800", "password": "b"}"#,
    ])
    func `token-malformed-json`(_ text: String) {
        #expect(Self.refused(text) == .badRequest)
    }

    @Test func `long passwords and addresses`() throws {
        func body(_ email: Int, _ password: Int) -> String {
            let (email, password) = (
                String(repeating: "e", count: email), String(repeating: "p", count: password)
            )
            return "{\"email\": \"\(email)\", \"password\": \"\(password)\"}"
        }
        #expect(Self.refused(body(255, 4_096)) == nil)
        let refused = try #require(Self.refused(body(256, 4_097)))
        #expect(
            try fieldErrors(in: refused, location: "json")
                == .object([
                    "email": .array([.string("Longer than maximum length 255.")]),
                    "password": .array([.string("Longer than maximum length 4096.")]),
                ])
        )
    }
}

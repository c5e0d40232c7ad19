/// The body of `POST /api/requestAuthToken`: who asks for a token, and the proof.
package struct TokenRequest: Sendable, Equatable {
    /// As written; compared with its case.
    package let email: String
    package let password: String
    /// A code of the second factor; nil if there is none.
    package let code: String?

    private static let location = "json"

    /// Reads and checks the body.
    ///
    /// - Throws: `.badRequest` for a body that is announced as JSON and is not; `.unprocessable`
    ///   for fields that are missing, unknown, null, not strings or too long. A body of another
    ///   type, or an empty one, has no fields.
    package init(body: RequestBody) throws(RequestRefusal) {
        var reader = FieldReader(location: Self.location)
        guard let members = try body.members(location: Self.location) else { throw .badRequest }
        for name in members.names { reader.fields[name] = members[name] }
        let email = reader.string("email", isRequired: true, byteCountMax: Self.emailByteCountMax)
        let password = reader.string(
            "password",
            isRequired: true,
            byteCountMax: Self.passwordByteCountMax
        )
        let code = reader.string("code", byteCountMax: Self.codeByteCountMax)
        // Postgres cannot compare a text with a zero byte.
        if let email, email.utf8.contains(0) { reader.fault("email", FieldTexts.notAString) }
        reader.refuseUnknown(besides: ["email", "password", "code"])
        guard reader.errors.isEmpty, let email, let password else {
            throw .unprocessable(reader.errors)
        }
        self.email = email
        self.password = password
        self.code = code
    }

    /// No stored address is longer.
    package static let emailByteCountMax = 255
    /// Recovery codes are the longest.
    package static let codeByteCountMax = 64
    /// More than any password, little enough to hash.
    package static let passwordByteCountMax = 4_096
}

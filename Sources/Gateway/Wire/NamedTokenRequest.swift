internal import Auth
internal import Model

/// The body of `POST /api/penstock/v1/tokens`: who wants a named token, the proof, and what it is to
/// be.
struct NamedTokenRequest: Sendable {
    let email: String
    let password: String
    let code: String?
    let name: String
    let scopes: Restriction.Scopes
    /// Both empty: everything that the user reaches.
    let assets: [AssetID]
    let sensors: [SensorID]
    /// Seconds since 1970 UTC; nil if the body does not say.
    let expiresAt: Int64?

    private static let location = "json"
    private static let known: Set<String> = [
        "email", "password", "code", "name", "scopes", "assets", "sensors", "expires",
    ]

    /// - Throws: as `TokenRequest`.
    init(body: RequestBody) throws(RequestRefusal) {
        var reader = FieldReader(location: Self.location)
        guard let members = try body.members(location: Self.location) else { throw .badRequest }
        for name in members.names { reader.fields[name] = members[name] }
        let email = reader.string(
            "email",
            isRequired: true,
            byteCountMax: TokenRequest.emailByteCountMax
        )
        let password = reader.string(
            "password",
            isRequired: true,
            byteCountMax: TokenRequest.passwordByteCountMax
        )
        code = reader.string("code", byteCountMax: TokenRequest.codeByteCountMax)
        let name = reader.string("name", isRequired: true, byteCountMax: 255)
        for (field, text) in [("email", email), ("name", name)] where text?.utf8.contains(0) == true
        {
            reader.fault(field, FieldTexts.notAString)
        }
        scopes = Self.scopes(&reader)
        assets = Self.ids("assets", &reader).map { AssetID($0) }
        sensors = Self.ids("sensors", &reader).map { SensorID($0) }
        expiresAt = reader.moment("expires").map {
            $0.timestamp.microseconds / Microseconds.second
        }
        reader.refuseUnknown(besides: Self.known)
        guard reader.errors.isEmpty, let email, let password, let name else {
            throw .unprocessable(reader.errors)
        }
        (self.email, self.password, self.name) = (email, password, name)
    }

    private static func scopes(_ reader: inout FieldReader) -> Restriction.Scopes {
        guard let value = reader.fields["scopes"] else {
            reader.fault("scopes", FieldTexts.missing)
            return []
        }
        let wrong = "Must be a list of: read, write, trigger, admin."
        guard case .array(let items) = value, !items.isEmpty,
            items.allSatisfy({ $0.string != nil }),
            let scopes = Restriction.Scopes(names: items.compactMap(\.string))
        else {
            reader.fault("scopes", wrong)
            return []
        }
        return scopes
    }

    private static func ids(_ field: String, _ reader: inout FieldReader) -> [Int64] {
        guard let value = reader.fields[field] else { return [] }
        guard case .array(let items) = value, items.count <= NewNamedToken.idCountMax else {
            reader.fault(field, "Must be a list of at most \(NewNamedToken.idCountMax) ids.")
            return []
        }
        return items.compactMap { item in
            if case .integer(let id) = item { return id }
            reader.fault(field, "Not a valid integer.")
            return nil
        }
    }
}

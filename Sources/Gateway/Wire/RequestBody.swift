/// The body of a request and what its header says it is.
package struct RequestBody: Sendable {
    package let bytes: [UInt8]
    /// Whether the Content-Type is `application/json` or `application/<something>+json`, with or
    /// without parameters. A body of another type, or of none, is not looked at.
    package let isJSON: Bool

    package init(_ bytes: [UInt8], contentType: String?) {
        self.bytes = bytes
        isJSON = Self.isJSON(contentType ?? "")
    }

    package static let none = RequestBody([], contentType: nil)

    private static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        return type == "application/json"
            || type.hasPrefix("application/") && type.hasSuffix("+json")
    }
}

extension RequestBody {
    /// The members of a small body.
    ///
    /// - Parameter location: Under which field errors are reported.
    /// - Returns: No members if the body is empty or not announced as JSON; nil if it is malformed,
    ///   which some endpoints refuse and others take for an empty one. Numbers may be infinite or
    ///   NaN.
    /// - Throws: `.badRequest` for bytes that are not UTF-8 and for deep nesting; `.unprocessable`
    ///   for a name that stands twice and for a body that is not an object.
    func members(location: String) throws(RequestRefusal) -> JSONObject? {
        guard isJSON, !bytes.isEmpty else { return JSONObject() }
        let value: JSONValue
        do throws(JSONError) {
            var scanner = JSONScanner()
            value = try scanner.document(bytes.span)
        } catch {
            switch error {
            case .malformed: return nil
            case .duplicateName(let name):
                let text = FieldTexts.duplicate
                throw .unprocessable(FieldErrors(location: location, field: name, text))
            case .invalidEncoding, .tooDeep, .specialNumber: throw .badRequest
            }
        }
        guard let object = value.object else {
            let text = FieldTexts.notAnObject
            throw .unprocessable(FieldErrors(location: location, field: "_schema", text))
        }
        return object
    }
}

/// The fields of a form that a page has sent.
struct FormFields: Sendable {
    private let fields: [QueryParameter]

    /// - Returns: nil if the body is no form, or its texts are not UTF-8.
    init?(_ body: RequestBody, contentType: String?) {
        let type = (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard type == "application/x-www-form-urlencoded" else { return nil }
        let fields = QueryString.parse(Substring(String(decoding: body.bytes, as: UTF8.self)))
        guard !fields.contains(where: { "\($0.name)\($0.value)".contains("\u{FFFD}") }) else {
            return nil
        }
        self.fields = fields
    }

    /// A field that stands there once; else the empty text.
    func text(_ name: String) -> String {
        let values = all(name)
        return values.count == 1 ? values[0] : ""
    }

    /// Whether a box was ticked.
    func isTicked(_ name: String) -> Bool { !text(name).isEmpty }

    /// The values of all boxes of this name.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}

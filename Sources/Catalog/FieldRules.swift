import Model
import Postgres

/// Rules for fields that people fill in. Messages are those that FlexMeasures' clients know.
enum FieldRules {
    /// Checks a text that must not be blank. Lengths are in Unicode scalars, as Postgres counts
    /// `varchar`.
    static func checkName(
        _ text: String,
        field: String = "name",
        lengthMax: Int
    ) throws(CatalogError) {
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw .invalid(field: field, message: "Field may not be blank.")
        }
        try checkText(text, field: field, lengthMax: lengthMax)
    }

    static func checkText(
        _ text: String?,
        field: String,
        lengthMax: Int = .max
    ) throws(CatalogError) {
        guard let text else { return }
        // Postgres stores no NUL, and libpq would end the text there.
        guard !text.utf8.contains(0) else {
            throw .invalid(field: field, message: "Null characters are not allowed.")
        }
        guard text.unicodeScalars.count <= lengthMax else {
            throw .invalid(field: field, message: "Longer than maximum length \(lengthMax).")
        }
    }

    /// - Returns: the colour as `#rrggbb`; the `#` may be missing in `text`.
    static func color(_ text: String?, field: String) throws(CatalogError) -> String? {
        guard let text else { return nil }
        let color = text.hasPrefix("#") ? text : "#" + text
        guard color.utf8.count == 7, color.dropFirst().allSatisfy({ $0.isASCII && $0.isHexDigit })
        else { throw .invalid(field: field, message: "'\(color)' is not a valid hex color code.") }
        return color
    }

    /// Checks an address that pages will show as an image: http or https, with a host, and nothing
    /// that could end the attribute it is written into.
    static func checkURL(_ text: String?, field: String) throws(CatalogError) {
        guard let text else { return }
        try checkText(text, field: field, lengthMax: 255)
        let rest = ["http://", "https://"].lazy
            .filter { text.lowercased().hasPrefix($0) }
            .map { text.dropFirst($0.count) }.first
        let isPlain =
            text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            && !text.contains { "\"'<>\\^`{|}".contains($0) }
        guard let host = rest?.prefix(while: { !"/?#".contains($0) }), !host.isEmpty, isPlain else {
            throw .invalid(field: field, message: "'\(text)' is not a valid URL.")
        }
    }

    /// Checks degrees; NaN is out of range too.
    static func checkDegrees(
        _ degrees: Double?,
        field: String,
        limit: Double
    ) throws(CatalogError) {
        guard let degrees, !(-limit...limit).contains(degrees) else { return }
        let name = field.prefix(1).uppercased() + field.dropFirst()
        let message =
            degrees < -limit
            ? "\(name) \(degrees) exceeds the minimum \(field) of -\(Int(limit)) degrees."
            : "\(name) \(degrees) exceeds the maximum \(field) of \(Int(limit)) degrees."
        throw .invalid(field: field, message: message)
    }

    /// Checks JSON with the judge that counts: what Postgres takes as `jsonb` can be stored. The
    /// type is `object` or `array`.
    static func checkJSON(
        _ text: String,
        field: String,
        type: String,
        _ connection: borrowing PostgresConnection
    ) throws {
        // Nearly all that is written; no need to ask.
        if (type == "object" && text == "{}") || (type == "array" && text == "[]") { return }
        try checkText(text, field: field)
        let found: PostgresRows
        do throws(PostgresError) {
            found = try connection.query("SELECT jsonb_typeof(\(text)::jsonb)")
        } catch {
            // 22: malformed, or a number or escape that jsonb cannot hold. 54: nested too deeply.
            if case .server(let sqlState, _) = error, ["22", "54"].contains(sqlState.prefix(2)) {
                throw CatalogError.invalid(field: field, message: "Not a valid JSON string.")
            }
            throw error
        }
        guard found.string(0, 0) == type else {
            throw CatalogError.invalid(field: field, message: "Not a JSON \(type).")
        }
    }

    /// Checks an IANA name. Reads a file, so not for the cooperative pool.
    static func checkTimezone(_ name: String) throws(CatalogError) {
        guard TimeZoneRules.load(name) == nil else { return }
        throw .invalid(
            field: "timezone",
            message: "Invalid timezone '\(name)'. Example: Europe/Amsterdam."
        )
    }
}

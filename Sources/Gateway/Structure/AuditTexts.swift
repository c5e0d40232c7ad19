internal import Auth
internal import Model

/// Events of the audit log as FlexMeasures' clients read them.
struct AuditTexts {
    let directory: UserDirectory

    func actor(_ record: AuditRecord) -> JSONValue {
        record.actorUser.map { .integer($0) } ?? .null
    }

    func actorName(_ record: AuditRecord) -> JSONValue {
        record.actorUser.flatMap { directory.user(UserID($0)) }.map { .string($0.username) }
            ?? .null
    }

    /// One sentence, at most what FlexMeasures' column holds.
    func event(_ record: AuditRecord) -> String {
        let details = Self.details(record)
        let text = text(record, details)
        return String(text.unicodeScalars.prefix(500).map(Character.init))
    }

    private static func details(_ record: AuditRecord) -> [String: String] {
        guard let object = (try? JSONValue(parsing: Array(record.details.utf8)))?.object else {
            return [:]
        }
        var details: [String: String] = [:]
        for name in object.names { details[name] = object[name]?.string }
        return details
    }

    private func text(_ record: AuditRecord, _ details: [String: String]) -> String {
        let number = record.subject?.split(separator: ":").last.map(String.init) ?? ""
        let name = details["name"] ?? ""
        switch record.action {
        case "account.created": return "Account \(name) created"
        case "account.updated":
            return "Account Updated, Field: \(details["fields"] ?? "")"
        case "asset.created":
            if let original = details["copy of"]?.split(separator: ":").last {
                return "Created asset '\(name)': \(number), a copy of asset \(original)"
            }
            return "Created asset '\(name)': \(number)"
        case "asset.deleted": return "Deleted asset '\(name)': \(number)"
        case "asset.updated": return updated(details)
        case "sensor.created":
            return "Created sensor '\(name)': \(details["sensor"] ?? "")"
        case "sensor.deleted":
            return "Deleted sensor '\(name)': \(details["sensor"] ?? "")"
        case "sensor.updated":
            return "Updated sensor '\(name)': \(details["sensor"] ?? ""); " + updated(details)
        case "beliefs.uploaded":
            return "Data from \(details["files"] ?? "") uploaded to sensor '\(name)': "
                + "\(details["sensor"] ?? "")"
        case "annotation.created":
            return "Created annotation \(details["annotation"] ?? "") (\(details["type"] ?? ""))"
        case "user.created": return "User \(userName(number)) created"
        case "user.activated": return "User \(userName(number)) activated"
        case "user.deactivated": return "User \(userName(number)) deactivated"
        case "user.updated":
            return "Updated: \(details["fields"] ?? "") of user \(userName(number))"
        case "user.roles-changed": return roles(details)
        case "user.tokens-ended": return "Logged user \(userName(number)) out everywhere"
        case "password.voided": return "Password reset for user \(userName(number))"
        case "password.reset-asked":
            return "Reset password instructions sent for user \(userName(number))"
        case "password.reset": return "User \(userName(number)) chose a new password"
        case "password.changed": return "Password of user \(userName(number)) changed"
        default: return record.action
        }
    }

    /// `a`, `a and b`, `a, b and c`.
    static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    private func userName(_ number: String) -> String {
        Int64(number).flatMap { directory.user(UserID($0))?.username } ?? number
    }

    private func roles(_ details: [String: String]) -> String {
        func names(_ key: String) -> [String] {
            (details[key] ?? "").split(separator: ",").map {
                String(String($0).trimmingASCIISpace())
            }
        }
        let (before, after) = (names("before"), names("after"))
        let added = after.filter { !before.contains($0) }
        let removed = before.filter { !after.contains($0) }
        var sentences: [String] = []
        if !added.isEmpty { sentences.append("Added role(s): [\(added.joined(separator: ", "))].") }
        if !removed.isEmpty {
            sentences.append("Removed role(s): [\(removed.joined(separator: ", "))].")
        }
        return sentences.joined(separator: " ")
    }

    private func updated(_ details: [String: String]) -> String {
        let field = Self.fieldNames[details["field"] ?? ""] ?? details["field"] ?? ""
        let (from, to) = (PythonText.of(details["from"]), PythonText.of(details["to"]))
        switch field {
        case "attributes" where details["key"] != nil:
            return "Updated Attr: \(details["key"] ?? ""), From: \(from), To: \(to)"
        case "flex_context", "flex_model":
            var lines: [String] = []
            for (name, value) in details.sorted(by: { $0.key < $1.key }) where name != "field" {
                let words = name.split(separator: " ", maxSplits: 1)
                guard words.count == 2 else { continue }
                let verb = words[0].prefix(1).uppercased() + words[0].dropFirst()
                lines.append("\(lines.count + 1). \(verb) \(words[1]): \(PythonText.of(value))")
            }
            return "Updated \(field):\n" + lines.joined(separator: "\n")
        case "sensors_to_show": return "Updated sensors_to_show: \(from) \u{2192} \(to)"
        default: return "Updated: \(field), From: \(from), To: \(to)"
        }
    }

    /// Columns by the names that the API has for them.
    private static let fieldNames = ["asset_type_id": "generic_asset_type_id"]
}

/// JSON as Python prints what it has read of it.
enum PythonText {
    /// Of JSON as text: a string stands without quotes, absence is `None`.
    static func of(_ json: String?) -> String {
        guard let json, !json.isEmpty else { return "None" }
        guard let value = try? JSONValue(parsing: Array(json.utf8)) else { return json }
        return value.string ?? text(value)
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .integer(let integer): "\(integer)"
        case .number(let number): DecimalText.text(number)
        case .string(let text): "'\(text)'"
        case .array(let elements): "[\(elements.map(text).joined(separator: ", "))]"
        case .object(let object):
            "{"
                + object.names.map { "'\($0)': \(text(object[$0] ?? .null))" }
                .joined(separator: ", ") + "}"
        }
    }
}

import Foundation
import TestSupport

/// One recorded request and its answer.
///
/// `@unchecked Sendable`: holds what JSONSerialization made, which nobody changes.
struct CorpusRow: @unchecked Sendable {
    let name: String
    let user: String?
    let method: String
    let path: String
    let query: [String: Any]
    let headers: [String: String]
    let body: String?
    /// Nil if the answer is kept for others to check.
    let status: Int?
    let answer: Any?

    /// The rows of the fixture, in order.
    static func all() throws -> [CorpusRow] {
        let fixture = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/corpus.jsonl.gz").path
        let plain = NSTemporaryDirectory() + "penstock-corpus-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: plain) }
        try Program.run(["gzip", "-dc", fixture], output: plain)
        return try String(contentsOfFile: plain, encoding: .utf8).split(separator: "\n")
            .compactMap { try CorpusRow(line: String($0)) }
    }

    private init?(line: String) throws {
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
        guard let row = value as? [String: Any], let name = row["name"] as? String,
            let method = row["method"] as? String, let path = row["path"] as? String
        else { return nil }
        (self.name, self.method, self.path) = (name, method, path)
        user = row["as_user"] as? String
        query = row["query"] as? [String: Any] ?? [:]
        var headers = row["headers"] as? [String: String] ?? [:]
        if let raw = row["raw_body"] as? String {
            body = raw
        } else if let given = row["body"] as? [String: Any], let files = given["files"] {
            (body, headers["Content-Type"]) = Self.form(given["form"], files)
        } else if let given = row["body"] {
            let data = try JSONSerialization.data(
                withJSONObject: given,
                options: [.fragmentsAllowed, .sortedKeys]
            )
            body = String(decoding: data, as: UTF8.self)
            headers["Content-Type"] = headers["Content-Type"] ?? "application/json"
        } else {
            body = nil
        }
        headers["Accept-Encoding"] = nil
        self.headers = headers
        status = row["status"] as? Int
        answer = row["response_body"]
    }

    /// A recorded form: plain fields, and files as name, text and type.
    private static func form(_ fields: Any?, _ files: Any) -> (body: String, type: String) {
        let boundary = "recorded-form"
        var body = ""
        for (name, text) in (fields as? [String: String] ?? [:]).sorted(by: { $0.key < $1.key }) {
            body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n"
            body += "\(text)\r\n"
        }
        for (name, file) in (files as? [String: [String]] ?? [:]).sorted(by: { $0.key < $1.key }) {
            body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\""
            // A client that has no name for a file sends a plain field.
            if let filename = file.first, filename != "None" {
                body += "; filename=\"\(filename)\""
            }
            body += "\r\n"
            if file.count > 2 { body += "Content-Type: \(file[2])\r\n" }
            body += "\r\n\(file.count > 1 ? file[1] : "")\r\n"
        }
        return (body + "--\(boundary)--\r\n", "multipart/form-data; boundary=\(boundary)")
    }

    /// Method and path, numbers left out.
    var endpoint: String {
        let parts = path.split(separator: "/").map { Int($0) == nil ? String($0) : "<id>" }
        return "\(method) /\(parts.joined(separator: "/"))"
    }
}

/// Numbers that are different here and there, and texts that no two servers have alike.
struct CorpusNumbers {
    /// Ours by the recorded ones, by kind.
    private var ours: [String: [Int: Int]] = [:]
    private var recorded: [String: [Int: Int]] = [:]

    /// The highest numbers of what was there at the beginning.
    private static let seeded = ["sensors": 64, "assets": 16, "accounts": 5, "users": 14]

    mutating func learn(_ kind: String, recorded: Int, ours: Int) {
        self.ours[kind, default: [:]][recorded] = ours
        self.recorded[kind, default: [:]][ours] = recorded
    }

    func our(_ kind: String, _ number: Int) -> Int { ours[kind]?[number] ?? number }

    /// A path with our numbers.
    func path(_ path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for index in parts.indices.dropFirst() {
            if let number = Int(parts[index]) {
                parts[index] = "\(our(parts[index - 1], number))"
            }
        }
        return parts.joined(separator: "/")
    }

    /// The kinds of numbers by the names of fields.
    private static let kinds = [
        "generic_asset_id": "assets", "parent_asset_id": "assets", "parent": "assets",
        "root": "assets", "asset": "assets", "asset_id": "assets", "account_id": "accounts",
        "account": "accounts",
    ]

    /// Of what the ids within a member are.
    private static let kindsWithin = [
        "sensors": "sensors", "sensor": "sensors", "child_assets": "assets", "source": "sources",
        "sources": "sources",
    ]

    func field(_ name: String, _ number: Int) -> Int {
        Self.kinds[name].map { our($0, number) } ?? number
    }

    /// An answer in which only that is left which should be equal. `kind`: of the path.
    func normalized(_ value: Any, kind: String, isOurs: Bool) -> Any {
        func recordedNumber(_ kind: String, _ number: Int) -> Int {
            isOurs ? recorded[kind]?[number] ?? number : number
        }
        switch value {
        case let object as [String: Any]:
            var result: [String: Any] = [:]
            for (name, member) in object {
                switch name {
                case "entity_address", "event_datetime", "last_login_at", "last_seen_at", "detail",
                    "auth_token":
                    result[name] = "…"
                // Ages of data, and when they came.
                case "staleness" where member is String, "Last recorded": result[name] = "…"
                // Shown in the offset of today.
                case "staleness_since":
                    let moment = (member as? String).flatMap {
                        ISO8601DateFormatter().date(from: $0)
                    }
                    result[name] = moment.map { Int($0.timeIntervalSince1970) } ?? member
                case "reason":
                    result[name] = (member as? String)?
                        .replacing(/recent data is .* (old|in the future),/, with: "recent data")
                case "url":
                    result[name] = (member as? String)?.split(separator: "/").dropFirst(2)
                        .joined(separator: "/")
                default:
                    if let number = member as? Int, let kind = Self.kinds[name] {
                        result[name] = recordedNumber(kind, number)
                    } else if let number = member as? Int, name == "id" {
                        result[name] = recordedNumber(kind, number)
                    } else {
                        let inner = Self.kindsWithin[name] ?? kind
                        result[name] = normalized(member, kind: inner, isOurs: isOurs)
                    }
                }
            }
            return result
        case let list as [Any]:
            // One of the pairs in which statistics may come.
            if list.first as? String == "Last recorded" { return ["Last recorded", "…"] }
            let all = list.map { normalized($0, kind: kind, isOurs: isOurs) }
            // Lists of objects have no order that was promised.
            guard all.allSatisfy({ $0 is [String: Any] }) else { return all }
            return all.sorted { Self.text($0) < Self.text($1) }
        case let text as String:
            if text.hasPrefix("{") || text.hasPrefix("["),
                let json = try? JSONSerialization.jsonObject(with: Data(text.utf8))
            {
                return normalized(json, kind: kind, isOurs: isOurs)
            }
            // Obsolete addresses name the month to come.
            let timeless = text.replacing(/ea1\.[0-9]{4}-[0-9]{2}/, with: "ea1.…")
            let words = timeless.split(separator: " ", omittingEmptySubsequences: false)
            return words.enumerated().map { place, word in
                guard place > 0, let number = Int(word.filter(\.isNumber)),
                    ["asset", "ID"].contains(words[place - 1].prefix(5))
                        || words[place - 1].hasSuffix("':")
                else { return String(word) }
                let other = recordedNumber("assets", number)
                return word.replacingOccurrences(of: "\(number)", with: "\(other)")
            }.joined(separator: " ")
        default: return value
        }
    }

    static func text(_ value: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: value,
            options: [.fragmentsAllowed, .sortedKeys]
        )
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "?"
    }
}

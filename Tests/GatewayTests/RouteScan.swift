import Foundation

/// The routes that source files declare, as they are written: `Route(.get, "/path", .everyone, …)`.
///
/// Read from the text, because a table can only be had with a whole server, and because review
/// looks at the text.
struct RouteScan {
    struct Entry: Hashable, CustomStringConvertible {
        let method: String
        let path: String
        let access: String

        /// What the route is for.
        var key: String { "\(method) \(path)" }
        var description: String { "\(method) \(path) \(access)" }
    }

    private(set) var entries: [Entry] = []

    /// All that the gateway declares.
    static func gateway() throws -> RouteScan {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .appendingPathComponent("../../../Sources/Gateway").standardizedFileURL
        var scan = RouteScan()
        for case let file as URL in FileManager.default.enumerator(
            at: root,
            includingPropertiesForKeys: nil
        ) ?? .init() where file.pathExtension == "swift" {
            scan.read(try String(contentsOf: file, encoding: .utf8))
        }
        scan.entries.sort { ($0.path, $0.method) < ($1.path, $1.method) }
        return scan
    }

    mutating func read(_ source: String) {
        var rest = Substring(source)
        while let call = rest.range(of: "Route(") {
            let before = rest[..<call.lowerBound].last
            rest = rest[call.upperBound...]
            if let before, before.isLetter || before.isNumber || before == "." { continue }
            let arguments = Self.arguments(rest)
            guard arguments.count >= 3 else { continue }
            entries.append(
                Entry(
                    method: arguments[0].dropFirst().uppercased(),
                    path: Self.literal(arguments[1], in: source),
                    access: arguments[2]
                )
            )
        }
    }

    /// The arguments of a call, up to its closing parenthesis; labels stay.
    private static func arguments(_ text: Substring) -> [String] {
        var found = [""]
        var depth = 0
        var isText = false
        for character in text {
            switch character {
            case "\"": isText.toggle()
            case "(" where !isText, "[" where !isText, "{" where !isText: depth += 1
            case ")" where !isText, "]" where !isText, "}" where !isText:
                if depth == 0 { return found.map(trimmed) }
                depth -= 1
            case "," where !isText && depth == 0:
                found.append("")
                continue
            default: break
            }
            found[found.count - 1].append(character)
        }
        return []
    }

    /// What a path argument says: itself, or what a constant of the same file is set to.
    private static func literal(_ argument: String, in source: String) -> String {
        if argument.hasPrefix("\"") { return argument.filter { $0 != "\"" } }
        let name = argument.split(separator: ".").last ?? ""
        guard let start = source.range(of: "let \(name) = \"")?.upperBound,
            let end = source[start...].firstIndex(of: "\"")
        else { return argument }
        return String(source[start..<end])
    }

    private static func trimmed(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

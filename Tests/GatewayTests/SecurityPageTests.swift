import Foundation
import Testing

/// The page on security names tests; this keeps it true.
@Suite struct SecurityPageTests {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .appendingPathComponent("../../..").standardizedFileURL

    /// Names of tests and suites that the sources declare.
    private static func declared() throws -> Set<String> {
        var names: Set<String> = []
        let tests = root.appendingPathComponent("Tests")
        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            names.formUnion(text.matches(of: #/func `([^`]+)`/#).map { String($0.1) })
            names.formUnion(text.matches(of: #/(?:struct|class) (\w+)/#).map { String($0.1) })
        }
        return names
    }

    /// What stands in backquotes in the last cell of each row about threats.
    private static func named() throws -> [(id: String, test: String)] {
        let page = root.appendingPathComponent("docs/security.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        return text.split(separator: "\n").flatMap { line -> [(String, String)] in
            guard let id = line.firstMatch(of: #/^\| ([A-Z][0-9]{2}[^|]*) \|/#)?.1,
                let cell = line.split(separator: "|").last, !cell.contains("by construction")
            else { return [] }
            return cell.matches(of: #/`([^`]+)`/#).map { (String(id), String($0.1)) }
        }
    }

    @Test func `every test that the page names exists`() throws {
        let declared = try Self.declared()
        let named = try Self.named()
        #expect(named.count > 100)
        for (id, test) in named {
            #expect(declared.contains { $0.hasPrefix(test) }, "\(id): \(test)")
        }
    }
}

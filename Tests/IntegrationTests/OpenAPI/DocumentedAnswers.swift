import Foundation
import Synchronization
import TestSupport
import Testing

/// Holds all answers that integration tests get against the API's document: an answer whose status,
/// media type or members are not written down is a failure, whatever the test is about. So the
/// document cannot lie about anything that is tested at all.
struct DocumentedAnswers: Sendable {
    let document: JSONTree

    private static let shared = Mutex<DocumentedAnswers?>(nil)

    /// From now on; to be called before requests are sent.
    static func watch() {
        BlockingHTTPClient.observer.withLock { observer in
            observer = { port, method, path, answer in
                guard let documented = documented(port),
                    let problem = documented.problem(method, path, answer)
                else { return }
                Issue.record("not documented: \(method) \(path): \(problem)")
            }
        }
    }

    /// The document of the first server that answers; all have the same.
    private static func documented(_ port: UInt16) -> DocumentedAnswers? {
        shared.withLock { shared in
            if shared == nil { shared = try? DocumentedAnswers(port: port) }
            return shared
        }
    }

    init(port: UInt16) throws {
        let request = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        guard let answer = BlockingHTTPClient(port: port).send(raw: request), answer.status == 200
        else { throw CocoaError(.fileReadUnknown) }
        document = try JSONDecoder().decode(JSONTree.self, from: Data(answer.body))
    }

    init(document: JSONTree) { self.document = document }

    /// What the document does not say of an answer; nil if it says all, or nothing of the path.
    func problem(_ method: String, _ target: String, _ answer: BlockingHTTPClient.Answer) -> String?
    {
        let path = String(target.prefix { $0 != "?" })
        guard method != "HEAD", method != "OPTIONS", let item = item(path) else { return nil }
        guard let operation = item[method.lowercased()] else {
            return [400, 405].contains(answer.status) ? nil : "no such operation: \(answer.status)"
        }
        // People with browsers get refusals as pages, outside of /api.
        if answer.status >= 400, answer.contentType == "text/html", !path.hasPrefix("/api") {
            return nil
        }
        guard let response = operation["responses"]?["\(answer.status)"] else {
            return "status \(answer.status): \(answer.text.prefix(200))"
        }
        guard let content = response["content"] else {
            return answer.body.isEmpty ? nil : "\(answer.status) with a body"
        }
        guard let type = answer.contentType, let schema = content[type]?["schema"] else {
            return "\(answer.status) as \(answer.contentType ?? "nothing")"
        }
        guard type == "application/json" else { return nil }
        guard let value = try? JSONDecoder().decode(JSONTree.self, from: Data(answer.body)) else {
            return "\(answer.status): no JSON: \(answer.text.prefix(200))"
        }
        let problems = SchemaCheck(document: document).problems(value, schema)
        return problems.first.map { "\(answer.status): \($0)" }
    }

    /// The path item whose template fits; one with fixed words before one with variables.
    private func item(_ path: String) -> JSONTree? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var best: (variableCount: Int, item: JSONTree)?
        for (template, item) in document["paths"]?.object ?? [:] {
            let parts = template.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == segments.count,
                zip(parts, segments).allSatisfy({ $0.hasPrefix("{") || $0 == $1 })
            else { continue }
            let variableCount = parts.count { $0.hasPrefix("{") }
            if variableCount < best?.variableCount ?? .max { best = (variableCount, item) }
        }
        return best?.item
    }
}

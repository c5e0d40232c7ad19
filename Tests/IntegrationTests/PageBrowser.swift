import Foundation
import TestSupport

/// What a browser does with pages, without the pictures: keeps cookies, fills in forms.
final class PageBrowser {
    private let client: BlockingHTTPClient
    private(set) var cookies: [String: String] = [:]
    /// Of the last page that had a form.
    var proof = ""
    let port: UInt16

    init(port: UInt16) {
        self.port = port
        client = BlockingHTTPClient(port: port)
    }

    /// The same cookies in another window.
    func copy() -> PageBrowser {
        let copy = PageBrowser(port: port)
        copy.cookies = cookies
        copy.proof = proof
        return copy
    }

    func setCookie(_ name: String, _ value: String?) { cookies["__Host-penstock-\(name)"] = value }
    func cookie(_ name: String) -> String? { cookies["__Host-penstock-\(name)"] }

    private var headers: [String: String] {
        var headers = ["Accept": "text/html,application/xhtml+xml", "User-Agent": "Firefox/140.0"]
        if !cookies.isEmpty {
            headers["Cookie"] = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: "; ")
        }
        return headers
    }

    @discardableResult
    func get(_ path: String, headers more: [String: String] = [:]) throws -> Page {
        try send("GET", path, more, nil)
    }

    /// Sends a form as the page at hand would.
    ///
    /// `more` replaces header fields; nil removes one.
    @discardableResult
    func post(
        _ path: String,
        _ fields: [String: String] = [:],
        headers more: [String: String?] = [:],
        withProof: Bool = true
    ) throws -> Page {
        var all = fields
        if withProof, all["csrf_token"] == nil { all["csrf_token"] = proof }
        let body = all.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }
            .joined(separator: "&")
        var headers: [String: String] = [
            "Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1",
            "Sec-Fetch-Site": "same-origin",
        ]
        for (name, value) in more { headers[name] = value }
        return try send("POST", path, headers, body)
    }

    func send(
        _ method: String,
        _ path: String,
        _ more: [String: String],
        _ body: String?
    ) throws -> Page {
        let all = headers.merging(more) { $1 }
        guard let answer = client.send(method, path, headers: all, body: body) else {
            throw CocoaError(.fileReadUnknown)
        }
        let page = Page(answer)
        for (name, value, field) in page.setCookies {
            cookies[name] = field.contains("Max-Age=0") ? nil : value
        }
        if let proof = page.proof { self.proof = proof }
        return page
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    struct Page {
        let status: Int
        let head: String
        let text: String

        init(_ answer: BlockingHTTPClient.Answer) {
            (status, head, text) = (answer.status, answer.head, answer.text)
        }

        /// A header field's values.
        func values(_ name: String) -> [String] {
            head.split(separator: "\r\n").compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].lowercased() == name.lowercased() else {
                    return nil
                }
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }

        var location: String? { values("Location").first }

        var setCookies: [(name: String, value: String, field: String)] {
            values("Set-Cookie").compactMap { field in
                guard let pair = field.split(separator: ";").first,
                    let mark = pair.firstIndex(of: "=")
                else { return nil }
                let value = String(pair[pair.index(after: mark)...])
                return (String(pair[..<mark]), value, field)
            }
        }

        var proof: String? {
            text.firstMatch(of: /name="csrf_token" value="([^"]+)"/).map { String($0.1) }
        }

        func first(_ pattern: Regex<(Substring, Substring)>) -> String? {
            text.firstMatch(of: pattern).map { String($0.1) }
        }
    }
}

/// A server with users, and their mail.
struct PageServer: Sendable {
    let process: PenstockProcess

    init(environment: [String] = []) throws {
        process = try PenstockProcess(environment: environment)
        try process.start()
        process.stopAtExit()
        try process.command(["add", "account", "--name", "Test <i>& Co</i>"])
    }

    static let password = "correct-horse-9"

    func addUser(_ name: String, username: String? = nil) throws {
        try process.command(
            [
                "add", "user", "--email", "\(name)@example.com", "--username", username ?? name,
                "--account", "1", "--password-stdin",
            ],
            input: "\(Self.password)\n"
        )
    }

    /// The mails to a user, oldest first.
    func mails(_ name: String) -> [String] {
        let folder = "\(process.dataDirectory)/outbox"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let texts = names.filter { $0.hasSuffix(".eml") }.compactMap { file -> (Date, String)? in
            let path = "\(folder)/\(file)"
            let made = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
            guard let text = try? String(contentsOfFile: path, encoding: .utf8),
                text.contains("To: \(name)@example.com")
            else { return nil }
            return (made as? Date ?? .distantPast, text)
        }
        return texts.sorted { $0.0 < $1.0 }.map { Self.body($0.1) }
    }

    private static func body(_ mail: String) -> String {
        let parts = mail.components(separatedBy: "\r\n\r\n")
        let base64 = parts.dropFirst().joined().replacingOccurrences(of: "\r\n", with: "")
        return Data(base64Encoded: base64).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The newest mail that fits and was not there before, for which this waits.
    func mail(
        _ name: String,
        _ pattern: Regex<(Substring, Substring)>,
        besides known: Int = 0
    ) throws -> String {
        for _ in 0..<600 {
            let found = mails(name).compactMap { $0.firstMatch(of: pattern).map { String($0.1) } }
            if found.count > known, let last = found.last { return last }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw CocoaError(.fileNoSuchFile)
    }

    func codeCount(_ name: String) -> Int {
        mails(name).filter { $0.contains("Your code is ") }.count
    }

    func code(_ name: String, besides known: Int) throws -> String {
        try mail(name, #/Your code is ([0-9]{6})/#, besides: known)
    }

    /// Types e-mail and password.
    @discardableResult
    func begin(
        _ browser: PageBrowser,
        _ name: String,
        password: String = password,
        next: String = ""
    ) throws -> PageBrowser.Page {
        try browser.get("/login")
        return try browser.post(
            "/login",
            ["email": "\(name)@example.com", "password": password, "next": next]
        )
    }

    /// Logs in with a mailed code.
    @discardableResult
    func logIn(
        _ browser: PageBrowser,
        _ name: String,
        password: String = password,
        remember: Bool = false
    ) throws -> PageBrowser.Page {
        let known = codeCount(name)
        _ = try begin(browser, name, password: password)
        try browser.get("/tf-validate")
        var fields = ["code": try code(name, besides: known)]
        if remember { fields["remember"] = "yes" }
        return try browser.post("/tf-validate", fields)
    }
}

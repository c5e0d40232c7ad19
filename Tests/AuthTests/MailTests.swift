import Foundation
import Postgres
import Synchronization
import Testing

@testable import Auth

@Suite struct MailMessageTests {
    private func rendered(_ subject: String, _ body: String) throws -> String {
        let sender = try #require(MailAddress("penstock@host.example"))
        let recipient = try #require(MailAddress("ada@example.com"))
        let message = try #require(MailMessage(to: recipient, subject: subject, body: body))
        let bytes = message.rendered(from: sender, second: 1_795_521_600, id: "abc")
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a plain mail`() throws {
        #expect(
            try rendered("Your login code", "Hello\nWörld\n")
                == [
                    "From: penstock@host.example", "To: ada@example.com",
                    "Subject: Your login code",
                    "Date: Tue, 24 Nov 2026 12:00:00 +0000", "Message-ID: <abc@host.example>",
                    "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
                    "Content-Transfer-Encoding: base64", "Auto-Submitted: auto-generated", "",
                    "SGVsbG8NClfDtnJsZA0K", "",
                ].joined(separator: "\r\n")
        )
    }

    /// Goal (I09): no header or recipient comes from data.
    @Test(
        arguments: [
            "a\r\nBcc: x@evil.example", "a\nBcc: x@evil.example", "a\rb", "a\u{0}b",
            "=?utf-8?B?QQ==?=",
            "ü\r\n\r\nbody", String(repeating: "ä", count: 100), "\u{2028}", "plain\u{85}next",
        ] as [String]
    ) func `subjects cannot break out`(subject: String) throws {
        let text = try rendered(subject, "\r\n.\r\nBcc: x@evil.example\r\n")
        let parts = text.components(separatedBy: "\r\n\r\n")
        #expect(parts.count == 2)
        let lines = parts[0].components(separatedBy: "\r\n")
        #expect(lines.count { !$0.hasPrefix(" ") } == 9)
        #expect(!text.contains("Bcc") && text.utf8.allSatisfy { $0 < 0x7F })
        #expect(text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 80 })
        let rest = text.replacing("\r\n", with: "")
        #expect(rest.allSatisfy { !$0.isNewline })
    }

    @Test func `addresses with anything odd are refused`() {
        for text in [
            "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "a@b\n", "<a@b>",
            "a,b@c",
            "a@b>", "\"a\"@b", "ü@b.example", "a@b\u{0}", "-a@b", "a;b@c", "a@[127.0.0.1]",
            String(repeating: "a", count: 250) + "@b.de",
        ] { #expect(MailAddress(text) == nil, "\(text)") }
        for text in ["ada@example.com", "a+b_c.d@x-y.example", "a@b"] {
            #expect(MailAddress(text)?.text == text)
        }
        let long = String(repeating: "x", count: 70_000)
        if let address = MailAddress("a@b") {
            #expect(MailMessage(to: address, subject: "x", body: long) == nil)
            #expect(MailMessage(to: address, subject: long, body: "x") == nil)
        }
        #expect(MailTexts.code(CodeMail(email: "a@b\r\nx", code: Secret("1"))) == nil)
    }
}

@Suite struct MailQueueTests {
    private func configuration(_ target: MailConfiguration.Target) throws -> MailConfiguration {
        var configuration = MailConfiguration(
            target,
            sender: try #require(MailAddress("penstock@host.example"))
        )
        configuration.pauseMilliseconds = 1
        configuration.connectSeconds = 5
        configuration.deliverySeconds = 5
        return configuration
    }

    private func message(_ code: String = "123456") throws -> MailMessage {
        try #require(MailTexts.code(CodeMail(email: "ada@example.com", code: Secret(code))))
    }

    @Test func `without a server mails are files`() async throws {
        let folder = NSTemporaryDirectory() + "penstock-outbox-\(UUID().uuidString)/outbox"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let queue = MailQueue(try configuration(.outbox(path: folder)))
        for _ in 0..<3 { #expect(queue.send(try message())) }
        #expect(await eventually { queue.outstandingCount == 0 })
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.count == 3 && names.allSatisfy { $0.hasSuffix(".eml") })
        let path = "\(folder)/\(names[0])"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains("To: ada@example.com\r\n"))
    }

    @Test func `a mail goes out by SMTP`() async throws {
        let server = try MailSink(answers: [:])
        defer { server.stop() }
        let target = MailConfiguration.Server(
            host: "127.0.0.1",
            port: server.port,
            encryption: .none
        )
        let queue = MailQueue(try configuration(.server(target)))
        #expect(queue.send(try message()))
        #expect(await eventually { queue.outstandingCount == 0 })
        let lines = server.lines
        #expect(lines.contains("MAIL FROM:<penstock@host.example>"))
        #expect(lines.contains("RCPT TO:<ada@example.com>"))
        #expect(lines.contains("Subject: Your login code"))
        let body = lines.drop { !$0.isEmpty }.dropFirst().prefix { $0 != "." }.joined()
        let decoded = String(decoding: Data(base64Encoded: body) ?? Data(), as: UTF8.self)
        #expect(decoded.hasPrefix("Your code is 123456."))
    }

    /// Goal: what may pass is tried again, what was refused for good is not. Method: a server that
    /// answers the sender with 451 or 550.
    @Test(arguments: [("451 later", 4), ("550 never", 1)] as [(String, Int)])
    func `refusals`(answer: String, tries: Int) async throws {
        let server = try MailSink(answers: ["MAIL": answer])
        defer { server.stop() }
        let target = MailConfiguration.Server(
            host: "127.0.0.1",
            port: server.port,
            encryption: .none
        )
        let queue = MailQueue(try configuration(.server(target)))
        #expect(queue.send(try message()))
        #expect(await eventually { queue.outstandingCount == 0 })
        #expect(server.lines.count { $0.hasPrefix("MAIL") } == tries)
    }

    /// Goal: a server that offers no TLS gets neither password nor mail where TLS is asked for.
    @Test func `no mail goes out in the clear by mistake`() async throws {
        let server = try MailSink(answers: [:])
        defer { server.stop() }
        var target = MailConfiguration.Server(host: "127.0.0.1", port: server.port)
        target.login = ("user", Secret("hush"))
        let queue = MailQueue(try configuration(.server(target)))
        #expect(queue.send(try message()))
        #expect(await eventually { queue.outstandingCount == 0 })
        #expect(!server.lines.contains { $0.hasPrefix("MAIL") || $0.hasPrefix("AUTH") })
    }

    @Test func `the queue is bounded`() throws {
        var bounded = try configuration(.outbox(path: "/proc/nowhere"))
        bounded.queueCountMax = 0
        #expect(!MailQueue(bounded).send(try message()))
    }
}

/// An SMTP server for one client at a time, on a thread of its own, that keeps what it hears.
private final class MailSink: Sendable {
    let port: Int
    private let socket: Int32
    private let heard = Mutex<[String]>([])
    private let answers: [String: String]

    init(answers: [String: String]) throws {
        self.answers = answers
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { [socket] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 4) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard isBound else { throw TestFailure("no port") }
        port = Int(UInt16(bigEndian: address.sin_port))
        let thread = Thread { [self] in serve() }
        thread.start()
    }

    var lines: [String] { heard.withLock { $0 } }

    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

    private func serve() {
        while true {
            let client = accept(socket, nil, nil)
            guard client >= 0 else {
                close(socket)
                return
            }
            talk(client)
            close(client)
        }
    }

    private func talk(_ client: Int32) {
        say(client, "220 sink")
        var rest: [UInt8] = []
        var isData = false
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(client, &buffer, buffer.count)
            guard count > 0 else { return }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: 10) {
                let bytes = rest[..<end].filter { $0 != 13 }
                let line = String(decoding: bytes, as: UTF8.self)
                rest.removeSubrange(...end)
                heard.withLock { $0.append(line) }
                if isData {
                    if line == "." {
                        isData = false
                        say(client, "250 taken")
                    }
                    continue
                }
                let verb = String(line.prefix { $0 != " " })
                isData = verb == "DATA"
                say(client, answers[verb] ?? (isData ? "354 go on" : "250 fine"))
            }
        }
    }

    private func say(_ client: Int32, _ text: String) {
        let bytes = Array((text + "\r\n").utf8)
        _ = write(client, bytes, bytes.count)
    }
}

@Suite struct MailedResetTests {
    private let origin = AuditOrigin(.anonymous, address: "192.0.2.1")

    /// A stand with an outbox, and what carries requests out.
    private func links(
        _ stand: AuthStand,
        for emails: [String]
    ) async throws -> [(recipient: String, token: String)] {
        let folder = NSTemporaryDirectory() + "penstock-reset-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sender = try #require(MailAddress("penstock@host.example"))
        let mail = MailQueue(MailConfiguration(.outbox(path: folder), sender: sender))
        let reset = MailedReset(stand.auth, mail: mail, publicURL: "https://penstock.example:5443")
        let asked = "SELECT count(*) FROM audit_event WHERE action = 'password.reset-asked'"
        let before = try await stand.database.pool.read(SQL(stringLiteral: asked)).int(0, 0)
        let running = Task { await reset.run() }
        for email in emails { #expect(reset.request(email: email, by: origin)) }
        let isDone = try await eventually {
            let count = try await stand.database.pool.read(SQL(stringLiteral: asked)).int(0, 0)
            return count == before + Int64(emails.count) && mail.outstandingCount == 0
        }
        #expect(isDone)
        running.cancel()
        await running.value
        #expect(await eventually { mail.outstandingCount == 0 })
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return try names.filter { !$0.hasPrefix(".") }.sorted().map { name in
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            let parts = text.components(separatedBy: "\r\n\r\n")
            let body = Data(base64Encoded: parts[1].replacing("\r\n", with: "")) ?? Data()
            let link = try #require(
                String(decoding: body, as: UTF8.self).firstMatch(
                    of: /https:\/\/penstock\.example:5443\/reset\/([A-Za-z0-9_-]{43})\r\n/
                )
            )
            let recipient = try #require(text.firstMatch(of: /To: (\S+)\r\n/))
            return (String(recipient.1), String(link.1))
        }
    }

    @Test func `a link sets a password once`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let old = try await stand.token("ada")
        // Unknown addresses get no mail, and the caller cannot tell.
        let found = try await links(stand, for: ["ADA@example.com", "nobody@example.com", "%", ""])
        #expect(found.map(\.recipient) == ["ada@example.com"])
        let token = Secret(try #require(found.first).token)
        #expect(try await stand.auth.isResetOpen(token))
        // A refused password does not use the link up.
        await #expect(throws: AuthError.self) {
            _ = try await stand.auth.resetPassword(token, to: "password1", by: origin)
        }
        #expect(
            try await stand.auth.resetPassword(token, to: "tr0mbone-Quartz", by: origin) == ada
        )
        #expect(try await !stand.auth.isResetOpen(token))
        await #expect(throws: AuthError.wrongCredentials) {
            _ = try await stand.auth.resetPassword(token, to: "another-Quartz", by: origin)
        }
        stand.clock.advance(seconds: 60)
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(authorization: old)
        }
        _ = try await stand.auth.issueToken(email: "ada@example.com", password: "tr0mbone-Quartz")
        let dump = try await stand.database.pool.read("SELECT count(*) FROM password_reset")
        #expect(try dump.int(0, 0) == 0)
    }

    @Test func `a link ends after an hour and with the stamp`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let found = try await links(stand, for: ["ada@example.com", "ada@example.com"])
        #expect(Set(found.map(\.token)).count == 2)
        let token = Secret(try #require(found.first).token)
        let stored = try await stand.database.pool.read(
            "SELECT string_agg(r::text, '') FROM password_reset r"
        )
        #expect(!stored.string(0, 0).contains(token.exposed))
        stand.clock.advance(seconds: 3_599)
        #expect(try await stand.auth.isResetOpen(token))
        stand.clock.advance(seconds: 1)
        #expect(try await !stand.auth.isResetOpen(token))
        let next = try await links(stand, for: ["ada@example.com"])
        let second = Secret(try #require(next.first).token)
        #expect(try await stand.auth.isResetOpen(second))
        try await stand.auth.endTokens(of: ada)
        #expect(try await !stand.auth.isResetOpen(second))
    }

    /// Goal: of two at once one wins, and nobody's mailbox is flooded.
    @Test func `links are few and race-safe`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        let emails = [String](repeating: "ada@example.com", count: 8)
        let found = try await links(stand, for: emails)
        #expect(found.count == 3)
        let token = Secret(try #require(found.first).token)
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<6 {
                group.addTask {
                    let password = "tr0mbone-Quartz-\(number)"
                    let reset = try? await stand.auth.resetPassword(token, to: password, by: origin)
                    return reset != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }
}

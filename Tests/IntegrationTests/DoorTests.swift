import Foundation
import TestSupport
import Testing

/// The door, by the bytes that clients send.
@Suite(.serialized) struct DoorTests {
    /// One server for the suite: starting one takes seconds.
    private static let shared = Result { try Server() }

    private struct Server: Sendable {
        let process: PenstockProcess
        let securePort = TestPort.free()

        init() throws {
            process = try PenstockProcess(
                environment: [
                    "PENSTOCK_HEADER_SECONDS=1", "PENSTOCK_BODY_SECONDS=1",
                    "CORS_ORIGINS=https://app.example", "PENSTOCK_TRUSTED_PROXIES=10.0.0.0/8",
                ],
                arguments: ["--listen", "127.0.0.1:\(securePort)"]
            )
            try process.start()
            process.stopAtExit()
        }

        /// What a server says to bytes until it closes the connection.
        func exchange(_ text: String) -> String {
            RawConnection.exchange(port: process.port, Array(text.utf8))
        }

        /// What curl prints: header and body.
        func curl(_ arguments: [String]) throws -> String {
            let output = NSTemporaryDirectory() + "door-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: output) }
            _ = Program.wait(
                try Program.start(["curl", "-sik", "-m", "60"] + arguments, output: output)
            )
            return try String(contentsOfFile: output, encoding: .utf8)
        }
    }

    private static func onServer(
        _ body: @escaping @Sendable (Server) throws -> Void
    ) async throws {
        try await onThread { try body(try shared.get()) }
    }

    /// Goal: nothing ambiguous is read in two ways. Method: each is followed by a good request,
    /// which must not be answered.
    @Test func `H09 ambiguous requests are answered once, with 4xx, and end the connection`()
        async throws
    {
        try await Self.onServer { server throws in
            for vector in DoorVectors.all {
                let answer = server.exchange(vector + DoorVectors.good)
                #expect(answer.hasPrefix("HTTP/1.1 4"), "\(vector.debugDescription)")
                #expect(
                    answer.components(separatedBy: "HTTP/1.").count == 2,
                    "\(vector.debugDescription)"
                )
                #expect(answer.contains("Connection: close"), "\(vector.debugDescription)")
            }
        }
    }

    @Test func `H09 good requests behind each other are all answered`() async throws {
        try await Self.onServer { server throws in
            let last = "GET /api/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let posted = "POST /api/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
            let answer = server.exchange(DoorVectors.good + posted + last + DoorVectors.good)
            #expect(answer.components(separatedBy: "HTTP/1.1 200").count == 3)
            #expect(answer.components(separatedBy: "HTTP/1.1 405").count == 2)
        }
    }

    @Test func `H10 too large headers and URLs are refused`() async throws {
        try await Self.onServer { server throws in
            func get(_ target: String, _ fields: String) -> String {
                server.exchange("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
            }
            let long = String(repeating: "a", count: 256_000)
            #expect(get("/" + long, "").hasPrefix("HTTP/1.1 414"))
            #expect(get("/", "X: \(long)\r\n").hasPrefix("HTTP/1.1 431"))
            let many = String(repeating: "a: b\r\n", count: 20_000)
            #expect(get("/", many).hasPrefix("HTTP/1.1 431"))
        }
    }

    @Test func `H12 slow requests are ended`() async throws {
        try await Self.onServer { server throws in
            // A connection of which the busy server has read nothing after a second is closed without
            // a word.
            func answer(_ text: String) -> String {
                (0..<5).lazy.map { _ in server.exchange(text) }.first { !$0.isEmpty } ?? ""
            }
            #expect(answer("GET /api/ HTT").hasPrefix("HTTP/1.1 408"))
            let head = "POST /api/requestAuthToken HTTP/1.1\r\nHost: localhost\r\n"
            #expect(answer(head + "Content-Length: 90\r\n\r\n{").hasPrefix("HTTP/1.1 408"))
        }
    }

    @Test func `H01 plain text at the port of HTTPS is refused, pages are sent on`() async throws {
        try await Self.onServer { server throws in
            let base = "localhost:\(server.securePort)"
            let page = try server.curl(["http://\(base)/login?a=b"])
            #expect(page.hasPrefix("HTTP/1.1 308"))
            #expect(page.contains("Location: https://\(base)/login?a=b\r\n"))
            let calls: [[String]] = [
                ["http://\(base)/api/"], ["-d", "{}", "http://\(base)/login"],
                ["-H", "Authorization: secret-token", "http://\(base)/login"],
            ]
            for call in calls {
                let answer = try server.curl(call)
                #expect(answer.hasPrefix("HTTP/1.1 403"))
                #expect(answer.contains("HTTPS_REQUIRED"))
            }
            let other = try server.curl(["-H", "Host: evil.example", "http://\(base)/login"])
            #expect(other.hasPrefix("HTTP/1.1 400"))
            let log = try String(
                contentsOfFile: "\(server.process.dataDirectory).log",
                encoding: .utf8
            )
            #expect(log.contains("refused a request in plain text"))
            #expect(!log.contains("secret-token"))
        }
    }

    @Test func `H03 H08 H14 answers protect browsers and name no server`() async throws {
        try await Self.onServer { server throws in
            let secure = try server.curl(["https://localhost:\(server.securePort)/api/"])
            #expect(secure.hasPrefix("HTTP/1.1 200"))
            #expect(secure.contains("Strict-Transport-Security: max-age=63072000"))
            let plain = server.exchange(
                "GET /api/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
            )
            // H02: nobody has listed this client as a proxy.
            #expect(!plain.contains("Strict-Transport-Security"))
            for answer in [secure, plain, server.exchange("x\r\n\r\n")] {
                for field in [
                    "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
                    "Referrer-Policy: no-referrer", "Cache-Control: no-store",
                    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
                ] { #expect(answer.contains(field), "\(field)") }
                #expect(!answer.lowercased().contains("\r\nserver:"))
            }
        }
    }

    @Test func `H07 only listed origins are told that they may read`() async throws {
        try await Self.onServer { server throws in
            func ask(_ origin: String) -> String {
                server.exchange(
                    "OPTIONS /api/ HTTP/1.1\r\nHost: localhost\r\nOrigin: \(origin)\r\nAccess-Control-Request-Method: GET\r\nConnection: close\r\n\r\n"
                )
            }
            #expect(
                ask("https://app.example").contains(
                    "Access-Control-Allow-Origin: https://app.example"
                )
            )
            for origin in [
                "null", "https://evil.example", "http://app.example",
                "https://app.example.evil.example",
            ] {
                #expect(!ask(origin).contains("Access-Control"), "\(origin)")
            }
        }
    }

    /// Goal: C01. Method: OpenSSL's client offers one version or suite at a time.
    @Test func `C01 only TLS 1_2 and 1_3 with forward secrecy`() async throws {
        try await Self.onServer { server throws in
            let url = "https://localhost:\(server.securePort)/api/"
            let good = [["--tls-max", "1.2"], ["--tlsv1.3"]]
            for options in good {
                #expect(try server.curl(options + [url]).hasPrefix("HTTP/1.1 200"))
            }
            let bad = [
                ["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"],
                ["--tls-max", "1.2", "--ciphers", "AES128-GCM-SHA256"],
                [
                    "--tls-max", "1.2", "--ciphers",
                    "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA",
                ],
            ]
            for options in bad { #expect(try server.curl(options + [url]).isEmpty, "\(options)") }
        }
    }

    @Test func `J10 a body that is too large is refused before it is read`() async throws {
        try await Self.onServer { server throws in
            let head =
                "POST /api/requestAuthToken HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            let answer = server.exchange(head + "Content-Length: 8000000\r\n\r\n{")
            #expect(answer.hasPrefix("HTTP/1.1 413"))
            #expect(answer.contains("Connection: close"))
        }
    }
}

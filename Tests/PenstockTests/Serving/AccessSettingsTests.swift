import Auth
import Foundation
import Gateway
import Testing

@testable import penstock

struct AccessSettingsTests {
    private static let gateway = GatewayConfiguration(
        insecureHTTP: GatewayConfiguration.Address(host: "127.0.0.1", port: 5_000)
    )

    @Test(
        arguments: [
            (["MAIL_SERVER": "m"], .startTLS, 587),
            (["MAIL_SERVER": "m", "MAIL_USE_TLS": "True", "MAIL_PORT": "2525"], .startTLS, 2_525),
            (["MAIL_SERVER": "m", "MAIL_USE_SSL": "True"], .implicit, 465),
            (["MAIL_SERVER": "m", "MAIL_USE_TLS": "False"], .none, 25),
        ] as [([String: String], MailConfiguration.Encryption, Int)]
    )
    func `mails are encrypted unless the host says no`(
        _ environment: [String: String],
        _ encryption: MailConfiguration.Encryption,
        _ port: Int
    ) throws {
        let mail = try Settings(environment: environment).mail(directory: "/d")
        guard case .server(let server) = mail.target else {
            Issue.record("no server")
            return
        }
        #expect(server.host == "m" && server.port == port && server.encryption == encryption)
        #expect(server.login == nil)
    }

    @Test func `without a server mails are files`() throws {
        let mail = try Settings(environment: [:]).mail(directory: "/d")
        guard case .outbox(let path) = mail.target else {
            Issue.record("no outbox")
            return
        }
        #expect(path == "/d/outbox")
        #expect(mail.sender.text == "penstock@localhost")
    }

    @Test(
        arguments: [
            ["MAIL_SERVER": "m", "MAIL_USE_TLS": "True", "MAIL_USE_SSL": "True"],
            ["MAIL_SERVER": "m", "MAIL_PORT": "0"], ["MAIL_SERVER": "m", "MAIL_USERNAME": "u"],
            ["MAIL_DEFAULT_SENDER": "a@b\r\nBcc: c@d"], ["MAIL_SERVER": "m", "MAIL_USE_TLS": "x"],
        ] as [[String: String]]
    )
    func `wrong mail settings are refused`(_ environment: [String: String]) {
        #expect(throws: CommandError.self) {
            try Settings(environment: environment).mail(directory: nil)
        }
    }

    @Test func `secrets come from files`() throws {
        let path = NSTemporaryDirectory() + "penstock-secret-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "  hidden \n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try Settings(environment: ["X_FILE": path]).secret("X") == "hidden")
        #expect(try Settings(environment: ["X": "open"]).secret("X") == "open")
        #expect(try Settings(environment: [:]).secret("X") == nil)
        #expect(throws: CommandError.self) {
            try Settings(environment: ["X_FILE": path, "X": "open"]).secret("X")
        }
        #expect(throws: CommandError.self) {
            try Settings(environment: ["X_FILE": path + "-none"]).secret("X")
        }
        try "\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: CommandError.self) {
            try Settings(environment: ["X_FILE": path]).secret("X")
        }
    }

    @Test func `links begin with the configuration`() throws {
        #expect(
            try Settings(environment: [:]).publicURL(for: Self.gateway) == "http://127.0.0.1:5000"
        )
        let good = Settings(environment: ["PENSTOCK_PUBLIC_URL": "https://p.example.com:8443"])
        #expect(try good.publicURL(for: Self.gateway) == "https://p.example.com:8443")
        for bad in [
            "p.example.com", "ftp://p", "https://", "https://a@b", "https://a?b", "https:///x",
        ] {
            #expect(throws: CommandError.self) {
                try Settings(environment: ["PENSTOCK_PUBLIC_URL": bad])
                    .publicURL(for: Self.gateway)
            }
        }
    }

    @Test func `limits by FlexMeasures' names`() throws {
        var configuration = Self.gateway
        try Settings(environment: [:]).applyAccess(to: &configuration)
        #expect(configuration.limits.requests == nil)
        #expect(configuration.limits.triggers == RateLimit("10 per 5 minutes"))
        #expect(configuration.limits.guardsLogins && !configuration.apiRequiresSecondFactor)
        try Settings(environment: [
            "FLEXMEASURES_API_DEFAULT_RATE_LIMIT": "500 per minute", "RATELIMIT_ENABLED": "False",
            "FLEXMEASURES_API_RATE_LIMIT_KEY": "account+asset",
        ]).applyAccess(to: &configuration)
        #expect(configuration.limits.requests == nil && configuration.limits.triggers == nil)
        #expect(configuration.limits.triggerKey == .accountAndAsset)
        #expect(configuration.limits.guardsLogins)
        for (name, text) in [
            ("FLEXMEASURES_API_DEFAULT_RATE_LIMIT", "many"),
            ("FLEXMEASURES_API_RATE_LIMIT_KEY", "planet"), ("PENSTOCK_LOGIN_LIMITS", "maybe"),
        ] {
            #expect(throws: CommandError.self) {
                try Settings(environment: [name: text]).applyAccess(to: &configuration)
            }
        }
    }
}

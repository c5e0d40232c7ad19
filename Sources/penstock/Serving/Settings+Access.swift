import Auth
import Gateway

/// Settings of logins, mails and limits, by the names of FlexMeasures and Flask-Mail.
extension Settings {
    /// Limits, and when the second factor is asked for.
    func applyAccess(to configuration: inout GatewayConfiguration) throws {
        let isOn = try flag("RATELIMIT_ENABLED") ?? true
        configuration.limits.requests =
            isOn ? try limit("FLEXMEASURES_API_DEFAULT_RATE_LIMIT", default: nil) : nil
        configuration.limits.triggers =
            isOn
            ? try limit(
                "FLEXMEASURES_API_TRIGGER_RATE_LIMIT",
                default: configuration.limits.triggers
            ) : nil
        configuration.limits.mails =
            isOn
            ? try limit("PENSTOCK_MAIL_RATE_LIMIT", default: configuration.limits.mails) : nil
        if let text = text("FLEXMEASURES_API_RATE_LIMIT_KEY") {
            guard let key = LimitSettings.TriggerKey(rawValue: text) else {
                throw CommandError(
                    "FLEXMEASURES_API_RATE_LIMIT_KEY is `\(text)`, but must be account, account+asset or user"
                )
            }
            configuration.limits.triggerKey = key
        }
        configuration.limits.guardsLogins = try flag("PENSTOCK_LOGIN_LIMITS") ?? true
        configuration.apiRequiresSecondFactor =
            try flag("SECURITY_API_REQUIRES_SECOND_FACTOR") ?? false
    }

    private func limit(_ name: String, default usual: RateLimit?) throws -> RateLimit? {
        guard let text = text(name) else { return usual }
        if text.lowercased() == "unlimited" { return nil }
        guard let limit = RateLimit(text) else {
            throw CommandError(
                "\(name) is `\(text)`, but must be one limit such as `500 per minute` or `10 per 5 minutes`, or `unlimited`"
            )
        }
        return limit
    }

    /// Where mails go: to `MAIL_SERVER`, or into a folder `outbox`.
    ///
    /// `directory`: the data directory, in which the folder is; without one it is in the working
    ///   directory.
    func mail(directory: String?) throws -> MailConfiguration {
        let name = text("MAIL_USERNAME")
        let from = text("MAIL_DEFAULT_SENDER") ?? name.flatMap { MailAddress($0)?.text }
        guard let sender = MailAddress(from ?? "penstock@localhost") else {
            throw CommandError(
                "MAIL_DEFAULT_SENDER is `\(from ?? "")`, but must be an address such as penstock@example.com"
            )
        }
        guard let host = text("MAIL_SERVER") else {
            return MailConfiguration(.outbox(path: "\(directory ?? ".")/outbox"), sender: sender)
        }
        let encryption = try mailEncryption(host)
        let usual: Int64 =
            switch encryption {
            case .implicit: 465
            case .startTLS: 587
            case .none: 25
            }
        var server = MailConfiguration.Server(
            host: host,
            port: Int(try integer("MAIL_PORT", in: 1...65_535) ?? usual),
            encryption: encryption
        )
        if let name {
            guard let password = try secret("MAIL_PASSWORD") else {
                throw CommandError("set MAIL_PASSWORD or MAIL_PASSWORD_FILE for MAIL_USERNAME")
            }
            server.login = (name, Secret(password))
        }
        server.authorities = text("PENSTOCK_MAIL_CA_FILE")
        return MailConfiguration(.server(server), sender: sender)
    }

    /// Encrypted unless both flags say no: mails hold codes and links.
    private func mailEncryption(_ host: String) throws -> MailConfiguration.Encryption {
        let (usesSSL, usesTLS) = (try flag("MAIL_USE_SSL"), try flag("MAIL_USE_TLS"))
        if usesSSL == true {
            guard usesTLS != true else {
                throw CommandError("set MAIL_USE_SSL or MAIL_USE_TLS, not both")
            }
            return .implicit
        }
        if usesTLS == false {
            Log.line("Mails go to `\(host)` without encryption: MAIL_USE_TLS is False.")
            return .none
        }
        return .startTLS
    }

    /// What links in mails begin with: PENSTOCK_PUBLIC_URL, or else where plain HTTP is served.
    func publicURL(for gateway: GatewayConfiguration) throws -> String {
        guard let text = text("PENSTOCK_PUBLIC_URL") else {
            func url(_ scheme: String, _ address: GatewayConfiguration.Address) -> String {
                "\(scheme)://\(ListenOptions.bracketed(address.host)):\(address.port)"
            }
            return gateway.listen.map { url("https", $0) }
                ?? gateway.insecureHTTP.map { url("http", $0) } ?? "https://localhost"
        }
        let rest = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
            .map { text.dropFirst($0.count) }
        let forbidden = Set(" \"'<>?#@\\".utf8)
        guard let rest, !rest.isEmpty, !rest.hasPrefix("/"),
            rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !forbidden.contains($0) })
        else {
            throw CommandError(
                "PENSTOCK_PUBLIC_URL is `\(text)`, but must be a URL such as https://penstock.example.com"
            )
        }
        return text
    }
}

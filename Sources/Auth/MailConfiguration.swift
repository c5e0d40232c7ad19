/// Where mails go.
package struct MailConfiguration: Sendable {
    /// A mail server.
    package struct Server: Sendable {
        /// `MAIL_SERVER`.
        package var host: String
        /// `MAIL_PORT`; 465 with `.implicit`, 587 with `.startTLS`, usually.
        package var port: Int
        /// How the connection is encrypted; default `.startTLS`.
        package var encryption: Encryption
        /// `MAIL_USERNAME` and `MAIL_PASSWORD`; nil for none.
        package var login: (name: String, password: Secret<String>)?
        /// A file of certificates to trust instead of the system's; nil for those.
        package var authorities: String?

        package init(host: String, port: Int, encryption: Encryption = .startTLS) {
            (self.host, self.port, self.encryption) = (host, port, encryption)
        }
    }

    package enum Encryption: Sendable, Hashable {
        /// TLS from the first byte.
        case implicit
        /// TLS by STARTTLS, or no mail at all.
        case startTLS
        /// None: for a mail server on the same machine.
        case none
    }

    package enum Target: Sendable {
        case server(Server)
        /// A folder: a file for each mail, readable by its owner only. For trying things out.
        case outbox(path: String)
    }

    package var target: Target
    /// `MAIL_DEFAULT_SENDER`.
    package var sender: MailAddress
    /// Mails that may wait, default 256; one more is refused.
    package var queueCountMax = 256
    /// Seconds until a connection must stand, default 10.
    package var connectSeconds = 10
    /// Seconds that the delivery of a mail may take, default 30.
    package var deliverySeconds = 30
    /// How often a mail is tried, default 4, with pauses of 1, 4 and 16 s between.
    package var tryCountMax = 4
    /// Times `1, 4, 16` s; default 1,000 ms.
    package var pauseMilliseconds = 1_000

    package init(_ target: Target, sender: MailAddress) {
        (self.target, self.sender) = (target, sender)
    }
}

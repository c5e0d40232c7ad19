/// Settings of the gateway.
package struct GatewayConfiguration: Sendable {
    /// A numeric address and a port; port 0 takes any free one.
    package struct Address: Sendable, Equatable {
        package let host: String
        package let port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Parses `ADDR:PORT`, with brackets around an IPv6 address.
        package init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"),
                let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
            else { return nil }
            var host = String(text[..<colon])
            if host.hasPrefix("[") && host.hasSuffix("]") {
                host = String(host.dropFirst().dropLast())
            }
            guard !host.isEmpty else { return nil }
            self.init(host: host == "localhost" ? "127.0.0.1" : host, port: port)
        }

        /// Whether only this machine can reach the address.
        package var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }
    }

    /// Which certificate HTTPS shows.
    package enum Certificate: Sendable {
        /// PEM files, read again when they change.
        case files(certificate: String, key: String)
        /// One of our own in this folder, made when it is needed.
        case selfSigned(folder: String)
    }

    /// Where plain HTTP is served; a loopback address. Nil for nowhere.
    package var insecureHTTP: Address?
    /// Where HTTPS is served. Nil for nowhere.
    package var listen: Address?
    /// Where plain HTTP is refused, or sent on to HTTPS. Nil for nowhere.
    package var redirectHTTP: Address?
    /// Needed for `listen`.
    package var certificate: Certificate?
    /// By which names clients may call the server.
    package var trustedHosts = TrustedHosts([])
    /// Whose `X-Forwarded-For` and the like are believed.
    package var trustedProxies = TrustedProxies([])
    /// Pages of other sites that may read answers of the API.
    package var crossOrigin = CrossOrigin.none
    /// How long the door waits for clients.
    package var times = DoorTimes()
    /// Connections of one client address, this machine and trusted proxies excepted; further ones
    /// are closed. Default 256.
    package var connectionCountPerAddressMax = 256
    /// Bytes of a data post's body; more is 413. Default 3.1 MiB, as
    /// FLEXMEASURES_MAX_SENSOR_DATA_INGESTION_BYTES.
    package var ingestionByteCountMax: Double = 3.1 * 1_048_576
    /// Bytes of a body of line protocol, as sent and when inflated; more is 413. Default 25 MB, as
    /// InfluxDB's `max-body-size`.
    package var lineByteCountMax: Double = 25_000_000
    /// Series of line protocol that an account may have; lines of further ones are dropped. Default
    /// 1,000,000.
    package var lineSeriesCountMax = 1_000_000
    /// Bytes of any other body. Default 64 KiB.
    package var bodyByteCountMax = 65_536
    /// Bytes of all bodies that are being read or wait for their commit; more is 503. Default 64 MiB.
    package var bodiesByteCountMax = 64 << 20
    /// Connections of a listener at a time; further ones wait in the kernel's queue. Default 4,096.
    package var connectionCountMax = 4_096

    /// How much callers may ask.
    package var limits = LimitSettings()
    /// `SECURITY_API_REQUIRES_SECOND_FACTOR`: whether a token is issued only to those who prove a
    /// second factor, also if they have enrolled none. Default false.
    package var apiRequiresSecondFactor = false

    /// `FLEXMEASURES_TASK_CHECK_AUTH_TOKEN`: what monitors send to ask about maintenance tasks;
    /// default nil: nobody may.
    package var taskCheckToken: String?

    package init(insecureHTTP: Address?) { self.insecureHTTP = insecureHTTP }
}

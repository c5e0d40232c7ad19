import ArgumentParser
import Gateway

/// Where to listen, and how.
struct ListenOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Serve HTTPS there.", valueName: "ADDR:PORT"))
    var listen: String?
    @Option(
        help: ArgumentHelp(
            "Serve plain HTTP there, for this machine only.",
            valueName: "127.0.0.1:PORT"
        )
    )
    var insecureHttp: String?
    @Option(
        help: ArgumentHelp(
            "Send pages on to HTTPS from there, and refuse everything else.",
            valueName: "ADDR:PORT"
        )
    )
    var redirectHttp: String?
    @Option(
        help: ArgumentHelp(
            "PEM file with the certificate of HTTPS and those above it.",
            discussion: "Also PENSTOCK_TLS_CERTIFICATE. Without it one is made.",
            valueName: "FILE"
        )
    )
    var tlsCertificate: String?
    @Option(
        help: ArgumentHelp(
            "PEM file with the certificate's private key.",
            discussion: "Also PENSTOCK_TLS_KEY.",
            valueName: "FILE"
        )
    )
    var tlsKey: String?

    func validate() throws {
        guard listen != nil || insecureHttp != nil else {
            throw ValidationError(
                "say where to listen: --listen ADDR:PORT, or --insecure-http 127.0.0.1:PORT"
            )
        }
        if redirectHttp != nil && listen == nil {
            throw ValidationError("--redirect-http: there is no --listen to lead to")
        }
        _ = try secureAddress()
        _ = try insecureAddress()
    }

    func secureAddress() throws -> GatewayConfiguration.Address? {
        try Self.address(listen, "--listen")
    }

    func insecureAddress() throws -> GatewayConfiguration.Address? {
        guard let address = try Self.address(insecureHttp, "--insecure-http") else { return nil }
        guard address.isLoopback else {
            throw ValidationError(
                "--insecure-http: `\(address.host)` is not a loopback address; passwords and tokens must not cross a network in plain text"
            )
        }
        return address
    }

    private static func address(
        _ text: String?,
        _ option: String
    ) throws -> GatewayConfiguration.Address? {
        guard let text else { return nil }
        guard let address = GatewayConfiguration.Address(text) else {
            throw ValidationError("\(option): `\(text)` is not of the form 127.0.0.1:PORT")
        }
        return address
    }

    /// - Throws: `CommandError` for settings that cannot be understood.
    func configuration(
        _ settings: Settings,
        _ location: StoreOptions.Location
    ) throws -> GatewayConfiguration {
        var configuration = GatewayConfiguration(insecureHTTP: try insecureAddress())
        configuration.listen = try secureAddress()
        configuration.redirectHTTP = try Self.address(redirectHttp, "--redirect-http")
        configuration.certificate = try certificate(settings, location)
        try settings.door(&configuration)
        try MemoryBudget(settings).apply(to: &configuration)
        if let text = settings.text("FLEXMEASURES_MAX_SENSOR_DATA_INGESTION_BYTES") {
            guard let limit = Double(text), limit >= 1_024, limit <= 1_073_741_824 else {
                throw CommandError(
                    "FLEXMEASURES_MAX_SENSOR_DATA_INGESTION_BYTES is `\(text)`, but must be a number from 1024 to 1073741824"
                )
            }
            configuration.ingestionByteCountMax = limit
        }
        configuration.taskCheckToken = settings.text("FLEXMEASURES_TASK_CHECK_AUTH_TOKEN")
        if let limit = try settings.integer("PENSTOCK_SERIES_PER_ACCOUNT", in: 0...100_000_000) {
            configuration.lineSeriesCountMax = Int(limit)
        }
        if let limit = try settings.integer("PENSTOCK_LINE_BODY_BYTES", in: 1_024...1_073_741_824) {
            configuration.lineByteCountMax = Double(limit)
        }
        try settings.applyAccess(to: &configuration)
        return configuration
    }

    private func certificate(
        _ settings: Settings,
        _ location: StoreOptions.Location
    ) throws -> GatewayConfiguration.Certificate? {
        let certificate = tlsCertificate ?? settings.text("PENSTOCK_TLS_CERTIFICATE")
        let key = tlsKey ?? settings.text("PENSTOCK_TLS_KEY")
        switch (certificate, key) {
        case (let certificate?, let key?): return .files(certificate: certificate, key: key)
        case (nil, nil):
            guard case .dataDirectory(let path) = location else { return nil }
            return .selfSigned(folder: "\(path)/tls")
        default:
            throw CommandError(
                "a certificate needs its key: set both --tls-certificate and --tls-key"
            )
        }
    }

    /// What is served, for the terminal.
    func lines(_ listening: GatewayListening) -> [String] {
        var lines: [String] = []
        if let port = listening.securePort, let host = (try? secureAddress())?.host {
            lines.append("https://\(Self.bracketed(host)):\(port)")
            if let fingerprint = listening.fingerprint {
                lines[0] += "\n  certificate SHA-256 \(fingerprint)"
            }
        }
        if let port = listening.insecurePort, let host = (try? insecureAddress())?.host {
            lines.append("http://\(Self.bracketed(host)):\(port)")
        }
        return lines
    }

    static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

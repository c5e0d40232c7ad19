import ArgumentParser
import Gateway
import Logging

/// `penstock serve`: the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the API."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var listening: ListenOptions

    func run() async throws {
        let settings = Settings()
        Log.bootstrap(settings)
        let server = Server(
            location: try store.location(settings),
            gateway: try listening.configuration(settings),
            settings: settings
        )
        let host = try listening.address().host
        try await server.run { running in
            Log.line("Penstock serves http://\(host):\(running.port)")
        }
    }
}

/// Where to listen.
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

    func validate() throws {
        if listen != nil {
            throw ValidationError(
                "--listen: this version has no TLS yet; use --insecure-http on a loopback address"
            )
        }
        guard insecureHttp != nil else {
            throw ValidationError("say where to listen: --insecure-http 127.0.0.1:PORT")
        }
        _ = try address()
    }

    func address() throws -> GatewayConfiguration.Address {
        let text = insecureHttp ?? ""
        guard let address = GatewayConfiguration.Address(text) else {
            throw ValidationError("--insecure-http: `\(text)` is not of the form 127.0.0.1:PORT")
        }
        guard address.isLoopback else {
            throw ValidationError(
                "--insecure-http: `\(address.host)` is not a loopback address; passwords and tokens must not cross a network in plain text"
            )
        }
        return address
    }

    func configuration(_ settings: Settings) throws -> GatewayConfiguration {
        var configuration = GatewayConfiguration(insecureHTTP: try address())
        try MemoryBudget(settings).apply(to: &configuration)
        if let text = settings.text("FLEXMEASURES_MAX_SENSOR_DATA_INGESTION_BYTES") {
            guard let limit = Double(text), limit >= 1_024, limit <= 1_073_741_824 else {
                throw CommandError(
                    "FLEXMEASURES_MAX_SENSOR_DATA_INGESTION_BYTES is `\(text)`, but must be a number from 1024 to 1073741824"
                )
            }
            configuration.ingestionByteCountMax = limit
        }
        if let limit = try settings.integer("PENSTOCK_SERIES_PER_ACCOUNT", in: 0...100_000_000) {
            configuration.lineSeriesCountMax = Int(limit)
        }
        if let limit = try settings.integer("PENSTOCK_LINE_BODY_BYTES", in: 1_024...1_073_741_824) {
            configuration.lineByteCountMax = Double(limit)
        }
        try settings.applyAccess(to: &configuration)
        return configuration
    }
}

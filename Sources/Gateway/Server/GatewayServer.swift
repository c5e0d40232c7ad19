package import Auth
package import Catalog
package import Logging
internal import Model
package import Redis
internal import ServiceLifecycle
package import TSEngine

/// The HTTP server: accepts requests, lets the gate decide, calls the handlers, and answers.
package struct GatewayServer: Service {
    private let configuration: GatewayConfiguration
    private let logger: Logger
    private let responder: GatewayResponder
    private let counters: RequestCounters
    private let onServing: @Sendable (GatewayListening) async -> Void

    /// `accounts`: what the pages of users need.
    /// `redis`: checked by the readiness probe, if there is one.
    /// `isDatabaseReady`: whether the database answers now.
    /// `onServing`: called once requests are accepted.
    package init(
        configuration: GatewayConfiguration,
        engine: Engine,
        catalog: CatalogStore,
        authenticator: Authenticator,
        accounts: Accounts,
        redis: RedisClient?,
        isDatabaseReady: @escaping @Sendable () async -> Bool,
        logger: Logger,
        onServing: @escaping @Sendable (GatewayListening) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onServing = onServing
        let counters = RequestCounters()
        self.counters = counters
        let sensorData = SensorDataRoutes(
            engine: engine,
            catalog: catalog,
            authenticator: authenticator,
            clock: SystemWallClock(),
            ingestionByteCountMax: configuration.ingestionByteCountMax
        )
        let gate = Gate(
            authenticator: authenticator,
            catalog: catalog,
            publicOrigin: accounts.publicURL
        )
        let pages = UserPages(gate: gate, accounts: accounts, zones: SensorZones())
        let pageRoutes =
            LoginPages(gate: gate, accounts: accounts).routes
            + ResetPages(authenticator: authenticator, accounts: accounts).routes
            + AccountPages(pages: pages).routes + FactorPages(pages: pages).routes
            + TokenPages(pages: pages).routes + StaticRoutes().routes
        let lineCounters = LineCounters()
        let lines = LineRoutes(
            gate: gate,
            writer: LineWriter(
                catalog: catalog,
                registry: LineRegistry(catalog: catalog),
                store: engine,
                counters: lineCounters,
                seriesCountMax: configuration.lineSeriesCountMax
            ),
            catalog: catalog,
            authenticator: authenticator,
            clock: SystemWallClock(),
            bodyByteCountMax: configuration.lineByteCountMax
        )
        let batches = SensorBatchRoutes(
            gate: gate,
            clock: SystemWallClock(),
            ingestionByteCountMax: configuration.ingestionByteCountMax,
            batch: { message, sensor, principal, received in
                try await sensorData.batch(message, sensor, principal, received: received)
            },
            append: { request in try await engine.append(request) }
        )
        let queries = QueryRoutes(engine: engine, catalog: catalog)
        let deletion = SensorDataDeletion(engine: engine, catalog: catalog)
        let tokens = TokenRoutes(
            authenticator: authenticator,
            bodyByteCountMax: configuration.bodyByteCountMax
        )
        let operations = OperationsRoutes(
            engine: engine,
            counters: counters,
            lines: lineCounters,
            redis: redis,
            isDatabaseReady: isDatabaseReady
        )
        responder = GatewayResponder(
            table: RouteTable(
                routes: sensorData.routes + deletion.routes + lines.routes + batches.routes
                    + queries.routes
                    + tokens.routes + operations.routes + pageRoutes
            ),
            gate: gate,
            counters: counters,
            bodies: ByteBudget(byteCountMax: configuration.bodiesByteCountMax),
            proxies: configuration.trustedProxies,
            crossOrigin: configuration.crossOrigin
        )
    }

    /// Serves until the service group shuts down; requests under way are answered.
    package func run() async throws {
        let listeners = Listeners(configuration, responder, counters, logger)
        try await listeners.run(onServing)
    }
}

/// Why the gateway cannot serve: one line for the person at the terminal.
package enum GatewayError: Error, CustomStringConvertible {
    case addressInUse(GatewayConfiguration.Address)

    package var description: String {
        switch self {
        case .addressInUse(let address):
            "port \(address.port) of \(address.host) is in use: stop what listens there, or choose another port"
        }
    }
}

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
    private let structure: StructureRoutes
    private let sensorData: SensorDataRoutes
    private let onServing: @Sendable (GatewayListening) async -> Void

    /// `accounts`: what the pages of users need.
    /// `redis`: checked by the readiness probe, if there is one.
    /// `counting`: where limits are counted; without it logins are refused. Best a client of its own
    /// that gives up soon.
    /// `isDatabaseReady`: whether the database answers now.
    /// `onServing`: called once requests are accepted.
    package init(
        configuration: GatewayConfiguration,
        engine: Engine,
        catalog: CatalogStore,
        authenticator: Authenticator,
        accounts: Accounts,
        redis: RedisClient?,
        counting: RedisClient? = nil,
        isDatabaseReady: @escaping @Sendable () async -> Bool,
        logger: Logger,
        onServing: @escaping @Sendable (GatewayListening) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onServing = onServing
        let counters = RequestCounters()
        self.counters = counters
        let repeats = RepeatedRequests(keys: authenticator.requestKeys)
        let sensorData = SensorDataRoutes(
            engine: engine,
            catalog: catalog,
            authenticator: authenticator,
            repeats: repeats,
            clock: SystemWallClock(),
            ingestionByteCountMax: configuration.ingestionByteCountMax
        )
        self.sensorData = sensorData
        let loginGuard = LoginGuard(redis: counting) { authenticator.hashedName($0) }
        let logins = PasswordLogins(
            authenticator,
            configuration.limits.guardsLogins ? loginGuard : nil
        )
        let gate = Gate(
            authenticator: authenticator,
            catalog: catalog,
            limits: RequestLimits(configuration.limits, redis: counting),
            logins: logins,
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
        let addressed = AddressedDataRoutes(gate: gate, data: sensorData)
        let batches = SensorBatchRoutes(
            gate: gate,
            addressed: addressed,
            repeats: repeats,
            clock: SystemWallClock(),
            ingestionByteCountMax: configuration.ingestionByteCountMax,
            batch: { message, sensor, principal, received in
                try await sensorData.batch(message, sensor, principal, received: received)
            },
            append: { request in try await engine.append(request) }
        )
        let queries = QueryRoutes(engine: engine, catalog: catalog)
        let deletion = SensorDataDeletion(engine: engine, catalog: catalog)
        let entry = PasswordEntry(
            authenticator: authenticator,
            logins: logins,
            mail: accounts.mail,
            requiresFactor: configuration.apiRequiresSecondFactor
        )
        let tokens = TokenRoutes(
            entry: entry,
            bodyByteCountMax: configuration.bodyByteCountMax
        )
        let namedTokens = NamedTokenRoutes(
            entry: entry,
            authenticator: authenticator,
            gate: gate,
            catalog: catalog,
            clock: SystemWallClock(),
            bodyByteCountMax: configuration.bodyByteCountMax
        )
        let audit = AuditRoutes(audit: authenticator.audit)
        let operations = OperationsRoutes(
            engine: engine,
            counters: counters,
            lines: lineCounters,
            redis: redis,
            isDatabaseReady: isDatabaseReady
        )
        structure = StructureRoutes(
            gate: gate,
            engine: engine,
            configuration: configuration,
            logger: logger,
            mailReset: { accounts.reset.request(email: $0, by: $1) },
            mailAddressChanged: { former in
                if let message = MailTexts.addressChanged(former) { accounts.mail.send(message) }
            }
        )
        let routes =
            sensorData.routes + SensorUploadRoutes(sensorData).routes + addressed.routes
            + SensorStatisticsRoutes(engine: engine, catalog: catalog).routes
            + deletion.routes + lines.routes + batches.routes + queries.routes
            + tokens.routes + namedTokens.routes + audit.routes + operations.routes
            + structure.routes
        responder = GatewayResponder(
            table: RouteTable(
                routes: DocumentRoutes(routes: ServiceRoutes(routes: routes).all).all + pageRoutes
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
        await structure.prepare()
        responder.gate.authenticator.warmUp()
        await sensorData.warmUp()
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

import Auth
import Catalog
import Embedded
import Gateway
import Logging
import Model
import Postgres
import Redis
import ServiceLifecycle
import TSEngine
import UnixSignals

/// The server of this process: embedded servers if asked for, the modules, and the gateway, started
/// and stopped in order.
struct Server {
    let location: StoreOptions.Location
    let gateway: GatewayConfiguration
    let settings: Settings

    /// Tools of a running server, for what starts with it.
    struct Running: Sendable {
        let listening: GatewayListening
        let catalog: CatalogStore
        let authenticator: Authenticator
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// `whenServing`: runs beside the server once it accepts requests.
    func run(whenServing: @escaping @Sendable (Running) async throws -> Void) async throws {
        switch location {
        case .external(let conninfo):
            let redis = try settings.secret("REDIS_URL").map { try RedisAddress(url: $0) }
            if let redis { try LinkPolicy.check(redis: redis) }
            try await run(conninfo, redis, directory: nil, embedded: nil, whenServing)
        case .dataDirectory(let path):
            let servers = try await EmbeddedServers.start(
                dataDirectory: path,
                logger: Logger(label: "penstock.embedded")
            )
            do {
                try await run(
                    servers.conninfo,
                    servers.redisAddress,
                    directory: path,
                    embedded: servers,
                    whenServing
                )
            } catch {
                await servers.stop()
                throw error
            }
            await servers.stop()
        }
    }

    private func run(
        _ conninfo: String,
        _ redisAddress: RedisAddress?,
        directory: String?,
        embedded: EmbeddedServers?,
        _ whenServing: @escaping @Sendable (Running) async throws -> Void
    ) async throws {
        let pool = PostgresPool(.init(conninfo: conninfo))
        // Checks of users must not queue behind reads of data, and a probe must hear soon of a
        // database that hangs.
        let authPool = PostgresPool(
            .init(conninfo: conninfo, connectionCountMax: 2, timeoutMilliseconds: 2_000)
        )
        try await Schema.prepare(pool, embeddedOwner: embedded?.ownerConninfo)
        try await Schema.warn(pool, Logger(label: "penstock.database"))
        let catalog = CatalogStore(pool: pool, sourceOrder: try settings.sourceOrder())
        try await catalog.ensureInitialStructure()
        try await catalog.load()
        let authenticator = Authenticator(
            try settings.auth(keyFile: directory.map { "\($0)/secret_key" }),
            pool: authPool
        )
        try await authenticator.directory.load()
        let engine = Engine(
            pool: pool,
            configuration: try settings.engine(),
            logger: Logger(label: "penstock.engine")
        )
        let retention = RetentionService(
            enforcement: RetentionEnforcement(
                catalog: catalog,
                maintenance: StoreMaintenance(pool)
            ),
            engine: engine,
            intervalSeconds: try settings.retentionIntervalSeconds(),
            logger: Logger(label: "penstock.retention")
        )
        let redis = redisAddress.map { RedisClient(RedisClient.Configuration(address: $0)) }
        // Limits give up soon: the data path must not wait for a Redis that hangs.
        let counting = redisAddress.map {
            RedisClient(
                RedisClient.Configuration(
                    address: $0,
                    connectTimeoutMilliseconds: 250,
                    timeoutMilliseconds: 500
                )
            )
        }
        if counting == nil, gateway.limits.guardsLogins {
            Log.line(
                "Nobody can log in by password: REDIS_URL is not set, and tries are counted there."
            )
        }
        let mailSettings = try settings.mail(directory: directory)
        if case .outbox(let path) = mailSettings.target {
            Log.line("Mails are not sent: MAIL_SERVER is not set. They are files in `\(path)`.")
        }
        let mail = MailQueue(mailSettings)
        let publicURL = try settings.publicURL(for: gateway)
        let reset = MailedReset(authenticator, mail: mail, publicURL: publicURL)
        let serving = ServingSignal()
        let gateway = GatewayServer(
            configuration: gateway,
            engine: engine,
            catalog: catalog,
            authenticator: authenticator,
            accounts: Accounts(mail: mail, reset: reset, publicURL: publicURL),
            redis: redis,
            counting: counting,
            isDatabaseReady: { Self.isFresh(catalog.lastHeard) },
            logger: Logger(label: "penstock.gateway"),
            onServing: { listening in
                serving.begin(
                    Running(
                        listening: listening,
                        catalog: catalog,
                        authenticator: authenticator
                    )
                )
            }
        )
        try await runServices(
            engine: engine,
            catalog: catalog,
            authenticator: authenticator,
            retention: retention,
            post: Post(mail: mail, reset: reset),
            gateway: gateway,
            embedded: embedded,
            whenServing: {
                guard let running = await serving.wait() else { return }
                try await whenServing(running)
            }
        )
        await redis?.close()
        await counting?.close()
        await pool.close()
        await authPool.close()
    }

    /// Whether the database has answered the catalog's question, which it is asked twice a second,
    /// in the last two seconds. A probe must not wait for a database that hangs.
    private static func isFresh(_ lastHeard: Timestamp?) -> Bool {
        guard let lastHeard else { return false }
        let age = SystemWallClock().now().microseconds - lastHeard.microseconds
        return age < 2 * Microseconds.second
    }

    private func runServices(
        engine: Engine,
        catalog: CatalogStore,
        authenticator: Authenticator,
        retention: RetentionService,
        post: Post,
        gateway: GatewayServer,
        embedded: EmbeddedServers?,
        whenServing: @escaping @Sendable () async throws -> Void
    ) async throws {
        var services: [any Service] = []
        // Stopped in the opposite order: the gateway first, the database last.
        if let embedded { services.append(Part { await embedded.run() }) }
        services.append(Part { await catalog.run() })
        services.append(Part { await authenticator.run() })
        services.append(Part { await post.run() })
        services.append(Part { await engine.run() })
        let engineIsOpen = OpenSignal()
        services.append(
            Part {
                await engineIsOpen.wait()
                await retention.run()
            }
        )
        services.append(
            ServingPart {
                try await engine.open()
                engineIsOpen.open()
                try await gateway.run()
            }
        )
        services.append(
            Part {
                try await whenServing()
                // The group takes the end of a service for the end of the program.
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
            }
        )
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "penstock.services")
            )
        )
        try await group.run()
    }
}

/// A long-lived part that ends when its task is cancelled.
private struct Part: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
        do { try await cancelWhenGracefulShutdown(body) } catch is CancellationError {}
    }
}

/// A long-lived part that knows of graceful shutdown itself.
private struct ServingPart: Service {
    let body: @Sendable () async throws -> Void
    func run() async throws { try await body() }
}

/// Told once that the gateway accepts requests.
private struct ServingSignal: Sendable {
    private let stream: AsyncStream<Server.Running>
    private let continuation: AsyncStream<Server.Running>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func begin(_ running: Server.Running) { continuation.yield(running) }

    /// - Returns: nil if the task is cancelled first.
    func wait() async -> Server.Running? {
        for await running in stream { return running }
        return nil
    }
}

import Logging
import Model
import Postgres
import TestSupport

@testable import TSEngine

/// An engine on a database of its own, which can be stopped and opened again.
final class EngineFixture: Sendable {
    /// As the role of the server.
    let conninfo: String
    /// As a superuser.
    let adminConninfo: String
    let pool: PostgresPool
    private let configuration: EngineConfiguration

    init(configuration: EngineConfiguration = EngineConfiguration()) async throws {
        let owner = try PrivatePostgres.shared().makeDatabase()
        conninfo = PrivatePostgres.conninfo(owner, as: PrivatePostgres.serverRole)
        adminConninfo = PrivatePostgres.conninfo(owner)
        var configuration = configuration
        configuration.leaseSeconds = 0.02
        self.configuration = configuration
        pool = PostgresPool(.init(conninfo: conninfo, connectionCountMax: 2))
        let connection = try PostgresConnection(owner)
        _ = try EngineMigrations.migrations.run(on: connection)
        let role = ServerRole(PrivatePostgres.serverRole)
        _ = try role.repair([EngineMigrations.migrations], on: connection)
    }

    /// Runs `body` with an open engine, and stops the engine as a clean shutdown does.
    func withEngine<R: Sendable>(_ body: (Engine) async throws -> R) async throws -> R {
        let engine = Engine(
            pool: pool,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return try await engine.whileRunning(body)
    }
}

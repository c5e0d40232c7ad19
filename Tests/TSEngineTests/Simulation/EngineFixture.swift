import Logging
import Model
import Postgres
import TestSupport

@testable import TSEngine

/// An engine on a database of its own, which can be stopped and opened again.
final class EngineFixture {
    let conninfo: String
    private let configuration: EngineConfiguration

    init(configuration: EngineConfiguration = EngineConfiguration()) async throws {
        conninfo = try PrivatePostgres.shared().makeDatabase()
        self.configuration = configuration
        let connection = try PostgresConnection(conninfo)
        _ = try EngineMigrations.migrations.run(on: connection)
    }

    /// Runs `body` with an open engine, and stops the engine as a clean shutdown does.
    func withEngine<R>(_ body: (Engine) async throws -> R) async throws -> R {
        let pool = PostgresPool(.init(conninfo: conninfo, connectionCountMax: 2))
        let engine = Engine(
            pool: pool,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let running = Task { await engine.run() }
        let result: Result<R, any Error>
        do {
            try await engine.open()
            result = .success(try await body(engine))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        await running.value
        await pool.close()
        return try result.get()
    }
}

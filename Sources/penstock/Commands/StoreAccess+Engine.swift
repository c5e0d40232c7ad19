import Logging
import TSEngine

extension StoreAccess {
    /// Lends an engine of this command's own, beside those of servers.
    func withEngine<R: Sendable>(_ body: (Engine) async throws -> R) async throws -> R {
        var configuration = try Settings().engine()
        configuration.compactsInBackground = false
        let engine = Engine(
            pool: pool,
            configuration: configuration,
            logger: Logger(label: "penstock.engine")
        )
        return try await engine.whileRunning(body)
    }
}

internal import Postgres

extension CatalogStore {
    /// Runs `body` if no other process carries out retention now.
    ///
    /// - Returns: nil if another one does.
    /// - Throws: `CatalogError`, or what `body` throws.
    package func whileEnforcingRetention<R: Sendable>(
        _ body: () async throws -> R
    ) async throws -> R? {
        // The lock belongs to a session, and ends with it: a pool of one always has the same. If the
        // connection is lost another process may begin as well, which does no harm.
        let session = PostgresPool(.init(conninfo: pool.conninfo, connectionCountMax: 1))
        let result: Result<R?, any Error>
        do {
            // "retain" in ASCII.
            let rows = try await session.withConnection { connection in
                try connection.query("SELECT pg_try_advisory_lock(x'72657461696e'::bigint)")
            }
            guard try rows.bool(0, 0) else {
                await session.close()
                return nil
            }
            let removed = try await body()
            // The session's end would do as well, but is seen by Postgres a moment later.
            _ = try? await session.withConnection { connection in
                try connection.query("SELECT pg_advisory_unlock(x'72657461696e'::bigint)")
            }
            result = .success(removed)
        } catch let error as PostgresError {
            result = .failure(CatalogError(error))
        } catch {
            result = .failure(error)
        }
        await session.close()
        return try result.get()
    }
}

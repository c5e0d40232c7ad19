import Auth
import Catalog
import Postgres
import TSEngine

/// The schemas of all modules, in the order in which they refer to each other.
enum Schema {
    static let modules = [
        CatalogMigrations.migrations, AuthMigrations.migrations, EngineMigrations.migrations,
    ]

    /// What one module's schema is at, and what this program needs.
    struct Version: Equatable {
        let module: String
        let current: Int
        let needed: Int
    }

    static func versions(_ pool: PostgresPool) async throws -> [Version] {
        try await pool.withConnection(retryingOnce: true) { connection in
            var versions: [Version] = []
            for module in modules {
                let current = try module.version(on: connection)
                versions.append(
                    Version(module: module.module, current: current, needed: module.version)
                )
            }
            return versions
        }
    }

    /// Runs what is missing.
    ///
    /// - Returns: how many steps were run.
    @discardableResult
    static func upgrade(_ pool: PostgresPool) async throws -> Int {
        try await pool.withConnection { connection in
            var count = 0
            for module in modules { count += try module.run(on: connection).count }
            return count
        }
    }

    /// Makes the schema of an empty database, and that of an embedded one whatever its version.
    ///
    /// - Throws: `CommandError` for an external database of another version: its operator decides
    ///   when to change it.
    static func prepare(_ pool: PostgresPool, isEmbedded: Bool) async throws {
        let versions = try await versions(pool)
        if versions.allSatisfy({ $0.current == $0.needed }) { return }
        guard isEmbedded || versions.allSatisfy({ $0.current == 0 }) else {
            let list = versions.map { "\($0.module) \($0.current) of \($0.needed)" }
            throw CommandError(
                "the database's schema is not this program's (\(list.joined(separator: ", "))): run `penstock db upgrade`"
            )
        }
        try await upgrade(pool)
    }
}

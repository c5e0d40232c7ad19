import Postgres
import TestSupport
import Testing

@testable import Catalog

/// A database of its own for one test.
struct TestDatabase: Sendable {
    /// As the role of the server.
    let conninfo: String

    /// A new database with the catalog's tables.
    static func make() throws -> TestDatabase {
        let owner = try PrivatePostgres.shared().makeDatabase()
        let connection = try PostgresConnection(owner)
        _ = try CatalogMigrations.migrations.run(on: connection)
        let role = ServerRole(PrivatePostgres.serverRole)
        _ = try role.repair([CatalogMigrations.migrations], on: connection)
        return TestDatabase(conninfo: PrivatePostgres.conninfo(owner, as: role.name))
    }

    /// Another client of the database, a superuser.
    func connection() throws -> PostgresConnection {
        try PostgresConnection(PrivatePostgres.conninfo(conninfo))
    }

    func pool() -> PostgresPool { PostgresPool(.init(conninfo: conninfo)) }

    func store() -> CatalogStore { CatalogStore(pool: pool()) }

    /// A store with the initial structure, loaded.
    func filledStore() async throws -> CatalogStore {
        let store = store()
        try await store.ensureInitialStructure()
        try await store.load()
        return store
    }
}

/// Runs `body` beside `store.run()`, once the store has heard from the database.
func following<R>(_ store: CatalogStore, _ body: () async throws -> R) async throws -> R {
    let task = Task { await store.run() }
    defer { task.cancel() }
    let before = store.lastHeard
    try await eventually("the store hears") { store.lastHeard != before }
    return try await body()
}

/// Waits until `condition` holds. The bound is for a machine that is busy with other things.
func eventually(
    _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) async throws {
    for _ in 0..<3_000 {
        if try condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what, sourceLocation: sourceLocation)
    throw CancellationError()
}

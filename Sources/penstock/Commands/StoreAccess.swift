import Auth
import Catalog
import Embedded
import Foundation
import Logging
import Postgres

/// The database of one command: attached to while the command runs.
struct StoreAccess {
    let pool: PostgresPool
    /// Connections of the role that owns the tables, for what only it may do; nil if it is not known.
    let owner: PostgresPool?
    let catalog: CatalogStore
    private let auth: () throws -> AuthConfiguration

    /// Users and passwords. Needs the secret key, so it is made when first asked for.
    func authenticator() async throws -> Authenticator {
        let authenticator = Authenticator(try auth(), pool: pool)
        try await authenticator.directory.load()
        return authenticator
    }

    /// As `authenticator()`, on connections of the role that owns the tables.
    func owningAuthenticator() throws -> Authenticator {
        Authenticator(try auth(), pool: owner ?? pool)
    }

    /// Runs `body` on the database that `options` names, and lets go of it afterwards: an embedded
    /// Postgres that was started here is stopped.
    ///
    /// `makesDirectory`: false for commands that only look: a mistyped directory is a mistake.
    /// `preparesSchema`: false for commands that are about the schema.
    static func with<R>(
        _ options: StoreOptions,
        preparesSchema: Bool = true,
        makesDirectory: Bool = true,
        _ body: (StoreAccess) async throws -> R
    ) async throws -> R {
        let settings = Settings()
        Log.bootstrap(settings, default: .warning)
        let conninfo: String
        let ownerConninfo: String?
        var attachment: EmbeddedAttachment?
        var keyFile: String?
        switch try options.location(settings) {
        case .external(let url):
            conninfo = url
            ownerConninfo = settings.text("DATABASE_OWNER_URL")
            if let ownerConninfo {
                try LinkPolicy.check(postgres: ownerConninfo, name: "DATABASE_OWNER_URL")
            }
        case .dataDirectory(let path):
            let isThere = FileManager.default.fileExists(atPath: "\(path)/penstock.layout")
            guard isThere || makesDirectory else {
                throw CommandError("`\(path)` is not a data directory of Penstock")
            }
            let attached = try await EmbeddedAttachment.attachOrStart(
                dataDirectory: path,
                logger: Logger(label: "penstock")
            )
            (attachment, conninfo) = (attached, attached.conninfo)
            ownerConninfo = attached.ownerConninfo
            keyFile = "\(path)/secret_key"
        }
        let pool = PostgresPool(.init(conninfo: conninfo, connectionCountMax: 2))
        let owner = ownerConninfo.map {
            PostgresPool(.init(conninfo: $0, connectionCountMax: 1))
        }
        let result: Result<R, any Error>
        do {
            if preparesSchema {
                try await Schema.prepare(pool, embeddedOwner: attachment?.ownerConninfo)
            }
            let catalog = CatalogStore(pool: pool)
            if preparesSchema {
                try await catalog.ensureInitialStructure()
                try await catalog.load()
            }
            let access = StoreAccess(
                pool: pool,
                owner: owner,
                catalog: catalog,
                auth: { try settings.auth(keyFile: keyFile) }
            )
            result = .success(try await body(access))
        } catch {
            result = .failure(error)
        }
        await pool.close()
        await owner?.close()
        await attachment?.stop()
        return try result.get()
    }
}

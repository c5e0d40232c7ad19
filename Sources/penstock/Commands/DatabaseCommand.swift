import ArgumentParser
import Catalog
import Gateway
import Postgres
import TSEngine

/// `penstock db …`: looks after the database.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract:
            "Upgrade the schema, set privileges, check and verify the store, show disk use, or compact.",
        subcommands: [
            DatabaseUpgrade.self, DatabaseGrants.self, DatabaseCheck.self, DatabaseVerify.self,
            DatabaseSize.self,
            DatabaseCompact.self,
        ]
    )
}

struct DatabaseUpgrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Bring the schema to this program's version.",
        discussion: """
            For an external database DATABASE_OWNER_URL names the role that owns the tables; the role \
            of DATABASE_URL gets the privileges of the server. Without it the role of DATABASE_URL \
            owns the tables itself, which `db check` reports.
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, preparesSchema: false) { access in
            let count = try await Schema.upgrade(access.owner ?? access.pool)
            if let owner = access.owner { try await Schema.grant(owner, to: access.pool) }
            try await access.catalog.ensureInitialStructure()
            Output.print(["steps": .integer(Int64(count))], json: output.json)
        }
    }
}

struct DatabaseSize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size",
        abstract: "Show how much disk the beliefs take."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let size = try await StoreMaintenance(access.pool).size()
            var tables = JSONObject()
            for table in size.tables {
                let perValue =
                    table.valueCount == 0 ? 0 : Double(table.byteCount) / Double(table.valueCount)
                tables[table.name] = .object([
                    "bytes": .integer(table.byteCount), "values": .integer(table.valueCount),
                    "bytes_per_value": .number(perValue),
                ])
                if !output.json {
                    print("\(table.name)  bytes=\(table.byteCount)  values=\(table.valueCount)")
                }
            }
            var document: JSONObject = [
                "bytes_beliefs": .integer(size.byteCount), "values": .integer(size.valueCount),
                "bytes_per_value": .number(size.bytesPerValue),
            ]
            if output.json { document["tables"] = .object(tables) }
            Output.print(document, json: output.json)
        }
    }
}

struct DatabaseCompact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Move all committed beliefs from the journal into blocks, and give space back.",
        discussion: "Space of an external database is given back if DATABASE_OWNER_URL is set."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let valueCount = try await access.withEngine { try await $0.compact() }
            let owner = access.owner ?? access.pool
            let isOwner = try await owner.withConnection(retryingOnce: true) { connection in
                try ServerRole.current(on: connection).isOwner(on: connection)
            }
            if isOwner { try await StoreMaintenance(owner).reclaim() }
            Output.print(
                [
                    "values_compacted": .integer(Int64(valueCount)),
                    "space_given_back": .bool(isOwner),
                ],
                json: output.json
            )
        }
    }
}

import ArgumentParser
import Catalog
import Gateway
import Model
import TSEngine

/// `penstock db check`: what can be told in a moment.
struct DatabaseCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check schema, tables, what they refer to, and the server's database role.",
        discussion: "Decodes nothing. Ends with 1 if something is wrong."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, preparesSchema: false, makesDirectory: false) { access in
            let versions = try await Schema.versions(access.pool)
            let isCurrent = versions.allSatisfy { $0.current == $0.needed }
            var damage: [StoreDamage] = []
            var findings: [JSONObject] = []
            if isCurrent {
                let (role, found) = try await Schema.findings(access.pool)
                findings = found.map { RoleDocument.of($0, role: role) }
                let maintenance = StoreMaintenance(access.pool)
                damage = try await maintenance.check()
                if damage.isEmpty { damage = try await unknownIDs(maintenance, access.catalog) }
            }
            let documents: [JSONObject] = versions.map { version in
                [
                    "module": .string(version.module),
                    "version": .integer(Int64(version.current)),
                    "needed": .integer(Int64(version.needed)),
                ]
            }
            if output.json {
                Output.print(
                    [
                        "versions": .array(documents.map(JSONValue.object)),
                        "damage": .array(damage.map { .object(DamageDocument.of($0)) }),
                        "role": .array(findings.map(JSONValue.object)),
                    ],
                    json: true
                )
            } else {
                Output.print(documents + damage.map(DamageDocument.of) + findings, json: false)
            }
            guard isCurrent else {
                throw CommandError("the schema is not this program's: run `penstock db upgrade`")
            }
            guard damage.isEmpty else {
                throw CommandError("\(damage.count) things are wrong with the store")
            }
            guard findings.isEmpty else {
                throw CommandError(
                    "\(findings.count) things are wrong with the database role: run `penstock db grants`"
                )
            }
        }
    }

    /// Sensors and sources that have beliefs, and that the catalog does not have.
    private func unknownIDs(
        _ maintenance: StoreMaintenance,
        _ catalog: CatalogStore
    ) async throws -> [StoreDamage] {
        let stored = try await maintenance.storedIDs()
        // Read later than the blocks: what was added meanwhile is known.
        try await catalog.load()
        let sensors = stored.sensors.filter { catalog.sensor($0) == nil }
        let sources = stored.sources.filter { catalog.source($0) == nil }
        return sensors.map {
            StoreDamage(.unknownID, table: "current_block", "there is no sensor \($0)")
        }
            + sources.map {
                StoreDamage(.unknownID, table: "current_block", "there is no source \($0)")
            }
    }
}

/// Damage as commands print it.
enum DamageDocument {
    static func of(_ damage: StoreDamage) -> JSONObject {
        var document: JSONObject = [
            "damage": .string(damage.kind.rawValue), "table": .string(damage.table),
        ]
        if let series = damage.series {
            document["sensor"] = .integer(series.sensor.rawValue)
            document["source"] = .integer(series.source.rawValue)
            document["probability"] = .number(series.probability)
        } else if let sensor = damage.sensor {
            document["sensor"] = .integer(sensor.rawValue)
        }
        if let block = damage.block { document["block"] = .integer(block) }
        if let segment = damage.segment { document["segment"] = .integer(segment) }
        document["text"] = .string(damage.text)
        return document
    }
}

import ArgumentParser
import Gateway
import TSEngine

/// `penstock db verify`: reads everything that is stored.
struct DatabaseVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Decode every block and segment, and compare it with its row.",
        discussion: """
            Works on a stopped store and beside a server. Prints what is damaged, and ends with 1 if \
            anything is.
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let maintenance = StoreMaintenance(access.pool)
            let checked = try await maintenance.check()
            let findings = try await maintenance.verify()
            // A segment that should not be there is found by both.
            let tables = checked.filter { table in
                table.segment == nil || !findings.damage.contains { $0.segment == table.segment }
            }
            let damage = tables + findings.damage
            let damageCount = Int64(tables.count) + findings.damageCount
            var document: JSONObject = [
                "blocks": .integer(findings.blockCount),
                "block_values": .integer(findings.blockValueCount),
                "segments": .integer(findings.segmentCount),
                "segment_values": .integer(findings.segmentValueCount),
                "bytes": .integer(findings.byteCount),
                "damage_count": .integer(damageCount),
            ]
            if output.json {
                document["damage"] = .array(damage.map { .object(DamageDocument.of($0)) })
            } else {
                Output.print(damage.map(DamageDocument.of), json: false)
            }
            Output.print(document, json: output.json)
            if damageCount > 0 {
                throw CommandError("the store is damaged in \(damageCount) places")
            }
        }
    }
}

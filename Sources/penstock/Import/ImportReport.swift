import Catalog
import Gateway

/// What an import came to, as the command prints it.
struct ImportReport: Sendable {
    private let structure: FlexMeasuresStructure
    /// Beliefs of the source.
    var beliefCount = 0
    /// Beliefs that this run was to bring in, and how long it took.
    var loadedCount = 0
    var seconds = 0.0
    /// Sensors of which the store holds what the source has.
    var matchingCount = 0
    var mismatches: [ImportComparison.Mismatch] = []

    init(_ structure: FlexMeasuresStructure) { self.structure = structure }

    func print(json: Bool) {
        if !json {
            for note in structure.notes { Swift.print("note: \(note)") }
            for mismatch in mismatches {
                Swift.print(
                    "DIFFERENT: sensor \(mismatch.sensor): \(mismatch.source.beliefCount) beliefs in the source, \(mismatch.store.beliefCount) in the store, checksums \(Self.hex(mismatch.source)) and \(Self.hex(mismatch.store))"
                )
            }
        }
        Output.print(document, json: json)
    }

    private var document: JSONObject {
        let rows = structure.structure
        let rate = seconds > 0 ? Double(loadedCount) / seconds : 0
        return [
            "accounts": .integer(Int64(rows.accounts.count)),
            "users": .integer(Int64(structure.users.count)),
            "asset_types": .integer(Int64(rows.assetTypes.count)),
            "assets": .integer(Int64(rows.assets.count)),
            "sensors": .integer(Int64(rows.sensors.count)),
            "sources": .integer(Int64(rows.sources.count)),
            "annotations": .integer(Int64(rows.annotations.count)),
            "beliefs": .integer(Int64(beliefCount)),
            "beliefs_loaded": .integer(Int64(loadedCount)),
            "seconds": .number((seconds * 1_000).rounded() / 1_000),
            "beliefs_per_second": .number(rate.rounded()),
            "sensors_equal": .integer(Int64(matchingCount)),
            "different": .array(
                mismatches.map { mismatch in
                    .object([
                        "sensor": .integer(mismatch.sensor),
                        "beliefs_in_source": .integer(Int64(mismatch.source.beliefCount)),
                        "beliefs_in_store": .integer(Int64(mismatch.store.beliefCount)),
                        "checksum_of_source": .string(Self.hex(mismatch.source)),
                        "checksum_of_store": .string(Self.hex(mismatch.store)),
                    ])
                }
            ),
            "notes": .array(structure.notes.map { .string($0) }),
        ]
    }

    private static func hex(_ result: BeliefChecksum.Result) -> String {
        let digits = String(result.checksum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

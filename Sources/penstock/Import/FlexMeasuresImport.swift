import Auth
import Catalog
import Foundation
import Logging
import Model
import Postgres
import TSEngine

/// Moves what a FlexMeasures database holds into an empty store, or goes on with that.
struct FlexMeasuresImport {
    let access: StoreAccess
    let source: FlexMeasuresSource
    let state: ImportState
    /// Whether only to compare what was imported before.
    let comparesOnly: Bool
    /// Whether users keep their passwords.
    let keepsPasswords: Bool

    init(
        _ access: StoreAccess,
        _ source: FlexMeasuresSource,
        comparesOnly: Bool,
        keepsPasswords: Bool
    ) {
        (self.access, self.source) = (access, source)
        (self.comparesOnly, self.keepsPasswords) = (comparesOnly, keepsPasswords)
        state = ImportState(pool: access.owner ?? access.pool)
    }

    /// - Throws: `CommandError` if the store is not empty, or was begun from another source.
    func run() async throws -> ImportReport {
        var structure = try await FlexMeasuresStructure.read(from: source)
        if !keepsPasswords {
            for index in structure.users.indices { structure.users[index].password = nil }
        }
        if comparesOnly {
            try await checkImported(from: structure)
        } else {
            try await adopt(structure)
        }
        let counts = try await beliefCounts()
        let began = ContinuousClock.now
        var report = ImportReport(structure)
        var configuration = try Settings().engine()
        configuration.compactsInBackground = true
        let engine = Engine(
            pool: access.pool,
            configuration: configuration,
            logger: Logger(label: "penstock.engine")
        )
        report = try await engine.whileRunning { [report] engine in
            var report = report
            let expected =
                comparesOnly
                ? try await readAgain(structure, counts)
                : try await load(structure, counts, into: engine, &report)
            report.seconds = (ContinuousClock.now - began) / .seconds(1)
            _ = try await engine.compact()
            report.beliefCount = expected.values.reduce(0) { $0 + $1.beliefCount }
            report.mismatches = try await ImportComparison(engine: engine).run(expected)
            report.matchingCount = expected.count - report.mismatches.count
            return report
        }
        if report.mismatches.isEmpty && !comparesOnly { try await state.finish() }
        return report
    }

    // MARK: Structure

    private func checkImported(from structure: FlexMeasuresStructure) async throws {
        guard let run = try await state.run(), run.isStructureDone else {
            throw CommandError("nothing was imported into this store")
        }
        try check(run, structure)
    }

    private func check(_ run: ImportState.Run, _ structure: FlexMeasuresStructure) throws {
        guard run.source == structure.fingerprint else {
            throw CommandError(
                "the import into this store began with other accounts, users, assets or sensors than the source has now: start with an empty store"
            )
        }
    }

    private func adopt(_ structure: FlexMeasuresStructure) async throws {
        let run = try await state.run()
        if let run, run.isStructureDone {
            try check(run, structure)
            guard !run.isFinished else {
                throw CommandError(
                    "the import into this store is finished; --compare compares it with the source once more"
                )
            }
        } else {
            let size = try await StoreMaintenance(access.pool).size()
            guard try await access.catalog.isEmpty(), size.valueCount == 0 else {
                throw CommandError(
                    "the store is not empty, and ids are to be kept: import into an empty one"
                )
            }
            try await state.begin(source: structure.fingerprint)
        }
        if run?.isStructureDone != true {
            let catalog = CatalogStore(pool: access.owner ?? access.pool)
            try await catalog.adopt(structure.structure, trail: ImportState.Mark(step: .structure))
        }
        if run?.areUsersDone != true {
            try await access.owningAuthenticator().adopt(
                structure.users,
                by: .operator,
                trail: ImportState.Mark(step: .users)
            )
        }
        // Roles and types that every installation has, where the source has none of the name.
        try await access.catalog.load()
        try await access.catalog.ensureInitialStructure()
    }

    // MARK: Beliefs

    /// How many beliefs there are, by sensor: asked apart from what reads them.
    private func beliefCounts() async throws -> [Int64: Int] {
        try await source.read { connection in
            let rows = try connection.query(
                "SELECT sensor_id, count(*) FROM timed_belief GROUP BY sensor_id"
            )
            var counts: [Int64: Int] = [:]
            for row in 0..<rows.count {
                counts[try rows.int(row, 0)] = Int(try rows.int(row, 1))
            }
            return counts
        }
    }

    private func load(
        _ structure: FlexMeasuresStructure,
        _ counts: [Int64: Int],
        into engine: Engine,
        _ report: inout ImportReport
    ) async throws -> [Int64: BeliefChecksum.Result] {
        let done = try await state.sensors()
        // A sensor whose number of beliefs has changed since is read again.
        let units = BeliefImport.units(
            structure.structure.sensors.map(\.id),
            counts: counts,
            isWanted: { done[$0]?.beliefCount != counts[$0, default: 0] }
        )
        let wantedCount = units.reduce(0) { $0 + $1.beliefCount }
        report.loadedCount = wantedCount
        let progress = DemoProgress(valueCountMax: max(1, wantedCount))
        let work = BeliefImport(
            source: source,
            timings: structure.timings,
            engine: engine,
            note: { [state] in try await state.note($0) },
            progress: { progress.add($0) }
        )
        try await work.run(units)
        let results = try await state.sensors()
        // What came by must be what the source counts.
        for (sensor, count) in counts where results[sensor]?.beliefCount != count {
            throw CommandError(
                "the source counts \(count) beliefs of sensor \(sensor), and sent \(results[sensor]?.beliefCount ?? 0)"
            )
        }
        return results
    }

    private func readAgain(
        _ structure: FlexMeasuresStructure,
        _ counts: [Int64: Int]
    ) async throws -> [Int64: BeliefChecksum.Result] {
        let collected = Collected()
        let units = BeliefImport.units(
            structure.structure.sensors.map(\.id),
            counts: counts,
            isWanted: { _ in true }
        )
        let progress = DemoProgress(valueCountMax: max(1, units.reduce(0) { $0 + $1.beliefCount }))
        let work = BeliefImport(
            source: source,
            timings: structure.timings,
            engine: nil,
            note: { await collected.add($0) },
            progress: { progress.add($0) }
        )
        try await work.run(units)
        return await collected.results
    }

    private actor Collected {
        private(set) var results: [Int64: BeliefChecksum.Result] = [:]

        func add(_ more: [Int64: BeliefChecksum.Result]) { results.merge(more) { $1 } }
    }
}

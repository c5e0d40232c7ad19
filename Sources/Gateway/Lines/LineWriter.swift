internal import Catalog
internal import Model
internal import TSEngine

/// Stores the lines of one request: finds or makes their sensors, and appends their values.
struct LineWriter: Sendable {
    /// One request.
    struct Job: Sendable {
        let bytes: [UInt8]
        /// The database's name.
        let database: String
        let precision: LinePrecision
        /// Whether one line that cannot be stored keeps all others from being stored.
        let isAtomic: Bool
        let account: AccountID
        /// The source through which the caller speaks.
        let source: SourceID
        let receivedAt: Timestamp
        /// What the caller may do beside writing to series that are there.
        let mayCreateDatabase: Bool
        let mayCreateSeries: Bool
    }

    /// What became of a request.
    struct Outcome: Sendable {
        var problems = LineProblems()
        /// Lines that were not stored: those with problems, or all.
        var droppedCount = 0
    }

    /// Why nothing of a request was stored.
    enum Failure: Error {
        /// There is no such database, and the caller may not make one.
        case mayNotCreateDatabase
        /// There are new series, and the caller may not make sensors.
        case mayNotCreateSeries
        /// No database can have this name; the text says why.
        case invalidDatabase(String)
        /// The catalog does not answer, or the database was deleted at this moment.
        case unavailable
    }

    let catalog: CatalogStore
    let registry: LineRegistry
    let turns = CreationTurns()
    let store: any LineStore
    let counters: LineCounters
    /// Series that an account may have.
    let seriesCountMax: Int

    /// Stores what can be stored, as one append.
    ///
    /// - Throws: `Failure`, or an `EngineError` of the store.
    func write(_ job: Job) async throws -> Outcome {
        var (database, scan) = look(job)
        if !scan.openLines.isEmpty, !(job.isAtomic && !scan.problems.isEmpty) {
            if database == nil {
                let made = try await makeDatabase(job)
                database = made
                // What was read against nothing holds for a database without series.
                if made.seriesCount > 0 { (database, scan) = look(job) }
            }
            (database, scan) = try await makeSeries(job, database, scan)
        }
        let isRefused = job.isAtomic && !scan.problems.isEmpty
        if !isRefused, !scan.values.isEmpty, let database {
            database.translate(&scan.series, source: job.source, store: store)
            let batch = MixedBatch(
                slots: scan.series,
                eventStarts: scan.eventStarts,
                values: scan.values
            )
            _ = try await store.append(batch, receivedAt: job.receivedAt)
        }
        let droppedCount = isRefused ? scan.lineCount : scan.problems.count
        counters.count(stored: scan.lineCount - droppedCount)
        counters.count(dropped: droppedCount)
        return Outcome(problems: scan.problems, droppedCount: droppedCount)
    }

    /// Reads the lines against the series that are known now.
    private func look(_ job: Job) -> (LineDatabase?, LineScan) {
        let database = registry.database(named: job.database, account: job.account)
        let scan =
            database?.scan(job.bytes, job.precision, receivedAt: job.receivedAt)
            ?? LineScanner.scan(
                job.bytes.span,
                known: LineSeriesTable(),
                precision: job.precision,
                receivedAt: job.receivedAt
            )
        return (database, scan)
    }

    /// Makes the database, unless somebody else has done so meanwhile.
    private func makeDatabase(_ job: Job) async throws -> LineDatabase {
        guard job.mayCreateDatabase else { throw Failure.mayNotCreateDatabase }
        return try await take(.database, job) { _ in
            if let made = registry.database(named: job.database, account: job.account) {
                return made
            }
            return try await inOwnWords {
                try await registry.makeDatabase(named: job.database, account: job.account)
            }
        }
    }

    /// Finds or makes the sensors of new series, side by side with requests about other ones.
    private func makeSeries(
        _ job: Job,
        _ database: LineDatabase?,
        _ scan: LineScan
    ) async throws -> (LineDatabase?, LineScan) {
        var names: Set<UInt64> = []
        names.reserveCapacity(scan.newSeries.count)
        for series in scan.newSeries where series.known == nil {
            let bytes = series.key.span
            names.insert(ByteKernels.hash(bytes, bytes.indices, seed: turns.seed))
        }
        return try await take(.series(names), job) { hasWaited in
            var (database, scan) = hasWaited ? look(job) : (database, scan)
            guard !scan.openLines.isEmpty else { return (database, scan) }
            // Deleted at this moment.
            guard let database else { throw Failure.unavailable }
            try await inOwnWords { try await open(&scan, job, database) }
            return (database, scan)
        }
    }

    private func take<R>(
        _ claim: CreationTurns.Claim,
        _ job: Job,
        _ body: (_ hasWaited: Bool) async throws -> R
    ) async throws -> R {
        let room = { @Sendable [registry, seriesCountMax] in
            seriesCountMax - registry.seriesCount(of: job.account, with: nil)
        }
        return try await turns.take(claim, in: job.database, of: job.account, room: room, body)
    }

    /// Runs `body`, with the catalog's errors in the words of this type.
    private func inOwnWords<R>(_ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as CatalogError {
            switch error {
            case .invalid(_, let message): throw Failure.invalidDatabase(message)
            case .unavailable, .missing: throw Failure.unavailable
            case .duplicate, .unexpected: throw error
            }
        }
    }

    /// Finds the sensors of new series, and makes those that are missing. Lines whose series cannot
    /// be had become problems.
    private func open(
        _ scan: inout LineScan,
        _ job: Job,
        _ database: LineDatabase
    ) async throws {
        var sensors = [SensorID?](repeating: nil, count: scan.newSeries.count)
        var refusals: [Int: LineProblem] = [:]
        let missing = scan.takeUsedNewSeries { index in sensors[index] = SensorID(0) }
        let count = registry.seriesCount(of: job.account, with: database.asset)
        let room = max(0, seriesCountMax - count)
        for index in missing.dropFirst(room) { refusals[index] = .seriesLimit }
        counters.count(refused: missing.dropFirst(room).count)
        if !(job.isAtomic && missing.count > room), room > 0, !missing.isEmpty {
            guard job.mayCreateSeries else { throw Failure.mayNotCreateSeries }
            let wanted = missing.prefix(room)
            let made = try await catalog.ensureSensors(
                NewSensors(
                    names: wanted.map { String(decoding: scan.newSeries[$0].name, as: UTF8.self) },
                    unit: "",
                    timezone: "UTC",
                    timing: LineDatabase.timing,
                    asset: database.asset
                )
            )
            for (index, sensor) in zip(wanted, made) {
                guard let sensor else { throw Failure.unavailable }
                if LineDatabase.isSeries(sensor) {
                    sensors[index] = sensor.id
                } else {
                    refusals[index] = .notInstantaneous
                }
            }
            counters.count(created: wanted.count)
        }
        scan.close(numbers: database.learn(scan, sensors: sensors), refusals: refusals)
    }
}

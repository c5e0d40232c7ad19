import Foundation

/// Writing: as fast as it goes for a moment, for long, and to very many series.
struct WriteCase {
    private let options: Options
    private let peer: any Peer
    private let run: Int

    init(_ options: Options, _ peer: any Peer, run: Int) {
        self.options = options
        self.peer = peer
        self.run = run
    }

    func burst(_ report: inout Report) throws {
        let shape = shape(seriesCount: options.seriesCount, stepCount: options.stepCount)
        try write("burst", shape, &report)
        try measureDisk("burst", shape, &report)
    }

    func sustained(_ report: inout Report) throws {
        let shape = shape(seriesCount: options.seriesCount, stepCount: options.sustainedStepCount)
        let result = try write("sustained", shape, &report)
        addTenths("sustained", result, &report)
        try measureDisk("sustained", shape, &report)
    }

    func cardinality(_ report: inout Report) throws {
        var shape = shape(seriesCount: options.cardinality, stepCount: 4)
        if let most = peer.lineCountMax, shape.lineCount > most {
            shape.seriesCount = max(1, most / 4)
        }
        shape.order = .shuffled
        let before = ProcessTree(root: peer.pid)
        let (all, own) = (before.residentByteCount, before.rootByteCount)
        let result = try write("cardinality", shape, &report)
        addTenths("cardinality", result, &report)
        func add(_ title: String, _ better: Measure.Better?, _ byteCount: Int) {
            let perSeries = Double(byteCount) / Double(shape.seriesCount)
            report.add(Measure("cardinality", title, better), peer.name, run: run, perSeries)
        }
        sleep(10)
        let written = ProcessTree(root: peer.pid)
        add(
            "bytes of memory per series, 10 s after writing",
            .lower,
            written.residentByteCount - all
        )
        // Idle is a series whose values have gone to where they stay.
        try peer.compact()
        let idle = ProcessTree(root: peer.pid)
        add(Titles.idleBytes, .lower, idle.residentByteCount - all)
        add("of these in the process that was started", nil, idle.rootByteCount - own)
    }

    /// As many steps as the store gets.
    private func shape(seriesCount: Int, stepCount: Int) -> LineSource.Shape {
        let most = peer.lineCountMax.map { max(1, $0 / seriesCount) } ?? stepCount
        return LineSource.Shape(seriesCount: seriesCount, stepCount: min(stepCount, most))
    }

    @discardableResult
    private func write(
        _ workload: String,
        _ shape: LineSource.Shape,
        _ report: inout Report
    ) throws -> WriteLoad.Result {
        let source = LineSource(shape, linesPerBatch: options.linesPerBatch)
        let before = ProcessTree(root: peer.pid).seconds
        let sampler = MemorySampler(root: peer.pid)
        let result = WriteLoad(source: source, connectionCount: options.connectionCount).run(peer)
        let memory = sampler.stop()
        let seconds = ProcessTree(root: peer.pid).seconds - before
        if let refusal = result.refusal { throw Failure(refusal) }
        func add(_ title: String, _ better: Measure.Better?, _ digits: Int, _ value: Double) {
            report.add(Measure(workload, title, better, digits: digits), peer.name, run: run, value)
        }
        let lines = Double(shape.lineCount)
        add(Titles.rate, .higher, 0, lines / result.seconds)
        add("lines written", nil, 0, lines)
        add("p50 of a request, ms", .lower, 2, result.latency(0.5) * 1e3)
        add("p99 of a request, ms", .lower, 2, result.latency(0.99) * 1e3)
        add("server's CPU, µs a line", .lower, 3, seconds / lines * 1e6)
        add("load generator's CPU, µs a line", nil, 3, result.clientSeconds / lines * 1e6)
        add("most memory, MiB", .lower, 0, Double(memory) / 1_048_576)
        add("requests to be repeated (5xx)", nil, 0, Double(result.retryCount))
        let stored = try peer.storedValueCount()
        if stored != shape.lineCount {
            report.note(
                "\(workload), run \(run): \(peer.name) says that it stores \(stored) of \(shape.lineCount) values."
            )
        }
        return result
    }

    private func addTenths(_ workload: String, _ result: WriteLoad.Result, _ report: inout Report) {
        let rates = result.tenths.map { $0 * Double(options.linesPerBatch) }
        guard let first = rates.first, let last = rates.last else { return }
        report.add(Measure(workload, Titles.firstTenth, .higher), peer.name, run: run, first)
        report.add(Measure(workload, Titles.lastTenth, .higher), peer.name, run: run, last)
        let texts = rates.map { String(format: "%.2f", $0 / 1e6) }
        report.note(
            "\(workload), run \(run): \(peer.name), million lines/s of each tenth: \(texts.joined(separator: " "))"
        )
    }

    /// Merging takes long and its result hardly differs: once is enough.
    private func measureDisk(
        _ workload: String,
        _ shape: LineSource.Shape,
        _ report: inout Report
    ) throws {
        guard options.measuresDisk, run == 1 else { return }
        try peer.compact()
        let perValue = Double(try peer.storedByteCount()) / Double(shape.lineCount)
        let measure = Measure(workload, Titles.bytesPerValue, .lower, digits: 3)
        report.add(measure, peer.name, run: run, perValue)
    }
}

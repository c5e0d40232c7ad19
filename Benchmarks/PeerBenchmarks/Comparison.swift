import Foundation

/// Runs the cases: for each run every store in turn, in an empty folder, one server at a time.
struct Comparison {
    let options: Options
    private(set) var report = Report()

    init(_ options: Options) { self.options = options }

    mutating func run() throws {
        let root = URL(fileURLWithPath: options.folder).path
        let base = "\(root)/penstock-peers-\(UUID().uuidString.prefix(8))"
        Cleanup.shared.add(folder: base)
        defer { Cleanup.shared.remove(folder: base) }
        for workload in options.workloads {
            for run in 1...options.runCount {
                for name in options.peers {
                    let folder = "\(base)/\(workload.rawValue)-\(run)-\(name)"
                    try FileManager.default.createDirectory(
                        atPath: folder,
                        withIntermediateDirectories: true
                    )
                    guard let peer = try PeerList.make(name, options, folder: folder) else {
                        report.note("\(name) is not installed here and was left out.")
                        continue
                    }
                    FileHandle.standardError.write(
                        Data("\(workload.rawValue), run \(run): \(peer.name)\n".utf8)
                    )
                    do {
                        try measure(workload, peer, run: run)
                    } catch {
                        report.fail("\(workload.rawValue), run \(run): \(peer.name): \(error)")
                    }
                    peer.stop()
                    try? FileManager.default.removeItem(atPath: folder)
                }
            }
            // What is known so far, in case that it is interrupted.
            if workload != options.workloads.last {
                FileHandle.standardError.write(Data("\n\(report.markdown)\n".utf8))
            }
        }
    }

    private mutating func measure(_ workload: Options.Workload, _ peer: any Peer, run: Int) throws {
        try peer.start()
        switch workload {
        case .burst: try WriteCase(options, peer, run: run).burst(&report)
        case .sustained: try WriteCase(options, peer, run: run).sustained(&report)
        case .cardinality: try WriteCase(options, peer, run: run).cardinality(&report)
        case .reads: try ReadCase(options, peer, run: run).measure(&report)
        case .restart: try RestartCase(options, peer, run: run).measure(&report)
        }
    }
}

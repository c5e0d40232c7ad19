import Dispatch
import Foundation

/// How long a store that holds much takes from its start until it answers.
struct RestartCase {
    private let options: Options
    private let peer: any Peer
    private let run: Int

    init(_ options: Options, _ peer: any Peer, run: Int) {
        self.options = options
        self.peer = peer
        self.run = run
    }

    func measure(_ report: inout Report) throws {
        let values = min(options.restartValueCount, peer.lineCountMax ?? .max)
        let shape = LineSource.Shape(
            seriesCount: options.seriesCount,
            stepCount: max(1, values / options.seriesCount)
        )
        let source = LineSource(shape, linesPerBatch: options.linesPerBatch)
        let result = WriteLoad(source: source, connectionCount: options.connectionCount).run(peer)
        if let refusal = result.refusal { throw Failure(refusal) }
        let stopBegan = DispatchTime.now().uptimeNanoseconds
        peer.stop()
        let began = DispatchTime.now().uptimeNanoseconds
        try peer.start()
        let end = DispatchTime.now().uptimeNanoseconds
        func add(_ title: String, _ better: Measure.Better?, _ digits: Int, _ value: Double) {
            report.add(
                Measure("restart", title, better, digits: digits),
                peer.name,
                run: run,
                value
            )
        }
        add("values stored", nil, 0, Double(shape.lineCount))
        add("seconds to stop", .lower, 2, Double(began - stopBegan) / 1e9)
        add(Titles.ready, .lower, 2, Double(end - began) / 1e9)
        let stored = try peer.storedValueCount()
        if stored != shape.lineCount {
            report.note(
                "restart, run \(run): \(peer.name) says that it stores \(stored) of \(shape.lineCount) values."
            )
        }
    }
}

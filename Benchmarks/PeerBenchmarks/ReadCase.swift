import Dispatch
import Foundation

/// Reading what was written and merged before: warm, and first after a restart.
struct ReadCase {
    private let options: Options
    private let peer: any Peer
    private let run: Int
    /// A read is repeated for as long, but not more often than that.
    private static let secondsMax = 5.0
    private static let repeatCountMax = 200

    init(_ options: Options, _ peer: any Peer, run: Int) {
        self.options = options
        self.peer = peer
        self.run = run
    }

    func measure(_ report: inout Report) throws {
        for shape in [ReadKind.yearShape, ReadKind.scanShape, ReadKind.lastShape] {
            try peer.load(LineSource(shape, linesPerBatch: options.linesPerBatch))
        }
        try peer.compact()
        for kind in ReadKind.allCases {
            attempt(kind, &report) { report in try warm(kind, &report) }
        }
        for kind in ReadKind.allCases where kind != .uncachedHourlyMeans {
            peer.stop()
            if options.dropsCaches { dropCaches(&report) }
            try peer.start()
            attempt(kind, &report) { report in try cold(kind, &report) }
        }
    }

    /// A read that one store refuses does not end the case.
    private func attempt(
        _ kind: ReadKind,
        _ report: inout Report,
        _ body: (inout Report) throws -> Void
    ) {
        do { try body(&report) } catch {
            report.fail("reads, run \(run): \(peer.name): \(kind.title): \(error)")
        }
    }

    private func warm(_ kind: ReadKind, _ report: inout Report) throws {
        let read = try peer.makeRead(kind)
        let count = try read.countValues()
        guard count >= kind.valueCount else {
            throw Failure("the answer has \(count) values instead of \(kind.valueCount)")
        }
        var times: [Double] = []
        while times.count < Self.repeatCountMax,
            times.count < 3 || times.reduce(0, +) < Self.secondsMax * 1e3
        {
            times.append(try milliseconds(read))
        }
        times.sort()
        let measure = Measure("reads, warm", Titles.read(kind), .lower, digits: 2)
        report.add(measure, peer.name, run: run, times[times.count / 2])
    }

    private func cold(_ kind: ReadKind, _ report: inout Report) throws {
        let time = try milliseconds(try peer.makeRead(kind))
        let measure = Measure("reads, cold", Titles.read(kind), .lower, digits: 2)
        report.add(measure, peer.name, run: run, time)
    }

    private func milliseconds(_ read: Read) throws -> Double {
        let began = DispatchTime.now().uptimeNanoseconds
        guard try read.run() > 0 else { throw Failure("an empty answer") }
        return Double(DispatchTime.now().uptimeNanoseconds - began) / 1e6
    }

    private func dropCaches(_ report: inout Report) {
        sync()
        do {
            try "3\n".write(toFile: "/proc/sys/vm/drop_caches", atomically: false, encoding: .utf8)
        } catch {
            report.note("The file cache could not be dropped: cold is only after a restart.")
        }
    }
}

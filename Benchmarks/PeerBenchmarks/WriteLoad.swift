import Dispatch
import Foundation
import Synchronization

/// Writes all lines of a source over several connections, a thread each, one batch in flight on each.
struct WriteLoad {
    let source: LineSource
    let connectionCount: Int

    struct Result {
        var seconds = 0.0
        /// Of each batch, from the first byte sent to the answer, in seconds, ascending.
        var latencies: [Double] = []
        /// When each batch was acknowledged, in seconds from the start, ascending.
        var acknowledged: [Double] = []
        var retryCount = 0
        /// CPU time of this process, in seconds: what making and sending the lines took.
        var clientSeconds = 0.0
        /// Why the first batch was refused, if one was.
        var refusal: String?

        func latency(_ quantile: Double) -> Double {
            guard !latencies.isEmpty else { return 0 }
            return latencies[min(latencies.count - 1, Int(Double(latencies.count) * quantile))]
        }

        /// Batches a second in each tenth of the batches.
        var tenths: [Double] {
            let count = acknowledged.count
            guard count >= 10 else { return [] }
            return (0..<10).map { tenth in
                let (first, end) = (tenth * count / 10, (tenth + 1) * count / 10)
                let began = first == 0 ? 0 : acknowledged[first - 1]
                return Double(end - first) / max(acknowledged[end - 1] - began, 1e-9)
            }
        }
    }

    func run(_ peer: any Peer) -> Result {
        do {
            let writers = try (0..<connectionCount).map { _ in try peer.makeWriter() }
            return run(format: peer.format, writers)
        } catch {
            return Result(refusal: "\(error)")
        }
    }

    /// `@unchecked`: each writer goes to one thread, and nobody else uses it until that has ended.
    private struct Handover: @unchecked Sendable { let writer: any BatchWriter }

    private func run(format: LineFormat, _ writers: [any BatchWriter]) -> Result {
        let total = Total()
        let done = DispatchGroup()
        let clientBegan = Self.ownSeconds
        let began = Self.now
        for handover in writers.map({ Handover(writer: $0) }) {
            done.enter()
            Thread.detachNewThread { [source] in
                total.add(Self.write(source, format, handover.writer, began: began))
                done.leave()
            }
        }
        done.wait()
        var result = total.result
        result.seconds = Self.now - began
        result.clientSeconds = Self.ownSeconds - clientBegan
        result.latencies.sort()
        result.acknowledged.sort()
        return result
    }

    private static func write(
        _ source: LineSource,
        _ format: LineFormat,
        _ writer: any BatchWriter,
        began: Double
    ) -> Result {
        var result = Result()
        var batch = source.makeBatch()
        let text = LineText(
            format,
            measurement: source.shape.measurement,
            lineCount: source.linesPerBatch
        )
        do {
            while source.next(&batch) {
                let bytes = text.write(batch)
                let sent = now
                try writer.write(bytes)
                let end = now
                result.latencies.append(end - sent)
                result.acknowledged.append(end - began)
            }
        } catch {
            result.refusal = "\(error)"
        }
        result.retryCount = writer.retryCount
        return result
    }

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    private static var ownSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
    }
}

/// What the connections have measured together.
private final class Total: Sendable {
    private let sum = Mutex(WriteLoad.Result())

    var result: WriteLoad.Result { sum.withLock { $0 } }

    func add(_ part: WriteLoad.Result) {
        sum.withLock { sum in
            sum.latencies += part.latencies
            sum.acknowledged += part.acknowledged
            sum.retryCount += part.retryCount
            sum.refusal = sum.refusal ?? part.refusal
        }
    }
}

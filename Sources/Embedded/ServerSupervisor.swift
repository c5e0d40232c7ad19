internal import Dispatch
internal import Glibc
internal import Logging
internal import Synchronization

/// Keeps one server running: starts it, looks after it, starts it again after a crash, stops it.
///
/// `@unchecked Sendable`: `child`, `startedAt`, `delay` and `complaint` are touched on `queue`
/// only, which is serial. It is a thread of its own, so that waiting never blocks the cooperative
/// pool.
final class ServerSupervisor: @unchecked Sendable {
    /// How long a start may take. Long, as Postgres may have gigabytes of log to replay after a
    /// power cut, and it must not be interrupted in that.
    static let startPatience: Duration = .seconds(600)
    /// How often a running server is asked whether it works.
    static let probeInterval: Duration = .seconds(1)

    private let server: any EmbeddedServer
    private let logger: Logger
    private let queue: DispatchQueue
    /// Signalled when the server ends and when it shall stop; ends the wait for the next look.
    private let wake = DispatchSemaphore(value: 0)
    private let isStopping = Atomic(false)
    private let isAnswering = Atomic(false)
    private let processID = Atomic<Int32>(0)

    private var child: ChildProcess?
    private var startedAt = ContinuousClock.now
    private var delay = RestartDelay()
    /// Why the last look failed; nil if it did not. Said once, not every second.
    private var complaint: String?

    init(_ server: any EmbeddedServer, logger: Logger) {
        self.server = server
        self.logger = logger
        queue = DispatchQueue(label: "embedded-\(server.name)")
    }

    /// Whether the server answered when last asked.
    var isHealthy: Bool { isAnswering.load(ordering: .relaxed) }

    /// The server's process; 0 while there is none.
    var serverProcessID: Int32 { processID.load(ordering: .relaxed) }

    /// Starts the server and waits until it answers.
    ///
    /// - Throws: `EmbeddedError`; `CancellationError` if the task is cancelled or `stop` is called
    ///   meanwhile. The server does not run then.
    func start() async throws {
        try await withTaskCancellationHandler {
            try await onQueue { try self.launch() }
        } onCancel: {
            requestStop()
        }
    }

    /// Looks after the server until the task is cancelled or `stop` is called. The server still
    /// runs when this returns.
    func run() async {
        await withTaskCancellationHandler {
            _ = try? await onQueue { self.supervise() }
        } onCancel: {
            requestStop()
        }
    }

    /// Stops the server, also in a cancelled task. Again is harmless.
    func stop() async {
        requestStop()
        _ = try? await onQueue { self.stopChild() }
    }

    private func requestStop() {
        isStopping.store(true, ordering: .relaxed)
        wake.signal()
    }

    private func onQueue<R: Sendable>(
        _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }

    private var isStopRequested: Bool { isStopping.load(ordering: .relaxed) }

    // What follows runs on `queue`.

    private func supervise() {
        while !isStopRequested {
            if let child, child.exitStatus == nil {
                let looksAt = ContinuousClock.now + Self.probeInterval
                wait(until: looksAt) { child.exitStatus != nil }
                if child.exitStatus == nil && !isStopRequested { look() }
            } else {
                restart()
            }
        }
    }

    private func restart() {
        isAnswering.store(false, ordering: .relaxed)
        var uptime = Duration.zero
        if let child {
            uptime = ContinuousClock.now - startedAt
            let status = child.exitStatus.map { "\($0)" } ?? ""
            logger.error("\(server.name) ended by itself (\(status)): starting it again")
            self.child = nil
            processID.store(0, ordering: .relaxed)
            server.disconnect()
        }
        wait(until: ContinuousClock.now + delay.next(afterUptime: uptime)) { false }
        if isStopRequested { return }
        do {
            try launch()
            logger.notice("\(server.name) runs again")
        } catch {
            if !isStopRequested { logger.error("\(error)") }
        }
    }

    /// Waits for a moment, or less if `isOver` or the server shall stop.
    private func wait(until moment: ContinuousClock.Instant, _ isOver: () -> Bool) {
        while !isOver() && !isStopRequested {
            let left = moment - ContinuousClock.now
            guard left > .zero else { return }
            _ = wake.wait(timeout: .now() + .milliseconds(Int(left / .milliseconds(1)) + 1))
        }
    }

    private func launch() throws {
        if isStopRequested { throw CancellationError() }
        let command = try server.prepare()
        let mark = server.log.byteCount
        let child = try ChildProcess.start(command, output: server.log.file) { self.wake.signal() }
        self.child = child
        startedAt = .now
        processID.store(child.processID, ordering: .relaxed)
        do {
            try waitUntilReady(child, mark)
        } catch {
            stopChild()
            throw error
        }
        complaint = nil
        isAnswering.store(true, ordering: .relaxed)
    }

    private func waitUntilReady(_ child: ChildProcess, _ mark: off_t) throws {
        var pauseMilliseconds = 10
        var nextNotice = startedAt + .seconds(10)
        while true {
            if isStopRequested { throw CancellationError() }
            let reason: String
            do {
                try server.probe()
                return
            } catch { reason = "\(error)" }
            if let status = child.wait(milliseconds: pauseMilliseconds) {
                let last = server.log.reason(since: mark) ?? "\(status)"
                throw EmbeddedError.start(
                    "\(server.name) did not start: \(last) (see `\(server.log.path)`)"
                )
            }
            if ContinuousClock.now - startedAt > Self.startPatience {
                throw EmbeddedError.start(
                    "\(server.name) did not answer within \(Self.startPatience): \(reason) (see `\(server.log.path)`)"
                )
            }
            if ContinuousClock.now > nextNotice {
                logger.notice("\(server.name) is still starting: \(reason)")
                nextNotice += .seconds(10)
            }
            // Soon at first, as most starts take a tenth of a second; then easier on the machine.
            pauseMilliseconds = min(pauseMilliseconds * 3 / 2, 100)
        }
    }

    /// Asks the server. One that runs but does not answer is reported and not ended: it may be
    /// busy, and ending it in the middle of that makes it worse.
    private func look() {
        server.log.trim()
        do {
            try server.probe()
            if complaint != nil { logger.notice("\(server.name) answers again") }
            complaint = nil
            isAnswering.store(true, ordering: .relaxed)
        } catch {
            // A server that has just ended is no news here; `restart` tells of it.
            guard child?.exitStatus == nil, !isStopRequested else { return }
            if complaint == nil { logger.error("\(server.name) does not answer: \(error)") }
            complaint = "\(error)"
            isAnswering.store(false, ordering: .relaxed)
        }
    }

    private func stopChild() {
        isAnswering.store(false, ordering: .relaxed)
        server.disconnect()
        guard let child = child.take() else { return }
        processID.store(0, ordering: .relaxed)
        let steps = server.stopSteps
        if child.exitStatus == nil, let status = child.stop(steps), status != .exited(code: 0) {
            logger.warning("\(server.name) did not end in good order (\(status))")
        }
    }
}

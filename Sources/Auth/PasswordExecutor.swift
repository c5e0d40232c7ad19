internal import Dispatch
internal import Glibc
internal import Synchronization

/// Threads for password hashes: few, and with a bounded queue, because one hash takes a quarter of
/// a second of a core. They run at a lower priority than the data path.
package final class PasswordExecutor: Sendable {
    private let shared: SharedJobs
    private let workerCount: Int

    /// - Parameters:
    ///   - workerCount: threads; by default half of the cores, at least one.
    ///   - queueCountMax: jobs that may wait, default 64; one more is refused at once.
    package init(workerCount: Int? = nil, queueCountMax: Int = 64) {
        let coreCount = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        self.workerCount = max(1, workerCount ?? coreCount / 2)
        shared = SharedJobs(outstandingCountMax: self.workerCount + max(0, queueCountMax))
        for _ in 0..<self.workerCount { shared.startWorker() }
    }

    deinit { shared.stop(workerCount: workerCount) }

    /// Runs `work` on one of the threads.
    ///
    /// - Throws: `.busy` if the queue is full.
    func run<R: Sendable>(
        _ work: @escaping @Sendable (inout CryptScratch) -> R
    ) async throws(AuthError) -> R {
        let result: R? = await withCheckedContinuation { continuation in
            let isAccepted = shared.add { scratch in
                let result = work(&scratch)
                return { continuation.resume(returning: result) }
            }
            if !isAccepted { continuation.resume(returning: nil) }
        }
        guard let result else { throw .busy }
        return result
    }
}

/// What the threads and the executor share. The threads keep it alive, not the executor, so that
/// they end after the executor is gone.
private final class SharedJobs: Sendable {
    /// Does the work and returns what tells the caller.
    typealias Job = @Sendable (inout CryptScratch) -> () -> Void

    private struct State {
        var waiting: [Job] = []
        /// Waiting and running.
        var outstandingCount = 0
    }

    private let state = Mutex(State())
    private let outstandingCountMax: Int
    /// Counts the jobs that wait, and at the end one more for each thread.
    private let wakeUp = DispatchSemaphore(value: 0)

    init(outstandingCountMax: Int) { self.outstandingCountMax = outstandingCountMax }

    /// - Returns: false if the queue is full.
    func add(_ job: @escaping Job) -> Bool {
        let isAccepted = state.withLock { state in
            guard state.outstandingCount < outstandingCountMax else { return false }
            state.outstandingCount += 1
            state.waiting.append(job)
            return true
        }
        if isAccepted { wakeUp.signal() }
        return isAccepted
    }

    /// Wakes every thread without a job, which ends it. No job waits any more: whoever waits for
    /// one keeps the executor.
    func stop(workerCount: Int) {
        for _ in 0..<workerCount { wakeUp.signal() }
    }

    func startWorker() {
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(self).toOpaque()
        let failure = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<SharedJobs>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            },
            argument
        )
        // Only where the limit of threads is reached; nothing runs yet that could be told.
        precondition(failure == 0, "no thread for password hashes")
        pthread_detach(thread)
    }

    private func work() {
        // On Linux 0 means the calling thread. A refusal costs nothing but the priority.
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10)
        var scratch = CryptScratch()
        while true {
            wakeUp.wait()
            let job = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
            guard let job else { return }
            let tell = job(&scratch)
            // Counted off first: a caller that goes on at once must find the place free.
            state.withLock { $0.outstandingCount -= 1 }
            tell()
        }
    }
}

internal import NIOCore

/// Runs a connection's task on the thread that reads and writes its socket.
///
/// A request then wakes no other thread on its way in and out, which is a good part of what a small
/// one costs. What may take more than a millisecond or so leaves that thread, as other connections
/// wait for it: `elsewhere`.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The executor lives as long as the connection's task, which waits for all its jobs.
        eventLoop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body` on the threads that all tasks share; where it is called if it `isShort`.
    static func elsewhere<R, Failure>(
        unless isShort: Bool = false,
        _ body: () async throws(Failure) -> R
    ) async throws(Failure) -> R {
        if isShort { return try await body() }
        return try await withTaskExecutorPreference(globalConcurrentExecutor, operation: body)
    }
}

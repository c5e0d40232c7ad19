import Foundation
import Synchronization

/// What must not outlive this process: servers and folders. Emptied at the end, after an error, and
/// on SIGINT, SIGTERM and SIGHUP.
final class Cleanup: Sendable {
    static let shared = Cleanup()

    private let state = Mutex(State())

    private struct State {
        var stopSignals: [pid_t: Int32] = [:]
        var folders: Set<String> = []
    }

    func add(server pid: pid_t, stopSignal: Int32) {
        state.withLock { $0.stopSignals[pid] = stopSignal }
    }

    func remove(server pid: pid_t) {
        state.withLock { _ = $0.stopSignals.removeValue(forKey: pid) }
    }

    func add(folder: String) { state.withLock { _ = $0.folders.insert(folder) } }

    /// Removes a folder and forgets it.
    func remove(folder: String) {
        try? FileManager.default.removeItem(atPath: folder)
        state.withLock { _ = $0.folders.remove(folder) }
    }

    /// Ends all servers, then removes all folders. Nothing can be added while it runs.
    func run() {
        state.withLock { state in
            for (pid, signal) in state.stopSignals { ServerProcess.end(pid, signal: signal) }
            for folder in state.folders { try? FileManager.default.removeItem(atPath: folder) }
            state = State()
        }
    }

    /// Cleans up on signals, from a thread of its own. To be called first, as threads and programs
    /// that are started later inherit that these signals wait.
    func watchSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        Thread.detachNewThread { [signals] in
            var signals = signals
            var signal: Int32 = 0
            sigwait(&signals, &signal)
            FileHandle.standardError.write(Data("\nstopping the servers\n".utf8))
            self.run()
            _exit(128 + signal)
        }
    }
}

internal import Dispatch
internal import Glibc
internal import Synchronization

/// A program that this process started, in a process group of its own: Ctrl-C at the terminal
/// reaches Penstock only, which then ends its children in order.
///
/// Each child has a thread that starts it and then sleeps until it ends: the end is known at once,
/// and the parent-death signal, which follows the starting *thread* (prctl(2)), follows Penstock.
/// Calls that wait are for threads that may block.
final class ChildProcess: Sendable {
    let processID: pid_t
    private let status = Mutex<ExitStatus?>(nil)
    /// Entered until the child has ended.
    private let life = DispatchGroup()

    private init(_ processID: pid_t) {
        self.processID = processID
        life.enter()
    }

    /// Starts a program with no input, and its output appended to `output`.
    ///
    /// - Parameters:
    ///   - command: what to run.
    ///   - output: an open file for both outputs; stays the caller's.
    ///   - onExit: called once, on the child's thread, after the end.
    /// - Returns: the running child.
    /// - Throws: `.start` if the program cannot be run; `.missingProgram` as `ChildCommand.words`.
    static func start(
        _ command: ChildCommand,
        output: Int32,
        onExit: @escaping @Sendable () -> Void = {}
    ) throws(EmbeddedError) -> ChildProcess {
        let words = try command.words()
        let outcome = Outcome()
        let hasThread = startThread {
            switch spawn(words, output: output) {
            case .failure(let error):
                outcome.set(.failure(error))
            case .success(let processID):
                let child = ChildProcess(processID)
                outcome.set(.success(child))
                child.reap()
                onExit()
            }
        }
        guard hasThread else { throw .start("cannot start a thread for `\(command.program)`") }
        return try outcome.wait().get()
    }

    /// How the child ended; nil while it runs.
    var exitStatus: ExitStatus? { status.withLock { $0 } }

    /// Waits for the end.
    ///
    /// - Returns: nil if the child still runs after that time.
    func wait(milliseconds: Int) -> ExitStatus? {
        _ = life.wait(timeout: .now() + .milliseconds(milliseconds))
        return exitStatus
    }

    /// Sends a signal, unless the child has ended: its id may be another process' by then.
    func signal(_ number: Int32) {
        status.withLock { status in
            if status == nil { kill(processID, number) }
        }
    }

    /// Ends the child: step after step until it is gone.
    ///
    /// - Returns: nil if it outlived them all, which takes a kernel that does not deliver SIGKILL.
    func stop(_ steps: [StopStep]) -> ExitStatus? {
        for step in steps {
            signal(step.signal)
            if let status = wait(milliseconds: step.graceMilliseconds) { return status }
        }
        return exitStatus
    }

    /// Waits for the end without taking the process id back, and takes it back under the lock, so
    /// that `signal` never meets an id that is free.
    private func reap() {
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0
            && errno == EINTR
        {}
        status.withLock { status in
            var number: Int32 = 0
            let isReaped = unsafe waitpid(processID, &number, 0) == processID
            // Not ours to ask only if the program ignores SIGCHLD; ended it has all the same.
            status = isReaped ? ExitStatus(waitStatus: number) : .exited(code: -1)
        }
        life.leave()
    }
}

extension ChildProcess {
    /// Runs a short program to its end.
    ///
    /// - Parameters:
    ///   - command: what to run.
    ///   - timeoutMilliseconds: how long it may take.
    ///   - outputByteCountMax: how much of what it prints is kept, from the start.
    /// - Returns: how it ended, and what it printed to both outputs.
    /// - Throws: `.start` if it cannot be run, or does not end in time.
    static func run(
        _ command: ChildCommand,
        timeoutMilliseconds: Int,
        outputByteCountMax: Int = 65_536
    ) throws(EmbeddedError) -> (status: ExitStatus, output: String) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw .start("cannot run `\(command.program)`: \(systemErrorText())")
        }
        defer { close(ends[0]) }
        // The reading end never blocks: what the child leaves running may keep the other one open.
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child: ChildProcess
        do throws(EmbeddedError) {
            child = try start(command, output: ends[1])
        } catch {
            close(ends[1])
            throw error
        }
        close(ends[1])
        var kept: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        var left = timeoutMilliseconds
        while true {
            let count = unsafe read(ends[0], &part, part.count)
            if count > 0 {
                kept += part.prefix(min(count, outputByteCountMax - kept.count))
            } else if count == 0 || child.exitStatus != nil {
                break
            } else if left > 0 {
                var end = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
                // In slices, as the end of the child is not seen here.
                if unsafe poll(&end, 1, 20) == 0 { left -= 20 }
            } else {
                break
            }
        }
        guard let status = child.wait(milliseconds: max(left, 0)) else {
            child.signal(SIGKILL)
            throw .start("`\(command.program)` took more than \(timeoutMilliseconds / 1_000) s")
        }
        return (status, String(decoding: kept, as: UTF8.self))
    }
}

/// Hands the result of the start from the child's thread to the one that waits for it, once.
private final class Outcome: Sendable {
    private let value = Mutex<Result<ChildProcess, EmbeddedError>?>(nil)
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ result: Result<ChildProcess, EmbeddedError>) {
        value.withLock { $0 = result }
        isSet.signal()
    }

    func wait() -> Result<ChildProcess, EmbeddedError> {
        isSet.wait()
        guard let result = value.withLock({ $0 }) else { preconditionFailure("set before signal") }
        return result
    }
}

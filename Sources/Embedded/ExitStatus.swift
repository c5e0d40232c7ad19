internal import Glibc

/// How a process ended.
enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    case exited(code: Int32)
    case signaled(number: Int32)

    /// From the number that waitpid(2) gives: the low seven bits hold the signal, the next byte the
    /// code (the macros WIFEXITED and so on, which Swift does not import).
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exited(code: waitStatus >> 8 & 0xFF) : .signaled(number: signal)
    }

    var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let number): "signal \(number)"
        }
    }
}

/// One step of ending a process: a signal, and how long to wait for the end before the next step.
struct StopStep: Sendable, Hashable {
    let signal: Int32
    let graceMilliseconds: Int
}

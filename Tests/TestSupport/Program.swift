import Foundation

/// Programs started by posix_spawn and awaited by waitpid. (`Process.waitUntilExit` runs a run loop,
/// which can wait for ever on a thread of the cooperative pool.)
package enum Program {
    /// Starts a program.
    ///
    /// `arguments`: with the program, found by PATH, as the first.
    /// `input`: file descriptor that becomes its standard input, else /dev/null.
    /// `output`: path of the file that takes what it prints, else /dev/null.
    package static func start(
        _ arguments: [String],
        input: Int32? = nil,
        output: String? = nil
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", flags, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let error = posix_spawnp(&pid, arguments[0], &actions, nil, words, environ)
        guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EINVAL) }
        return pid
    }

    /// Waits for the end of a program; its exit status, or 128 + the signal that ended it.
    @discardableResult
    package static func wait(_ pid: Int32) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Whether a program that was started here has ended, and nobody has waited for it yet.
    package static func hasEnded(_ pid: Int32) -> Bool {
        var information = siginfo_t()
        let flags = WEXITED | WNOHANG | WNOWAIT
        guard waitid(P_PID, id_t(pid), &information, flags) == 0 else { return true }
        return information.si_signo == SIGCHLD
    }

    /// Starts a program and waits for it.
    ///
    /// - Throws: if it fails.
    package static func run(_ arguments: [String], output: String? = nil) throws {
        let status = wait(try start(arguments, output: output))
        guard status == 0 else { throw ProgramError(arguments: arguments, status: status) }
    }
}

/// A program that ended with a status other than 0.
package struct ProgramError: Error {
    package let arguments: [String]
    package let status: Int32
    /// What it printed, if that was kept.
    package let text: String

    package init(arguments: [String], status: Int32, text: String = "") {
        (self.arguments, self.status, self.text) = (arguments, status, text)
    }
}

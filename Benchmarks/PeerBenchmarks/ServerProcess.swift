import Foundation

/// A server that was started for a measurement, and all processes that it starts.
///
/// The kernel ends it if the thread that started it ends (`setpriv --pdeathsig`), so servers are
/// started on the main thread only. Besides, `Cleanup` ends what is left at exit and on signals.
final class ServerProcess {
    let pid: pid_t
    private let stopSignal: Int32

    /// `user`: whom it runs as, if this process is root; else and if nil as who runs this.
    /// `stopSignal`: asks it to end in good order; SIGTERM or SIGINT.
    init(
        _ arguments: [String],
        log: String,
        user: String? = nil,
        environment: [String: String] = [:],
        stopSignal: Int32 = SIGTERM
    ) throws {
        self.stopSignal = stopSignal
        pid = try Spawn.start(
            ["setpriv", "--pdeathsig", stopSignal == SIGINT ? "INT" : "TERM"] + Spawn.asUser(user)
                + arguments,
            output: log,
            environment: environment
        )
        Cleanup.shared.add(server: pid, stopSignal: stopSignal)
    }

    /// Ends it in good order, and waits until all its processes are gone.
    func stop() {
        Self.end(pid, signal: stopSignal)
        Cleanup.shared.remove(server: pid)
    }

    /// Whether it runs.
    var isAlive: Bool { waitpid(pid, nil, WNOHANG) == 0 }

    /// Asks first; forces what is left after two minutes, and what was started by the server and has
    /// outlived it by ten seconds.
    static func end(_ pid: pid_t, signal: Int32) {
        let tree = ProcessTree(root: pid).processes
        kill(pid, signal)
        var waits = 0
        while waitpid(pid, nil, WNOHANG) == 0 {
            if waits == 12_000 { kill(pid, SIGKILL) }
            waits += 1
            usleep(10_000)
        }
        for process in tree where process.pid != pid {
            for _ in 0..<1_000 where process.isAlive { usleep(10_000) }
            if process.isAlive { kill(process.pid, SIGKILL) }
        }
    }
}

/// Programs by posix_spawn, with the signal mask and actions that a shell would give them.
enum Spawn {
    /// Starts a program in a process group of its own, so that a Ctrl-C reaches this process only.
    ///
    /// `input`: path of the file that is its standard input.
    /// `output`: path of the file that what it prints is added to.
    static func start(
        _ arguments: [String],
        input: String = "/dev/null",
        output: String,
        environment: [String: String] = [:]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let words = arguments.map { strdup($0) } + [nil]
        let settings = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + settings { free(word) } }
        var pid: pid_t = 0
        let error = posix_spawnp(&pid, arguments[0], &actions, &attributes, words, settings)
        guard error == 0 else {
            throw Failure("cannot start \(arguments[0]): \(String(cString: strerror(error)))")
        }
        return pid
    }

    /// Runs a program and returns what it prints.
    @discardableResult
    static func run(_ arguments: [String], input: String? = nil) throws -> String {
        let path = NSTemporaryDirectory() + "peer-bench-\(UUID().uuidString)"
        let inputPath = input == nil ? "/dev/null" : path + ".in"
        defer {
            for file in [path, path + ".in"] { unlink(file) }
        }
        if let input { try input.write(toFile: inputPath, atomically: false, encoding: .utf8) }
        let pid = try start(arguments, input: inputPath, output: path)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        guard status == 0 else {
            throw Failure("`\(arguments.joined(separator: " "))` failed: \(text.suffix(400))")
        }
        return text
    }

    /// What makes a program run as a user, if this process may choose.
    static func asUser(_ user: String?) -> [String] {
        guard let user, getuid() == 0 else { return ["--"] }
        return ["--reuid=\(user)", "--regid=\(user)", "--init-groups", "--"]
    }

    /// Path of a program, if there is one of this name.
    static func find(_ name: String) -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        return (folders.split(separator: ":") + ["/usr/sbin", "/usr/bin"])
            .map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

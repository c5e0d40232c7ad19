internal import Glibc

extension ChildProcess {
    /// posix_spawn(3) with the settings of a server's child.
    ///
    /// - Parameters:
    ///   - words: the program's absolute path, then its arguments.
    ///   - output: an open file for both outputs.
    /// - Returns: the process id; `.start` with the system's reason if the program cannot be run.
    static func spawn(_ words: [String], output: Int32) -> Result<pid_t, EmbeddedError> {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        // Last, as `output` is 0 where Penstock was started without an input.
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        // Files of other parts that lack O_CLOEXEC. One that is opened meanwhile may still slip
        // through; glibc's call that closes all (…_addclosefrom_np) is not visible to Swift.
        for name in entryNames(ofDirectory: "/proc/self/fd") ?? [] {
            if let file = Int32(name), file > 2 {
                unsafe posix_spawn_file_actions_addclose(&actions, file)
            }
        }
        // A group of its own; every signal at its default and none blocked, whatever Penstock does.
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        var (all, none) = (sigset_t(), sigset_t())
        unsafe sigfillset(&all)
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)

        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var environment = unsafe ChildCommand.environment.map { unsafe strdup($0) } + [nil]
        defer {
            unsafe (arguments + environment).forEach { unsafe free($0) }
        }
        var processID = pid_t()
        let status = unsafe posix_spawn(
            &processID,
            words[0],
            &actions,
            &attributes,
            &arguments,
            &environment
        )
        guard status == 0 else {
            return .failure(.start("cannot run `\(words[0])`: \(systemErrorText(status))"))
        }
        return .success(processID)
    }

    /// Runs `body` on a new thread that ends with it. Not a Dispatch thread: those end when idle,
    /// and the child's parent-death signal would come with that.
    ///
    /// - Returns: false if the system has no thread left.
    static func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = unsafe Unmanaged.passRetained(ThreadBody(body))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread,
            &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                // Balances `passRetained` above.
                unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        if status != 0 { unsafe context.release() }
        return status == 0
    }
}

/// A closure that can travel through a C pointer.
private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

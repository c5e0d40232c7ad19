internal import Glibc

/// Servers that an earlier Penstock left running when it was killed. Its children get a signal
/// then, but may still be shutting down, or never have got it.
///
/// INVARIANT: only the owner of the directory's lock looks for orphans, so what runs on the
/// directory's data is nobody's.
struct OrphanSearch: Sendable {
    /// The data directory of the server, which is the working directory of all its processes.
    let directory: String
    /// How their program's name begins. Keeps a shell that someone opened there out of this.
    let program: String
    /// Whose processes they are.
    let user: SystemUser

    /// All of them, as process ids; nil if /proc does not tell.
    ///
    /// Asked as their own user: root in a container may lack the capability to look at processes of
    /// others (CAP_SYS_PTRACE, see proc(5)).
    ///
    /// - Throws: `.start` if find(1) cannot be run.
    func processIDs() throws(EmbeddedError) -> [pid_t]? {
        // Other users' processes are skipped; of the rest one line a link: its path and its target.
        let arguments = [
            "/proc", "-maxdepth", "2", "-path", "/proc/*", "!", "-user", String(user.id), "-prune",
            "-o", "(", "-name", "cwd", "-o", "-name", "exe", ")", "-printf", "%p %l\\n",
        ]
        let find = ChildCommand(program: "/usr/bin/find", arguments: arguments, user: user)
        // A few dozen bytes a process.
        let output = try ChildProcess.run(
            find,
            timeoutMilliseconds: 60_000,
            outputByteCountMax: 4 << 20
        ).output
        var (inside, named): (Set<pid_t>, Set<pid_t>) = ([], [])
        var seesItself = false
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            // A line may be blank, or a piece of what find says of a process that has just ended.
            guard words.count == 2 else { continue }
            let parts = words[0].split(separator: "/")
            guard parts.count == 3, let processID = pid_t(parts[1]) else { continue }
            if parts[2] == "cwd" {
                if words[1] == directory { inside.insert(processID) }
            } else if let name = words[1].split(separator: "/").last {
                if name.hasPrefix(program) { named.insert(processID) }
                seesItself = seesItself || name == "find"
            }
        }
        return seesItself ? inside.intersection(named).sorted() : nil
    }

    /// Ends them step by step, and waits until all are gone.
    ///
    /// - Parameters:
    ///   - leader: the one that ends the others, if it is among them; else all are told.
    ///   - steps: the signals.
    /// - Returns: how many there were; nil if that cannot be known.
    /// - Throws: `.busy` if they stay.
    func end(leader: pid_t?, steps: [StopStep]) throws(EmbeddedError) -> Int? {
        guard let found = try processIDs() else { return nil }
        var left = found
        for step in steps where !left.isEmpty {
            let target = leader.flatMap { left.contains($0) ? [$0] : nil } ?? left
            for processID in target { kill(processID, step.signal) }
            for _ in 0..<max(1, step.graceMilliseconds / 20) where !left.isEmpty {
                usleep(20_000)
                left = left.filter(isAlive)
            }
            // Those that one of them started meanwhile.
            if left.isEmpty { left = try processIDs() ?? [] }
        }
        guard left.isEmpty else {
            let list = left.map(String.init).joined(separator: ", ")
            throw .busy("processes that do not end still use `\(directory)`: \(list)")
        }
        return found.count
    }

    /// A process that has ended but that nobody has asked for its status (a zombie) is not alive.
    private func isAlive(_ processID: pid_t) -> Bool {
        // "id (name) state …"; the name may hold anything, also parentheses.
        guard let text = SmallFile.text("/proc/\(processID)/stat", byteCountMax: 1_024),
            let end = text.lastIndex(of: ")")
        else { return false }
        return text[end...].dropFirst(2).first != "Z"
    }
}

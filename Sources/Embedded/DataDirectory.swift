internal import Glibc

/// The one directory that holds everything of a machine's private servers.
///
///     DIR/penstock.layout   the version of this layout
///     DIR/penstock.lock     who works here (DirectoryLock)
///     DIR/postgres          Postgres' data         0700, the servers' user
///     DIR/redis             Redis' data            0700, the servers' user
///     DIR/run               sockets                0700, the servers' user
///     DIR/log               what the servers said  0700, the directory's owner
///
/// Two users matter. The *owner* has DIR and runs Penstock. The servers run as the *servers' user*:
/// the same, except that servers of root run as somebody unprivileged. DIR of root is 0710 with
/// that user's group, so that its servers can pass through, but cannot change what root trusts: the
/// log and lock files, and the folders themselves.
struct DataDirectory: Sendable, Hashable {
    /// Version of the layout above, in `penstock.layout`.
    static let layoutVersion = 1

    /// Absolute, without symbolic links: the same for all who mean the same directory.
    let path: String
    let owner: SystemUser
    let serverUser: SystemUser

    var postgresPath: String { path + "/postgres" }
    var redisPath: String { path + "/redis" }
    var logPath: String { path + "/log" }
    var lockPath: String { path + "/penstock.lock" }
    /// Where the sockets are: `DIR/run`, or elsewhere if that is too long.
    var socketPath: String { SocketDirectory.path(for: self) }
    private var layoutPath: String { path + "/penstock.layout" }

    /// Finds the directory, or makes an empty one with its parents. Changes nothing in it.
    ///
    /// - Throws: `.directory` if it cannot be used: not permitted, not empty and not ours, or
    ///   newer.
    static func locate(_ text: String) throws(EmbeddedError) -> DataDirectory {
        guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
            throw .directory("the data directory needs a name without control characters")
        }
        let absolute = text.hasPrefix("/") ? text : workingDirectory() + "/" + text
        try makeWithParents(absolute)
        guard let resolved = unsafe realpath(absolute, nil) else {
            throw .directory("cannot open `\(text)`: \(systemErrorText())\(hint())")
        }
        defer { unsafe free(resolved) }
        let path = unsafe String(cString: resolved)
        guard let status = try FileStatus.of(path), status.kind == .directory else {
            throw .directory("`\(path)` is not a directory")
        }
        guard let owner = SystemUser(id: status.ownerID) else {
            throw .directory("`\(path)` belongs to user id \(status.ownerID), which has no name")
        }
        guard geteuid() == 0 || geteuid() == owner.id else {
            let others = owner.id == 0 ? "" : "`\(owner.name)` or as "
            throw .directory("`\(path)` belongs to user `\(owner.name)`: run this as \(others)root")
        }
        let directory = DataDirectory(
            path: path,
            owner: owner,
            serverUser: try chooseServerUser(path, owner)
        )
        try directory.checkContents()
        return directory
    }

    /// Makes the folders and sets whom they belong to. For the one who has the directory's lock.
    ///
    /// - Throws: `.directory` if a folder is not what it must be; `.start` if a program fails.
    func prepare() throws(EmbeddedError) {
        try checkContents()
        let isSplit = owner.id == 0
        guard unsafe !isSplit || chown(path, 0, serverUser.groupID) == 0,
            unsafe chmod(path, isSplit ? 0o710 : 0o700) == 0
        else {
            throw .directory("cannot close `\(path)` to other users: \(systemErrorText())")
        }
        if isSplit { try checkWayIn() }
        if SmallFile.text(layoutPath) == nil {
            let text = "\(Self.layoutVersion)\n"
            try SmallFile.replace(layoutPath, with: text, owner: owner)
        }
        try Self.makePrivate(logPath, for: owner)
        try Self.makePrivate(redisPath, for: serverUser)
        try Self.makePrivate(socketPath, for: serverUser)
    }

    /// Makes a directory that only `user` can enter, or makes sure that an existing one is that.
    static func makePrivate(_ path: String, for user: SystemUser) throws(EmbeddedError) {
        if unsafe mkdir(path, 0o700) == 0 {
            if geteuid() == 0, unsafe lchown(path, user.id, user.groupID) != 0 {
                throw .directory("cannot give `\(path)` to `\(user.name)`: \(systemErrorText())")
            }
        } else if errno != EEXIST {
            throw .directory("cannot create `\(path)`: \(systemErrorText())")
        }
        guard let status = try FileStatus.of(path), status.kind == .directory,
            status.ownerID == user.id
        else {
            throw .directory("`\(path)` is not a directory of user `\(user.name)`: remove it")
        }
        guard unsafe status.mode == 0o700 || chmod(path, 0o700) == 0 else {
            throw .directory("cannot close `\(path)` to other users: \(systemErrorText())")
        }
    }

    /// Refuses what is not ours or newer than this program.
    private func checkContents() throws(EmbeddedError) {
        if let text = SmallFile.text(layoutPath) {
            guard let version = Int(text.prefix { $0.isNumber }) else {
                throw .directory("`\(layoutPath)` is damaged: it must hold a version number")
            }
            guard version <= Self.layoutVersion else {
                throw .directory(
                    """
                    `\(path)` was made by a newer Penstock (layout \(version), this one knows \
                    \(Self.layoutVersion)): install that one
                    """
                )
            }
            return
        }
        guard let names = entryNames(ofDirectory: path) else {
            throw .directory("cannot read `\(path)`: \(systemErrorText())\(hint())")
        }
        // What a start that was cut short may leave, and what a fresh file system has.
        let expected: Set = ["penstock.lock", "penstock.layout.new", "lost+found"]
        guard expected.isSuperset(of: names) else {
            throw .directory(
                "`\(path)` is not empty and not a data directory of Penstock: choose another"
            )
        }
    }

    /// - Throws: `.directory`, naming the first directory on the way that the servers cannot pass.
    private func checkWayIn() throws(EmbeddedError) {
        guard try !canEnter(path) else { return }
        var way = ""
        for part in path.split(separator: "/") {
            way += "/" + part
            guard try canEnter(way) else { break }
        }
        throw .directory(
            "user `\(serverUser.name)`, who runs the servers, may not enter `\(way)`: choose another data directory"
        )
    }

    private func canEnter(_ path: String) throws(EmbeddedError) -> Bool {
        // Asked as that user, as groups and access lists decide, too.
        let words = ["-x", path]
        let test = ChildCommand(program: "/usr/bin/test", arguments: words, user: serverUser)
        let result = try ChildProcess.run(test, timeoutMilliseconds: 10_000)
        guard result.output.isEmpty else {
            throw .start(
                "cannot run programs as `\(serverUser.name)`: \(ServerLog.reason(in: result.output) ?? "")"
            )
        }
        return result.status == .exited(code: 0)
    }
}

/// Whom the servers run as: for root the owner of what is there already, else somebody
/// unprivileged.
private func chooseServerUser(
    _ path: String,
    _ owner: SystemUser
) throws(EmbeddedError) -> SystemUser {
    guard owner.id == 0 else { return owner }
    guard let status = try FileStatus.of(path + "/postgres"), status.ownerID != 0 else {
        return try .unprivileged()
    }
    guard let user = SystemUser(id: status.ownerID) else {
        throw .directory(
            "`\(path)/postgres` belongs to user id \(status.ownerID), which has no name"
        )
    }
    return user
}

private func makeWithParents(_ path: String) throws(EmbeddedError) {
    var way = ""
    let parts = path.split(separator: "/")
    for (index, part) in parts.enumerated() {
        way += "/" + part
        // Parents as mkdir -p makes them, the directory itself for its owner only.
        let mode: mode_t = index == parts.count - 1 ? 0o700 : 0o755
        guard unsafe mkdir(way, mode) != 0 else { continue }
        let number = errno
        // A parent that is there may refuse the call with another error than EEXIST.
        guard number != EEXIST, unsafe access(way, F_OK) != 0 else { continue }
        throw .directory("cannot create `\(way)`: \(systemErrorText(number))\(hint(number))")
    }
}

private func workingDirectory() -> String {
    guard let path = unsafe getcwd(nil, 0) else { return "." }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
}

private func hint(_ number: Int32 = errno) -> String {
    number == EACCES ? ": run this as the user it belongs to, or as root" : ""
}

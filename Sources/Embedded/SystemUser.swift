internal import Glibc

/// A user of the operating system (passwd(5)).
struct SystemUser: Sendable, Hashable {
    let name: String
    let id: uid_t
    /// The primary group.
    let groupID: gid_t

    /// Whom this process runs as.
    ///
    /// - Throws: `.directory` if the user id has no name: Postgres refuses to work without one.
    static func current() throws(EmbeddedError) -> SystemUser {
        guard let user = SystemUser(id: geteuid()) else {
            throw .directory(
                "user id \(geteuid()) has no name in /etc/passwd, and Postgres needs one: add the user"
            )
        }
        return user
    }

    /// For whom the servers run when this process is root, which Postgres refuses to be: the first
    /// that exists of a user made for Penstock, the one of Debian's Postgres package, and `nobody`.
    static func unprivileged() throws(EmbeddedError) -> SystemUser {
        for name in ["penstock", "postgres", "nobody"] {
            if let user = SystemUser(name: name), user.id != 0 { return user }
        }
        throw .directory("there is no user to run Postgres as: add a system user `penstock`")
    }

    /// - Returns: nil if nobody has this id.
    init?(id: uid_t) {
        var entry = unsafe passwd()
        let found = unsafe SystemUser.lookup { room, size, result in
            unsafe getpwuid_r(id, &entry, room, size, result)
        }
        guard let found else { return nil }
        self = found
    }

    /// - Returns: nil if nobody has this name.
    init?(name: String) {
        var entry = unsafe passwd()
        let found = unsafe SystemUser.lookup { room, size, result in
            unsafe getpwnam_r(name, &entry, room, size, result)
        }
        guard let found else { return nil }
        self = found
    }

    private init(_ entry: passwd) {
        name = unsafe String(cString: entry.pw_name)
        id = unsafe entry.pw_uid
        groupID = unsafe entry.pw_gid
    }

    /// Calls one of the `getpw…_r` functions with room for the entry's strings: 64 KiB, far above
    /// what `sysconf(_SC_GETPW_R_SIZE_MAX)` suggests (1 KiB on Linux).
    @unsafe private static func lookup(
        _ call: (
            UnsafeMutablePointer<CChar>,
            Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) -> SystemUser? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65_536) { buffer in
            var result: UnsafeMutablePointer<passwd>?
            guard let room = buffer.baseAddress,
                unsafe call(room, buffer.count, &result) == 0, let result = unsafe result
            else { return nil }
            return unsafe SystemUser(result.pointee)
        }
    }
}

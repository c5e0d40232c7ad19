internal import Glibc
internal import Synchronization

/// Who works on a data directory: two locks on its file `penstock.lock`, which the kernel releases
/// when their holder ends, however it ends.
///
/// Byte 0 is locked by the one process that owns the directory's servers. Byte 1 is locked as well
/// while that owner serves, so that others may use its servers; an owner that runs a single command
/// does not lock it. The text in the file is the owner's process id, for messages only.
///
/// "Open file description" locks (fcntl(2)), not flock(2): they can be asked for without being
/// taken, and hold between containers that share the directory.
final class DirectoryLock: Sendable {
    private enum Byte: off_t { case owner = 0, serving = 1 }

    /// Macros of Linux (fcntl.h) that Swift does not import, as they need _GNU_SOURCE.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    /// The open file, nil once released.
    private let file: Mutex<Int32?>

    /// - Parameters:
    ///   - path: the lock file, made if it is missing.
    ///   - owner: whose file it is to be, if this process is root.
    /// - Returns: nil if someone else owns the servers.
    /// - Throws: `.directory` if the file cannot be opened.
    static func take(_ path: String, owner: SystemUser) throws(EmbeddedError) -> DirectoryLock? {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let file = unsafe open(path, flags, 0o600)
        guard file >= 0, geteuid() != 0 || fchown(file, owner.id, owner.groupID) == 0 else {
            let reason = systemErrorText()
            if file >= 0 { close(file) }
            throw .directory("cannot open `\(path)`: \(reason)")
        }
        guard set(.owner, F_WRLCK, in: file) else {
            close(file)
            return nil
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(file, 0)
        _ = unsafe pwrite(file, text, text.count, 0)
        return DirectoryLock(file)
    }

    /// Whether an owner serves others at the moment.
    static func isServed(_ path: String) -> Bool {
        let file = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return false }
        defer { close(file) }
        var question = range(.serving, F_WRLCK)
        guard unsafe fcntl(file, getLock, &question) == 0 else { return false }
        return Int32(question.l_type) != F_UNLCK
    }

    /// The process id that the last owner wrote, as text.
    static func ownerText(_ path: String) -> String? {
        guard let text = SmallFile.text(path, byteCountMax: 32) else { return nil }
        let digits = text.prefix { $0.isNumber }
        return digits.isEmpty ? nil : String(digits)
    }

    private init(_ file: Int32) { self.file = Mutex(file) }

    deinit { release() }

    /// Tells others whether they may use this owner's servers.
    func announce(serving isServing: Bool) {
        file.withLock { file in
            guard let file else { return }
            // Nobody else takes this byte, as only the owner may.
            _ = Self.set(.serving, isServing ? F_WRLCK : F_UNLCK, in: file)
        }
    }

    /// Gives the directory up. Again is harmless.
    func release() {
        file.withLock { file in
            if let open = file.take() { close(open) }
        }
    }

    private static func set(_ byte: Byte, _ type: Int32, in file: Int32) -> Bool {
        var lock = range(byte, type)
        return unsafe fcntl(file, setLock, &lock) == 0
    }

    private static func range(_ byte: Byte, _ type: Int32) -> flock {
        flock(
            l_type: Int16(type),
            l_whence: Int16(SEEK_SET),
            l_start: byte.rawValue,
            l_len: 1,
            l_pid: 0
        )
    }
}

internal import Glibc

/// What the file system says of a path itself; a symbolic link is not followed (lstat(2)).
struct FileStatus: Sendable, Hashable {
    /// The kinds that matter here.
    enum Kind: Sendable, Hashable { case directory, regular, other }

    let kind: Kind
    let ownerID: uid_t
    let groupID: gid_t
    /// The permission bits, such as 0o700.
    let mode: mode_t
    let byteCount: Int

    /// - Returns: nil if nothing is there.
    /// - Throws: `.directory` if the path cannot be looked at.
    static func of(_ path: String) throws(EmbeddedError) -> FileStatus? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .directory("cannot look at `\(path)`: \(systemErrorText())")
        }
        return FileStatus(status)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFREG: .regular
            default: .other
            }
        ownerID = status.st_uid
        groupID = status.st_gid
        mode = status.st_mode & 0o7777
        byteCount = Int(status.st_size)
    }
}

/// The names in a directory, without `.` and `..`; nil if it cannot be read (errno says why).
func entryNames(ofDirectory path: String) -> [String]? {
    guard let directory = unsafe opendir(path) else { return nil }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

/// The text of a small file; nil if it cannot be read.
///
/// - Parameter byteCountMax: reads no more than this, from the start.
func text(ofFile path: String, byteCountMax: Int = 65_536) -> String? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCountMax) { buffer, count in
        unsafe count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Writes a whole file so that a crash leaves the old one or the new one, never a half: beside its
/// place, to the disk, then renamed.
///
/// A leftover of an earlier crash is replaced, a symbolic link in its place is not followed.
func replaceFile(
    _ path: String,
    with text: String,
    owner: (user: uid_t, group: gid_t)
) throws(EmbeddedError) {
    let draft = path + ".new"
    unsafe unlink(draft)
    let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw .directory("cannot write `\(draft)`: \(systemErrorText())") }
    defer { close(file) }
    let bytes = Array(text.utf8)
    let isWritten =
        unsafe write(file, bytes, bytes.count) == bytes.count
        && (geteuid() != 0 || fchown(file, owner.user, owner.group) == 0)
        && fsync(file) == 0 && rename(draft, path) == 0
    guard isWritten else { throw .directory("cannot write `\(path)`: \(systemErrorText())") }
    syncDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
}

/// Brings a directory's entries to the disk (fsync(2) on it), best effort.
func syncDirectory(_ path: String) {
    let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
}

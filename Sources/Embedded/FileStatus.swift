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

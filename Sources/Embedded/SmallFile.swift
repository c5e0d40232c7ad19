internal import Glibc

/// Files that are read and written whole: settings, ids, versions.
enum SmallFile {
    /// The text of a file; bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Parameters:
    ///   - path: the file; a symbolic link is not followed.
    ///   - byteCountMax: reads no more than this, from the start.
    /// - Returns: nil if it cannot be read.
    static func text(_ path: String, byteCountMax: Int = 65_536) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCountMax) { buffer, count in
            unsafe count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a file so that a crash leaves the old one or the new one, never a half: beside its
    /// place, to the disk, then renamed. Only its owner can read it.
    ///
    /// A leftover of an earlier crash is replaced; a symbolic link in its place is not followed.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - text: its new content.
    ///   - owner: whose it is to be, if this process is root.
    /// - Throws: `.directory` if that fails.
    static func replace(
        _ path: String,
        with text: String,
        owner: SystemUser
    ) throws(EmbeddedError) {
        let draft = path + ".new"
        unsafe unlink(draft)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let file = unsafe open(draft, flags, 0o600)
        guard file >= 0 else { throw .directory("cannot write `\(draft)`: \(systemErrorText())") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard unsafe write(file, bytes, bytes.count) == bytes.count,
            geteuid() != 0 || fchown(file, owner.id, owner.groupID) == 0,
            fsync(file) == 0, unsafe rename(draft, path) == 0
        else {
            throw .directory("cannot write `\(path)`: \(systemErrorText())")
        }
        syncDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    }

    /// Brings a directory's entries to the disk (fsync(2) on it), best effort.
    static func syncDirectory(_ path: String) {
        let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }
}

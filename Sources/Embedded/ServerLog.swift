internal import Glibc

/// The file that a server's output goes to. Open from before the server starts until after its end.
final class ServerLog: Sendable {
    /// Where a log starts anew. A server that complains without end must not fill the disk.
    static let byteCountMax = 64 << 20

    let path: String
    /// Opened for appending, so that truncating it under a writing server leaves no hole.
    let file: Int32

    /// Opens or creates `path`, readable by `owner` only.
    ///
    /// - Throws: `.directory` if that fails.
    init(_ path: String, owner: SystemUser) throws(EmbeddedError) {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let file = unsafe open(path, flags, 0o600)
        guard file >= 0, geteuid() != 0 || fchown(file, owner.id, owner.groupID) == 0 else {
            let reason = systemErrorText()
            if file >= 0 { close(file) }
            throw .directory("cannot open `\(path)`: \(reason)")
        }
        (self.path, self.file) = (path, file)
        trim()
    }

    deinit { close(file) }

    /// How much is in it now: a mark for `reason(since:)`.
    var byteCount: off_t { lseek(file, 0, SEEK_END) }

    /// Empties a log that is longer than `byteCountMax`.
    func trim() {
        if byteCount > Self.byteCountMax { ftruncate(file, 0) }
    }

    /// What a server that has just failed said last: of its last 8 KiB since `mark` the last line
    /// that tells of a failure, else the last line at all; nil if it said nothing.
    func reason(since mark: off_t) -> String? {
        let start = max(mark, byteCount - 8_192, 0)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 8_192) { buffer, count in
            unsafe count = max(0, pread(file, buffer.baseAddress, buffer.count, start))
        }
        return Self.reason(in: String(decoding: bytes, as: UTF8.self))
    }

    /// As `reason(since:)`, of any output.
    static func reason(in output: String) -> String? {
        let lines = output.split(whereSeparator: \.isNewline)
        let signs = ["FATAL", "PANIC", "rror", "ailed", "annot", "could not"]
        let telling = lines.last { line in signs.contains { line.firstRange(of: $0) != nil } }
        return (telling ?? lines.last).map { String($0.prefix(400)) }
    }
}

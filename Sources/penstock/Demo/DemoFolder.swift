import Foundation

/// The folder `demo` of a data directory: what the demo must find again when it is started anew.
/// Only the data directory's owner can read it.
///
///     DIR/demo/logins.json      the users' passwords, by e-mail address
///     DIR/demo/authorization    the header with the latest token, for `curl -H @FILE`
struct DemoFolder: Sendable {
    /// A user's e-mail address and password.
    struct Login: Sendable {
        let email: String
        let password: String
    }

    /// The users' logins.
    struct Logins: Sendable {
        let all: [Login]
        /// Addresses whose passwords were made just now: a user who exists already must be given
        /// the new one.
        let newEmails: Set<String>

        func password(of email: String) -> String? { all.first { $0.email == email }?.password }
    }

    let path: String
    var loginsPath: String { path + "/logins.json" }
    var authorizationPath: String { path + "/authorization" }

    /// Opens the folder, or makes it.
    ///
    /// - Parameter dataDirectory: exists.
    /// - Throws: `CommandError`.
    init(dataDirectory: String) throws {
        // `curl -H @FILE` is pasted into other directories, so all paths are absolute.
        guard let resolved = realpath(dataDirectory, nil) else {
            throw CommandError("cannot open `\(dataDirectory)`: \(Self.systemError())")
        }
        defer { free(resolved) }
        path = String(cString: resolved) + "/demo"
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw CommandError("cannot create `\(path)`: \(Self.systemError())")
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            chmod(path, 0o700) == 0
        else { throw CommandError("`\(path)` is not a directory of yours: remove it") }
        try giveToOwner(path)
    }

    /// The logins of `emails`: those of earlier runs, and new ones for the rest. They are on the
    /// disk when this returns, so that no user gets a password that nobody knows.
    ///
    /// - Throws: `CommandError`.
    func logins(of emails: [String]) throws -> Logins {
        var passwords: [String: String] = [:]
        if FileManager.default.fileExists(atPath: loginsPath) {
            guard let data = FileManager.default.contents(atPath: loginsPath),
                let stored = try? JSONDecoder().decode([String: String].self, from: data)
            else {
                throw CommandError("`\(loginsPath)` is damaged: remove it to get new passwords")
            }
            passwords = stored
        }
        let newEmails = Set(emails).subtracting(passwords.keys)
        for email in newEmails { passwords[email] = Self.generatePassword() }
        if !newEmails.isEmpty {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try replace(loginsPath, with: try encoder.encode(passwords))
        }
        let all = emails.map { Login(email: $0, password: passwords[$0] ?? "") }
        return Logins(all: all, newEmails: newEmails)
    }

    /// Keeps the token as a header that `curl -H @FILE` sends, out of command lines.
    ///
    /// - Throws: `CommandError`.
    func keep(token: String) throws {
        try replace(authorizationPath, with: Data("Authorization: \(token)\n".utf8))
    }

    /// 24 letters and digits without look-alikes from the system's generator: 139 bits.
    private static func generatePassword() -> String {
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
        var random = SystemRandomNumberGenerator()
        return String(
            (0..<24).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] }
        )
    }

    /// Writes a file that only its owner can read: the old one or the new one, never a half.
    private func replace(_ path: String, with data: Data) throws {
        let draft = path + ".new"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw CommandError("cannot write `\(draft)`: \(Self.systemError())")
        }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: data)
            try handle.synchronize()
            try giveToOwner(draft)
            try handle.close()
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("cannot write `\(draft)`: \(error.localizedDescription)")
        }
        guard rename(draft, path) == 0 else {
            throw CommandError("cannot write `\(path)`: \(Self.systemError())")
        }
    }

    /// What root makes in another user's data directory is that user's.
    private func giveToOwner(_ made: String) throws {
        guard geteuid() == 0 else { return }
        var status = stat()
        let parent = (path as NSString).deletingLastPathComponent
        guard stat(parent, &status) == 0, lchown(made, status.st_uid, status.st_gid) == 0 else {
            throw CommandError("cannot set the owner of `\(made)`: \(Self.systemError())")
        }
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}

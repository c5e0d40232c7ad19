import Auth
import Foundation

/// The secret key of a data directory.
enum SecretFile {
    /// Reads the key, or makes one: in a file that only its owner can read, complete or not at all.
    static func read(orMake path: String) throws -> String {
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let text = SecretKey.generateText()
        let temporary = "\(path).\(UUID().uuidString)"
        let isMade = FileManager.default.createFile(
            atPath: temporary,
            contents: Data((text + "\n").utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade else { throw CommandError("cannot write the secret key to `\(path)`") }
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        // A hard link does not replace what another process has made meanwhile.
        if link(temporary, path) == 0 { return text }
        let made = try String(contentsOfFile: path, encoding: .utf8)
        return made.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

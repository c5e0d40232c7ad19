import Foundation
import Testing

@testable import penstock

@Suite struct DemoFolderTests {
    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "demo-folder-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false
        )
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private static func mode(_ path: String) throws -> mode_t {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status.st_mode & 0o777
    }

    /// Goal: the second start has the logins of the first; users that come later get theirs.
    @Test func `logins are kept`() throws {
        try Self.withDirectory { path in
            let first = try DemoFolder(dataDirectory: path).logins(of: ["a@x", "b@x"])
            #expect(first.newEmails == ["a@x", "b@x"])
            #expect(first.all.allSatisfy { $0.password.count == 24 })
            #expect(Set(first.all.map(\.password)).count == 2)
            let second = try DemoFolder(dataDirectory: path).logins(of: ["b@x", "c@x"])
            #expect(second.newEmails == ["c@x"])
            #expect(second.password(of: "b@x") == first.password(of: "b@x"))
        }
    }

    /// Goal: nobody else reads passwords or tokens, whatever the umask and what was there before.
    @Test func `files are private`() throws {
        try Self.withDirectory { path in
            let folder = try DemoFolder(dataDirectory: path)
            _ = try folder.logins(of: ["a@x"])
            try folder.keep(token: "first")
            #expect(chmod(folder.authorizationPath, 0o644) == 0)
            #expect(chmod(folder.path, 0o755) == 0)
            let again = try DemoFolder(dataDirectory: path)
            try again.keep(token: "second")
            let text = try String(contentsOfFile: folder.authorizationPath, encoding: .utf8)
            #expect(text == "Authorization: second\n")
            #expect(try Self.mode(folder.authorizationPath) == 0o600)
            #expect(try Self.mode(folder.loginsPath) == 0o600)
            #expect(try Self.mode(folder.path) == 0o700)
        }
    }

    /// Goal: a link in the folder's place is not followed, and a damaged file is not overwritten.
    @Test func `what is not ours is refused`() throws {
        try Self.withDirectory { path in
            #expect(symlink("/tmp", path + "/demo") == 0)
            #expect(throws: CommandError.self) { try DemoFolder(dataDirectory: path) }
        }
        try Self.withDirectory { path in
            let folder = try DemoFolder(dataDirectory: path)
            try Data("{".utf8).write(to: URL(filePath: folder.loginsPath))
            #expect(throws: CommandError.self) { try folder.logins(of: ["a@x"]) }
        }
        #expect(throws: CommandError.self) { try DemoFolder(dataDirectory: "/nonexistent") }
    }
}

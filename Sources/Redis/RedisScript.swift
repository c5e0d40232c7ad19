/// A Lua script: several commands that Redis runs as one, with nothing of other clients in between.
package struct RedisScript: Sendable, Hashable {
    /// The Lua text, fixed when the program is built: what varies goes into keys and arguments.
    package let text: String

    package init(_ text: StaticString) { self.text = "\(text)" }
}

extension RedisConnection {
    /// Runs a script by its digest; sends its text only where the server does not know it yet.
    ///
    /// - Parameters:
    ///   - script: the script.
    ///   - digest: what an earlier call of the same script left there; nil the first time. A server
    ///     that has forgotten its scripts, as after a restart, is given the text again.
    ///   - keys: `KEYS` of the script.
    ///   - arguments: `ARGV` of the script.
    /// - Returns: what the script returns.
    /// - Throws: as `command`.
    package borrowing func evaluate(
        _ script: RedisScript,
        digest: inout String?,
        keys: [[UInt8]],
        arguments: [[UInt8]]
    ) throws(RedisError) -> RedisReply {
        let rest = [Array(String(keys.count).utf8)] + keys + arguments
        if let digest {
            do {
                return try command([Array("EVALSHA".utf8), Array(digest.utf8)] + rest)
            } catch .server(code: "NOSCRIPT", _) {
                // Given again below.
            }
        }
        let loaded = try command(["SCRIPT", "LOAD", script.text]).text()
        digest = loaded
        return try command([Array("EVALSHA".utf8), Array(loaded.utf8)] + rest)
    }
}

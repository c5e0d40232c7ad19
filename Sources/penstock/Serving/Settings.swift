import Auth
import Catalog
import Foundation
import TSEngine

/// What the environment says, by FlexMeasures' names where it has one.
struct Settings {
    private let environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    /// A value, nil if it is not set or empty.
    func text(_ name: String) -> String? {
        guard let text = environment[name], !text.isEmpty else { return nil }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = text(name) else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw CommandError(
                "\(name) is `\(text)`, but must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// Yes and no, as Python and people write them.
    func flag(_ name: String) throws -> Bool? {
        guard let text = text(name) else { return nil }
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default: throw CommandError("\(name) is `\(text)`, but must be True or False")
        }
    }

    /// A secret: the value of `name`, or what the file holds that `name_FILE` names, without white
    /// space at its ends.
    ///
    /// - Throws: `CommandError` if both are set, or the file cannot be read or is empty.
    func secret(_ name: String) throws -> String? {
        guard let path = text("\(name)_FILE") else { return text(name) }
        guard text(name) == nil else {
            throw CommandError("set \(name) or \(name)_FILE, not both")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandError("\(name)_FILE: `\(path)` cannot be read")
        }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !value.isEmpty else { throw CommandError("\(name)_FILE: `\(path)` is empty") }
        return value
    }

    /// Settings of the Auth module.
    ///
    /// `keyFile`: where the secret key is kept if the environment has none: made once,
    ///   readable by its owner only.
    func auth(keyFile: String?) throws -> AuthConfiguration {
        let current: SecretKey
        // An empty one is a mistake, and not the same as none.
        if environment["SECRET_KEY"] == "" { throw SecretKeyError.empty }
        if let text = try secret("SECRET_KEY") {
            current = try SecretKey(text)
        } else if let keyFile {
            current = try SecretKey(try SecretFile.read(orMake: keyFile))
        } else {
            throw CommandError("set SECRET_KEY: `openssl rand -hex 32` makes a good one")
        }
        let fallbacks = try (secret("SECRET_KEY_FALLBACKS") ?? "").split(separator: ",")
            .map { try SecretKey($0.trimmingCharacters(in: .whitespaces)) }
        return AuthConfiguration(
            signingKeys: SigningKeys(current: current, fallbacks: fallbacks),
            passwordSalt: try secret("SECURITY_PASSWORD_SALT").map { Secret($0) },
            tokenAgeSecondsMax: try integer("SECURITY_TOKEN_MAX_AGE", in: 1...31_536_000) ?? 21_600,
            passwordPolicy: PasswordPolicy(passwordLists()),
            sessions: try sessions()
        )
    }

    /// How long logins in browsers last, in seconds: from the login on (PENSTOCK_SESSION_MAX_AGE) and
    /// from the last use on (PENSTOCK_SESSION_IDLE).
    private func sessions() throws -> SessionLimits {
        let range = SessionLimits.secondsMin...31_536_000
        let usual = SessionLimits()
        return SessionLimits(
            ageSecondsMax: try integer("PENSTOCK_SESSION_MAX_AGE", in: range)
                ?? usual.ageSecondsMax,
            idleSecondsMax: try integer("PENSTOCK_SESSION_IDLE", in: range)
                ?? usual.idleSecondsMax
        )
    }

    /// Lists of common passwords: files by PENSTOCK_PASSWORD_LISTS, separated by colons; else those
    /// of the distribution, where they are installed.
    private func passwordLists() -> PasswordPolicy.Files {
        guard let text = text("PENSTOCK_PASSWORD_LISTS") else { return PasswordPolicy.Files() }
        return PasswordPolicy.Files(paths: text.split(separator: ":").map(String.init))
    }

    /// Settings of the engine.
    func engine() throws -> EngineConfiguration {
        var configuration = EngineConfiguration()
        try MemoryBudget(self).apply(to: &configuration)
        configuration.allowsOverwrite = try flag("FLEXMEASURES_ALLOW_DATA_OVERWRITE") ?? false
        return configuration
    }

    /// Whether the latest belief goes before versions (PENSTOCK_LATEST_BELIEF_FIRST). Default no.
    func sourceOrder() throws -> SourceOrder {
        try flag("PENSTOCK_LATEST_BELIEF_FIRST") ?? false ? .latestBeliefFirst : .versionFirst
    }

    /// Seconds between two rounds of retention (PENSTOCK_RETENTION_INTERVAL). Default an hour.
    func retentionIntervalSeconds() throws -> Int64 {
        try integer("PENSTOCK_RETENTION_INTERVAL", in: 1...604_800) ?? 3_600
    }
}

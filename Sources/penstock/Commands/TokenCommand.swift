import ArgumentParser
import Auth
import Catalog
import Gateway
import Model

/// `penstock token …`: named API tokens, for machines.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Create, list or revoke API tokens.",
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self]
    )
}

struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an API token and print it once.",
        discussion: "A token may do what its user may do, within its scopes and its reach."
    )

    @Option(help: "E-mail address of the user whose token it is.") var user: String
    @Option(help: "What it is called; unique among the user's tokens.") var name: String
    @Option(help: "read, write, trigger, admin; joined by commas.") var scope = "read"
    @Option(name: .customLong("asset"), help: "Only this asset and what is below it; repeatable.")
    var assets: [Int64] = []
    @Option(name: .customLong("sensor"), help: "Only this sensor; repeatable.")
    var sensors: [Int64] = []
    @Option(help: "Days until it ends.") var days = 365
    @Flag(help: "It never ends.") var noExpiry = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...36_500).contains(days) else {
            throw ValidationError("--days: must be from 1 to 36500")
        }
    }

    func run() async throws {
        guard let scopes = Restriction.Scopes(names: Words.list(scope)), !scopes.isEmpty else {
            throw ValidationError("--scope: must be some of read, write, trigger, admin")
        }
        let isLimited = !assets.isEmpty || !sensors.isEmpty
        let reach: Restriction.Reach =
            isLimited
            ? .only(
                assets: assets.map { AssetID($0) },
                sensors: sensors.map { SensorID($0) }
            ) : .everything
        let now = SystemWallClock().now().microseconds / Microseconds.second
        let expiresAt = noExpiry ? nil : now + Int64(days) * 86_400
        try await StoreAccess.with(store, makesDirectory: false) { access in
            for id in assets where access.catalog.asset(AssetID(id)) == nil {
                throw CommandError("asset: there is none with id \(id)")
            }
            for id in sensors where access.catalog.sensor(SensorID(id)) == nil {
                throw CommandError("sensor: there is none with id \(id)")
            }
            let authenticator = try await access.authenticator()
            guard let owner = try await authenticator.findUser(email: user) else {
                throw CommandError("user: there is none with the address `\(user)`")
            }
            let created = try await authenticator.createNamedToken(
                NewNamedToken(
                    user: owner.id,
                    name: name,
                    restriction: Restriction(scopes, reach: reach),
                    expiresAt: expiresAt
                ),
                by: .operator
            )
            var document = TokenDocument.of(created.token)
            document["token"] = .string(created.text.exposed)
            Output.print(document, json: output.json)
        }
    }
}

struct TokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Print API tokens: all, or a user's."
    )

    @Option(help: "E-mail address of the user.") var user: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let authenticator = try await access.authenticator()
            var owner: UserID?
            if let user {
                guard let found = try await authenticator.findUser(email: user) else {
                    throw CommandError("user: there is none with the address `\(user)`")
                }
                owner = found.id
            }
            let tokens = try await authenticator.namedTokens(of: owner)
            Output.print(tokens.map(TokenDocument.of), json: output.json)
        }
    }
}

struct TokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End an API token; servers refuse it within a second."
    )

    @Argument(help: "Id of the token.") var id: Int64
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let authenticator = try await access.authenticator()
            guard try await authenticator.revokeNamedToken(id, by: .operator) else {
                throw CommandError("there is no token with id \(id) that is not revoked yet")
            }
            Output.print(["revoked": .integer(id)], json: output.json)
        }
    }
}

/// A token as commands print it.
private enum TokenDocument {
    static func of(_ token: NamedToken) -> JSONObject {
        var document: JSONObject = [
            "id": .integer(token.id), "user": .integer(token.user.rawValue),
            "name": .string(token.name),
            "scope": .string(token.restriction.scopes.names.joined(separator: ",")),
        ]
        if case .only(let parts) = token.restriction.reach {
            document["assets"] = .array(parts.assets.map { .integer($0.rawValue) })
            document["sensors"] = .array(parts.sensors.map { .integer($0.rawValue) })
        }
        document["created"] = time(token.createdAt)
        document["expires"] = time(token.expiresAt)
        document["last_used"] = time(token.lastUsedAt)
        document["revoked"] = time(token.revokedAt)
        return document
    }

    private static func time(_ microseconds: Int64?) -> JSONValue {
        microseconds.map { .string(Timestamp(microseconds: $0).iso8601()) } ?? .null
    }
}

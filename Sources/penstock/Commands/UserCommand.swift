import ArgumentParser
import Auth
import Gateway
import Model

/// `penstock user …`: changes of users, for operators. Servers follow within a second.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Change a user: activity, roles, password, second factors.",
        subcommands: [
            UserActivate.self, UserDeactivate.self, UserRolesCommand.self, UserPassword.self,
            UserLogout.self, UserResetFactors.self,
        ]
    )
}

/// The user that a command is about.
struct UserOptions: ParsableArguments {
    @Argument(help: "E-mail address of the user.") var email: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// Runs `body` on the user and prints how the user stands after it, with what `body` adds.
    func change(
        _ body: (Authenticator, User) async throws -> JSONObject
    ) async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let authenticator = try await access.authenticator()
            guard let user = try await authenticator.findUser(email: email) else {
                throw CommandError("user: there is none with the address `\(email)`")
            }
            let more = try await body(authenticator, user)
            guard let changed = try await authenticator.findUser(email: email) else {
                throw CommandError("the user is gone meanwhile")
            }
            var document = CatalogDocuments.user(changed)
            for name in more.names { document[name] = more[name] }
            Output.print(document, json: output.json)
        }
    }
}

struct UserActivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "Let a user in again. Former tokens stay dead."
    )
    @OptionGroup var user: UserOptions

    func run() async throws {
        try await user.change { authenticator, found in
            try await authenticator.setActive(true, of: found.id, by: .operator)
            return [:]
        }
    }
}

struct UserDeactivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deactivate",
        abstract: "Lock a user out, and end all tokens and sessions."
    )
    @OptionGroup var user: UserOptions

    func run() async throws {
        try await user.change { authenticator, found in
            try await authenticator.setActive(false, of: found.id, by: .operator)
            return [:]
        }
    }
}

struct UserRolesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles",
        abstract: "Replace a user's roles."
    )
    @Option(help: "admin, admin-reader, account-admin, consultant; joined by commas; or none.")
    var roles: String
    @OptionGroup var user: UserOptions

    func run() async throws {
        guard let roles = UserRoles(names: Words.list(roles == "none" ? "" : roles)) else {
            throw ValidationError(
                "--roles: must be some of admin, admin-reader, account-admin, consultant; or none"
            )
        }
        try await user.change { authenticator, found in
            try await authenticator.setRoles(roles, of: found.id, by: .operator)
            return [:]
        }
    }
}

struct UserPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Set a user's password, and end all tokens and sessions.",
        discussion: "Without --password-stdin a password is made and printed once."
    )
    @Flag(help: "Read the password from standard input.") var passwordStdin = false
    @OptionGroup var user: UserOptions

    func run() async throws {
        var password: String?
        if passwordStdin {
            guard let line = readLine(), !line.isEmpty else {
                throw CommandError("no password came on standard input")
            }
            password = line
        }
        try await user.change { authenticator, found in
            let generated = try await authenticator.setPassword(
                of: found.id,
                to: password,
                by: .operator
            )
            return generated.map { ["password": .string($0.exposed)] } ?? [:]
        }
    }
}

struct UserLogout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "End all tokens and sessions of a user."
    )
    @OptionGroup var user: UserOptions

    func run() async throws {
        try await user.change { authenticator, found in
            try await authenticator.endTokens(of: found.id, by: .operator)
            return [:]
        }
    }
}

struct UserResetFactors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-factors",
        abstract: "Take a user's second factors away, for one who has lost them."
    )
    @OptionGroup var user: UserOptions

    func run() async throws {
        try await user.change { authenticator, found in
            try await authenticator.resetFactors(of: found.id, by: .operator)
            return [:]
        }
    }
}

import ArgumentParser
import Auth
import Catalog
import Gateway
import Model

struct AddUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Create a user.",
        discussion: "Without --password-stdin a password is made and printed once."
    )

    @Option(help: "Unique name; the address's if it is left out.") var username: String?
    @Option(help: "E-mail address, with which the user logs in.") var email: String
    @Option(name: [.customLong("account"), .customLong("account-id")], help: "Id of the account.")
    var account: Int64
    @Option(help: "admin, admin-reader, account-admin, consultant; joined by commas.")
    var roles: String?
    @Option(help: "IANA time zone.") var timezone = "Europe/Amsterdam"
    @Flag(help: "Read the password from standard input.") var passwordStdin = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let roles = UserRoles(names: Words.list(roles)) else {
            throw ValidationError(
                "--roles: must be some of admin, admin-reader, account-admin, consultant"
            )
        }
        var password: String?
        if passwordStdin {
            guard let line = readLine(), !line.isEmpty else {
                throw CommandError("no password came on standard input")
            }
            password = line
        }
        try await StoreAccess.with(store) { access in
            guard access.catalog.account(AccountID(account)) != nil else {
                throw CommandError("account: there is no account with id \(account)")
            }
            let authenticator = try await access.authenticator()
            let created = try await authenticator.createUser(
                email: email,
                username: username ?? String(email.prefix { $0 != "@" }),
                password: password,
                account: AccountID(account),
                roles: roles,
                timezone: timezone,
                by: .operator
            )
            guard let user = authenticator.directory.user(created.user) else {
                throw CommandError("the user was created and is gone again")
            }
            var document = CatalogDocuments.user(user)
            if let generated = created.generatedPassword {
                document["password"] = .string(generated.exposed)
            }
            Output.print(document, json: output.json)
        }
    }
}

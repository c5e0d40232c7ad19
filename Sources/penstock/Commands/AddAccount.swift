import ArgumentParser
import Catalog
import Gateway
import Model

struct AddAccount: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Create an account."
    )

    @Option(help: "Unique name.") var name: String
    @Option(help: "Account roles, joined by commas.") var roles: String?
    @Option(help: "Such as #1a3443.") var primaryColor: String?
    @Option(help: "Such as #f1a122.") var secondaryColor: String?
    @Option(help: "Address of a logo.") var logoUrl: String?
    @Option(help: "Id of the account whose consultants work for this one.") var consultancy: Int64?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store) { access in
            let account = try await access.catalog.addAccount(
                NewAccount(
                    name: name,
                    roles: Words.list(roles),
                    consultancy: consultancy.map { AccountID($0) },
                    primaryColor: primaryColor,
                    secondaryColor: secondaryColor,
                    logoURL: logoUrl
                )
            )
            Output.print(CatalogDocuments.account(account), json: output.json)
        }
    }
}

/// Lists in options.
enum Words {
    /// The parts between commas, without blanks around them.
    static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").compactMap { part in
            let word = part.drop { $0 == " " }
            let end = word.lastIndex { $0 != " " }
            return end.map { String(word[...$0]) }
        }
    }
}

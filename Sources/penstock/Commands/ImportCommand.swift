import ArgumentParser
import Auth
import Catalog

/// `penstock import …`: takes over what another system holds.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over everything from a FlexMeasures database.",
        subcommands: [ImportFlexMeasures.self]
    )
}

struct ImportFlexMeasures: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flexmeasures",
        abstract: "Take over accounts, users, assets, sensors and all beliefs, with their ids.",
        discussion: """
            The store must be empty. An import that was interrupted goes on where it was. At the end the \
            beliefs of every sensor are compared with the source's; the exit code is 1 if they differ.

            SECURITY_PASSWORD_SALT must be FlexMeasures' (its SECRET_KEY, if it has none), now and when \
            the server runs. Give the password of the source by PGPASSWORD, ~/.pgpass or a service file: \
            what is typed here can be seen in the list of processes.
            """
    )

    @Option(
        help: ArgumentHelp(
            "The source, as libpq takes it.",
            valueName: "postgresql://USER@HOST/DATABASE"
        )
    )
    var from: String
    @Flag(help: "Import nothing; read both sides again and compare.") var compare = false
    @Flag(
        help: "Import although SECURITY_PASSWORD_SALT is not set: every user needs a new password."
    )
    var withoutPasswords = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let isSaltSet = try Settings().secret("SECURITY_PASSWORD_SALT") != nil
        guard isSaltSet || withoutPasswords || compare else {
            throw CommandError(
                "set SECURITY_PASSWORD_SALT to FlexMeasures' (its SECRET_KEY, if it has none), or no imported password will fit; --without-passwords does without them"
            )
        }
        let report = try await StoreAccess.with(store, makesDirectory: !compare) { access in
            let source = try FlexMeasuresSource(from)
            let result: Result<ImportReport, any Error>
            do {
                let work = FlexMeasuresImport(
                    access,
                    source,
                    comparesOnly: compare,
                    keepsPasswords: !withoutPasswords
                )
                result = .success(try await work.run())
            } catch {
                result = .failure(error)
            }
            await source.close()
            return try result.get()
        }
        report.print(json: output.json)
        guard report.mismatches.isEmpty else {
            throw CommandError(
                "\(report.mismatches.count) sensors differ from the source: the import is not complete"
            )
        }
    }
}

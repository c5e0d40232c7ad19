import ArgumentParser
import Foundation

/// The program: the server and the commands of its operators.
struct Penstock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "penstock",
        abstract: "A time-series store for beliefs about sensors, with an auth front.",
        discussion: """
            The database is given by --data-dir DIR (or PENSTOCK_DATA_DIR), where Penstock keeps a \
            Postgres and a Redis of its own, or by DATABASE_URL.
            """,
        subcommands: [
            ServeCommand.self, DemoCommand.self, AddCommand.self, ShowCommand.self,
            DatabaseCommand.self, DeleteCommand.self, RetentionCommand.self, ExplainCommand.self,
            AuditCommand.self, TokenCommand.self, UserCommand.self, ImportCommand.self,
        ]
    )
}

/// Runs a command and tells how it ended: exit code 0; 1 with one line on standard error; 2 for a
/// command line that cannot be understood.
@main
enum Program {
    static func main() async {
        do {
            var command = try Penstock.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = Penstock.exitCode(for: error)
            switch code {
            case .success:
                // Help, or a shell completion script.
                print(Penstock.fullMessage(for: error))
            case .validationFailure:
                complain(Penstock.fullMessage(for: error))
                exit(2)
            default:
                complain("penstock: \(oneLine("\(error)"))")
                exit(1)
            }
        }
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

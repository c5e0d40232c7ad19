import ArgumentParser
import Gateway
import Postgres

/// `penstock db grants`: the privileges of the server's role.
struct DatabaseGrants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants",
        abstract: "Give the server's database role what it needs, and take what it does not.",
        discussion: """
            For an external database DATABASE_URL names the server's role and DATABASE_OWNER_URL the \
            owner of the tables. `db upgrade` does this, too. Ends with 1 if something is left that \
            only a superuser can change.
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, preparesSchema: false, makesDirectory: false) { access in
            guard let owner = access.owner else {
                throw CommandError("set DATABASE_OWNER_URL to the role that owns the tables")
            }
            let (count, left) = try await Schema.grant(owner, to: access.pool)
            let (role, _) = try await Schema.findings(access.pool)
            let findings = left.map { RoleDocument.of($0, role: role) }
            if output.json {
                Output.print(
                    [
                        "mended": .integer(Int64(count)),
                        "role": .array(findings.map(JSONValue.object)),
                    ],
                    json: true
                )
            } else {
                Output.print([["mended": .integer(Int64(count))]] + findings, json: false)
            }
            guard left.isEmpty else { throw CommandError("\(left.count) things are left") }
        }
    }
}

/// What is not right with a role, as commands print it.
enum RoleDocument {
    static func of(_ finding: ServerRole.Finding, role: String) -> JSONObject {
        ["role": .string(role), "text": .string(finding.text)]
    }
}

import ArgumentParser
import Auth
import Gateway
import Model

/// `penstock audit …`: who did what.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Print or verify the audit log.",
        subcommands: [AuditList.self, AuditVerify.self]
    )
}

struct AuditList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Print the newest events, newest first."
    )

    @Option(help: "Only what this user did (id).") var user: Int64?
    @Option(help: "Only what was done to this, as user:12.") var subject: String?
    @Option(help: "Only of this account (id).") var account: Int64?
    @Option(help: "Only actions that begin so: login. or user.roles-changed.") var action: String?
    @Option(help: "Only since this time, such as 2026-11-24T12:00:00+01:00.") var since: String?
    @Option(help: "Only events with smaller numbers.") var before: Int64?
    @Option(help: "Most events that are printed.") var limit = 100
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit: must be from 1 to 100000")
        }
    }

    func run() async throws {
        var filter = AuditFilter(countMax: limit)
        filter.actor = user.map { UserID($0) }
        filter.subject = subject
        filter.account = account.map { AccountID($0) }
        filter.actionPrefix = action
        filter.before = before
        if let since {
            guard let moment = try? OffsetTimestamp(iso8601: since) else {
                throw CommandError("since: `\(since)` is not a time with its offset from UTC")
            }
            filter.since = moment.microseconds
        }
        let wanted = filter
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let events = try await AuditLog(pool: access.pool).events(wanted)
            Output.print(events.map(Self.document), json: output.json)
        }
    }

    private static func document(_ record: AuditRecord) -> JSONObject {
        let details = try? JSONValue(parsing: Array(record.details.utf8))
        return [
            "event": .integer(record.sequence),
            "at": .string(Timestamp(microseconds: record.occurredAt).iso8601()),
            "actor": .string(record.actor),
            "user": record.actorUser.map(JSONValue.integer) ?? .null,
            "action": .string(record.action),
            "subject": record.subject.map(JSONValue.string) ?? .null,
            "account": record.account.map(JSONValue.integer) ?? .null,
            "address": record.address.map(JSONValue.string) ?? .null,
            "request_id": record.requestID.map(JSONValue.string) ?? .null,
            "details": details ?? .string(record.details),
            "hash": .string(record.hashText),
        ]
    }
}

struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute the chain of hashes.",
        discussion: """
            Prints the log's head, <number>:<hash>. Keep it elsewhere: given with --head later, it \
            shows that nothing up to it was changed, removed or written anew. Exit code 1 if \
            something is wrong.
            """
    )

    @Option(help: "A head that was printed before.") var head: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let known = try head.map { text in
            guard let known = AuditHead(text) else {
                throw CommandError("head: must be a number, a colon and 64 hexadecimal digits")
            }
            return known
        }
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let found = try await AuditLog(pool: access.pool).verify(known: known)
            if let problem = found.problem {
                throw CommandError("the audit log is damaged: \(problem)")
            }
            Output.print(
                ["events": .integer(found.count), "head": .string(found.head.description)],
                json: output.json
            )
        }
    }
}

import ArgumentParser
import Catalog
import Gateway
import Model
import TSEngine

/// `penstock retention …`: how long beliefs are kept.
struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Say how long beliefs are kept, by account, asset or sensor.",
        discussion: """
            The most specific rule holds: the sensor's, else that of the nearest asset above it, \
            else the account's. Without a rule beliefs are kept for ever. Servers carry the rules out at \
            their start and every hour.
            """,
        subcommands: [
            RetentionSet.self, RetentionClear.self, RetentionShow.self, RetentionEnforce.self,
        ]
    )
}

/// What a rule is set on.
struct RetentionScopeOptions: ParsableArguments {
    @Option(help: "Id of an account.") var account: Int64?
    @Option(help: "Id of an asset: for its sensors and those of all assets below.")
    var asset: Int64?
    @Option(help: "Id of a sensor.") var sensor: Int64?

    private var scopes: [RetentionScope] {
        [
            account.map { .account(AccountID($0)) }, asset.map { .asset(AssetID($0)) },
            sensor.map { .sensor(SensorID($0)) },
        ].compactMap { $0 }
    }

    func validate() throws {
        if scopes.count > 1 { throw ValidationError("say one of --account, --asset, --sensor") }
    }

    /// Nil if none was said.
    var scope: RetentionScope? { scopes.first }

    func required() throws -> RetentionScope {
        guard let scope else { throw ValidationError("say --account, --asset or --sensor") }
        return scope
    }
}

struct RetentionSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Keep beliefs for a time, counted from the end of their event."
    )

    @OptionGroup var place: RetentionScopeOptions
    @Option(help: "Such as P2Y, P18M, P90D or PT36H; months and years of the UTC calendar.")
    var keep: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { _ = try place.required() }

    func run() async throws {
        guard let period = RetentionPeriod(keep) else {
            throw CommandError("keep: `\(keep)` is not an ISO 8601 duration such as P2Y or P90D")
        }
        let scope = try place.required()
        try await StoreAccess.with(store, makesDirectory: false) { access in
            try await access.catalog.setRetention(of: scope, to: period)
            Output.print(
                RetentionDocument.of(RetentionRule(scope: scope, period: period)),
                json: output.json
            )
        }
    }
}

struct RetentionClear: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear",
        abstract: "Remove the rule that is set on an account, asset or sensor."
    )

    @OptionGroup var place: RetentionScopeOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { _ = try place.required() }

    func run() async throws {
        let scope = try place.required()
        try await StoreAccess.with(store, makesDirectory: false) { access in
            guard try await access.catalog.clearRetention(of: scope) else {
                throw CommandError("there is no rule on \(scope)")
            }
            Output.print(["cleared": .string("\(scope)")], json: output.json)
        }
    }
}

struct RetentionShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print all rules, or the one that is set on something.",
        discussion: "With --sensor: the rule that holds for the sensor, wherever it is set."
    )

    @OptionGroup var place: RetentionScopeOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let rules = try await access.catalog.retentionRules()
            let found: [RetentionRule]
            switch place.scope {
            case nil: found = rules.all
            case .sensor(let id):
                guard let sensor = access.catalog.sensor(id) else {
                    throw CommandError("sensor: there is none with id \(id)")
                }
                let rule = access.catalog.retentionRule(of: sensor, in: rules)
                found = rule.map { [$0] } ?? []
            case let scope?: found = rules.all.filter { $0.scope == scope }
            }
            Output.print(found.map(RetentionDocument.of), json: output.json)
        }
    }
}

struct RetentionEnforce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enforce",
        abstract: "Remove now what is past its time, as servers do every hour."
    )

    @Flag(help: "Only print what would go.") var dryRun = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let maintenance = StoreMaintenance(access.pool)
            let enforcement = RetentionEnforcement(
                catalog: access.catalog,
                maintenance: maintenance
            )
            if dryRun {
                let expiries = try await enforcement.expiries()
                let stored = try await maintenance.beliefs(of: expiries.map(\.deletion))
                let documents = zip(expiries, stored).map { expiry, stored in
                    var document = RetentionDocument.of(expiry)
                    document["values"] = .integer(stored.wholeCount)
                    // Of blocks that reach beyond the cut-off.
                    document["values_partly"] = .integer(stored.partlyCount)
                    return document
                }
                Output.print(documents, json: output.json)
                return
            }
            let expiries = try await access.withEngine { try await enforcement.run(on: $0) }
            guard let expiries else {
                throw CommandError("a server carries out retention at this moment")
            }
            Output.print(expiries.map(RetentionDocument.of), json: output.json)
        }
    }
}

/// Retention as commands print it.
private enum RetentionDocument {
    static func of(_ rule: RetentionRule) -> JSONObject {
        let (kind, id) =
            switch rule.scope {
            case .account(let id): ("account", id.rawValue)
            case .asset(let id): ("asset", id.rawValue)
            case .sensor(let id): ("sensor", id.rawValue)
            }
        return [kind: .integer(id), "keep": .string("\(rule.period)")]
    }

    static func of(_ expiry: RetentionEnforcement.Expiry) -> JSONObject {
        [
            "sensor": .integer(expiry.deletion.sensor.rawValue),
            "keep": .string("\(expiry.rule.period)"), "set_on": .string("\(expiry.rule.scope)"),
            "events_before": .string(expiry.cutOff.iso8601()),
        ]
    }
}

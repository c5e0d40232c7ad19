import ArgumentParser
import Catalog
import Gateway
import Model

struct AddSensor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensor",
        abstract: "Create a sensor on an asset."
    )

    @Option(help: "Name, unique on the asset.") var name: String
    @Option(help: "Such as kW, °C or EUR/MWh.") var unit: String
    @Option(help: "Length of an event, such as PT15M; PT0S for an instantaneous sensor.")
    var eventResolution: String
    @Option(help: "IANA time zone.") var timezone: String
    @Option(help: "Id of the asset.") var asset: Int64
    @Option(help: "A JSON object.") var attributes = "{}"
    @Option(
        help: ArgumentHelp(
            "When its events can be known: ex_post, ex_ante, at_date, x_days_ago_at_y_oclock or x_years_ago_at_date, and what it needs.",
            discussion:
                "Without it when they end. Day-ahead prices: 'x_days_ago_at_y_oclock x=1 y=12 z=Europe/Paris'.",
            valueName: "RULE"
        )
    )
    var knowledgeHorizon: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store) { access in
            let sensor = try await access.catalog.addSensor(
                NewSensor(
                    name: name,
                    unit: unit,
                    timezone: timezone,
                    timing: try timing(),
                    asset: AssetID(asset),
                    attributes: attributes
                )
            )
            Output.print(CatalogDocuments.sensor(sensor), json: output.json)
        }
    }

    private func timing() throws -> EventTiming {
        guard let text = knowledgeHorizon else {
            return EventTiming(resolution: try resolution())
        }
        return EventTiming(resolution: try resolution(), knowledge: try Self.knowledge(text))
    }

    /// A rule as a function's name and its parameters, `name=value`, between blanks.
    static func knowledge(_ text: String) throws -> KnowledgeRule {
        let words = text.split(separator: " ")
        var parameters: StoredParameters = [:]
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw CommandError("knowledge-horizon: `\(word)` is not of the form name=value")
            }
            parameters[parts[0]] = Double(parts[1]).map { .number($0) } ?? .text(parts[1])
        }
        do throws(KnowledgeRule.StoredError) {
            return try KnowledgeRule(
                function: words.first.map(String.init) ?? "",
                parameters: parameters
            )
        } catch {
            switch error {
            case .unknownFunction(let name):
                throw CommandError("knowledge-horizon: there is no rule `\(name)`")
            case .badParameter(let name):
                throw CommandError(
                    "knowledge-horizon: `\(name)` is missing or not as the rule needs it"
                )
            }
        }
    }

    /// µs.
    private func resolution() throws -> Int64 {
        guard let duration = try? ISODuration(parsing: eventResolution), !duration.isNominal,
            duration.microseconds >= 0
        else {
            throw CommandError(
                "event-resolution: `\(eventResolution)` is not an ISO 8601 duration such as PT15M"
            )
        }
        return duration.microseconds
    }
}

struct AddSource: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Create a data source that is no user."
    )

    @Option(help: "Who says so.") var name: String
    @Option(help: "Such as forecaster, scheduler, reporter or market.") var type: String
    @Option(help: "What computes it.") var model: String?
    @Option(help: "Version of the model.") var version: String?
    @Option(name: [.customLong("account"), .customLong("account-id")], help: "Id of an account.")
    var account: Int64?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store) { access in
            let source = try await access.catalog.addSource(
                NewSource(
                    name: name,
                    type: type,
                    model: model,
                    version: version,
                    account: account.map { AccountID($0) }
                )
            )
            Output.print(CatalogDocuments.source(source), json: output.json)
        }
    }
}

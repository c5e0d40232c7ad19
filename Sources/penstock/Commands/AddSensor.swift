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
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store) { access in
            let sensor = try await access.catalog.addSensor(
                NewSensor(
                    name: name,
                    unit: unit,
                    timezone: timezone,
                    timing: EventTiming(resolution: try resolution()),
                    asset: AssetID(asset),
                    attributes: attributes
                )
            )
            Output.print(CatalogDocuments.sensor(sensor), json: output.json)
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

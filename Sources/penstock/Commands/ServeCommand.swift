import ArgumentParser
import Gateway
import Logging

/// `penstock serve`: the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the API."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var listening: ListenOptions

    func run() async throws {
        let settings = Settings()
        Log.bootstrap(settings)
        try MemoryBudget(settings).applyToAllocator()
        let location = try store.location(settings)
        let server = Server(
            location: location,
            gateway: try listening.configuration(settings, location),
            settings: settings
        )
        try await server.run { running in
            for line in listening.lines(running.listening) { Log.line("Penstock serves \(line)") }
        }
    }
}

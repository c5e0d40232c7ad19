import ArgumentParser

/// Which database a command works on.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Directory with Penstock's own Postgres and Redis.",
            discussion: "Also PENSTOCK_DATA_DIR. Without either, DATABASE_URL names the database.",
            valueName: "DIR"
        )
    )
    var dataDir: String?

    /// Where the database is.
    enum Location {
        case dataDirectory(String)
        /// libpq's connection string.
        case external(String)
    }

    func location(_ settings: Settings) throws -> Location {
        if let dataDir { return .dataDirectory(dataDir) }
        if let path = settings.text("PENSTOCK_DATA_DIR") { return .dataDirectory(path) }
        if let url = settings.text("DATABASE_URL") {
            try LinkPolicy.check(postgres: url, name: "DATABASE_URL")
            return .external(url)
        }
        throw CommandError(
            "say where the data is: --data-dir DIR, PENSTOCK_DATA_DIR or DATABASE_URL"
        )
    }
}

/// How a command prints what it made or found.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
}

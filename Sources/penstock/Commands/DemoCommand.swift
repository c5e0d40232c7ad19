import ArgumentParser
import Auth
import Catalog
import Gateway
import Model

/// `penstock demo`: the server with an example account and real sample data.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Serve an example account with real sample data.",
        discussion: "A later start goes on with what is there."
    )

    @Option(help: ArgumentHelp("Where the demo keeps its data.", valueName: "DIR"))
    var dataDir = "./penstock-data"
    @OptionGroup var listening: ListenOptions

    func run() async throws {
        let settings = Settings()
        Log.bootstrap(settings)
        let location = StoreOptions.Location.dataDirectory(dataDir)
        var gateway = try listening.configuration(settings, location)
        // The sample data are loaded by plain HTTP, also if only HTTPS was asked for.
        let local = gateway.insecureHTTP ?? GatewayConfiguration.Address(host: "127.0.0.1", port: 0)
        gateway.insecureHTTP = local
        let server = Server(location: location, gateway: gateway, settings: settings)
        try await server.run { running in
            let folder = try DemoFolder(dataDirectory: dataDir)
            let structure = DemoStructure.standard
            let setup = DemoSetup(catalog: running.catalog, authenticator: running.authenticator)
            let account = try await setup.account(of: structure)
            let logins = try folder.logins(of: structure.users.map(\.email))
            try await setup.users(of: structure, account, logins)
            let sensorIDs = try await setup.sensors(of: structure, account)
            guard let administrator = structure.administrator,
                let password = logins.password(of: administrator.email)
            else { throw CommandError("the demo has no administrator") }
            let client = DemoClient(host: local.host, port: running.listening.insecurePort ?? 0)
            let loader = try DemoLoader(
                client: client,
                series: SampleData.load(),
                structure: structure,
                sensorIDs: sensorIDs
            )
            let report = try await loader.load(
                email: administrator.email,
                password: password
            )
            try folder.keep(token: report.token)
            let summary = DemoSummary(
                baseURL: client.baseURL,
                secureLines: listening.lines(running.listening).filter { $0.hasPrefix("https") },
                logins: logins.all,
                report: report,
                authorizationPath: folder.authorizationPath,
                sensorIDs: sensorIDs
            )
            Log.line(summary.text)
        }
    }
}

/// Creates what `DemoStructure` describes, unless it is there.
private struct DemoSetup {
    let catalog: CatalogStore
    let authenticator: Authenticator

    func account(of structure: DemoStructure) async throws -> AccountID {
        if let known = catalog.accounts().first(where: { $0.name == structure.account }) {
            return known.id
        }
        return try await catalog.addAccount(NewAccount(name: structure.account)).id
    }

    func users(
        of structure: DemoStructure,
        _ account: AccountID,
        _ logins: DemoFolder.Logins
    ) async throws {
        for user in structure.users {
            guard let password = logins.password(of: user.email) else { continue }
            if let known = try await authenticator.findUser(email: user.email) {
                if logins.newEmails.contains(user.email) {
                    _ = try await authenticator.setPassword(of: known.id, to: password)
                }
                continue
            }
            _ = try await authenticator.createUser(
                email: user.email,
                username: user.username,
                password: password,
                account: account,
                roles: user.isAccountAdmin ? .accountAdmin : []
            )
        }
    }

    /// - Returns: the sensors' ids by name.
    func sensors(
        of structure: DemoStructure,
        _ account: AccountID
    ) async throws -> [String: Int64] {
        for type in structure.assetTypes
        where !catalog.assetTypes().contains(where: { $0.name == type.name }) {
            _ = try await catalog.addAssetType(name: type.name, description: type.description)
        }
        var ids: [String: Int64] = [:]
        for wanted in structure.assets {
            let asset = try await asset(wanted, account)
            for sensor in wanted.sensors {
                let known = catalog.sensors(of: asset).first { $0.name == sensor.name }
                if let known {
                    ids[sensor.name] = known.id.rawValue
                } else {
                    ids[sensor.name] = try await add(sensor, to: asset).id.rawValue
                }
            }
        }
        return ids
    }

    private func asset(_ wanted: DemoStructure.Asset, _ account: AccountID) async throws -> AssetID
    {
        let own = catalog.assets(of: account)
        if let known = own.first(where: { $0.name == wanted.name }) { return known.id }
        guard let type = catalog.assetTypes().first(where: { $0.name == wanted.type }) else {
            throw CommandError("there is no asset type `\(wanted.type)`")
        }
        return try await catalog.addAsset(
            NewAsset(
                name: wanted.name,
                type: type.id,
                account: account,
                parent: own.first { $0.name == wanted.parent }?.id,
                description: wanted.description,
                latitude: wanted.latitude,
                longitude: wanted.longitude
            )
        ).id
    }

    private func add(_ sensor: DemoStructure.Sensor, to asset: AssetID) async throws -> Sensor {
        try await catalog.addSensor(
            NewSensor(
                name: sensor.name,
                unit: sensor.unit,
                timezone: sensor.timezone,
                timing: try sensor.timing(),
                asset: asset
            )
        )
    }
}

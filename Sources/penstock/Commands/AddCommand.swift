import ArgumentParser

/// `penstock add …`: creates accounts, users, assets, sensors and sources.
struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Create an account, a user, an asset, a sensor or a source.",
        subcommands: [
            AddAccount.self, AddUser.self, AddAssetType.self, AddAsset.self, AddSensor.self,
            AddSource.self,
        ]
    )
}

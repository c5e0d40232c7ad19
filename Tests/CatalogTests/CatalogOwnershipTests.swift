import Model
import Postgres
import Testing

@testable import Catalog

@Suite struct CatalogOwnershipTests {
    /// Goal: decisions get the account, its consultancy, and all assets above; public is nobody's.
    @Test func `assets have owners and ancestors`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let keeper = try await store.addAccount(.init(name: "C"))
        let client = try await store.addAccount(.init(name: "D", consultancy: keeper.id))
        let type = AssetTypeID(6)
        let top = try await store.addAsset(.init(name: "top", type: type, account: client.id))
        let middle = try await store.addAsset(
            .init(name: "middle", type: type, account: client.id, parent: top.id)
        )
        let bottom = try await store.addAsset(
            .init(name: "bottom", type: type, account: client.id, parent: middle.id)
        )
        let market = try await store.addAsset(.init(name: "market", type: type))
        #expect(
            store.owner(of: bottom.id)
                == SensorOwnership(asset: bottom.id, account: client.id, consultancy: keeper.id)
        )
        let own = try await store.addAsset(.init(name: "own", type: type, account: keeper.id))
        #expect(
            store.owner(of: own.id)
                == SensorOwnership(asset: own.id, account: keeper.id, consultancy: nil)
        )
        #expect(
            store.owner(of: market.id)
                == SensorOwnership(asset: market.id, account: nil, consultancy: nil)
        )
        #expect(store.owner(of: AssetID(77)) == nil)
        #expect(store.ancestors(of: bottom.id) == [middle.id, top.id])
        #expect(store.ancestors(of: top.id) == [])
        #expect(store.ancestors(of: AssetID(77)) == [])
        // A loop, which only SQL by hand can make, ends.
        let connection = try database.connection()
        _ = try connection.query(
            "UPDATE asset SET parent_asset_id = \(bottom.id.rawValue) WHERE id = \(top.id.rawValue)"
        )
        try await store.load()
        #expect(store.ancestors(of: bottom.id) == [middle.id, top.id])
    }
}

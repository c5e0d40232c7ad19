import Model
import TestSupport
import Testing

@testable import Catalog

@Suite struct CatalogTableTests {
    /// Goal: the paged table is a dictionary with an order. Method: random changes by seed, on the
    /// table and on a dictionary; ids close together and far apart, at the edges of pages.
    @Test(arguments: 0..<40) func `a table does what a dictionary does`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = CatalogTable<AssetType>()
        var model: [Int64: String] = [:]
        for step in 0..<600 {
            let id =
                Bool.random(using: &random)
                ? Int64.random(in: 1...140, using: &random)
                : Int64.random(in: 1...20, using: &random) << 40
            if Int.random(in: 0..<3, using: &random) == 0 {
                #expect(table.remove(AssetTypeID(id))?.name == model.removeValue(forKey: id))
            } else {
                let row = AssetType(id: AssetTypeID(id), name: "\(step)", description: nil)
                #expect(table.update(row)?.name == model.updateValue("\(step)", forKey: id))
            }
            #expect(table.count == model.count)
        }
        for (id, name) in model { #expect(table[AssetTypeID(id)]?.name == name) }
        #expect(table[AssetTypeID(141)] == nil)
        let ids = model.keys.sorted()
        #expect(table.rows(after: nil, limit: .max).map(\.id.rawValue) == ids)
        let limit = Int.random(in: 1...30, using: &random)
        var paged: [Int64] = []
        while true {
            let rows = table.rows(after: paged.last.map { AssetTypeID($0) }, limit: limit)
            #expect(rows.count <= limit)
            paged += rows.map(\.id.rawValue)
            if rows.isEmpty { break }
        }
        #expect(paged == ids)
    }

    /// Goal: the lists of children, owners and sensors follow every change. Method: random rows by
    /// seed, lists compared with those computed from all rows.
    @Test(arguments: 0..<20) func `relations follow every change`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var tables = CatalogTables()
        for _ in 0..<400 {
            let id = Int64.random(in: 1...30, using: &random)
            var changes = CatalogChanges()
            var rows = CatalogRows()
            let isGone = Int.random(in: 0..<4, using: &random) == 0
            if Bool.random(using: &random) {
                changes.insert(.asset, id)
                let parent = Int64.random(in: 0...30, using: &random)
                let account = Int64.random(in: 0...3, using: &random)
                if !isGone { rows.assets = [asset(id, parent: parent, account: account)] }
            } else {
                changes.insert(.sensor, id)
                let asset = Int64.random(in: 1...30, using: &random)
                if !isGone { rows.sensors = [sensor(id, asset: asset)] }
            }
            tables.apply(rows, for: changes)
        }
        let assets = tables.assets.rows(after: nil, limit: .max)
        let sensors = tables.sensors.rows(after: nil, limit: .max)
        for account in [nil, AccountID(1), AccountID(2), AccountID(3)] {
            let owned = assets.filter { $0.account == account }.map(\.id)
            #expect(tables.assets(of: account).map(\.id) == owned)
        }
        for number in Int64(1)...30 {
            let id = AssetID(number)
            let kids = assets.filter { $0.parent == id }.map(\.id)
            #expect(tables.children(of: id).map(\.id) == kids)
            let measured = sensors.filter { $0.asset == id }.map(\.id)
            #expect(tables.sensors(of: id).map(\.id) == measured)
            // Random parents make loops: the walk must end, and name nobody twice.
            let offspring = tables.offspring(of: id).map(\.id)
            #expect(Set(offspring).count == offspring.count && !offspring.contains(id))
        }
    }

    @Test func `payloads name rows, all rows, or nothing that is known`() {
        var changes = CatalogChanges()
        for payload in ["", "sensor", "plan:3", "sensor:7", "sensor:7", "data_source:2"] {
            changes.insert(payload: payload)
        }
        #expect(changes[.sensor] == [7] && changes[.dataSource] == [2] && changes.count == 2)
        #expect(!changes.isEverything)
        changes.insert(payload: "asset:*")
        #expect(changes.isEverything && changes.count == 0)
    }

    @Test func `too many changes become everything`() {
        var changes = CatalogChanges()
        for id in 1...Int64(CatalogChanges.countMax) { changes.insert(.sensor, id) }
        #expect(!changes.isEverything)
        var other = CatalogChanges(.asset, 1)
        other.insert(mark: Timestamp(microseconds: 5))
        changes.formUnion(other)
        #expect(changes.isEverything && changes.mark == Timestamp(microseconds: 5))
    }

    private func asset(_ id: Int64, parent: Int64, account: Int64) -> Asset {
        Asset(
            id: AssetID(id),
            name: "",
            description: nil,
            latitude: nil,
            longitude: nil,
            type: AssetTypeID(1),
            account: account == 0 ? nil : AccountID(account),
            parent: parent == 0 || parent == id ? nil : AssetID(parent),
            externalID: nil,
            attributes: "{}",
            sensorsToShow: "[]",
            sensorsToShowAsKPIs: "[]",
            flexContext: "{}",
            flexModel: "{}"
        )
    }

    private func sensor(_ id: Int64, asset: Int64) -> Sensor {
        Sensor(
            id: SensorID(id),
            name: "",
            unit: "kW",
            timezone: "UTC",
            timing: EventTiming(resolution: 0),
            asset: AssetID(asset),
            attributes: "{}"
        )
    }
}

import Model

/// Everything that there is, in memory, with the relations that callers follow. A value: whoever
/// holds it decides about locks.
struct CatalogTables: Sendable {
    private(set) var accountRoles = CatalogTable<AccountRole>()
    private(set) var accounts = CatalogTable<Account>()
    private(set) var assetTypes = CatalogTable<AssetType>()
    private(set) var assets = CatalogTable<Asset>()
    private(set) var sensors = CatalogTable<Sensor>()
    private(set) var sources = CatalogTable<DataSource>()

    // INVARIANT: the lists below are ascending, not empty, and name rows of the tables above.
    private var assetsOfAccount: [AccountID?: [AssetID]] = [:]
    private var assetsOfParent: [AssetID: [AssetID]] = [:]
    private var sensorsOfAsset: [AssetID: [SensorID]] = [:]
    private var sourceOfUser: [UserID: SourceID] = [:]

    /// Counts what takes something away from a list of sensors, see `sensorGeneration(of:)`.
    private var generation: UInt64 = 0
    private var generationOfAsset: [AssetID: UInt64] = [:]
    /// The generation at which these tables began.
    private var firstGeneration: UInt64 = 0

    func assets(of account: AccountID?) -> [Asset] {
        (assetsOfAccount[account] ?? []).compactMap { assets[$0] }
    }

    func children(of asset: AssetID) -> [Asset] {
        (assetsOfParent[asset] ?? []).compactMap { assets[$0] }
    }

    /// The assets below `root`, nearest first; without `root`.
    func offspring(of root: AssetID) -> [Asset] {
        // A loop in the tree, which the writing functions refuse, must not hang the readers.
        var seen: Set<AssetID> = [root]
        var found: [Asset] = []
        var level = children(of: root)
        while !level.isEmpty {
            let fresh = level.filter { seen.insert($0.id).inserted }
            found += fresh
            level = fresh.flatMap { children(of: $0.id) }
        }
        return found
    }

    func sensors(of asset: AssetID) -> [Sensor] {
        (sensorsOfAsset[asset] ?? []).compactMap { sensors[$0] }
    }

    /// At most `limit` of an asset's sensors with ids above `id`, ascending.
    func sensors(of asset: AssetID, after id: SensorID?, limit: Int) -> [Sensor] {
        guard let ids = sensorsOfAsset[asset] else { return [] }
        let first = id.map { ids.lowerBound(of: SensorID($0.rawValue + 1)) } ?? 0
        return ids[first...].prefix(limit).compactMap { sensors[$0] }
    }

    func sensorCount(of asset: AssetID) -> Int { sensorsOfAsset[asset]?.count ?? 0 }

    /// A number that grows when a sensor of the asset goes, moves or changes, and when the asset
    /// does; not when sensors are added. Nil if there is no such asset.
    func sensorGeneration(of asset: AssetID) -> UInt64? {
        guard assets[asset] != nil else { return nil }
        return generationOfAsset[asset] ?? firstGeneration
    }

    /// Continues the count of tables that these replace: everything may have changed.
    mutating func succeed(_ former: borrowing CatalogTables) {
        generation = former.generation + 1
        firstGeneration = generation
        generationOfAsset = [:]
    }

    private mutating func noteChange(of asset: AssetID) {
        generation += 1
        generationOfAsset[asset] = generation
    }

    func source(of user: UserID) -> DataSource? {
        sourceOfUser[user].flatMap { sources[$0] }
    }

    func owner(of sensor: SensorID) -> SensorOwnership? {
        guard let asset = sensors[sensor]?.asset, let owned = assets[asset] else { return nil }
        guard let account = owned.account else {
            return SensorOwnership(asset: asset, account: nil, consultancy: nil)
        }
        // An asset whose account is not known (yet) must not pass for a public one.
        guard let owner = accounts[account] else { return nil }
        return SensorOwnership(asset: asset, account: account, consultancy: owner.consultancy)
    }

    /// Makes the tables say of the changed ids what `rows` says: rows that are there replace, ids
    /// without a row are gone.
    mutating func apply(_ rows: CatalogRows, for changes: CatalogChanges) {
        let gone = changes.subtracting(rows)
        removeSensors(gone[.sensor].map(SensorID.init) + missing(in: rows, of: changes))
        for id in gone[.asset] { removeAsset(AssetID(id)) }
        for id in gone[.account] { accounts.remove(AccountID(id)) }
        for id in gone[.accountRole] { accountRoles.remove(AccountRoleID(id)) }
        for id in gone[.assetType] { assetTypes.remove(AssetTypeID(id)) }
        for id in gone[.dataSource] { removeSource(SourceID(id)) }
        insert(rows)
    }

    /// The sensors here that lie in a changed range and have no row any more.
    private func missing(in rows: CatalogRows, of changes: CatalogChanges) -> [SensorID] {
        guard !changes.sensorRanges.isEmpty else { return [] }
        let present = Set(rows.sensors.lazy.map(\.id))
        var missing: [SensorID] = []
        for range in changes.sensorRanges {
            var last = SensorID(range.lowerBound - 1)
            while true {
                let page = sensors.rows(after: last, limit: 1_024)
                    .prefix { $0.id.rawValue <= range.upperBound }
                for sensor in page where !present.contains(sensor.id) { missing.append(sensor.id) }
                guard page.count == 1_024, let next = page.last else { break }
                last = next.id
            }
        }
        return missing
    }

    /// Puts all rows in, in place of what has their ids.
    mutating func insert(_ rows: CatalogRows) {
        for row in rows.accountRoles { accountRoles.update(row) }
        for row in rows.accounts { accounts.update(row) }
        for row in rows.assetTypes { assetTypes.update(row) }
        for row in rows.assets { update(row) }
        for row in rows.sensors { update(row) }
        for row in rows.sources { update(row) }
    }

    /// Puts those rows in whose ids are free.
    mutating func insertIfAbsent(_ rows: CatalogRows) {
        var absent = CatalogRows()
        absent.accountRoles = rows.accountRoles.filter { accountRoles[$0.id] == nil }
        absent.accounts = rows.accounts.filter { accounts[$0.id] == nil }
        absent.assetTypes = rows.assetTypes.filter { assetTypes[$0.id] == nil }
        absent.assets = rows.assets.filter { assets[$0.id] == nil }
        absent.sensors = rows.sensors.filter { sensors[$0.id] == nil }
        absent.sources = rows.sources.filter { sources[$0.id] == nil }
        insert(absent)
    }

    private mutating func update(_ asset: Asset) {
        let old = assets.update(asset)
        if let old, old != asset { noteChange(of: asset.id) }
        if let old, old.account == asset.account, old.parent == asset.parent { return }
        if let old { unlink(old) }
        assetsOfAccount[asset.account, default: []].insertSorted(asset.id)
        if let parent = asset.parent { assetsOfParent[parent, default: []].insertSorted(asset.id) }
    }

    private mutating func removeAsset(_ id: AssetID) {
        guard let old = assets.remove(id) else { return }
        unlink(old)
        generationOfAsset[id] = nil
    }

    private mutating func unlink(_ asset: Asset) {
        assetsOfAccount.remove(asset.id, from: asset.account)
        if let parent = asset.parent { assetsOfParent.remove(asset.id, from: parent) }
    }

    private mutating func update(_ sensor: Sensor) {
        let old = sensors.update(sensor)
        if let old, old != sensor { noteChange(of: old.asset) }
        if old?.asset == sensor.asset { return }
        if let old { sensorsOfAsset.remove(old.id, from: old.asset) }
        sensorsOfAsset[sensor.asset, default: []].insertSorted(sensor.id)
    }

    private mutating func removeSensors(_ ids: [SensorID]) {
        var gone: [AssetID: [SensorID]] = [:]
        for id in ids {
            if let old = sensors.remove(id) { gone[old.asset, default: []].append(id) }
        }
        for (asset, ids) in gone {
            // An asset may lose a million at once.
            let lost = Set(ids)
            sensorsOfAsset[asset]?.removeAll { lost.contains($0) }
            if sensorsOfAsset[asset]?.isEmpty == true { sensorsOfAsset[asset] = nil }
            if assets[asset] != nil { noteChange(of: asset) }
        }
    }

    private mutating func update(_ source: DataSource) {
        if let user = sources.update(source)?.user { sourceOfUser[user] = nil }
        if let user = source.user { sourceOfUser[user] = source.id }
    }

    private mutating func removeSource(_ id: SourceID) {
        if let user = sources.remove(id)?.user { sourceOfUser[user] = nil }
    }
}

extension Dictionary {
    /// Takes `element` out of the ascending list at `key`, and an emptied list out of the
    /// dictionary.
    fileprivate mutating func remove<Element: Comparable>(_ element: Element, from key: Key)
    where Value == [Element] {
        self[key]?.removeSorted(element)
        if self[key]?.isEmpty == true { self[key] = nil }
    }
}

import Model

/// The catalog's tables, as the database and its notifications name them.
enum CatalogTableName: String, Sendable, CaseIterable {
    case accountRole = "account_role"
    case account
    case assetType = "asset_type"
    case asset
    case sensor
    case dataSource = "data_source"
}

/// Rows that may have changed and are to be read again.
struct CatalogChanges: Sendable {
    /// Read all tables anew: after a lost connection, or when single rows are too many to name.
    private(set) var isEverything = false
    private var ids: [CatalogTableName: Set<Int64>] = [:]
    private(set) var count = 0
    /// Everything that was committed before this moment is known once these rows have been read.
    private(set) var mark: Timestamp?

    /// Rows that are named one by one. Above, reading everything costs about as much; it also
    /// bounds what a large transaction elsewhere makes this process remember.
    static let countMax = 20_000

    static let everything: CatalogChanges = {
        var changes = CatalogChanges()
        changes.insertEverything()
        return changes
    }()

    init() {}

    init(_ table: CatalogTableName, _ id: Int64) { insert(table, id) }

    var isEmpty: Bool { !isEverything && count == 0 && mark == nil }

    /// Ids that may have changed; meaningless when `isEverything`.
    subscript(table: CatalogTableName) -> Set<Int64> { ids[table] ?? [] }

    /// Tables with ids, parents first.
    var tables: [CatalogTableName] { CatalogTableName.allCases.filter { !self[$0].isEmpty } }

    mutating func insert(_ table: CatalogTableName, _ id: Int64) {
        if isEverything { return }
        guard ids[table, default: []].insert(id).inserted else { return }
        count += 1
        if count > Self.countMax { insertEverything() }
    }

    mutating func insertEverything() {
        isEverything = true
        (ids, count) = ([:], 0)
    }

    mutating func insert(mark: Timestamp) {
        self.mark = max(self.mark ?? mark, mark)
    }

    /// Reads what the triggers notify: `<table>:<id>`, or `<table>:*` for all rows.
    mutating func insert(payload: String) {
        let parts = payload.split(separator: ":", maxSplits: 1)
        // Tables of later versions mean nothing to this one.
        guard parts.count == 2, let table = CatalogTableName(rawValue: String(parts[0])) else {
            return
        }
        if let id = Int64(parts[1]) { insert(table, id) } else { insertEverything() }
    }

    mutating func formUnion(_ other: CatalogChanges) {
        if let mark = other.mark { insert(mark: mark) }
        if other.isEverything { return insertEverything() }
        for (table, ids) in other.ids { for id in ids { insert(table, id) } }
    }

    /// The ids for which `rows` has no row.
    func subtracting(_ rows: CatalogRows) -> CatalogChanges {
        var rest = self
        rest.ids[.accountRole]?.subtract(rows.accountRoles.lazy.map(\.id.rawValue))
        rest.ids[.account]?.subtract(rows.accounts.lazy.map(\.id.rawValue))
        rest.ids[.assetType]?.subtract(rows.assetTypes.lazy.map(\.id.rawValue))
        rest.ids[.asset]?.subtract(rows.assets.lazy.map(\.id.rawValue))
        rest.ids[.sensor]?.subtract(rows.sensors.lazy.map(\.id.rawValue))
        rest.ids[.dataSource]?.subtract(rows.sources.lazy.map(\.id.rawValue))
        return rest
    }
}

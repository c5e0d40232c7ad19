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
    /// Of sensors, which come by the hundred thousand: ascending, and apart from each other.
    private(set) var sensorRanges: [ClosedRange<Int64>] = []
    private(set) var count = 0
    /// Everything that was committed before this moment is known once these rows have been read.
    private(set) var mark: Timestamp?

    /// Rows that are named one by one, and ranges. Above, reading everything costs about as much;
    /// it also bounds what a large transaction elsewhere makes this process remember.
    static let countMax = 20_000

    static let everything: CatalogChanges = {
        var changes = CatalogChanges()
        changes.insertEverything()
        return changes
    }()

    init() {}

    init(_ table: CatalogTableName, _ id: Int64) { insert(table, id) }

    var isEmpty: Bool { !hasRows && mark == nil }

    /// Whether there are rows to be read, not only a moment to be noted.
    var hasRows: Bool { isEverything || count > 0 }

    /// Ids that may have changed; meaningless when `isEverything`.
    subscript(table: CatalogTableName) -> Set<Int64> { ids[table] ?? [] }

    /// Tables with ids or ranges, parents first.
    var tables: [CatalogTableName] {
        CatalogTableName.allCases.filter { !self[$0].isEmpty || $0 == .sensor && hasSensorRanges }
    }

    private var hasSensorRanges: Bool { !sensorRanges.isEmpty }

    mutating func insert(_ table: CatalogTableName, _ id: Int64) {
        if isEverything { return }
        guard ids[table, default: []].insert(id).inserted else { return }
        count += 1
        if count > Self.countMax { insertEverything() }
    }

    /// All sensors of a range of ids; those that other transactions write are read once more.
    mutating func insertSensors(_ range: ClosedRange<Int64>) {
        if isEverything { return }
        var merged = range
        sensorRanges.removeAll { other in
            let touches =
                other.upperBound >= merged.lowerBound - 1
                && other.lowerBound <= merged.upperBound + 1
            guard touches else { return false }
            merged =
                min(merged.lowerBound, other.lowerBound)...max(merged.upperBound, other.upperBound)
            count -= 1
            return true
        }
        let place = sensorRanges.firstIndex { $0.lowerBound > merged.lowerBound }
        sensorRanges.insert(merged, at: place ?? sensorRanges.count)
        count += 1
        if sensorRanges.count > Self.rangeCountMax { insertEverything() }
    }

    /// Ranges that are remembered: looking through them all must cost next to nothing.
    static let rangeCountMax = 256

    mutating func insertEverything() {
        isEverything = true
        (ids, sensorRanges, count) = ([:], [], 0)
    }

    mutating func insert(mark: Timestamp) {
        self.mark = max(self.mark ?? mark, mark)
    }

    /// Reads what the triggers notify: `<table>:<id>`, `sensor:<id>-<id>` for a range, or
    /// `<table>:*` for all rows; `@` and the writer may follow.
    ///
    /// `writer`: who shows its own rows, so that what it has written is left out.
    mutating func insert(payload: String, exceptOf writer: String? = nil) {
        let signed = payload.split(separator: "@", maxSplits: 1)
        if let writer, signed.count == 2, signed[1] == writer { return }
        let parts = signed.first?.split(separator: ":", maxSplits: 1) ?? []
        // Tables of later versions mean nothing to this one.
        guard parts.count == 2, let table = CatalogTableName(rawValue: String(parts[0])) else {
            return
        }
        let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        if let id = Int64(parts[1]) {
            insert(table, id)
        } else if table == .sensor, ends.count == 2, let first = Int64(ends[0]),
            let last = Int64(ends[1]), first > 0, first <= last, last < Int64.max
        {
            insertSensors(first...last)
        } else {
            insertEverything()
        }
    }

    mutating func formUnion(_ other: CatalogChanges) {
        if let mark = other.mark { insert(mark: mark) }
        if other.isEverything { return insertEverything() }
        for (table, ids) in other.ids { for id in ids { insert(table, id) } }
        for range in other.sensorRanges { insertSensors(range) }
    }

    /// The single ids for which `rows` has no row.
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

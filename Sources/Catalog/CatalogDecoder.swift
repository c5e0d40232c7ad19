import Model
import Postgres

/// How many rows could not be read, and which was the first.
struct UnreadableRows: Sendable {
    private(set) var count = 0
    private(set) var first: String?

    mutating func add(_ reason: String) {
        if first == nil { first = reason }
        count += 1
    }
}

/// Turns rows of the database into values, and shares what repeats from row to row.
struct CatalogDecoder {
    /// Rows that are left out: stored by other programs, and not understood here.
    private(set) var unreadable = UnreadableRows()
    private var shared: Set<String> = []
    private var rules: [String: KnowledgeRule] = [:]

    /// Distinct texts that are remembered. More would cost a large load more than they save.
    private static let sharedCountMax = 8_192

    static let accountRoleColumns: SQL = "id, name, description"

    func accountRole(_ rows: PostgresRows, _ row: Int) throws -> AccountRole {
        AccountRole(
            id: AccountRoleID(try rows.int(row, 0)),
            name: rows.string(row, 1),
            description: rows.optionalString(row, 2)
        )
    }

    static let accountColumns: SQL = """
        id, name, consultancy_account_id, primary_color, secondary_color, logo_url, attributes
        """

    /// `roles` are the account's, ascending by id.
    func account(_ rows: PostgresRows, _ row: Int, roles: [AccountRole]) throws -> Account {
        Account(
            id: AccountID(try rows.int(row, 0)),
            name: rows.string(row, 1),
            consultancy: try rows.optionalInt(row, 2).map(AccountID.init),
            primaryColor: rows.optionalString(row, 3),
            secondaryColor: rows.optionalString(row, 4),
            logoURL: rows.optionalString(row, 5),
            attributes: rows.string(row, 6),
            roles: roles
        )
    }

    static let assetTypeColumns: SQL = "id, name, description"

    func assetType(_ rows: PostgresRows, _ row: Int) throws -> AssetType {
        AssetType(
            id: AssetTypeID(try rows.int(row, 0)),
            name: rows.string(row, 1),
            description: rows.optionalString(row, 2)
        )
    }

    static let assetColumns: SQL = """
        id, name, description, latitude, longitude, asset_type_id, account_id, parent_asset_id,
        external_id, attributes, sensors_to_show, sensors_to_show_as_kpis, flex_context, flex_model
        """

    mutating func asset(_ rows: PostgresRows, _ row: Int) throws -> Asset {
        Asset(
            id: AssetID(try rows.int(row, 0)),
            name: rows.string(row, 1),
            description: rows.optionalString(row, 2),
            latitude: try rows.optionalDouble(row, 3),
            longitude: try rows.optionalDouble(row, 4),
            type: AssetTypeID(try rows.int(row, 5)),
            account: try rows.optionalInt(row, 6).map(AccountID.init),
            parent: try rows.optionalInt(row, 7).map(AssetID.init),
            externalID: rows.optionalString(row, 8),
            attributes: share(rows.string(row, 9)),
            sensorsToShow: share(rows.string(row, 10)),
            sensorsToShowAsKPIs: share(rows.string(row, 11)),
            flexContext: share(rows.string(row, 12)),
            flexModel: share(rows.string(row, 13))
        )
    }

    static let sensorColumns: SQL = """
        id, name, unit, timezone, (extract(epoch FROM event_resolution) * 1000000)::bigint,
        knowledge_horizon_fnc, knowledge_horizon_par, asset_id, attributes
        """

    /// Nil if the knowledge rule is not understood: without it, measurements of the sensor could
    /// not be told from forecasts.
    mutating func sensor(_ rows: PostgresRows, _ row: Int) throws -> Sensor? {
        let id = SensorID(try rows.int(row, 0))
        let parameters = rows.string(row, 6)
        guard let rule = rule(function: rows.string(row, 5), parameters: parameters) else {
            unreadable.add("sensor \(id): knowledge rule `\(rows.string(row, 5))` \(parameters)")
            return nil
        }
        return Sensor(
            id: id,
            name: shareName(rows.string(row, 1)),
            unit: share(rows.string(row, 2)),
            timezone: share(rows.string(row, 3)),
            timing: EventTiming(resolution: try rows.int(row, 4), knowledge: rule),
            asset: AssetID(try rows.int(row, 7)),
            attributes: share(rows.string(row, 8))
        )
    }

    static let sourceColumns: SQL = """
        id, name, type, model, version, user_id, account_id, attributes
        """

    mutating func source(_ rows: PostgresRows, _ row: Int) throws -> DataSource {
        DataSource(
            id: SourceID(try rows.int(row, 0)),
            name: rows.string(row, 1),
            type: share(rows.string(row, 2)),
            model: rows.optionalString(row, 3),
            version: rows.optionalString(row, 4),
            user: try rows.optionalInt(row, 5).map(UserID.init),
            account: try rows.optionalInt(row, 6).map(AccountID.init),
            attributes: share(rows.string(row, 7))
        )
    }

    private mutating func rule(function: String, parameters: String) -> KnowledgeRule? {
        let key = "\(function) \(parameters)"
        if let known = rules[key] { return known }
        guard let stored = StoredParametersJSON.parse(parameters),
            let rule = try? KnowledgeRule(function: function, parameters: stored)
        else { return nil }
        if rules.count < Self.sharedCountMax { rules[key] = rule }
        return rule
    }

    /// As `share`, for names: long ones are of one sensor each, and would only crowd out what
    /// repeats.
    private mutating func shareName(_ name: String) -> String {
        name.utf8.count > Self.sharedNameCountMax ? name : share(name)
    }

    /// Bytes of a name such as `power-consumption-capacity`, which many assets have.
    private static let sharedNameCountMax = 32

    /// The same text, in the memory of an equal one that came before.
    private mutating func share(_ text: String) -> String {
        // Up to 15 bytes lie inside the value itself.
        if text.utf8.count <= 15 { return text }
        if shared.count < Self.sharedCountMax { return shared.insert(text).memberAfterInsert }
        return shared.firstIndex(of: text).map { shared[$0] } ?? text
    }
}

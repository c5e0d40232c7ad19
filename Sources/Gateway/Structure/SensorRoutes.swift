internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `/api/v3_0/sensors`: what is measured.
struct SensorRoutes: Sendable {
    let structure: Structure
    let removal: BeliefRemoval

    var routes: [Route] {
        [
            Route(.get, "/api/v3_0/sensors", .users, structure.handler(list)),
            Route(.post, "/api/v3_0/sensors", .users, structure.handler(create)),
            Route(.get, "/api/v3_0/sensors/{id}", .on(.sensor, .read), structure.handler(show)),
            Route(
                .patch,
                "/api/v3_0/sensors/{id}",
                .on(.sensor, .update),
                structure.handler(update)
            ),
            Route(
                .delete,
                "/api/v3_0/sensors/{id}",
                .on(.sensor, .delete),
                structure.handler(delete)
            ),
            Route(
                .get,
                "/api/v3_0/assets/{id}/sensors",
                .on(.assetSensors, .read),
                structure.handler(listOfAsset)
            ),
        ]
    }

    private var catalog: CatalogStore { structure.catalog }

    private func document(_ sensor: Sensor) -> JSONObject {
        StructureDocuments.sensor(sensor, now: structure.clock.now())
    }

    // MARK: lists

    private func list(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        var query = StructureQuery(call, aliases: ["account_id": "account", "asset_id": "asset"])
        let accountID = query.integer("account")
        let assetID = query.integer("asset")
        let includesClients = query.flag("include_consultancy_clients")
        let includesPublic = query.flag("include_public_assets")
        let unit = query["unit"]
        let terms = query.terms()
        let paging = query.paging()
        // Whether numbers mean something is told to those only who may know.
        let account = try accountID.map { try visibility.readableAccount($0) }
        let root = try assetID.map { try readableAsset($0, visibility) }
        if let unit, (try? SensorUnit.validate(unit)) == nil {
            query.fault("unit", "Unit '\(unit.prefix(200))' cannot be handled.")
        }
        try query.check()
        if let root, let account, root.account != account.id {
            throw Answered(
                answer: Answer(
                    422,
                    [
                        "message": "Please provide either an account or an asset ID, not both",
                        "status": 422,
                    ]
                )
            )
        }
        var assets: [Asset]
        if let root {
            assets = [root] + catalog.offspring(of: root.id)
        } else {
            assets = catalog.assets(of: account?.id ?? principal.account)
        }
        if includesClients, root == nil, principal.roles.contains(.consultant) {
            for client in catalog.accounts() where client.consultancy == principal.account {
                assets += catalog.assets(of: client.id)
            }
        }
        if includesPublic, root == nil { assets += catalog.assets(of: nil) }
        var sensors: [Sensor] = []
        for asset in assets where visibility.mayRead(asset) {
            let owner = asset.account.flatMap { catalog.account($0)?.name }
            for sensor in visibility.sensors(of: asset.id)
            where (unit.map { $0 == sensor.unit } ?? true)
                && SearchTerms.match(
                    terms,
                    names: [sensor.name, asset.name, owner],
                    number: sensor.id.rawValue
                )
            {
                sensors.append(sensor)
            }
        }
        sensors.sort { $0.id < $1.id }
        return try paging.answer(sensors, count: sensors.count, document)
    }

    /// - Throws: 403 for an asset that the caller may not read; 422 for a missing one, if the caller
    ///   may know that.
    private func readableAsset(_ id: Int64, _ visibility: Visibility) throws -> Asset {
        guard let asset = catalog.asset(AssetID(id)) else {
            guard visibility.seesMissing else { throw Refusal.forbidden }
            throw RequestRefusal.unprocessable(
                FieldErrors(location: "query", field: "asset", "No asset found with ID \(id).")
            )
        }
        guard visibility.mayRead(asset) else { throw Refusal.forbidden }
        return asset
    }

    private func listOfAsset(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let asset = call.asset else { throw Refusal.forbidden }
        var query = StructureQuery(call)
        let terms = query.terms()
        var paging = query.paging(sortedBy: ["id", "name", "resolution"])
        try query.check()
        paging.page = paging.page ?? 1
        let all = Visibility(principal, catalog).sensors(of: asset.id)
        var found = all.filter {
            SearchTerms.match(terms, names: [$0.name], number: $0.id.rawValue)
        }
        switch paging.sortKey {
        case "name": found = paging.sorted(found) { ScalarOrder($0.name) }
        case "resolution": found = paging.sorted(found) { $0.timing.resolution }
        case "id": found = paging.sorted(found) { $0.id }
        default: break
        }
        return try paging.answer(found, count: all.count, document)
    }

    // MARK: one

    private func show(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        return Answer(200, document(sensor).with("status", 200))
    }

    private static let fields: Set<String> = [
        "name", "unit", "event_resolution", "timezone", "attributes",
    ]

    private func create(_ call: Call, _ principal: Principal) async throws -> Answer {
        var fields = try await structure.fields(call)
        let number = fields.integer("generic_asset_id", isRequired: true)
        var asset: Asset?
        if let number {
            let visibility = Visibility(principal, catalog)
            asset = catalog.asset(AssetID(number))
            if let asset {
                guard visibility.may(.createChildren, asset) else { throw Refusal.forbidden }
            } else {
                guard visibility.seesMissing else { throw Refusal.forbidden }
                fields.fault("generic_asset_id", "No asset found with ID \(number).")
            }
        }
        let name = fields.text("name", isRequired: true, lengthMax: 120)
        let unit = unit(&fields, isRequired: true)
        let resolution = resolution(&fields, isRequired: true)
        let timezone = timezone(&fields) ?? Self.defaultTimezone
        let attributes = fields.object("attributes") ?? "{}"
        fields.refuseUnknown(besides: Self.fields.union(["generic_asset_id"]))
        try fields.check()
        guard let asset, let name, let unit, let resolution else { throw Refusal.forbidden }
        let sensor = try await catalog.addSensor(
            NewSensor(
                name: name,
                unit: unit,
                timezone: timezone,
                timing: EventTiming(resolution: resolution),
                asset: asset.id,
                attributes: attributes
            ),
            trail: structure.trail(call)
        )
        return Answer(201, document(sensor))
    }

    private func update(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        var fields = try await structure.fields(call)
        let name = fields.text("name", lengthMax: 120)
        let unit = unit(&fields)
        let resolution = resolution(&fields)
        let timezone = timezone(&fields)
        let attributes = fields.object("attributes")
        fields.refuseUnknown(besides: Self.fields)
        try fields.check()
        if fields.isEmpty { return Answer(200, document(sensor).with("status", 200)) }
        let changed = try await catalog.updateSensor(
            sensor.id,
            trail: structure.trail(call)
        ) { wanted throws(CatalogError) in
            // It may have gone to another asset since the gate decided.
            guard wanted.asset == sensor.asset else {
                throw .missing(field: "id", message: "No sensor found with ID \(sensor.id).")
            }
            wanted.name = name ?? wanted.name
            wanted.unit = unit ?? wanted.unit
            wanted.timezone = timezone ?? wanted.timezone
            wanted.attributes = attributes ?? wanted.attributes
            if let resolution {
                wanted.timing = EventTiming(
                    resolution: resolution,
                    knowledge: wanted.timing.knowledge
                )
            }
        }
        return Answer(200, document(changed).with("status", 200))
    }

    private func delete(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let sensor = call.sensor, let owner = catalog.owner(of: sensor.id) else {
            throw Refusal.forbidden
        }
        try await catalog.deleteSensor(
            sensor.id,
            of: owner.account,
            trail: structure.trail(call),
            withoutReferences: SensorReferences.removal
        )
        await removal.remove([sensor.id])
        return Answer(204, [])
    }

    // MARK: fields

    private func unit(_ fields: inout StructureFields, isRequired: Bool = false) -> String? {
        guard let unit = fields.text("unit", isRequired: isRequired) else { return nil }
        do throws(CatalogError) {
            try SensorUnit.validate(unit)
            return unit
        } catch {
            if case .invalid(_, let message) = error { fields.fault("unit", message) }
            return nil
        }
    }

    private func timezone(_ fields: inout StructureFields) -> String? {
        guard let name = fields.text("timezone", lengthMax: 80) else { return nil }
        if TimezoneNames.isKnown(name) { return name }
        fields.fault("timezone", TimezoneNames.refusal(name))
        return nil
    }

    /// A length in µs.
    private func resolution(_ fields: inout StructureFields, isRequired: Bool = false) -> Int64? {
        let field = "event_resolution"
        guard let text = fields.text(field, isRequired: isRequired) else { return nil }
        var reader = FieldReader(location: StructureFields.location)
        reader.fields[field] = .string(text)
        let length = reader.duration(field)
        for fault in reader.errors.fields {
            if case .texts(let texts) = fault.details {
                for text in texts { fields.fault(field, text) }
            }
        }
        guard let length else { return nil }
        guard length >= 0 else {
            fields.fault(
                field,
                "FlexMeasures only supports a positive resolution, got: \(ISODuration.pythonText(length))."
            )
            return nil
        }
        return length
    }

    /// As an installation of FlexMeasures in the Netherlands has it; clients name their own.
    private static let defaultTimezone = "Europe/Amsterdam"
}

import Model
import Testing

@testable import Catalog

/// What the writing functions refuse, with the field and the words that clients read.
@Suite struct CatalogRefusalTests {
    @Test func `accounts`() async throws {
        let store = try await TestDatabase.make().filledStore()
        _ = try await store.addAccount(.init(name: "Acc Z"))
        let cases: [(NewAccount, CatalogError)] = [
            (
                .init(name: "Acc Z"),
                .duplicate(field: "name", message: "An account with name 'Acc Z' already exists.")
            ),
            (.init(name: " \t"), .invalid(field: "name", message: "Field may not be blank.")),
            (
                .init(name: String(repeating: "é", count: 101)),
                .invalid(field: "name", message: "Longer than maximum length 100.")
            ),
            (
                .init(name: "a\u{0}b"),
                .invalid(field: "name", message: "Null characters are not allowed.")
            ),
            (
                .init(name: "x", roles: ["Prosumer", "King"]),
                .missing(field: "roles", message: "No account role found with name 'King'.")
            ),
            (
                .init(name: "x", consultancy: AccountID(99)),
                .missing(
                    field: "consultancy_account_id",
                    message: "Account with Id 99 doesn't exist."
                )
            ),
            (
                .init(name: "x", primaryColor: "red"),
                .invalid(field: "primary_color", message: "'#red' is not a valid hex color code.")
            ),
            (
                .init(name: "x", secondaryColor: "#12345g"),
                .invalid(
                    field: "secondary_color",
                    message: "'#12345g' is not a valid hex color code."
                )
            ),
            (
                .init(name: "x", logoURL: "ftp://x"),
                .invalid(field: "logo_url", message: "'ftp://x' is not a valid URL.")
            ),
            (
                .init(name: "x", logoURL: "https://x/\"onload=\""),
                .invalid(field: "logo_url", message: "'https://x/\"onload=\"' is not a valid URL.")
            ),
            (
                .init(name: "x", attributes: "{oops"),
                .invalid(field: "attributes", message: "Not a valid JSON string.")
            ),
            (
                .init(name: "x", attributes: #"{"a": "\u0000"}"#),
                .invalid(field: "attributes", message: "Not a valid JSON string.")
            ),
            (
                .init(name: "x", attributes: String(repeating: "[", count: 100_000)),
                .invalid(field: "attributes", message: "Not a valid JSON string.")
            ),
            (
                .init(name: "x", attributes: "[]"),
                .invalid(field: "attributes", message: "Not a JSON object.")
            ),
        ]
        for (new, expected) in cases {
            let found = await error { try await store.addAccount(new) }
            #expect(found == expected)
        }
        #expect(store.accounts().map(\.name) == ["Acc Z"])
        try await store.load()
        #expect(store.accounts().map(\.name) == ["Acc Z"])
    }

    @Test func `assets`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let one = try await store.addAccount(.init(name: "one")).id
        let two = try await store.addAccount(.init(name: "two")).id
        let type = AssetTypeID(6)
        let root = try await store.addAsset(
            .init(name: "New asset", type: type, account: one, externalID: "ext-1")
        )
        _ = try await store.addAsset(.init(name: "kid", type: type, account: one, parent: root.id))
        _ = try await store.addAsset(.init(name: "public", type: type))
        var badJSON = NewAsset(name: "x", type: type, account: one)
        badJSON.sensorsToShow = "{}"
        let cases: [(NewAsset, String, String)] = [
            (
                .init(name: "New asset", type: type, account: one), "name",
                "An asset with the name 'New asset' already exists as a top-level asset "
                    + "in account \(one)"
            ),
            (
                .init(name: "kid", type: type, account: one, parent: root.id), "name",
                "An asset with the name 'kid' already exists under parent asset \(root.id)"
            ),
            (
                .init(name: "public", type: type), "name",
                "An asset with the name 'public' already exists as a public top-level asset"
            ),
            (
                .init(name: "x", type: AssetTypeID(999), account: one), "generic_asset_type_id",
                "GenericAssetType with id 999 doesn't exist."
            ),
            (
                .init(name: "x", type: type, account: AccountID(999)), "account_id",
                "Account with Id 999 doesn't exist."
            ),
            (
                .init(name: "x", type: type, account: one, parent: AssetID(9_999)),
                "parent_asset_id",
                "Parent GenericAsset with id 9999 doesn't exist."
            ),
            (
                .init(name: "x", type: type, latitude: 91), "latitude",
                "Latitude 91.0 exceeds the maximum latitude of 90 degrees."
            ),
            (
                .init(name: "x", type: type, longitude: 181), "longitude",
                "Longitude 181.0 exceeds the maximum longitude of 180 degrees."
            ),
            (
                .init(name: "x", type: type, account: one, externalID: "ext-1"), "external_id",
                "An asset with this external ID already exists in account \(one)."
            ),
            (badJSON, "sensors_to_show", "Not a JSON array."),
        ]
        for (new, field, message) in cases {
            let found = await error { try await store.addAsset(new) }
            #expect(found?.field == field)
            #expect(found?.message == message)
        }
        let nan = await error {
            try await store.addAsset(.init(name: "x", type: type, latitude: .nan))
        }
        #expect(nan?.field == "latitude")
        #expect(store.assets().count == 3)
        // A new asset may lie below another account's, but none is moved there.
        let guest = try await store.addAsset(
            .init(name: "guest", type: type, account: two, parent: root.id)
        )
        #expect(guest.account == two && guest.parent == root.id)
        let own = try await store.addAsset(.init(name: "own", type: type, account: two))
        let refusal = await error { try await store.moveAsset(own.id, under: root.id) }
        #expect(
            refusal?.message == "Parent asset must belong to the same account as the child asset."
        )
    }

    @Test func `sensors`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let asset = try await store.addAsset(.init(name: "a", type: AssetTypeID(6))).id
        _ = try await store.addSensor(.hourly("power", on: asset))
        func changed(_ change: (inout NewSensor) -> Void) -> NewSensor {
            var new = NewSensor.hourly("x", on: asset)
            change(&new)
            return new
        }
        let cases: [(NewSensor, String, String)] = [
            (
                .hourly("power", on: asset), "name",
                "A sensor with the name 'power' already exists on asset 1."
            ),
            (.hourly("x", on: AssetID(9)), "generic_asset_id", "No asset found with ID 9."),
            (changed { $0.name = "" }, "name", "Field may not be blank."),
            (
                changed { $0.name = String(repeating: "x", count: 121) }, "name",
                "Longer than maximum length 120."
            ),
            (changed { $0.unit = "" }, "unit", "Unit '' cannot be handled."),
            (changed { $0.unit = "potato" }, "unit", "Unit 'potato' cannot be handled."),
            (changed { $0.unit = "9**9**9" }, "unit", "Unit '9**9**9' cannot be handled."),
            (
                changed { $0.unit = String(repeating: "k", count: 81) }, "unit",
                "Longer than maximum length 80."
            ),
            (
                changed { $0.timezone = "xyzzy" }, "timezone",
                "Invalid timezone 'xyzzy'. Example: Europe/Amsterdam."
            ),
            (
                changed { $0.timezone = "../../etc/passwd" }, "timezone",
                "Invalid timezone '../../etc/passwd'. Example: Europe/Amsterdam."
            ),
            (
                changed { $0.timing = EventTiming(resolution: -1) }, "event_resolution",
                "The resolution must be between 0 and 366 days."
            ),
            (changed { $0.attributes = "1" }, "attributes", "Not a JSON object."),
        ]
        for (new, field, message) in cases {
            let found = await error { try await store.addSensor(new) }
            #expect(found?.field == field)
            #expect(found?.message == message)
        }
    }

    @Test func `sources`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let good = NewSource(
            name: "s",
            type: "reporter",
            model: "m",
            version: "1.0.0",
            attributes: #"{"a": 1}"#
        )
        let first = try await store.addSource(good)
        var other = good
        other.attributes = #"{"a": 2}"#
        #expect(try await store.addSource(other).id != first.id)
        let cases: [(NewSource, String)] = [
            (good, "name"),
            (.init(name: "", type: "reporter"), "name"),
            (.init(name: "s", type: " "), "type"),
            (.init(name: "s", type: "user"), "type"),
            (.init(name: "s", type: "reporter", version: "one"), "version"),
            (.init(name: "s", type: "reporter", version: "1.0.0.0.0.0.0.0.0.0"), "version"),
            (.init(name: "s", type: "reporter", account: AccountID(9)), "account_id"),
            (.init(name: "s", type: "reporter", attributes: "null"), "attributes"),
        ]
        for (new, field) in cases {
            let found = await error { try await store.addSource(new) }
            #expect(found?.field == field, "\(String(describing: found))")
        }
    }

    @Test func `names of roles and types`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let role = await error {
            try await store.addAccountRole(name: "ESCO")
        }
        #expect(role?.message == "An account role with name 'ESCO' already exists.")
        let type = await error {
            try await store.addAssetType(name: "battery")
        }
        #expect(type?.message == "An asset type with name 'battery' already exists.")
    }
}

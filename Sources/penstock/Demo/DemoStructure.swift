import Model

/// What the demo creates before it loads data: an account, two users, and a site with what belongs
/// to it. Plain descriptions, in the order in which they can be created.
struct DemoStructure: Sendable {
    struct User: Sendable {
        let email: String
        let username: String
        /// Administers the account; otherwise a plain user of it.
        let isAccountAdmin: Bool
    }

    struct AssetType: Sendable {
        let name: String
        let description: String
    }

    struct Asset: Sendable {
        /// Unique in the demo.
        let name: String
        /// Name of one of `assetTypes`, or of those that every installation has.
        let type: String
        /// Name of the asset that this one is a part of; that one comes earlier in the list.
        var parent: String?
        let description: String
        /// Degrees north and east.
        var latitude: Double?
        var longitude: Double?
        var sensors: [Sensor] = []
    }

    struct Sensor: Sendable {
        /// Unique in the demo.
        let name: String
        let unit: String
        /// IANA name.
        let timezone: String
        /// Length of an event, µs.
        let resolution: Int64
        var knowledge = Knowledge.atEventEnd

        /// - Throws: `CommandError` if this machine has no rules for the time zone.
        func timing() throws -> EventTiming {
            let rule: KnowledgeRule
            switch knowledge {
            case .atEventEnd: rule = .exPost(horizon: 0)
            case .atEventStart: rule = .exAnte(horizon: 0)
            case .noonOfDayBefore:
                guard let zone = TimeZoneRules.load(timezone) else {
                    throw CommandError(
                        "time zone `\(timezone)` is not known here: install the package tzdata"
                    )
                }
                rule = .daysAgo(days: 1, hour: 12, zone: zone)
            }
            return EventTiming(resolution: resolution, knowledge: rule)
        }
    }

    /// When an event of a sensor can be known.
    enum Knowledge: Sendable {
        /// What is measured over the event.
        case atEventEnd
        /// What is read when the event begins.
        case atEventStart
        /// What an auction settles the day before, at noon local time.
        case noonOfDayBefore
    }

    let account: String
    /// Types that not every installation has.
    let assetTypes: [AssetType]
    let users: [User]
    let assets: [Asset]

    var sensors: [Sensor] { assets.flatMap(\.sensors) }

    /// The user who loads the data and whose token is printed.
    var administrator: User? { users.first { $0.isAccountAdmin } }

    func sensor(_ name: String) -> Sensor? { sensors.first { $0.name == name } }
}

extension DemoStructure {
    private static let quarter = 15 * Microseconds.minute
    private static let site = "Demo site"

    /// A block of four apartments with solar panels and a battery, the market it buys on, and the
    /// weather around it.
    static let standard = DemoStructure(
        account: "Demo account",
        assetTypes: [
            AssetType(name: "market", description: "a place where energy has a price"),
            AssetType(name: "weather station", description: "thermometers and the like"),
        ],
        users: [
            User(email: "admin@demo.example", username: "demo-admin", isAccountAdmin: true),
            User(email: "user@demo.example", username: "demo-user", isAccountAdmin: false),
        ],
        assets: [
            Asset(
                name: site,
                type: "building",
                description: "A site with load, sun and storage; all of it in the year 2016.",
                latitude: 52.374,
                longitude: 4.89
            ),
            Asset(
                name: "Building",
                type: "building",
                parent: site,
                description: "Four apartments, each with a meter.",
                sensors: (1...4).map { power("apartment \($0)") }
            ),
            Asset(
                name: "Solar panels",
                type: "solar",
                parent: site,
                description: "10 kW on each of two roofs; production is positive.",
                sensors: [power("south roof"), power("west roof")]
            ),
            Asset(
                name: "Battery",
                type: "battery",
                parent: site,
                description: "Waits for your data; discharging is positive.",
                sensors: [power("battery power")]
            ),
            Asset(
                name: "Market",
                type: "market",
                parent: site,
                description: "The Dutch day-ahead market in 2016 and 2024.",
                sensors: [
                    Sensor(
                        name: "day-ahead price",
                        unit: "EUR/MWh",
                        timezone: "Europe/Amsterdam",
                        resolution: Microseconds.hour,
                        knowledge: .noonOfDayBefore
                    )
                ]
            ),
            Asset(
                name: "Weather",
                type: "weather station",
                parent: site,
                description: "Forecasts and what came of them, and a typical year elsewhere.",
                sensors: [
                    temperature("outdoor temperature", timezone: "UTC"),
                    temperature("typical outdoor temperature", timezone: "America/Anchorage"),
                ]
            ),
        ]
    )

    private static func power(_ name: String) -> Sensor {
        Sensor(name: name, unit: "kW", timezone: "Europe/Amsterdam", resolution: quarter)
    }

    private static func temperature(_ name: String, timezone: String) -> Sensor {
        Sensor(
            name: name,
            unit: "°C",
            timezone: timezone,
            resolution: Microseconds.hour,
            knowledge: .atEventStart
        )
    }
}

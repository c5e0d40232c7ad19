internal import Catalog
internal import Model

/// When a sensor's data are stale, and which of them count: FlexMeasures' rules, or those of the
/// sensor's attribute `status_specs`.
struct StalenessRules: Equatable {
    /// How long ago the latest event may have become known, µs.
    var ageMax: Int64
    /// The same where it lies ahead, and for sources that look ahead; negative, µs.
    var futureAgeMax: Int64 = -12 * Microseconds.hour
    /// Starts of the events that count, µs since 1970 UTC.
    var events: ClosedRange<Int64> = .min ... .max
    /// Beliefs that count: when they were held, µs since 1970 UTC, and their horizons, µs.
    var knownBy: Int64?
    var knownSince: Int64?
    var horizonMin: Int64?
    var horizonMax: Int64?
    private var types: [String]?
    private var exceptTypes: [String] = []
    private var source: SourceID?
    private var accounts: [AccountID]?

    /// - Throws: 422 if the attribute is there and wrong.
    init(_ sensor: Sensor) throws(RequestRefusal) {
        // Prices that are published once a day are known a day at least.
        if case .daysAgo = sensor.timing.knowledge {
            ageMax = Microseconds.day
        } else {
            ageMax = 2 * sensor.timing.resolution
        }
        guard let attributes = (try? JSONValue(parsing: Array(sensor.attributes.utf8)))?.object,
            let written = attributes["status_specs"]
        else { return }
        do throws(Fault) {
            guard let specs = written.object else { throw Fault(name: "status_specs") }
            if let value = specs["max_staleness"] {
                ageMax = try Self.duration(value, "max_staleness")
            }
            if let value = specs["max_future_staleness"] {
                futureAgeMax = try Self.duration(value, "max_future_staleness")
            }
            if let value = specs["staleness_search"] {
                guard let search = value.object else { throw Fault(name: "staleness_search") }
                try read(search, resolution: sensor.timing.resolution)
            }
        } catch {
            let text = "The sensor's attribute status_specs has a wrong value of \(error.name)."
            throw .unprocessable(FieldErrors(location: "path", field: "id", text))
        }
    }

    /// A part of the attribute that is wrong.
    private struct Fault: Error { let name: String }

    private mutating func read(_ search: JSONObject, resolution: Int64) throws(Fault) {
        for name in search.names {
            let value = search[name] ?? .null
            switch name {
            case "event_starts_after":
                let first = try Self.moment(value, name)
                guard first <= events.upperBound else { throw Fault(name: name) }
                events = first...events.upperBound
            case "event_ends_before":
                let last = try Self.moment(value, name) &- resolution
                guard last >= events.lowerBound else { throw Fault(name: name) }
                events = events.lowerBound...last
            case "beliefs_before": knownBy = try Self.moment(value, name)
            case "beliefs_after": knownSince = try Self.moment(value, name)
            case "horizons_at_least": horizonMin = try Self.duration(value, name)
            case "horizons_at_most": horizonMax = try Self.duration(value, name)
            case "source_types": types = try Self.list(value, name) { $0.string }
            case "exclude_source_types": exceptTypes = try Self.list(value, name) { $0.string }
            case "source":
                guard case .integer(let id) = value else { throw Fault(name: name) }
                source = SourceID(id)
            case "source_account_ids":
                var values = value
                if case .integer = value { values = .array([value]) }
                accounts = try Self.list(values, name) { element in
                    if case .integer(let id) = element { AccountID(id) } else { nil }
                }
            // They say how beliefs are put together, which changes no time.
            case "most_recent_beliefs_only", "most_recent_events_only", "resolution",
                "sum_multiple", "one_deterministic_belief_per_event",
                "one_deterministic_belief_per_event_per_source":
                break
            default: throw Fault(name: name)
            }
        }
    }

    /// Whether a source's beliefs count.
    func concerns(_ candidate: DataSource) -> Bool {
        types?.contains(candidate.type) ?? true && !exceptTypes.contains(candidate.type)
            && (source == nil || source == candidate.id)
            && (accounts.map { list in candidate.account.map(list.contains) ?? false } ?? true)
    }

    private static func duration(_ value: JSONValue, _ name: String) throws(Fault) -> Int64 {
        guard let text = value.string, let duration = try? ISODuration(parsing: text),
            !duration.isNominal
        else { throw Fault(name: name) }
        return duration.microseconds
    }

    private static func moment(_ value: JSONValue, _ name: String) throws(Fault) -> Int64 {
        guard let text = value.string, let moment = try? OffsetTimestamp(iso8601: text) else {
            throw Fault(name: name)
        }
        return moment.microseconds
    }

    private static func list<Element>(
        _ value: JSONValue,
        _ name: String,
        _ element: (JSONValue) -> Element?
    ) throws(Fault) -> [Element] {
        guard case .array(let values) = value else { throw Fault(name: name) }
        let elements = values.compactMap(element)
        guard elements.count == values.count else { throw Fault(name: name) }
        return elements
    }
}

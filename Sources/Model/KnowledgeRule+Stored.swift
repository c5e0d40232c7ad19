/// A parameter of a stored knowledge rule, as JSON has it. Whole numbers belong into JSON without a
/// fraction: timely-beliefs takes `12` for an hour and `12.0` for a count of hours.
package enum StoredParameter: Sendable, Equatable {
    case text(String)
    case number(Double)
}

/// The parameters by name. The module that owns the JSON column turns it into this.
package typealias StoredParameters = [String: StoredParameter]

extension KnowledgeRule {
    /// Why a stored rule cannot be used.
    package enum StoredError: Error, Equatable {
        /// No function of that name.
        case unknownFunction(String)
        /// The parameter is missing, has the wrong type or is out of range.
        case badParameter(String)
    }

    /// Reads the name of a function and its parameters, as FlexMeasures stores them in the columns
    /// `knowledge_horizon_fnc` and `knowledge_horizon_par` of a sensor.
    ///
    /// - Parameters:
    ///   - function: Such as `ex_post`.
    ///   - parameters: Such as `ex_post_horizon`; others than the function knows are ignored.
    ///   - zone: Loads a time zone by its IANA name.
    /// - Throws: `.unknownFunction`, `.badParameter` with the parameter's name.
    package init(
        function: String,
        parameters: StoredParameters,
        zone: (String) -> TimeZoneRules? = { TimeZoneRules.load($0) }
    ) throws(StoredError) {
        let reader = ParameterReader(parameters: parameters)
        switch function {
        case "ex_post":
            self = .exPost(horizon: try reader.duration("ex_post_horizon"))
        case "ex_ante":
            self = .exAnte(horizon: try reader.duration("ex_ante_horizon"))
        case "at_date":
            self = .atDate(try reader.moment("knowledge_time"))
        // The second spelling is one that timely-beliefs forgives.
        case "x_days_ago_at_y_oclock", "x_days_ago_at_y_o_clock":
            self = .daysAgo(
                days: try reader.integer("x", in: Self.dayRange),
                hour: try reader.number("y", in: 0..<24),
                zone: try reader.zone("z", loading: zone)
            )
        case "x_years_ago_at_date":
            self = .yearsAgo(
                years: try reader.integer("x", in: 1...1_000),
                month: try reader.integer("month", in: 1...12),
                day: try reader.integer("day", in: 1...31),
                // Sensors of older versions have no zone here.
                zone: try parameters["z"] == nil ? .utc : reader.zone("z", loading: zone)
            )
        default:
            throw .unknownFunction(function)
        }
    }

    /// The name and the parameters under which FlexMeasures stores this rule.
    package var stored: (function: String, parameters: StoredParameters) {
        switch self {
        case .exPost(let horizon):
            ("ex_post", ["ex_post_horizon": .text(Self.durationText(horizon))])
        case .exAnte(let horizon):
            ("ex_ante", ["ex_ante_horizon": .text(Self.durationText(horizon))])
        case .atDate(let moment):
            (
                "at_date",
                ["knowledge_time": .text(Timestamp(microseconds: moment).iso8601())]
            )
        case .daysAgo(let days, let hour, let zone):
            (
                "x_days_ago_at_y_oclock",
                ["x": .number(Double(days)), "y": .number(hour), "z": .text(zone.identifier)]
            )
        case .yearsAgo(let years, let month, let day, let zone):
            (
                "x_years_ago_at_date",
                [
                    "x": .number(Double(years)), "month": .number(Double(month)),
                    "day": .number(Double(day)), "z": .text(zone.identifier),
                ]
            )
        }
    }

    /// Zero is `PT0S` in stored rules.
    private static func durationText(_ microseconds: Int64) -> String {
        microseconds == 0 ? "PT0S" : ISODuration.daysText(microseconds)
    }

    /// A century either way: no market closes earlier.
    private static let dayRange = -36_525...36_525
}

private struct ParameterReader {
    let parameters: StoredParameters

    private func text(_ name: String) throws(KnowledgeRule.StoredError) -> String {
        guard case .text(let text) = parameters[name] else { throw .badParameter(name) }
        return text
    }

    func duration(_ name: String) throws(KnowledgeRule.StoredError) -> Int64 {
        guard let duration = try? ISODuration(parsing: text(name)), !duration.isNominal else {
            throw .badParameter(name)
        }
        return duration.microseconds
    }

    func moment(_ name: String) throws(KnowledgeRule.StoredError) -> Int64 {
        guard let moment = try? OffsetTimestamp(iso8601: text(name)) else {
            throw .badParameter(name)
        }
        return moment.microseconds
    }

    func number(
        _ name: String,
        in range: some RangeExpression<Double>
    ) throws(KnowledgeRule.StoredError) -> Double {
        guard case .number(let number) = parameters[name], range.contains(number) else {
            throw .badParameter(name)
        }
        return number
    }

    func integer(
        _ name: String,
        in range: ClosedRange<Int>
    ) throws(KnowledgeRule.StoredError) -> Int {
        guard case .number(let number) = parameters[name], let integer = Int(exactly: number),
            range.contains(integer)
        else { throw .badParameter(name) }
        return integer
    }

    func zone(
        _ name: String,
        loading load: (String) -> TimeZoneRules?
    ) throws(KnowledgeRule.StoredError) -> TimeZoneRules {
        guard let zone = load(try text(name)) else { throw .badParameter(name) }
        return zone
    }
}

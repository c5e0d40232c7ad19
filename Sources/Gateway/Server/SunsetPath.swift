internal import HTTPTypes

/// A path of FlexMeasures' API before version 3. There is nothing behind it any more; clients that
/// still ask hear what became of it.
struct SunsetPath: Sendable, Equatable {
    /// Such as `v1_3`.
    let version: String

    /// Nil for paths that never were.
    init?(_ path: Substring) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count >= 4, segments[0].isEmpty, segments[1] == "api",
            let endpoints = Self.endpoints[String(segments[2])]
        else { return nil }
        let rest = segments[3...]
        let isKnown = endpoints.contains { endpoint in
            let pattern = endpoint.split(separator: "/")
            return pattern.count == rest.count
                && zip(pattern, rest).allSatisfy { $0 == "*" ? !$1.isEmpty : $0 == $1 }
        }
        guard isKnown else { return nil }
        version = String(segments[2])
    }

    /// Each version had all of the one before, or nearly so.
    private static let endpoints: [String: Set<String>] = {
        let first: Set = ["getMeterData", "postMeterData", "getService"]
        let second = first.union([
            "getConnection", "postPriceData", "postWeatherData", "getPrognosis", "postPrognosis",
        ])
        let third = second.union(["getDeviceMessage", "postUdiEvent"])
        let fifth = third.union([
            "assets", "asset/*", "users", "user/*", "user/*/password-reset",
        ])
        return ["v1": first, "v1_1": second, "v1_2": third, "v1_3": third, "v2_0": fifth]
    }()

    private var number: String {
        let digits = String(version.dropFirst()).replacing("_", with: ".")
        return digits.contains(".") ? digits : digits + ".0"
    }

    private static let documents = "https://flexmeasures.readthedocs.io/en"
    private var document: String { "\(Self.documents)/v0.13.0/api/\(version).html" }

    /// 410, with the days on which it was given up.
    var answer: Answer {
        let message =
            "API version \(number) has been sunset. Please upgrade to API version 3.0. See \(document) for more information."
        let notice = "\(Self.documents)/latest/api/introduction.html#deprecation-and-sunset"
        return Answer(410, ["message": .string(message), "status": 410])
            .with(.deprecation, "Tue, 13 Dec 2022 23:59:59 GMT")
            .with(.sunset, "Sun, 30 Apr 2023 23:59:59 GMT")
            .with(.link, "<\(notice)>; rel=\"deprecation\"; type=\"text/html\"")
            .with(.link, "<\(document)>; rel=\"sunset\"; type=\"text/html\"")
    }
}

extension HTTPField.Name {
    fileprivate static let deprecation = known("Deprecation")
    fileprivate static let sunset = known("Sunset")
    fileprivate static let link = known("Link")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
        return name
    }
}

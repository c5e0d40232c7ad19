internal import Model

/// The IANA names of time zones.
enum TimezoneNames {
    private static let all: [String] = TimeZoneRules.names()

    static func isKnown(_ name: String) -> Bool { TimeZoneRules.load(name) != nil }

    /// What somebody hears who wrote a name that is none.
    static func refusal(_ name: String) -> String {
        let shown = name.prefix(80)
        guard let near = nearest(String(shown)) else {
            return "Invalid timezone '\(shown)'. Example: Europe/Amsterdam."
        }
        return "Invalid timezone '\(shown)'. Did you mean '\(near)'?"
    }

    /// The name that differs in the fewest letters, if these are few.
    private static func nearest(_ name: String) -> String? {
        let wanted = Array(name.lowercased().utf8)
        let limit = max(1, wanted.count / 4)
        var best: (name: String, distance: Int)?
        for candidate in all {
            let letters = Array(candidate.lowercased().utf8)
            guard abs(letters.count - wanted.count) <= limit else { continue }
            let distance = distance(wanted, letters)
            if distance <= limit, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Letters to put in, take out or replace (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (letter == other ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }
}

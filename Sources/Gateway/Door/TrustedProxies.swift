/// Whose word about where a request came from is believed: PENSTOCK_TRUSTED_PROXIES.
package struct TrustedProxies: Sendable {
    /// Which fields the proxies set. Only these are believed: a proxy passes the others on as
    /// clients have sent them.
    package enum Fields: String, Sendable {
        case forwardedFor = "X-Forwarded"
        /// RFC 7239.
        case forwarded = "Forwarded"
    }

    let ranges: [IPRange]
    let fields: Fields

    package init(_ ranges: [IPRange], fields: Fields = .forwardedFor) {
        self.ranges = ranges
        self.fields = fields
    }

    var isEmpty: Bool { ranges.isEmpty }

    func contains(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return ranges.contains { $0.contains(address) }
    }

    /// What proxies say of a request; nil where they say nothing.
    struct Word: Sendable, Equatable {
        var address: IPAddress?
        var isSecure: Bool?
        var host: String?
    }

    /// `values`: those of all fields of a name, in order.
    ///
    /// The address is the last one that is no proxy's: what stands before it was sent by the client.
    /// Of scheme and host the nearest proxy's word counts.
    func word(_ values: (String) -> [String]) -> Word {
        var word = Word()
        switch fields {
        case .forwardedFor:
            let hops = Self.items(values("X-Forwarded-For"), ",")
            word.address = client(hops.map { Self.address($0) })
            if let proto = Self.items(values("X-Forwarded-Proto"), ",").last {
                word.isSecure = proto.lowercased() == "https"
            }
            word.host = Self.items(values("X-Forwarded-Host"), ",").last
        case .forwarded:
            let hops = Self.items(values("Forwarded"), ",").map(Self.pairs)
            word.address = client(hops.map { hop in hop["for"].flatMap { Self.address($0) } })
            if let proto = hops.last?["proto"] { word.isSecure = proto.lowercased() == "https" }
            word.host = hops.last?["host"]
        }
        return word
    }

    private func client(_ hops: [IPAddress?]) -> IPAddress? {
        var last: IPAddress?
        for hop in hops.reversed() {
            guard let hop else { return last }
            last = hop
            if !contains(hop) { return hop }
        }
        return last
    }

    private static func items(_ values: [String], _ separator: Character) -> [String] {
        values.flatMap { $0.split(separator: separator, omittingEmptySubsequences: false) }
            .map { String($0.drop { $0 == " " || $0 == "\t" }) }
            .map { text in
                var text = text[...]
                while text.last == " " || text.last == "\t" { text = text.dropLast() }
                return String(text)
            }
    }

    /// `for=192.0.2.1;proto=https`, with or without quotes.
    private static func pairs(_ element: String) -> [String: String] {
        var pairs: [String: String] = [:]
        for item in items([element], ";") {
            let parts = item.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            var value = parts[1]
            if value.hasPrefix("\""), value.hasSuffix("\""), value.count >= 2 {
                value = value.dropFirst().dropLast()
            }
            pairs[parts[0].lowercased()] = String(value)
        }
        return pairs
    }

    /// An address, perhaps with brackets and a port.
    private static func address(_ text: String) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        let parts = text.split(separator: ":")
        return parts.count == 2 ? IPAddress(parts[0]) : nil
    }
}

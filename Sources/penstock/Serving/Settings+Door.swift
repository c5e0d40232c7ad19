import Foundation
import Gateway

extension Settings {
    /// Settings of the door: hosts, proxies, origins, times and connections.
    func door(_ configuration: inout GatewayConfiguration) throws {
        configuration.trustedHosts = TrustedHosts(
            try list("TRUSTED_HOSTS").map { text in
                guard let entry = TrustedHosts.Entry(text) else {
                    throw CommandError(
                        "TRUSTED_HOSTS has `\(text)`, but each must be like example.com, .example.com or example.com:8443"
                    )
                }
                return entry
            }
        )
        let ranges = try list("PENSTOCK_TRUSTED_PROXIES").map { text in
            guard let range = IPRange(text) else {
                throw CommandError(
                    "PENSTOCK_TRUSTED_PROXIES has `\(text)`, but each must be an address or like 10.0.0.0/8"
                )
            }
            return range
        }
        let name = text("PENSTOCK_PROXY_FIELDS") ?? TrustedProxies.Fields.forwardedFor.rawValue
        guard let fields = TrustedProxies.Fields(rawValue: name) else {
            throw CommandError(
                "PENSTOCK_PROXY_FIELDS is `\(name)`, but must be X-Forwarded or Forwarded"
            )
        }
        configuration.trustedProxies = TrustedProxies(ranges, fields: fields)
        let origins = try list("CORS_ORIGINS")
        for origin in origins where !CrossOrigin.isOrigin(origin) {
            throw CommandError(
                "CORS_ORIGINS has `\(origin)`, but each must be like https://example.com"
            )
        }
        configuration.crossOrigin = CrossOrigin(
            origins: origins,
            allowsCredentials: try flag("CORS_SUPPORTS_CREDENTIALS") ?? true
        )
        try times(&configuration.times)
        if let count = try integer("PENSTOCK_CONNECTIONS", in: 1...1_000_000) {
            configuration.connectionCountMax = Int(count)
        }
        if let count = try integer("PENSTOCK_CONNECTIONS_PER_ADDRESS", in: 1...1_000_000) {
            configuration.connectionCountPerAddressMax = Int(count)
        }
    }

    private func times(_ times: inout DoorTimes) throws {
        let range = Int64(1)...3_600
        if let seconds = try integer("PENSTOCK_HEADER_SECONDS", in: range) {
            times.header = seconds
        }
        if let seconds = try integer("PENSTOCK_BODY_SECONDS", in: range) { times.body = seconds }
        if let seconds = try integer("PENSTOCK_IDLE_SECONDS", in: range) { times.idle = seconds }
        if let seconds = try integer("PENSTOCK_ANSWER_SECONDS", in: range) {
            times.answer = seconds
        }
    }

    /// A list as people write it: separated by commas, or as in Python and JSON.
    private func list(_ name: String) throws -> [String] {
        guard let text = text(name) else { return [] }
        let json = text.replacing("'", with: "\"")
        if let list = try? JSONDecoder().decode([String].self, from: Data(json.utf8)) {
            return list
        }
        return text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }
}

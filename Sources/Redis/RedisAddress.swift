/// Where a Redis server listens, and as whom to speak to it.
///
/// Printing an address never prints its password.
package struct RedisAddress: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The two ways to reach a server.
    package enum Place: Sendable, Hashable {
        case tcp(host: String, port: Int)
        /// A socket's path, at most 107 bytes (`sun_path` of unix(7)).
        case unix(path: String)
    }

    package var place: Place
    /// The user of an access control list (Redis 6); nil means the default user.
    package var user: String?
    package var password: String?
    /// The logical database, default 0.
    package var database: Int

    package init(_ place: Place, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.place = place
        self.user = user
        self.password = password
        self.database = database
    }

    /// Reads `redis://[[user]:password@]host[:port][/database]` or
    /// `unix://[[user]:password@]/path[?db=database]`, percent-encoded where needed.
    ///
    /// - Throws: `.unexpected`, without quoting the URL, as that may hold a password.
    package init(url: String) throws(RedisError) {
        guard let schemeEnd = url.firstRange(of: "://") else {
            throw .unexpected("the redis address is no URL: use redis://host:port or unix:///path")
        }
        var rest = url[schemeEnd.upperBound...]
        var (user, password): (String?, String?)
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = try decoded(parts[0])
            user = name.isEmpty ? nil : name
            password = parts.count > 1 ? try decoded(parts[1]) : nil
            rest = rest[rest.index(after: at)...]
        }
        let place: Place
        let database: Substring
        switch url[..<schemeEnd.lowerBound].lowercased() {
        case "redis":
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            place = try tcpPlace(rest[..<end])
            database = rest[end...].dropFirst()
        case "unix", "redis+unix":
            let end = rest.firstIndex(of: "?") ?? rest.endIndex
            place = .unix(path: try decoded(rest[..<end]))
            let query = rest[end...].dropFirst()
            guard query.isEmpty || query.hasPrefix("db=") else {
                throw .unexpected("the redis address has an option other than db=")
            }
            database = query.dropFirst(3)
        case "rediss":
            throw .unexpected("rediss:// (TLS) is not supported: use redis:// or unix://")
        default:
            throw .unexpected("the redis address has an unknown scheme: use redis:// or unix://")
        }
        guard let number = database.isEmpty ? 0 : Int(database), number >= 0 else {
            throw .unexpected("the redis address has a database that is no number")
        }
        self.init(place, user: user, password: password, database: number)
    }

    package var description: String {
        let credentials = password == nil ? "" : "\(user ?? ""):…@"
        return switch place {
        case .tcp(let host, let port) where host.contains(":"):
            "redis://\(credentials)[\(host)]:\(port)/\(database)"
        case .tcp(let host, let port): "redis://\(credentials)\(host):\(port)/\(database)"
        case .unix(let path): "unix://\(credentials)\(path)?db=\(database)"
        }
    }

    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`; nothing means this machine.
private func tcpPlace(_ text: Substring) throws(RedisError) -> RedisAddress.Place {
    var host = text
    var port: Substring = ""
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
        host = text[..<close].dropFirst()
        port = text[close...].dropFirst()
    } else if let colon = text.firstIndex(of: ":") {
        host = text[..<colon]
        port = text[colon...]
    }
    guard port.isEmpty || port.hasPrefix(":"),
        let number = port.isEmpty ? 6_379 : Int(port.dropFirst()),
        (1...65_535).contains(number)
    else {
        throw .unexpected("the redis address has a port that is not a number from 1 to 65535")
    }
    return .tcp(host: host.isEmpty ? "127.0.0.1" : try decoded(host), port: number)
}

/// Undoes percent-encoding (RFC 3986, section 2.1).
private func decoded(_ text: Substring) throws(RedisError) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        let digits = rest.prefix(2)
        guard digits.count == 2, let value = UInt8(String(Substring(digits)), radix: 16) else {
            throw .unexpected("the redis address has a percent sign without two digits behind it")
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
        throw .unexpected("the redis address is not text")
    }
    return text
}

/// By which names clients may call this server: TRUSTED_HOSTS.
///
/// A browser that was led to this address under another name is turned away (DNS rebinding), and no
/// answer or link is made of a name that a client has invented.
package struct TrustedHosts: Sendable {
    /// `example.com`, `.example.com` (and all names below), `example.com:8443`, `[::1]`.
    package struct Entry: Sendable, Equatable {
        let name: String
        let isWildcard: Bool
        /// Nil for any port.
        let port: Int?

        package init?(_ text: String) {
            let isWildcard = text.hasPrefix(".")
            guard let host = HostName(isWildcard ? String(text.dropFirst()) : text) else {
                return nil
            }
            self.isWildcard = isWildcard
            name = host.name
            port = host.port
        }

        func matches(_ host: HostName, isSecure: Bool) -> Bool {
            guard host.name == name || (isWildcard && host.name.hasSuffix("." + name)) else {
                return false
            }
            return port == nil || port == host.port ?? (isSecure ? 443 : 80)
        }

        /// For a certificate: without the port.
        var certificateName: String { isWildcard ? "*." + name : name }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    /// Whether a host may be called.
    ///
    /// Without entries: the numeric address at which the client has reached the server, which no
    /// name can be made to look like, and on a loopback address also `localhost`.
    func allows(_ host: HostName, at local: IPAddress?, isSecure: Bool) -> Bool {
        guard entries.isEmpty else {
            return entries.contains { $0.matches(host, isSecure: isSecure) }
        }
        guard let local else { return host.name == "localhost" }
        if local.isLoopback {
            if host.name == "localhost" { return true }
            return IPAddress(host.unbracketed)?.isLoopback ?? false
        }
        return IPAddress(host.unbracketed) == local
    }
}

/// What a Host field says: a name or numeric address in lower case, and the port if there is one.
struct HostName: Sendable, Equatable {
    /// IPv6 addresses have brackets.
    let name: String
    let port: Int?

    /// Nil for what is no host: an empty one, user names, paths, bytes that no name has.
    init?(_ text: some StringProtocol) {
        var name = Substring(text)
        var port: Int?
        let isBracketed = name.hasPrefix("[")
        if let colon = name.lastIndex(of: ":"), !isBracketed || name[..<colon].hasSuffix("]") {
            let digits = name[name.index(after: colon)...]
            guard !digits.isEmpty, digits.utf8.count <= 5,
                digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
                number <= 65_535
            else { return nil }
            port = number
            name = name[..<colon]
        }
        if isBracketed {
            guard name.hasSuffix("]"), IPAddress(name.dropFirst().dropLast()) != nil else {
                return nil
            }
        } else {
            // One dot at the end is the same name.
            if name.hasSuffix(".") { name = name.dropLast() }
            guard !name.isEmpty, name.utf8.count <= 253, name.utf8.allSatisfy(Self.isNameByte),
                !name.hasPrefix("."), !name.contains("..")
            else { return nil }
        }
        self.name = name.lowercased()
        self.port = port
    }

    var unbracketed: String {
        name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

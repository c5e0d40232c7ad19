internal import CLibPQ

/// Where a connection string leads, and how the way there is protected, as libpq will understand it:
/// with what the environment says for what is left out.
@safe package struct PostgresPlace: Sendable, Hashable {
    /// Host names, addresses, or directories of sockets (`/…`, `@…`). Nil stands for a place that is
    /// not known before connecting. Empty is the usual socket of this machine.
    package let hosts: [String?]
    /// `sslmode` (libpq docs, section 34.19.3), `prefer` if nothing else is said.
    package let sslMode: String

    /// - Throws: `.unexpected`, without quoting the connection string, as that may hold a password.
    package init(_ conninfo: String) throws(PostgresError) {
        // As libpq decides between a connection string and the plain name of a database.
        let isPlain =
            !conninfo.contains("=") && !conninfo.hasPrefix("postgres://")
            && !conninfo.hasPrefix("postgresql://")
        var given: [String: String] = [:]
        if !isPlain {
            guard let options = unsafe PQconninfoParse(conninfo, nil) else {
                throw .unexpected(
                    "not a connection string: use postgresql://user@host/database?sslmode=verify-full"
                )
            }
            given = unsafe Self.values(options)
        }
        let hasService = given["service"] != nil || given["servicefile"] != nil
        var usual: [String: String] = [:]
        // A service's file comes before the environment, and is not read here.
        if !hasService, let options = unsafe PQconndefaults() {
            usual = unsafe Self.values(options)
        }
        func list(_ name: String) -> [String] {
            guard let text = given[name] ?? usual[name], !text.isEmpty else { return [] }
            return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (names, addresses) = (list("host"), list("hostaddr"))
        var hosts: [String?] = (0..<max(names.count, addresses.count)).map { index in
            // The address is where libpq goes; the name is what it calls the place.
            if index < addresses.count, !addresses[index].isEmpty { return addresses[index] }
            return index < names.count ? names[index] : ""
        }
        if hasService && hosts.isEmpty { hosts = [nil] }
        self.hosts = hosts
        sslMode = given["sslmode"] ?? usual["sslmode"] ?? "prefer"
    }

    /// The options that have a value; frees the array. It ends with an option without a keyword
    /// (libpq docs, PQconndefaults), and its strings live until it is freed.
    @unsafe private static func values(
        _ options: UnsafeMutablePointer<PQconninfoOption>
    ) -> [String: String] {
        defer { unsafe PQconninfoFree(options) }
        var values: [String: String] = [:]
        var index = 0
        while let keyword = unsafe options[index].keyword {
            if let value = unsafe options[index].val {
                unsafe values[String(cString: keyword)] = String(cString: value)
            }
            index += 1
        }
        return values
    }
}

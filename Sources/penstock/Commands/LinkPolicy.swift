import Glibc
import Postgres
import Redis

/// How the way to a database may look: what crosses a network is encrypted, and the other end is
/// who it should be.
enum LinkPolicy {
    /// - Parameters:
    ///   - conninfo: libpq's connection string.
    ///   - name: the setting, for the message.
    /// - Throws: `CommandError` for a Postgres on another machine without `sslmode=verify-full`.
    static func check(postgres conninfo: String, name: String) throws {
        let place: PostgresPlace
        do {
            place = try PostgresPlace(conninfo)
        } catch {
            throw CommandError("\(name) is \(error)")
        }
        let far = place.hosts.first { !($0.map(isLocal) ?? false) }
        guard let far, place.sslMode != "verify-full" else { return }
        let host = far.map { "`\($0)`, which is not this machine" } ?? "a service's host"
        throw CommandError(
            """
            \(name) leads to \(host), with sslmode=\(place.sslMode): say sslmode=verify-full (and \
            sslrootcert), as anything less does not show that the other end is the database
            """
        )
    }

    /// - Throws: `CommandError` for a Redis on another machine: there is no TLS to Redis yet.
    static func check(redis address: RedisAddress) throws {
        guard case .tcp(let host, _) = address.place, !isLocal(host) else { return }
        let password =
            address.password == nil ? " It has no password either, which it then needs." : ""
        throw CommandError(
            """
            REDIS_URL leads to `\(host)`, which is not this machine, without TLS, which this version \
            does not speak to Redis: use a TLS tunnel that ends on 127.0.0.1.\(password)
            """
        )
    }

    /// A socket's directory, or a name or address of this machine itself.
    static func isLocal(_ host: String) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return true }
        if host.lowercased() == "localhost" { return true }
        var (v4, v6) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
        guard inet_pton(AF_INET6, host, &v6) == 1 else { return false }
        return withUnsafeBytes(of: v6) { $0.elementsEqual([UInt8](repeating: 0, count: 15) + [1]) }
    }
}

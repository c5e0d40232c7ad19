import Testing

@testable import Redis

@Suite struct RedisAddressTests {
    /// Goal: every documented form is read. Method: one example a form, with its parts.
    @Test(arguments: [
        ("redis://", RedisAddress(.tcp(host: "127.0.0.1", port: 6379))),
        ("redis://cache", RedisAddress(.tcp(host: "cache", port: 6379))),
        ("redis://cache:7000/3", RedisAddress(.tcp(host: "cache", port: 7000), database: 3)),
        ("REDIS://[::1]:7000", RedisAddress(.tcp(host: "::1", port: 7000))),
        ("redis://[fe80::1]/", RedisAddress(.tcp(host: "fe80::1", port: 6379))),
        ("redis://:p%40ss@cache", RedisAddress(.tcp(host: "cache", port: 6379), password: "p@ss")),
        (
            "redis://ann:a:b@cache:1",
            RedisAddress(.tcp(host: "cache", port: 1), user: "ann", password: "a:b")
        ),
        ("unix:///run/a%20b.sock", RedisAddress(.unix(path: "/run/a b.sock"))),
        (
            "unix://:x@/run/r.sock?db=2",
            RedisAddress(.unix(path: "/run/r.sock"), password: "x", database: 2)
        ),
    ])
    func `an address is read from its URL`(url: String, expected: RedisAddress) throws {
        #expect(try RedisAddress(url: url) == expected)
    }

    /// Goal: a bad URL is refused, and the message keeps the password to itself.
    @Test(arguments: [
        "cache:6379", "http://:hush@cache", "rediss://:hush@cache", "redis://:hush@cache:0",
        "redis://:hush@cache:65536", "redis://:hush@cache:port", "redis://:hush@cache/one",
        "redis://:hush@cache/-1", "redis://:hush%2@cache", "redis://:hush%00@cache",
        "redis://:hush%FF@cache", "unix://:hush@/run/r.sock?timeout=3", "redis://:hush@[::1]7000",
    ])
    func `a bad address is refused without being quoted`(url: String) throws {
        let error = try #require(throws: RedisError.self) { try RedisAddress(url: url) }
        #expect(!error.description.contains("hush"))
        guard case .unexpected = error else {
            Issue.record("wrong kind: \(error)")
            return
        }
    }

    /// Goal: the password is in no printed form. Method: all ways Swift prints a value.
    @Test func `printing an address hides its password`() throws {
        let address = try RedisAddress(url: "redis://ann:hush@cache:7000/3")
        var dumped = ""
        dump(address, to: &dumped)
        for text in ["\(address)", String(reflecting: address), "\([address])", dumped] {
            #expect(!text.contains("hush"))
            #expect(text.contains("cache:7000"))
        }
    }
}

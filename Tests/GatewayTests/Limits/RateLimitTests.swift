import Testing

@testable import Gateway

struct RateLimitTests {
    @Test(
        arguments: [
            ("5 per minute", 5, 60, "5 per 1 minute"),
            ("10 per 5 minutes", 10, 300, "10 per 5 minute"),
            ("100/hour", 100, 3_600, "100 per 1 hour"),
            ("7 PER 2 Day", 7, 172_800, "7 per 2 day"),
            ("1 per second", 1, 1, "1 per 1 second"),
        ] as [(String, Int, Int, String)]
    )
    func `limits are read as FlexMeasures writes them`(
        _ text: String,
        _ count: Int,
        _ seconds: Int,
        _ description: String
    ) throws {
        let limit = try #require(RateLimit(text))
        #expect(limit.count == count)
        #expect(limit.periodSeconds == seconds)
        #expect(limit.description == description)
    }

    @Test(
        arguments: [
            "", "5", "5 per", "per minute", "0 per minute", "-1 per minute", "5 per 0 minutes",
            "5 per fortnight", "5 per minute; 10 per hour", "1e3 per minute",
            "5 per 99999999999999999999 minutes", "5 per 9223372036854775807 years",
        ] as [String]
    )
    func `other texts are refused`(_ text: String) { #expect(RateLimit(text) == nil) }

    @Test(
        arguments: [
            (nil, "local"), ("10.1.2.3", "0a0102"), ("10.1.2.250", "0a0102"),
            ("10.1.3.3", "0a0103"), ("127.0.0.1", "7f000001"), ("127.0.0.2", "7f000002"),
            ("::ffff:10.1.2.9", "0a0102"), ("2001:db8:1:2:3:4:5:6", "20010db800010002"),
            ("2001:db8:1:2::", "20010db800010002"), ("2001:db8:1:3::", "20010db800010003"),
            ("fe80::1%eth0", "fe80000000000000"), ("::1", "loopback"), ("nonsense", "unknown"),
        ] as [(String?, String)]
    )
    func `addresses are taken by their networks`(_ address: String?, _ name: String) {
        #expect(ClientNetwork.name(of: address) == name)
    }
}

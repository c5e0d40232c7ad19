import Foundation
import Logging
import Testing

@testable import Gateway

@Suite struct DoorPartsTests {
    @Test(
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::/32", "2001:db8:1::5", true), ("2001:db8::/32", "2001:db9::5", false),
            ("::1", "::1", true), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
        ] as [(String, String, Bool)]
    )
    func `H02 ranges of addresses`(range: String, address: String, expected: Bool) throws {
        let range = try #require(IPRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == expected)
    }

    @Test(
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4/33", "a", "::1::", ":::",
            "1:2:3:4:5:6:7:8:9", "12345::", "::1/129", "1.2.3.4/", "+1.2.3.4",
        ] as [String]
    )
    func `what is no address or range is none`(text: String) {
        #expect(IPRange(text) == nil)
    }

    @Test func `H02 the last hop that is no proxy is the client`() throws {
        let proxies = TrustedProxies([try #require(IPRange("10.0.0.0/8"))])
        func word(_ fields: [String: [String]]) -> TrustedProxies.Word {
            proxies.word { fields[$0] ?? [] }
        }
        let word1 = word(["X-Forwarded-For": ["1.1.1.1, 198.51.100.7", "10.0.0.3"]])
        #expect(word1.address?.description == "198.51.100.7")
        #expect(word1.isSecure == nil)
        let word2 = word(["X-Forwarded-For": ["1.1.1.1, junk, 10.0.0.3"]])
        #expect(word2.address?.description == "10.0.0.3")
        let word3 = word(["X-Forwarded-Proto": ["https, http"], "X-Forwarded-Host": ["a, b"]])
        #expect(word3.isSecure == false)
        #expect(word3.host == "b")
        // The other kind of field is a client's.
        #expect(word(["Forwarded": ["for=1.1.1.1;proto=https"]]) == TrustedProxies.Word())
        let standard = TrustedProxies(proxies.ranges, fields: .forwarded)
        let word4 = standard.word { name in
            name == "Forwarded" ? ["for=1.1.1.1, for=\"[2001:db8::7]:80\";proto=https;host=x"] : []
        }
        #expect(word4.address?.description == "2001:db8::7")
        #expect(word4.isSecure == true)
        #expect(word4.host == "x")
    }

    @Test(
        arguments: [
            ("example.com", true), ("EXAMPLE.com:8443", true), ("example.com.", true),
            ("a.example.com", false), ("wild.org", true), ("a.b.wild.org", true),
            ("notwild.org", false), ("port.net:81", true), ("port.net", false),
            ("localhost", false), ("127.0.0.1", false),
        ] as [(String, Bool)]
    )
    func `H05 hosts that are listed`(text: String, expected: Bool) throws {
        let entries = ["example.com", ".wild.org", "port.net:81"].compactMap(
            TrustedHosts.Entry.init
        )
        let hosts = TrustedHosts(entries)
        let local = IPAddress("127.0.0.1")
        let host = try #require(HostName(text))
        #expect(hosts.allows(host, at: local, isSecure: false) == expected)
    }

    @Test func `H05 without a list only the own address is a host`() throws {
        let hosts = TrustedHosts([])
        func allows(_ text: String, at local: String) throws -> Bool {
            let host = try #require(HostName(text))
            return hosts.allows(host, at: IPAddress(local), isSecure: true)
        }
        #expect(try allows("localhost:1", at: "127.0.0.1"))
        #expect(try allows("[::1]:1", at: "127.0.0.1"))
        #expect(try allows("192.0.2.1", at: "192.0.2.1"))
        #expect(try !allows("192.0.2.2", at: "192.0.2.1"))
        #expect(try !allows("localhost", at: "192.0.2.1"))
        #expect(try !allows("evil.example", at: "127.0.0.1"))
        for text in ["", ":80", "a b", "a/b", "u@a", "a:99999", "a:", "[::1", "[x]", ".a", "a..b"] {
            #expect(HostName(text) == nil, "\(text)")
        }
    }

    /// Goal: a certificate is made once, kept while it is good, made anew before its end or for a
    /// new name, and read again; a bad one is not taken.
    @Test func `C01 the certificate of its own`() throws {
        let folder = NSTemporaryDirectory() + "door-tls-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plain = SelfSignedCertificate(folder: folder, names: [])
        func print() throws -> String {
            try TLSIdentity(.selfSigned(plain), logger: Logger(label: "test")).fingerprint
        }
        let first = try print()
        #expect(try print() == first)
        let mode = try FileManager.default.attributesOfItem(atPath: plain.path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        try plain.renewIfNeeded(now: Date().addingTimeInterval(300 * 86_400))
        #expect(try print() == first)
        try plain.renewIfNeeded(now: Date().addingTimeInterval(340 * 86_400))
        let named = SelfSignedCertificate(folder: folder, names: ["example.com"])
        try named.renewIfNeeded()
        let third = try print()
        #expect(third != first)
        let identity = try TLSIdentity(
            .files(certificate: plain.path, key: plain.path),
            logger: Logger(label: "test")
        )
        try "nonsense".write(toFile: plain.path, atomically: true, encoding: .utf8)
        identity.refresh()
        #expect(identity.fingerprint == third)
        try plain.renewIfNeeded()
        identity.refresh()
        #expect(identity.fingerprint != third)
    }
}

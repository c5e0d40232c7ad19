internal import NIOCore

/// A numeric address of IPv4 or IPv6. An IPv4 address is held as IPv6 has it (`::ffff:a.b.c.d`), so
/// that one client has one address whichever socket it reached.
package struct IPAddress: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    private static let mapped: UInt64 = 0xFFFF << 32

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    init?(_ address: SocketAddress?) {
        guard let text = address?.ipAddress else { return nil }
        self.init(text)
    }

    /// Parses `192.0.2.1` or `2001:db8::1`, without brackets or port.
    init?(_ text: some StringProtocol) {
        if text.contains(":") {
            guard let groups = Self.groups(text) else { return nil }
            func half(_ groups: ArraySlice<UInt16>) -> UInt64 {
                groups.reduce(0) { $0 << 16 | UInt64($1) }
            }
            self.init(high: half(groups[..<4]), low: half(groups[4...]))
        } else {
            guard let number = Self.number(text) else { return nil }
            self.init(high: 0, low: Self.mapped | UInt64(number))
        }
    }

    /// Four decimal numbers without leading zeros, which some programs read as octal.
    private static func number(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (48...57).contains($0) }),
                part.utf8.count == 1 || !part.hasPrefix("0"), let byte = UInt8(part)
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }

    /// Eight groups; `::` stands for those that are 0, and the last two may be an IPv4 address.
    private static func groups(_ text: some StringProtocol) -> [UInt16]? {
        let gap = text.firstRange(of: "::")
        guard let head = part(gap.map { text[..<$0.lowerBound] } ?? text[...]) else { return nil }
        guard let gap else { return head.count == 8 ? head : nil }
        guard let tail = part(text[gap.upperBound...]), head.count + tail.count < 8 else {
            return nil
        }
        return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func part(_ text: some StringProtocol) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, field) in fields.enumerated() {
            if field.contains("."), index == fields.count - 1 {
                guard let number = number(field) else { return nil }
                groups += [UInt16(number >> 16), UInt16(number & 0xFFFF)]
            } else {
                guard (1...4).contains(field.utf8.count), field.allSatisfy(\.isHexDigit),
                    let group = UInt16(field, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
    var isLoopback: Bool { isIPv4 ? UInt8(truncatingIfNeeded: low >> 24) == 127 : isOne }
    private var isOne: Bool { high == 0 && low == 1 }
    /// `0.0.0.0` or `::`.
    var isUnspecified: Bool {
        isIPv4 ? UInt32(truncatingIfNeeded: low) == 0 : high == 0 && low == 0
    }

    /// In network order: 4 bytes or 16.
    var bytes: [UInt8] {
        let all = [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
        return isIPv4 ? Array(all.suffix(4)) : all
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        if isIPv4 { return bytes.map(String.init).joined(separator: ".") }
        let address = try? SocketAddress(
            packedIPAddress: ByteBuffer(bytes: bytes),
            port: 0
        )
        return address?.ipAddress ?? "::"
    }
}

/// Addresses that begin alike: `10.0.0.0/8`, or one address.
package struct IPRange: Sendable, Hashable {
    private let first: IPAddress
    /// Of 128.
    private let bitCount: Int

    /// Parses an address, or an address, a slash, and how many bits count.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPAddress(parts[0]) else { return nil }
        let all = address.isIPv4 && !parts[0].contains(":") ? 32 : 128
        guard let count = parts.count == 2 ? Int(parts[1]) : all, (0...all).contains(count) else {
            return nil
        }
        bitCount = 128 - all + count
        first = Self.masked(address, bitCount)
    }

    func contains(_ address: IPAddress) -> Bool { Self.masked(address, bitCount) == first }

    private static func masked(_ address: IPAddress, _ count: Int) -> IPAddress {
        func mask(_ count: Int) -> UInt64 { count <= 0 ? 0 : ~UInt64(0) << (64 - min(count, 64)) }
        return IPAddress(high: address.high & mask(count), low: address.low & mask(count - 64))
    }
}

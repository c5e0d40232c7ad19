internal import NIOCore

/// A numeric address of IPv4 or IPv6. An IPv4 address is held as IPv6 has it (`::ffff:a.b.c.d`), so
/// that one client has one address whichever socket it reached.
package struct IPAddress: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    private static let mapped: UInt64 = 0xFFFF << 32

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    init?(_ address: SocketAddress?) {
        switch address {
        case .v4(let value):
            let number = UInt32(bigEndian: value.address.sin_addr.s_addr)
            self.init(high: 0, low: Self.mapped | UInt64(number))
        case .v6(let value):
            // The C struct is sixteen bytes in network order, whatever its union is called.
            var halves: (UInt64, UInt64) = (0, 0)
            unsafe withUnsafeBytes(of: value.address.sin6_addr) { source in
                unsafe withUnsafeMutableBytes(of: &halves) { unsafe $0.copyMemory(from: source) }
            }
            self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
        default: return nil
        }
    }

    /// Parses `192.0.2.1` or `2001:db8::1`, without brackets or port.
    init?(_ text: some StringProtocol) {
        self.init(try? SocketAddress(ipAddress: String(text), port: 0))
    }

    var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
    var isLoopback: Bool { isIPv4 ? UInt8(truncatingIfNeeded: low >> 24) == 127 : isOne }
    private var isOne: Bool { high == 0 && low == 1 }
    /// `0.0.0.0` or `::`.
    var isUnspecified: Bool { isIPv4 ? UInt32(truncatingIfNeeded: low) == 0 : high == 0 && low == 0 }

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

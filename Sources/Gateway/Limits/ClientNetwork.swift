internal import Glibc

/// The network that a client is taken to be in: whoever has one address of it can have the others.
enum ClientNetwork {
    /// The first three bytes of an IPv4 address, the first eight of an IPv6 one, as hexadecimal
    /// digits. An address of this machine stands for itself: behind each can be another client.
    ///
    /// `address`: numeric; nil for a client on a Unix socket.
    static func name(of address: String?) -> String {
        guard let address else { return "local" }
        let plain = String(address.prefix { $0 != "%" })
        if let bytes = bytes(plain, AF_INET, 4) { return name(ofIPv4: bytes) }
        guard let bytes = bytes(plain, AF_INET6, 16) else { return "unknown" }
        let isMapped =
            bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        if isMapped { return name(ofIPv4: Array(bytes[12...])) }
        if bytes[..<15].allSatisfy({ $0 == 0 }), bytes[15] == 1 { return "loopback" }
        return hex(bytes[..<8])
    }

    private static func name(ofIPv4 bytes: [UInt8]) -> String {
        bytes[0] == 127 ? hex(bytes[...]) : hex(bytes[..<3])
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// inet_pton writes as many bytes as its family's addresses have, and the buffer has these.
    private static func bytes(_ text: String, _ family: Int32, _ count: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        let isRead = unsafe inet_pton(family, text, &buffer) == 1
        return isRead ? buffer : nil
    }
}

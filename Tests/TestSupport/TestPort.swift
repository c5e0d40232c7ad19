import Foundation
import Synchronization

/// Ports for servers that tests start.
package enum TestPort {
    /// Below the ports that the system gives to connections, so that none of these takes one between
    /// the choice and the server's start.
    private static let range: ClosedRange<UInt16> = 20_000...32_000
    private static let taken = Mutex<Set<UInt16>>([])

    /// A port that nothing listens at, and that this process has not given before.
    package static func free() -> UInt16 {
        while true {
            let port = UInt16.random(in: range)
            if taken.withLock({ $0.insert(port).inserted }), isFree(port) { return port }
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

import Foundation

/// A blocking stream socket: bytes out, bytes in.
final class StreamSocket {
    private let descriptor: Int32

    /// Connects to a port of this machine.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try Self.connect(descriptor, &address)
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
    }

    /// Connects to a socket in the file system.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            precondition(bytes.count < room.count, "the socket's path is short")
            room.copyBytes(from: bytes)
        }
        try Self.connect(descriptor, &address)
    }

    deinit { close(descriptor) }

    private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) throws {
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard status == 0 else {
            let text = String(cString: strerror(errno))
            close(descriptor)
            throw Failure("cannot connect: \(text)")
        }
    }

    /// Sends two parts, as one packet where they fit.
    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) throws {
        var sent = 0
        while sent < first.count + second.count {
            let head = UnsafeRawBufferPointer(rebasing: first.dropFirst(min(sent, first.count)))
            let rest = UnsafeRawBufferPointer(
                rebasing: second.dropFirst(max(0, sent - first.count))
            )
            var parts = [head, rest].map {
                iovec(iov_base: .init(mutating: $0.baseAddress), iov_len: $0.count)
            }
            let count = writev(descriptor, &parts, Int32(parts.count))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure("connection lost while sending") }
            sent += count
        }
    }

    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try send($0, UnsafeRawBufferPointer(start: nil, count: 0)) }
    }

    /// Waits for bytes; how many came.
    func receive(_ room: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = recv(descriptor, room.baseAddress, room.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure("connection lost while receiving") }
            return count
        }
    }

    /// A port that is free at the moment.
    static func freePort() throws -> UInt16 {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, size) == 0 ? getsockname(probe, $0, &size) : -1
            }
        }
        guard status == 0 else { throw Failure("no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// What went wrong, for the person who reads the output.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

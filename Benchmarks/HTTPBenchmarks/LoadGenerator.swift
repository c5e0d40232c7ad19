import Dispatch
import Foundation
import Synchronization

/// Posts prepared requests over keep-alive connections, one thread and one request at a time each,
/// and measures from the first byte sent to the last answer read.
struct LoadGenerator {
    let port: UInt16

    struct Result {
        var requestCount = 0
        var seconds: Double = 0
        /// Latency of each request in seconds, ascending.
        var latencies: [Double] = []
        /// First answer that was not 200, if there was one.
        var refusal: String?

        func latency(_ quantile: Double) -> Double {
            latencies.isEmpty
                ? 0 : latencies[min(latencies.count - 1, Int(Double(latencies.count) * quantile))]
        }
    }

    /// `requests`: whole HTTP requests, by connection.
    func run(_ requests: [[[UInt8]]]) -> Result {
        let total = SharedResult()
        let began = DispatchTime.now().uptimeNanoseconds
        let done = DispatchGroup()
        for prepared in requests {
            done.enter()
            // A thread each: the connections wait for the server most of the time.
            Thread.detachNewThread {
                let part = Connection(port: port).post(prepared)
                total.add(part)
                done.leave()
            }
        }
        done.wait()
        var result = total.value
        result.seconds = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
        result.latencies.sort()
        return result
    }
}

/// What the connections have measured together.
private final class SharedResult: Sendable {
    private let result = Mutex(LoadGenerator.Result())

    var value: LoadGenerator.Result { result.withLock { $0 } }

    func add(_ part: LoadGenerator.Result) {
        result.withLock { total in
            total.requestCount += part.requestCount
            total.latencies += part.latencies
            total.refusal = total.refusal ?? part.refusal
        }
    }
}

/// One blocking connection to the server.
private final class Connection {
    private let socket: Int32
    private var bodyByteCount = 0

    init(port: UInt16) {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(status == 0, "the server accepts connections")
        var on: Int32 = 1
        setsockopt(
            socket,
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
    }

    func post(_ requests: [[UInt8]]) -> LoadGenerator.Result {
        defer { close(socket) }
        var result = LoadGenerator.Result()
        result.latencies.reserveCapacity(requests.count)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for request in requests {
            let began = DispatchTime.now().uptimeNanoseconds
            guard send(request), let answer = receive(&buffer) else {
                result.refusal = result.refusal ?? "connection lost"
                return result
            }
            result.latencies.append(Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9)
            result.requestCount += 1
            if !answer.hasPrefix("HTTP/1.1 200") { result.refusal = result.refusal ?? answer }
        }
        return result
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        return bytes.withUnsafeBytes { bytes in
            while sent < bytes.count {
                let count = Foundation.send(
                    socket,
                    bytes.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Reads one answer with a Content-Length; returns its head.
    private func receive(_ buffer: inout [UInt8]) -> String? {
        var received: [UInt8] = []
        var total: Int?
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            if let total {
                // The body is only counted: looking at it would be the client's time.
                bodyByteCount += count
                if bodyByteCount >= total { return String(decoding: received, as: UTF8.self) }
                continue
            }
            received += buffer[..<count]
            guard let end = Self.headEnd(received) else { continue }
            let head = String(decoding: received[..<end], as: UTF8.self)
            guard let length = Self.contentLength(head) else { return head }
            bodyByteCount = received.count - end
            if bodyByteCount >= length { return head }
            total = length
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (3..<bytes.count).first {
            bytes[$0] == 10 && bytes[$0 - 1] == 13 && bytes[$0 - 2] == 10 && bytes[$0 - 3] == 13
        }.map { $0 + 1 }
    }

    private static func contentLength(_ head: String) -> Int? {
        for line in head.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-length" {
                return Int(parts[1].filter(\.isNumber))
            }
        }
        return nil
    }
}

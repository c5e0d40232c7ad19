import Foundation
package import Synchronization

/// A keep-alive HTTP/1.1 connection over a blocking socket: plain enough to see what a client sees
/// when the server dies in the middle of an answer.
package final class BlockingHTTPClient {
    package struct Answer: Sendable {
        package let status: Int
        package let head: String
        package let body: [UInt8]

        package init(status: Int, head: String, body: [UInt8]) {
            (self.status, self.head, self.body) = (status, head, body)
        }

        package var text: String { String(decoding: body, as: UTF8.self) }

        /// The values of a header field, by its name in lower case.
        package func fields(_ name: String) -> [String] {
            head.split(separator: "\r\n").dropFirst().compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].lowercased() == name else { return nil }
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }

        /// Of the body, without parameters, in lower case; nil if the head does not say.
        package var contentType: String? {
            fields("content-type").first?.prefix { $0 != ";" }
                .trimmingCharacters(in: .whitespaces).lowercased()
        }

        /// The body as JSON.
        package func json() throws -> [String: Any] {
            let value = try JSONSerialization.jsonObject(with: Data(body))
            return value as? [String: Any] ?? [:]
        }
    }

    /// Sees each request that is not sent raw, and its answer: the port, the method, the path.
    package static let observer = Mutex<(@Sendable (UInt16, String, String, Answer) -> Void)?>(nil)

    private let port: UInt16
    private let host: UInt8
    private var socket: Int32 = -1
    private var pending: [UInt8] = []

    /// `host`: the client's own address is 127.0.0.`host`.
    package init(port: UInt16, host: UInt8 = 1) { (self.port, self.host) = (port, host) }

    deinit { disconnect() }

    package func disconnect() {
        if socket >= 0 { close(socket) }
        socket = -1
        pending = []
    }

    /// Sends one request and reads its answer.
    ///
    /// - Returns: nil if the connection could not be made or was lost: what became of the request is
    ///   not known.
    package func send(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: String? = nil
    ) -> Answer? {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        let answer = send(
            raw: Array((head + "\r\n" + (body ?? "")).utf8),
            isHead: method == "HEAD"
        )
        if let answer, let observe = Self.observer.withLock({ $0 }) {
            observe(port, method, path, answer)
        }
        return answer
    }

    /// Sends bytes as they are and reads one answer.
    package func send(raw text: String) -> Answer? { send(raw: Array(text.utf8)) }

    /// Sends bytes as they are and reads one answer. `isHead`: which has no body, whatever it
    /// announces.
    package func send(raw bytes: [UInt8], isHead: Bool = false) -> Answer? {
        // The server ends connections that have been idle for a while, as tests may be.
        if socket >= 0, isEnded { disconnect() }
        guard socket >= 0 || connectSocket(), write(bytes), let answer = read(isHead) else {
            disconnect()
            return nil
        }
        return answer
    }

    /// Sends the first part of a request.
    package func sendPart(_ text: String) -> Bool {
        (socket >= 0 || connectSocket()) && write(Array(text.utf8))
    }

    /// Whether the server has closed the connection since the last answer.
    private var isEnded: Bool {
        var byte: UInt8 = 0
        return pending.isEmpty
            && recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
    }

    private func connectSocket() -> Bool {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        if host != 1 {
            var own = address
            own.sin_port = 0
            own.sin_addr.s_addr = (UInt32(0x7F00_0000) | UInt32(host)).bigEndian
            let isBound = withUnsafePointer(to: &own) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isBound else { return false }
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(
                    socket,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func read(_ isHead: Bool) -> Answer? {
        var head = ""
        while true {
            if let end = Self.headEnd(pending) {
                head = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end)
                break
            }
            guard fill() else { return nil }
        }
        let fields = head.split(separator: "\r\n").dropFirst().map {
            $0.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let length = fields.first { $0.first?.lowercased() == "content-length" }?.last
        var body: [UInt8] = []
        if isHead {
            body = []
        } else if head.lowercased().contains("transfer-encoding: chunked") {
            guard let chunks = readChunks() else { return nil }
            body = chunks
        } else {
            guard let bytes = take(length.flatMap { Int($0) } ?? 0) else { return nil }
            body = bytes
        }
        guard let status = Int(head.dropFirst(9).prefix(3)) else { return nil }
        if head.lowercased().contains("connection: close") { disconnect() }
        return Answer(status: status, head: head, body: body)
    }

    /// A body in chunks, without their frames.
    private func readChunks() -> [UInt8]? {
        var body: [UInt8] = []
        while true {
            var size: [UInt8] = []
            while size.last != 10 {
                guard let byte = take(1) else { return nil }
                size += byte
            }
            let digits = String(decoding: size, as: UTF8.self).prefix { $0.isHexDigit }
            guard let count = Int(digits, radix: 16), let chunk = take(count), take(2) != nil
            else { return nil }
            if count == 0 { return body }
            body += chunk
        }
    }

    private func take(_ count: Int) -> [UInt8]? {
        while pending.count < count { guard fill() else { return nil } }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        pending += buffer[..<count]
        return true
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<bytes.count
        where bytes[index] == 10 && bytes[index - 1] == 13 && bytes[index - 2] == 10
            && bytes[index - 3] == 13
        {
            return index + 1
        }
        return nil
    }
}

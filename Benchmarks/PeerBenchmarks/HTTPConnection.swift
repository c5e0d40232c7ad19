import Foundation

/// One keep-alive connection, one request at a time. Understands what the compared servers send:
/// answers with a Content-Length, in chunks, or without a body.
final class HTTPConnection {
    struct Answer {
        var status: Int
        /// Bytes of the body.
        var byteCount: Int
        /// The body, or of an ignored one the first part for messages.
        var body: [UInt8]
        /// What Retry-After says, in seconds.
        var retryAfter: Int?

        var text: String { String(decoding: body.prefix(400), as: UTF8.self) }
    }

    private let socket: StreamSocket
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 8)
    /// What was received and not looked at yet, as a range of `room`.
    private var pending = 0..<0

    init(port: UInt16) throws { socket = try StreamSocket(port: port) }

    deinit { room.deallocate() }

    /// Sends a request and waits for the whole answer.
    ///
    /// `head`: request line and header lines without Content-Length and the empty line.
    /// `keepsBody`: else the body is only counted, as looking at it would be the client's time.
    func send(
        head: String,
        body: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        keepsBody: Bool = false
    ) throws -> Answer {
        let length = head.hasPrefix("GET ") ? "" : "Content-Length: \(body.count)\r\n"
        try Array("\(head)\(length)\r\n".utf8).withUnsafeBytes { try socket.send($0, body) }
        return try receive(keepsBody: keepsBody)
    }

    func get(_ path: String, headers: String = "", keepsBody: Bool = true) throws -> Answer {
        let head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)"
        return try send(head: head, keepsBody: keepsBody)
    }

    func post(
        _ path: String,
        headers: String,
        body: String,
        keepsBody: Bool = true
    ) throws -> Answer {
        var body = body
        let head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)"
        return try body.withUTF8 {
            try send(head: head, body: UnsafeRawBufferPointer($0), keepsBody: keepsBody)
        }
    }

    private func receive(keepsBody: Bool) throws -> Answer {
        let first = try line()
        guard first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3)) else {
            throw Failure("no HTTP answer: \(first.prefix(80))")
        }
        var length = 0
        var isChunked = false
        var retryAfter: Int?
        while case let header = try line().lowercased(), !header.isEmpty {
            let parts = header.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].drop { $0 == " " }
            if parts[0] == "content-length" { length = Int(value) ?? 0 }
            if parts[0] == "transfer-encoding" { isChunked = value == "chunked" }
            if parts[0] == "retry-after" { retryAfter = Int(value) }
        }
        var answer = Answer(status: status, byteCount: 0, body: [], retryAfter: retryAfter)
        if isChunked {
            while case let size = Int(try line().prefix { $0 != ";" }, radix: 16) ?? 0, size > 0 {
                try take(size, into: &answer, keepsBody)
                _ = try line()
            }
            while try !line().isEmpty {}
        } else {
            try take(length, into: &answer, keepsBody)
        }
        return answer
    }

    private func refill() throws {
        let count = try socket.receive(room)
        pending = 0..<count
    }

    /// The next line, without its end.
    private func line() throws -> String {
        var bytes: [UInt8] = []
        while true {
            if pending.isEmpty { try refill() }
            let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[pending])
            if let end = part.firstIndex(of: 10) {
                bytes += part[..<end]
                pending = pending.lowerBound + end + 1..<pending.upperBound
                if bytes.last == 13 { bytes.removeLast() }
                return String(decoding: bytes, as: UTF8.self)
            }
            bytes += part
            pending = 0..<0
        }
    }

    private func take(_ count: Int, into answer: inout Answer, _ keepsBody: Bool) throws {
        var left = count
        while left > 0 {
            if pending.isEmpty { try refill() }
            let part = pending.prefix(left)
            if keepsBody || answer.body.count < 400 {
                answer.body += UnsafeRawBufferPointer(room)[part]
            }
            left -= part.count
            answer.byteCount += part.count
            pending = part.upperBound..<pending.upperBound
        }
    }
}

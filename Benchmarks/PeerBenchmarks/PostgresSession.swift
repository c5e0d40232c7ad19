import Foundation

/// A session with a Postgres on a socket of the file system that asks for no password: simple queries
/// and COPY, over the wire protocol, version 3. As thin as the HTTP client, so that neither kind of
/// peer pays for its client.
final class PostgresSession {
    private let socket: StreamSocket
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 8)
    private var pending = 0..<0

    struct Result {
        var rowCount = 0
        var byteCount = 0
        /// First column of each row, if it was asked for.
        var texts: [String] = []
    }

    init(socketFolder: String, user: String, database: String) throws {
        socket = try StreamSocket(path: "\(socketFolder)/.s.PGSQL.5432")
        let fields = Array("user\0\(user)\0database\0\(database)\0\0".utf8)
        try socket.send(Self.bytes(UInt32(fields.count + 8)) + Self.bytes(196_608) + fields)
        _ = try result(keepsTexts: false)
    }

    deinit { room.deallocate() }

    @discardableResult
    func query(_ sql: String, keepsTexts: Bool = false) throws -> Result {
        try socket.send(Self.message("Q", Array(sql.utf8) + [0]))
        return try result(keepsTexts: keepsTexts)
    }

    /// A COPY … FROM STDIN, committed when this returns. All is sent at once; the server takes it in
    /// order.
    func copy(_ statement: String, _ rows: UnsafeRawBufferPointer) throws {
        let head =
            Self.message("Q", Array(statement.utf8) + [0])
            + Array("d".utf8) + Self.bytes(UInt32(rows.count + 4))
        try head.withUnsafeBytes { try socket.send($0, rows) }
        try socket.send(Self.message("c", []))
        _ = try result(keepsTexts: false)
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    private static func message(_ kind: String, _ body: [UInt8]) -> [UInt8] {
        Array(kind.utf8) + bytes(UInt32(body.count + 4)) + body
    }

    /// Reads until the server is ready for the next query.
    private func result(keepsTexts: Bool) throws -> Result {
        var result = Result()
        var error: String?
        while true {
            let (kind, length) = try header()
            result.byteCount += length + 5
            switch UnicodeScalar(kind) {
            case "Z":
                try skip(length)
                if let error { throw Failure("postgres: \(error)") }
                return result
            case "E":
                let text = Self.errorText(try take(length))
                // After a fatal one nothing follows.
                guard !text.hasPrefix("FATAL") else { throw Failure("postgres: \(text)") }
                error = text
            case "R":
                guard Self.number(try take(length)) == 0 else {
                    throw Failure("postgres asks for a password")
                }
            case "D":
                result.rowCount += 1
                if keepsTexts {
                    // Column count, length of the first column, its text.
                    let row = try take(length)
                    let size = Int32(bitPattern: Self.number(Array(row[2..<6])))
                    let text = row[6..<6 + max(0, Int(size))]
                    result.texts.append(String(decoding: text, as: UTF8.self))
                } else {
                    try skip(length)
                }
            default: try skip(length)
            }
        }
    }

    /// Kind of the next message, and the length of what follows. Without an array in the usual case:
    /// a long answer has a million of them.
    private func header() throws -> (kind: UInt8, length: Int) {
        guard pending.count >= 5 else {
            let bytes = try take(5)
            return (bytes[0], Int(Self.number(Array(bytes.dropFirst()))) - 4)
        }
        let start = pending.lowerBound
        pending = start + 5..<pending.upperBound
        let length = UnsafeRawBufferPointer(room).loadUnaligned(
            fromByteOffset: start + 1,
            as: UInt32.self
        )
        return (room[start], Int(UInt32(bigEndian: length)) - 4)
    }

    private static func number(_ bytes: [UInt8]) -> UInt32 {
        bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The fields `V`, severity, and `M`, message, of an error message.
    private static func errorText(_ bytes: [UInt8]) -> String {
        let fields = bytes.split(separator: 0)
        let texts = "VM".utf8.map { kind in
            let field = fields.first { $0.first == kind } ?? []
            return String(decoding: field.dropFirst(), as: UTF8.self)
        }
        return texts.joined(separator: ": ")
    }

    private func take(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if pending.isEmpty { pending = 0..<(try socket.receive(room)) }
            let part = pending.prefix(count - bytes.count)
            bytes += UnsafeRawBufferPointer(room)[part]
            pending = part.upperBound..<pending.upperBound
        }
        return bytes
    }

    private func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            if pending.isEmpty { pending = 0..<(try socket.receive(room)) }
            let part = pending.prefix(left)
            left -= part.count
            pending = part.upperBound..<pending.upperBound
        }
    }
}

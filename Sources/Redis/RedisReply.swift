internal import CHiredis

/// One answer of Redis (protocol RESP2), owned: nothing of it lives in C memory.
package enum RedisReply: Sendable, Hashable {
    case null
    /// A short word such as `OK`.
    case status(String)
    /// A stored value, any bytes.
    case string([UInt8])
    case integer(Int64)
    case array([RedisReply])
    /// An error inside an array or a pipeline; a command's own error is thrown.
    case error(RedisError)

    /// A status or stored value as text; bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Throws: `.unexpected` for null, numbers and arrays; an error reply's own error.
    package func text() throws(RedisError) -> String {
        switch self {
        case .status(let text): return text
        case .string(let bytes): return String(decoding: bytes, as: UTF8.self)
        default: throw mismatch(wanted: "text")
        }
    }

    /// A stored value, nil for null.
    ///
    /// - Throws: `.unexpected` for anything else; an error reply's own error.
    package func optionalBytes() throws(RedisError) -> [UInt8]? {
        switch self {
        case .null: return nil
        case .string(let bytes): return bytes
        default: throw mismatch(wanted: "a value")
        }
    }

    /// - Throws: `.unexpected` for anything but an integer; an error reply's own error.
    package func integer() throws(RedisError) -> Int64 {
        guard case .integer(let value) = self else { throw mismatch(wanted: "an integer") }
        return value
    }

    /// - Throws: `.unexpected` for anything but an array; an error reply's own error.
    package func array() throws(RedisError) -> [RedisReply] {
        guard case .array(let replies) = self else { throw mismatch(wanted: "an array") }
        return replies
    }

    private func mismatch(wanted: String) -> RedisError {
        switch self {
        case .error(let error): error
        case .null: .unexpected("null where \(wanted) was expected")
        case .status: .unexpected("a status where \(wanted) was expected")
        case .string: .unexpected("a value where \(wanted) was expected")
        case .integer: .unexpected("an integer where \(wanted) was expected")
        case .array: .unexpected("an array where \(wanted) was expected")
        }
    }
}

extension RedisReply {
    /// Copies a reply of hiredis; the caller frees the original. hiredis refuses to read arrays
    /// nested deeper than seven, which bounds the recursion.
    @unsafe init(copying reply: UnsafePointer<redisReply>) {
        let type = unsafe reply.pointee.type
        switch type {
        case REDIS_REPLY_INTEGER:
            self = .integer(unsafe reply.pointee.integer)
        case REDIS_REPLY_STRING:
            self = .string(unsafe Array(RedisReply.bytes(reply)))
        case REDIS_REPLY_STATUS:
            self = .status(unsafe String(decoding: RedisReply.bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR:
            let text = unsafe String(decoding: RedisReply.bytes(reply), as: UTF8.self)
            self = .error(RedisError(reply: text))
        case REDIS_REPLY_ARRAY:
            let elements = unsafe UnsafeBufferPointer(
                start: reply.pointee.element,
                count: reply.pointee.elements
            )
            self = .array(
                unsafe elements.map { element in
                    guard let element = unsafe element else { return .null }
                    return unsafe RedisReply(copying: element)
                }
            )
        default:
            // REDIS_REPLY_NIL; RESP2 has no other type.
            self = .null
        }
    }

    @unsafe private static func bytes(
        _ reply: UnsafePointer<redisReply>
    ) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len)
    }
}

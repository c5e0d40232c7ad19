/// Reads JSON (RFC 8259) from bytes, strictly, from left to right.
///
/// The scanner is only a position; the bytes are passed to every call, since a value cannot keep a
/// span. A byte order mark before the document is skipped. The literals `NaN`, `Infinity` and
/// `-Infinity`, which Python clients write, are read as numbers and noted in `hasSpecialNumber`, so
/// that the caller can refuse them in its own words. Never traps on hostile bytes.
package struct JSONScanner {
    /// The next byte to read.
    var index = 0
    /// Whether a number that is not finite has been read.
    private(set) var hasSpecialNumber = false

    /// Deeper documents than any that FlexMeasures defines; recursion stays within a small stack.
    package static let depthMax = 64

    package init() {}

    /// Reads a whole document, with nothing but white space after it.
    mutating func document(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        try start(bytes)
        let value = try guardingEncoding(of: bytes) { (scanner) throws(JSONError) in
            let value = try scanner.value(bytes, depth: 0)
            try scanner.end(bytes)
            return value
        }
        return value
    }

    /// Skips what may stand before a document.
    mutating func start(_ bytes: Span<UInt8>) throws(JSONError) {
        // UTF-16 and UTF-32 put a zero byte beside every ASCII character.
        if bytes.count >= 2, bytes[0] == 0 || bytes[1] == 0 { throw .invalidEncoding }
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { index = 3 }
        skipSpace(bytes)
    }

    /// Makes sure that the document has been read to its end.
    mutating func end(_ bytes: Span<UInt8>) throws(JSONError) {
        skipSpace(bytes)
        guard index == bytes.count else { throw .malformed }
    }

    /// Runs `body`; if it finds the document malformed, the whole of it is checked for being UTF-8,
    /// because bytes in a wrong encoding are refused otherwise than a wrong document.
    mutating func guardingEncoding<Result>(
        of bytes: Span<UInt8>,
        _ body: (inout JSONScanner) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        do throws(JSONError) {
            return try body(&self)
        } catch {
            guard error == .malformed, (try? UTF8Span(validating: bytes)) == nil else {
                throw error
            }
            throw .invalidEncoding
        }
    }

    /// The byte at the position, or 0 at the end.
    @inline(__always)
    func peek(_ bytes: Span<UInt8>) -> UInt8 {
        index < bytes.count ? bytes[index] : 0
    }

    @inline(__always)
    mutating func skipSpace(_ bytes: Span<UInt8>) {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                index += 1
            default: return
            }
        }
    }

    /// Skips `byte` and the white space behind it.
    ///
    /// - Returns: Whether it was there.
    mutating func take(_ byte: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: byte) else { return false }
        index += 1
        skipSpace(bytes)
        return true
    }

    /// Skips the letters of a literal, such as `null`.
    mutating func literal(_ text: String, _ bytes: Span<UInt8>) throws(JSONError) {
        for letter in text.utf8 {
            guard peek(bytes) == letter else { throw .malformed }
            index += 1
        }
    }

    /// Refuses a container inside `depth` others if that is one too many.
    func checkDepth(_ depth: Int, _ bytes: Span<UInt8>) throws(JSONError) {
        // `{` and `[` differ in one bit only.
        guard depth < Self.depthMax || peek(bytes) | 0x20 != UInt8(ascii: "{") else {
            throw .tooDeep
        }
    }

    /// Reads a value that begins at the position, inside `depth` containers.
    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
        try checkDepth(depth, bytes)
        switch peek(bytes) {
        case UInt8(ascii: "{"): return .object(try object(bytes, depth: depth))
        case UInt8(ascii: "["): return .array(try array(bytes, depth: depth))
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "t"):
            try literal("true", bytes)
            return .bool(true)
        case UInt8(ascii: "f"):
            try literal("false", bytes)
            return .bool(false)
        case UInt8(ascii: "n"):
            try literal("null", bytes)
            return .null
        default: return try number(bytes)
        }
    }

    private mutating func object(
        _ bytes: Span<UInt8>,
        depth: Int
    ) throws(JSONError) -> JSONObject {
        var object = JSONObject()
        try members(bytes) { (scanner, name) throws(JSONError) in
            guard object[name] == nil else { throw .duplicateName(name) }
            object[name] = try scanner.value(bytes, depth: depth + 1)
        }
        return object
    }

    /// Reads the members of an object that begins at the position. `body` gets each name, with the
    /// position at the value, and reads the value.
    mutating func members(
        _ bytes: Span<UInt8>,
        _ body: (inout JSONScanner, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard take("{", bytes) else { throw .malformed }
        if peek(bytes) == UInt8(ascii: "}") {
            index += 1
            return
        }
        repeat {
            guard peek(bytes) == UInt8(ascii: "\"") else { throw .malformed }
            let name = try string(bytes)
            skipSpace(bytes)
            guard take(":", bytes) else { throw .malformed }
            try body(&self, name)
            skipSpace(bytes)
        } while take(",", bytes)
        guard peek(bytes) == UInt8(ascii: "}") else { throw .malformed }
        index += 1
    }

    private mutating func array(
        _ bytes: Span<UInt8>,
        depth: Int
    ) throws(JSONError) -> [JSONValue] {
        var values: [JSONValue] = []
        index += 1
        skipSpace(bytes)
        if peek(bytes) == UInt8(ascii: "]") {
            index += 1
            return values
        }
        repeat {
            values.append(try value(bytes, depth: depth + 1))
            skipSpace(bytes)
        } while take(",", bytes)
        guard peek(bytes) == UInt8(ascii: "]") else { throw .malformed }
        index += 1
        return values
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        let start = index
        guard let number = DecimalNumber.scan(bytes, at: &index) else {
            hasSpecialNumber = true
            return .number(try specialNumber(bytes))
        }
        guard number.isFinite else {
            hasSpecialNumber = true
            return .number(number)
        }
        let isWhole = (start..<index).allSatisfy {
            bytes[$0] <= UInt8(ascii: "9") && bytes[$0] != 0x2E
        }
        if isWhole, abs(number) < 0x1p53 { return .integer(Int64(number)) }
        if isWhole, let text = try? UTF8Span(validating: bytes.extracting(start..<index)),
            let integer = Int64(String(copying: text))
        {
            return .integer(integer)
        }
        return .number(number)
    }

    /// Reads one of the three literals that RFC 8259 does not have.
    mutating func specialNumber(_ bytes: Span<UInt8>) throws(JSONError) -> Double {
        switch peek(bytes) {
        case UInt8(ascii: "N"):
            try literal("NaN", bytes)
            return .nan
        case UInt8(ascii: "I"):
            try literal("Infinity", bytes)
            return .infinity
        case UInt8(ascii: "-"):
            try literal("-Infinity", bytes)
            return -.infinity
        default: throw .malformed
        }
    }
}

/// Reads the head of one HTTP/1 request strictly, line by line as the bytes arrive.
///
/// Penstock often stands behind a proxy. Where two programs could read a request's borders
/// differently, one connection could carry a request that the first did not see: so everything
/// ambiguous is refused here, also where RFC 9112 allows a server to be lenient. What passes is
/// read in the same way by the decoder behind.
struct HeadCheck: Sendable {
    /// How the body's length is known.
    enum Framing: Sendable, Equatable {
        case length(Int)
        case chunked
    }

    /// Bytes of the request's target; more is 414.
    static let targetByteCountMax = 32_768
    /// Bytes of the whole head; more is 431.
    static let byteCountMax = 65_536
    /// Header fields; more is 431.
    static let fieldCountMax = 256

    private var lineStart = 0
    private var position = 0
    private var fieldCount = 0
    private var hostCount = 0
    private var contentLength: Int?
    private var isChunked = false
    private var isHTTP11 = false

    /// Of a request whose head is complete.
    var framing: Framing { isChunked ? .chunked : .length(contentLength ?? 0) }

    /// Reads on.
    ///
    /// `bytes`: all bytes of the head so far, those of earlier calls too, and what follows it.
    ///
    /// - Returns: the length of the head once it is complete.
    mutating func advance(_ bytes: Span<UInt8>) throws(DoorRefusal) -> Int? {
        let end = min(bytes.count, Self.byteCountMax)
        while position < end {
            let byte = bytes[position]
            if byte >= 0x20 && byte != 0x7F {
                position += 1
                continue
            }
            switch byte {
            case UInt8(ascii: "\r"):
                guard position + 1 < end else { return try wait(bytes) }
                guard bytes[position + 1] == UInt8(ascii: "\n") else {
                    throw .badRequest("A line of the header does not end in CR LF.")
                }
                if position == lineStart && lineStart > 0 {
                    try finish()
                    return position + 2
                }
                try checkLine(bytes, lineStart..<position)
                position += 2
                lineStart = position
            case UInt8(ascii: "\t") where lineStart > 0: position += 1
            case UInt8(ascii: "\n"):
                throw .badRequest("A line of the header does not end in CR LF.")
            default: throw .badRequest("The header has a control character.")
            }
        }
        return try wait(bytes)
    }

    /// The head goes on in later bytes, if it may.
    private func wait(_ bytes: Span<UInt8>) throws(DoorRefusal) -> Int? {
        if lineStart == 0 {
            if let first = bytes.count > 0 ? bytes[0] : nil, !Self.isUpper(first) {
                throw .badRequest("This is no HTTP request.")
            }
            // The method and the version take a few bytes beside the target.
            if position > Self.targetByteCountMax + 40 { throw Self.targetTooLong }
        }
        if position >= Self.byteCountMax { throw Self.tooLarge }
        return nil
    }

    private mutating func finish() throws(DoorRefusal) {
        if isHTTP11 && hostCount == 0 { throw .badRequest("The header has no Host.") }
        if isChunked {
            guard contentLength == nil else {
                throw .badRequest("The header has a Content-Length and a Transfer-Encoding.")
            }
            guard isHTTP11 else {
                throw .badRequest("Version 1.0 of HTTP has no Transfer-Encoding.")
            }
        }
    }

    private mutating func checkLine(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>
    ) throws(DoorRefusal) {
        if line.lowerBound == 0 {
            try checkRequestLine(bytes, line)
        } else {
            fieldCount += 1
            if fieldCount > Self.fieldCountMax { throw Self.tooLarge }
            try checkField(bytes, line)
        }
    }

    /// `METHOD target HTTP/1.x`, with single blanks.
    private mutating func checkRequestLine(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>
    ) throws(DoorRefusal) {
        var blanks = (first: -1, second: -1)
        for index in line where bytes[index] == UInt8(ascii: " ") {
            if blanks.first < 0 {
                blanks.first = index
            } else if blanks.second < 0 {
                blanks.second = index
            } else {
                throw Self.requestLine
            }
        }
        guard blanks.first > 0, blanks.second > blanks.first + 1 else { throw Self.requestLine }
        let method = 0..<blanks.first
        let target = (blanks.first + 1)..<blanks.second
        guard method.count <= 20, method.allSatisfy({ Self.isUpper(bytes[$0]) }) else {
            throw .badRequest("This is no method of HTTP.")
        }
        if target.count > Self.targetByteCountMax { throw Self.targetTooLong }
        let version = (blanks.second + 1)..<line.upperBound
        guard Self.matches(bytes, version.dropLast(), "HTTP/1.", ignoringCase: false),
            let minor = version.last.map({ bytes[$0] }),
            minor == UInt8(ascii: "0") || minor == UInt8(ascii: "1")
        else { throw .badRequest("Only versions 1.1 and 1.0 of HTTP are served.") }
        isHTTP11 = minor == UInt8(ascii: "1")
        guard Self.methods.contains(where: { Self.matches(bytes, method, $0, ignoringCase: false) })
        else { throw .method() }
        try checkTarget(
            bytes,
            target,
            isOptions: Self.matches(bytes, method, "OPTIONS", ignoringCase: false)
        )
    }

    private func checkTarget(
        _ bytes: Span<UInt8>,
        _ target: Range<Int>,
        isOptions: Bool
    ) throws(DoorRefusal) {
        for index in target where bytes[index] == UInt8(ascii: "#") {
            throw .badRequest("The target of the request has a fragment.")
        }
        switch bytes[target.lowerBound] {
        case UInt8(ascii: "/"): return
        case UInt8(ascii: "*") where target.count == 1 && isOptions: return
        default:
            let begin = target.prefix(8)
            guard
                Self.matches(bytes, begin.prefix(7), "http://", ignoringCase: true)
                    || Self.matches(bytes, begin, "https://", ignoringCase: true)
            else { throw .badRequest("The target of the request is neither a path nor a URL.") }
        }
    }

    private mutating func checkField(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>
    ) throws(DoorRefusal) {
        var colon = line.lowerBound
        while colon < line.upperBound, Self.isToken(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound,
            bytes[colon] == UInt8(ascii: ":")
        else { throw .badRequest("A line of the header is no field.") }
        let name = line.lowerBound..<colon
        // Others are of no meaning for where a request ends.
        switch name.count {
        case 4 where Self.matches(bytes, name, "host", ignoringCase: true):
            hostCount += 1
            if hostCount > 1 { throw .badRequest("The header has two Hosts.") }
        case 6 where Self.matches(bytes, name, "expect", ignoringCase: true):
            let value = Self.value(bytes, (colon + 1)..<line.upperBound)
            guard Self.matches(bytes, value, "100-continue", ignoringCase: true) else {
                throw DoorRefusal(417, "Only 100-continue can be expected.")
            }
        case 14 where Self.matches(bytes, name, "content-length", ignoringCase: true):
            guard contentLength == nil else {
                throw .badRequest("The header has two Content-Lengths.")
            }
            contentLength = try Self.length(bytes, (colon + 1)..<line.upperBound)
        case 17 where Self.matches(bytes, name, "transfer-encoding", ignoringCase: true):
            let value = Self.value(bytes, (colon + 1)..<line.upperBound)
            guard !isChunked, Self.matches(bytes, value, "chunked", ignoringCase: true) else {
                throw .badRequest("The only Transfer-Encoding is chunked, and once.")
            }
            isChunked = true
        // Some programs take these for the fields with a dash.
        case 14 where Self.matches(bytes, name, "content_length", ignoringCase: true),
            17 where Self.matches(bytes, name, "transfer_encoding", ignoringCase: true):
            throw .badRequest("A field of the header is written with an underscore.")
        default: break
        }
    }

    /// Digits, and nothing else; no zero before others, which some read as octal.
    private static func length(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>
    ) throws(DoorRefusal) -> Int {
        let value = Self.value(bytes, range)
        guard !value.isEmpty, value.count <= 15,
            value.count == 1 || bytes[value.lowerBound] != UInt8(ascii: "0")
        else {
            throw .badRequest("The Content-Length is no number.")
        }
        var length = 0
        for index in value {
            let digit = bytes[index]
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else {
                throw .badRequest("The Content-Length is no number.")
            }
            length = length * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return length
    }

    /// Without blanks at both ends.
    private static func value(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 9 }
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, isBlank(bytes[lower]) { lower += 1 }
        while upper > lower, isBlank(bytes[upper - 1]) { upper -= 1 }
        return lower..<upper
    }

    private static func matches(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ text: StaticString,
        ignoringCase: Bool
    ) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            var offset = 0
            for index in range {
                var byte = bytes[index]
                if ignoringCase, isUpper(byte) { byte |= 0x20 }
                guard unsafe byte == expected[offset] else { return false }
                offset += 1
            }
            return true
        }
    }

    private static func isUpper(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }

    /// RFC 9110, 5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Others are refused before they are looked at, CONNECT and TRACE among them.
    private static let methods: [StaticString] = [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS",
    ]
    private static let requestLine = DoorRefusal.badRequest("The first line is no request line.")
    private static let targetTooLong = DoorRefusal(414, "The URL is too long.")
    private static let tooLarge = DoorRefusal(431, "The header is too large.")
}

/// Reads XML as workbooks have it, from left to right: elements, attributes and text.
///
/// Names are compared without their prefixes. A document type is refused, so there are no entities but
/// the five of XML and character numbers: nothing can grow. Names and nesting are not checked
/// against each other; only the depth must come back to zero. Never traps on hostile bytes.
struct XMLScanner {
    enum Token: Equatable {
        /// Ranges of the name, and of what stands behind it; `isClosed` for `<a/>`.
        case open(name: Range<Int>, attributes: Range<Int>, isClosed: Bool)
        case close(name: Range<Int>)
        /// `isPlain`: characters stand for themselves.
        case text(Range<Int>, isPlain: Bool)
    }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    /// UTF-8, with or without a byte order mark.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The next token; nil at the end of the document.
    ///
    /// - Throws: if the document is cut or is not XML.
    mutating func next() throws(UploadFault) -> Token? {
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<") else {
                let start = index
                while index < bytes.count, bytes[index] != UInt8(ascii: "<") { index += 1 }
                return .text(start..<index, isPlain: false)
            }
            if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<![CDATA[") {
                let start = index + 9
                try skip(past: "]]>")
                return .text(start..<max(start, index - 3), isPlain: true)
            } else if starts(with: "<?") {
                try skip(past: "?>")
            } else if starts(with: "<!") {
                throw UploadFault("the workbook holds XML with a document type")
            } else if starts(with: "</") {
                let start = index + 2
                try skip(past: ">")
                depth -= 1
                guard depth >= 0 else { throw Self.damaged }
                return .close(name: name(from: start, to: index - 1))
            } else {
                return try element()
            }
        }
        guard depth == 0 else { throw Self.damaged }
        return nil
    }

    private mutating func element() throws(UploadFault) -> Token {
        let start = index + 1
        var quote: UInt8 = 0
        index = start
        while index < bytes.count {
            let byte = bytes[index]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                break
            }
            index += 1
        }
        guard index < bytes.count else { throw Self.damaged }
        let isClosed = index > start && bytes[index - 1] == UInt8(ascii: "/")
        let end = isClosed ? index - 1 : index
        index += 1
        if !isClosed { depth += 1 }
        let name = name(from: start, to: end)
        return .open(name: name, attributes: name.upperBound..<end, isClosed: isClosed)
    }

    /// The name that begins at `start`, without its prefix.
    private func name(from start: Int, to end: Int) -> Range<Int> {
        var (first, position) = (start, start)
        while position < end, !Self.isSpace(bytes[position]) {
            if bytes[position] == UInt8(ascii: ":") { first = position + 1 }
            position += 1
        }
        return min(first, position)..<position
    }

    /// Whether a name is `text`.
    func isName(_ range: Range<Int>, _ text: String) -> Bool {
        range.count == text.utf8.count && text.utf8.elementsEqual(bytes[range])
    }

    /// The value of an attribute, by its name without a prefix; nil if it is not there.
    func attribute(_ wanted: String, in range: Range<Int>) throws(UploadFault) -> String? {
        var position = range.lowerBound
        while position < range.upperBound {
            while position < range.upperBound, Self.isSpace(bytes[position]) { position += 1 }
            var nameStart = position
            while position < range.upperBound, bytes[position] != UInt8(ascii: "=") {
                if bytes[position] == UInt8(ascii: ":") { nameStart = position + 1 }
                position += 1
            }
            var nameEnd = position
            while nameEnd > nameStart, Self.isSpace(bytes[nameEnd - 1]) { nameEnd -= 1 }
            position += 1
            while position < range.upperBound, Self.isSpace(bytes[position]) { position += 1 }
            guard position < range.upperBound else { return nil }
            let quote = bytes[position]
            guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw Self.damaged
            }
            let valueStart = position + 1
            position = valueStart
            while position < range.upperBound, bytes[position] != quote { position += 1 }
            guard position < range.upperBound else { throw Self.damaged }
            if bytes[nameStart..<nameEnd].elementsEqual(wanted.utf8) {
                return try Self.string(text(valueStart..<position, isPlain: false))
            }
            position += 1
        }
        return nil
    }

    /// The characters of a text token, as UTF-8.
    func text(_ range: Range<Int>, isPlain: Bool) throws(UploadFault) -> [UInt8] {
        let slice = bytes[range]
        guard !isPlain, slice.contains(UInt8(ascii: "&")) else { return Array(slice) }
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            guard bytes[position] == UInt8(ascii: "&") else {
                result.append(bytes[position])
                position += 1
                continue
            }
            let limit = min(range.upperBound, position + 12)
            guard let end = bytes[position..<limit].firstIndex(of: UInt8(ascii: ";")),
                let scalar = Self.scalar(String(decoding: bytes[position + 1..<end], as: UTF8.self))
            else { throw UploadFault("the workbook holds an unknown entity") }
            result += Array(String(scalar).utf8)
            position = end + 1
        }
        return result
    }

    static func string(_ bytes: [UInt8]) throws(UploadFault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UploadFault("the workbook holds text that is not UTF-8")
        }
        return text
    }

    private static func scalar(_ entity: String) -> Unicode.Scalar? {
        switch entity {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        let number =
            entity.hasPrefix("#x")
            ? UInt32(entity.dropFirst(2), radix: 16)
            : entity.hasPrefix("#") ? UInt32(entity.dropFirst()) : nil
        return number.flatMap { Unicode.Scalar($0) }
    }

    private func starts(with text: String) -> Bool {
        let end = index + text.utf8.count
        return end <= bytes.count && text.utf8.elementsEqual(bytes[index..<end])
    }

    private mutating func skip(past mark: String) throws(UploadFault) {
        let mark = Array(mark.utf8)
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) {
                index += mark.count
                return
            }
            index += 1
        }
        throw Self.damaged
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static let damaged = UploadFault("the workbook's XML is damaged")
}

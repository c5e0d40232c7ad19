/// The parts of a `multipart/form-data` body (RFC 7578).
///
/// Parts are ranges of the body: nothing is copied. Strict where it matters for who reads the body
/// after us: a body that does not end with its closing boundary is refused, so nothing of a cut one is
/// taken for the whole.
struct MultipartForm: Sendable {
    struct Part: Sendable, Equatable {
        let name: String
        /// Nil for a plain field; may be empty.
        let filename: String?
        /// As written, without parameters and in lower case; nil if there is none.
        let contentType: String?
        /// Where in the body the content is.
        let range: Range<Int>
    }

    let parts: [Part]

    /// Far more than a form of this server has fields.
    static let partCountMax = 100
    /// Of one part, in bytes.
    static let headerByteCountMax = 8_192

    /// - Returns: Without parts if the type is another.
    /// - Throws: `.badRequest` if the body is not what its type says.
    init(_ body: [UInt8], contentType: String) throws(RequestRefusal) {
        let type = MIMEField(contentType)
        guard type.value == "multipart/form-data" else {
            parts = []
            return
        }
        guard let boundary = type.parameters["boundary"], (1...70).contains(boundary.utf8.count)
        else { throw .badRequest }
        var scanner = Scanner(bytes: body, delimiter: Array("--\(boundary)".utf8))
        parts = try scanner.parts()
    }

    private struct Scanner {
        let bytes: [UInt8]
        let delimiter: [UInt8]
        var index = 0

        init(bytes: [UInt8], delimiter: [UInt8]) {
            (self.bytes, self.delimiter) = (bytes, delimiter)
        }

        mutating func parts() throws(RequestRefusal) -> [Part] {
            // What stands before the first boundary has no meaning.
            guard nextDelimiter() != nil else { throw .badRequest }
            var parts: [Part] = []
            while try !isClosed() {
                guard parts.count < MultipartForm.partCountMax else { throw .badRequest }
                let header = try self.header()
                let start = index
                guard let end = nextDelimiter() else { throw .badRequest }
                let disposition = MIMEField(header["content-disposition"] ?? "")
                guard disposition.value == "form-data", let name = disposition.parameters["name"]
                else { throw .badRequest }
                parts.append(
                    Part(
                        name: name,
                        filename: disposition.parameters["filename*"]
                            .flatMap(MIMEField.extended) ?? disposition.parameters["filename"],
                        contentType: header["content-type"].map { MIMEField($0).value },
                        range: start..<max(start, end)
                    )
                )
            }
            return parts
        }

        /// Moves behind the next boundary that stands at the beginning of a line.
        ///
        /// - Returns: Where the content before it ends; nil if there is none.
        private mutating func nextDelimiter() -> Int? {
            var position = index
            let last = bytes.count - delimiter.count
            while position <= last {
                guard bytes[position] == delimiter[0], isLineStart(position),
                    bytes[position..<position + delimiter.count].elementsEqual(delimiter)
                else {
                    position += 1
                    continue
                }
                let end = max(index, position - 2)
                index = position + delimiter.count
                return end
            }
            return nil
        }

        private func isLineStart(_ position: Int) -> Bool {
            position == 0
                || position >= 2 && bytes[position - 2] == 0x0D && bytes[position - 1] == 0x0A
        }

        /// Reads what follows a boundary: `--` behind the last part, else the end of the line.
        private mutating func isClosed() throws(RequestRefusal) -> Bool {
            if index + 1 < bytes.count, bytes[index] == UInt8(ascii: "-"),
                bytes[index + 1] == UInt8(ascii: "-")
            {
                return true
            }
            while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
            guard index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A else {
                throw .badRequest
            }
            index += 2
            return false
        }

        /// Reads the fields of a part, and moves to its content.
        private mutating func header() throws(RequestRefusal) -> [String: String] {
            var fields: [String: String] = [:]
            let start = index
            while true {
                let lineStart = index
                while index < bytes.count, bytes[index] != 0x0D { index += 1 }
                guard index + 1 < bytes.count, bytes[index + 1] == 0x0A,
                    index - start <= MultipartForm.headerByteCountMax,
                    let line = String(validating: bytes[lineStart..<index], as: UTF8.self)
                else { throw .badRequest }
                index += 2
                if line.isEmpty { return fields }
                guard let colon = line.firstIndex(of: ":") else { throw .badRequest }
                let name = line[..<colon].lowercased()
                let value = String(line[line.index(after: colon)...])
                // A field twice could be read in two ways.
                guard fields.updateValue(value, forKey: name) == nil else { throw .badRequest }
            }
        }
    }
}

/// A header field's value with parameters: `form-data; name="a"; filename="b.csv"`.
struct MIMEField: Equatable {
    /// In lower case.
    let value: String
    /// By names in lower case; the first of a name counts.
    let parameters: [String: String]

    init(_ text: String) {
        var parts: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        // Parameters are separated by semicolons outside of quotes.
        for character in text.unicodeScalars {
            if !isQuoted, character == ";" {
                parts.append("")
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = isQuoted && character == "\\" && !isEscaped
            parts[parts.count - 1].unicodeScalars.append(character)
        }
        value = parts[0].trimmingASCIISpace().lowercased()
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = String(part[..<equals]).trimmingASCIISpace().lowercased()
            let written = String(part[part.index(after: equals)...]).trimmingASCIISpace()
            if parameters[name] == nil { parameters[name] = Self.unquoted(written) }
        }
        self.parameters = parameters
    }

    /// Browsers write `%22` for a quote and leave a backslash as it is; others escape both.
    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            if isEscaped, character != "\"", character != "\\" { result.append("\\") }
            result.append(character)
            isEscaped = false
        }
        return result
    }

    /// `UTF-8''name%20with%20blanks` (RFC 8187); nil for another encoding.
    static func extended(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return QueryString.parse(("x=" + parts[2].replacing("+", with: "%2B"))[...]).first?.value
    }
}

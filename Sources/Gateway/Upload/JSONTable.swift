/// Reads a file of rows in JSON: objects with the names that columns of beliefs have in FlexMeasures,
/// `[{"event_start": "2026-06-01T00:00:00Z", "event_value": 1.5}, …]`, or arrays in the order of a
/// file's columns, `[["2026-06-01T00:00:00Z", 1.5], …]`.
enum JSONTable {
    /// - Throws: `UploadFault` for text that is no JSON, and rows that do not fit the first one.
    static func read(_ bytes: [UInt8]) throws(UploadFault) -> UploadTable {
        var reader = Reader()
        do {
            return try reader.table(bytes.span)
        } catch let fault as UploadFault {
            throw fault
        } catch {
            throw UploadFault(line: reader.line(bytes.span), text(error as? JSONError))
        }
    }

    private static func text(_ error: JSONError?) -> String {
        switch error {
        case .duplicateName(let name): "\(UploadFault.quoted(name)) stands twice"
        case .invalidEncoding: "the text is not UTF-8"
        case .tooDeep: "a cell is a text or a number"
        case .specialNumber: "there is a number that is out of range"
        case .malformed, nil: "it is not JSON"
        }
    }

    private struct Reader {
        private var scanner = JSONScanner()
        /// Up to where lines were counted.
        private var counted = 0
        private var lineCount = 1

        /// The line of the position.
        mutating func line(_ bytes: Span<UInt8>) -> Int {
            while counted < min(scanner.index, bytes.count) {
                if bytes[counted] == UInt8(ascii: "\n") { lineCount += 1 }
                counted += 1
            }
            return lineCount
        }

        mutating func table(_ bytes: Span<UInt8>) throws -> UploadTable {
            var table = UploadTable()
            try scanner.start(bytes)
            guard scanner.take("[", bytes) else {
                throw UploadFault(line: line(bytes), "expected a list of rows")
            }
            if !scanner.take("]", bytes) {
                repeat {
                    scanner.skipSpace(bytes)
                    let line = line(bytes)
                    let cells = try Self.cells(try scanner.value(bytes, depth: 1), line)
                    if table.columnCount == 0 {
                        try table.append(Self.header(cells.count), line: line)
                    }
                    try table.append(cells, line: line)
                    scanner.skipSpace(bytes)
                } while scanner.take(",", bytes)
                guard scanner.take("]", bytes) else { throw JSONError.malformed }
            }
            try scanner.end(bytes)
            // A list without rows says nothing new, as a table with only a header does.
            if table.columnCount == 0 { try table.append(Self.header(2), line: 1) }
            return table
        }

        private static func header(_ count: Int) -> [UploadCell] {
            Array(repeating: .text("column"), count: count)
        }

        private static func cells(_ row: JSONValue, _ line: Int) throws(UploadFault) -> [UploadCell]
        {
            var cells: [UploadCell] = []
            switch row {
            case .array(let values):
                for value in values { cells.append(try cell(value, line)) }
            case .object(let members):
                let known = ["event_start", "belief_time", "event_value"]
                if let other = members.names.first(where: { !known.contains($0) }) {
                    throw UploadFault(
                        line: line,
                        "\(UploadFault.quoted(other)) is none of \(known.joined(separator: ", "))"
                    )
                }
                for name in known {
                    if let value = members[name] {
                        cells.append(try cell(value, line))
                    } else if name != "belief_time" {
                        throw UploadFault(line: line, "\(name) is missing")
                    }
                }
            default: throw UploadFault(line: line, "a row is an object or an array")
            }
            // A bare number might count seconds or milliseconds, from one year or another.
            if let start = cells.first, case .number = start {
                throw UploadFault(line: line, "\(start.shown) is no time of ISO 8601")
            }
            return cells
        }

        private static func cell(_ value: JSONValue, _ line: Int) throws(UploadFault) -> UploadCell
        {
            switch value {
            case .null: return .empty
            case .integer(let number): return .number(Double(number))
            case .number(let number):
                guard !number.isInfinite else {
                    throw UploadFault(line: line, "there is a number that is out of range")
                }
                return number.isNaN ? .empty : .number(number)
            case .string(let text): return text.isEmpty ? .empty : .text(text)
            case .bool, .array, .object:
                throw UploadFault(line: line, "a cell is a text or a number")
            }
        }
    }
}

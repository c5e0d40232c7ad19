/// Reads comma-separated values (RFC 4180): quotes around cells, doubled quotes inside them, lines
/// that end in LF, CRLF or CR, a byte order mark.
enum CSVTable {
    /// - Throws: `UploadFault` for text that is not UTF-8, quotes that are not closed, and rows that
    ///   do not fit the header.
    static func read(_ bytes: [UInt8]) throws(UploadFault) -> UploadTable {
        var reader = Reader(bytes: bytes)
        var table = UploadTable()
        while let line = try reader.nextRow() {
            try table.append(reader.cells, line: line)
        }
        try table.checkHeader()
        return table
    }

    /// A row may not have more cells: what is beyond three is refused anyway.
    private static let cellCountMax = 64

    private struct Reader {
        let bytes: [UInt8]
        private var index = 0
        private var line = 1
        /// Of the row that was read last.
        private(set) var cells: [UploadCell] = []

        init(bytes: [UInt8]) {
            self.bytes = bytes
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        }

        /// Reads a row.
        ///
        /// - Returns: The line on which it begins; nil at the end.
        mutating func nextRow() throws(UploadFault) -> Int? {
            guard index < bytes.count else { return nil }
            cells.removeAll(keepingCapacity: true)
            let start = line
            while true {
                let cell = try nextCell()
                guard cells.count < CSVTable.cellCountMax else {
                    throw UploadFault(line: start, "it has more than \(cells.count) columns")
                }
                cells.append(cell.isEmpty ? .empty : .text(cell))
                guard index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
                index += 1
            }
            endLine()
            return start
        }

        /// Steps over the end of the line at the position.
        private mutating func endLine() {
            guard index < bytes.count else { return }
            let isReturn = bytes[index] == UInt8(ascii: "\r")
            index += 1
            if isReturn, index < bytes.count, bytes[index] == UInt8(ascii: "\n") { index += 1 }
            line += 1
        }

        private var isAtEndOfCell: Bool {
            guard index < bytes.count else { return true }
            let byte = bytes[index]
            return byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n")
                || byte == UInt8(ascii: "\r")
        }

        private mutating func nextCell() throws(UploadFault) -> String {
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                return try nextQuotedCell()
            }
            let start = index
            while !isAtEndOfCell { index += 1 }
            return String(try text(bytes[start..<index]).trimmingASCIISpace())
        }

        private mutating func nextQuotedCell() throws(UploadFault) -> String {
            let start = line
            var cell: [UInt8] = []
            index += 1
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") {
                    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                        guard isAtEndOfCell else {
                            throw UploadFault(line: line, "text stands behind a closing quote")
                        }
                        return String(try text(cell[...]).trimmingASCIISpace())
                    }
                    index += 1
                } else if byte == UInt8(ascii: "\n") {
                    line += 1
                }
                cell.append(byte)
            }
            throw UploadFault(line: start, "a quote is not closed")
        }

        private func text(_ slice: ArraySlice<UInt8>) throws(UploadFault) -> String {
            guard let text = String(validating: slice, as: UTF8.self) else {
                throw UploadFault(line: line, "the text is not UTF-8")
            }
            return text
        }
    }
}

internal import Model

/// Reads the rows of a sheet of a workbook.
struct SheetReader {
    private var scanner: XMLScanner
    private let strings: [String]
    private let styles: WorkbookStyles
    /// Days are counted from 1904-01-01 rather than from 1899-12-30.
    private let has1904: Bool

    private var table = UploadTable()
    /// Cells of the row at hand, from the first column on.
    private var cells: [UploadCell] = []
    private var row = 0
    private var column = 0
    private var type = ""
    private var style = 0
    /// The characters of the cell's value; nil outside of one.
    private var text: [UInt8]?
    /// The value as it was read.
    private var value: [UInt8] = []
    private var hasValue = false

    init(_ bytes: [UInt8], strings: [String], styles: WorkbookStyles, has1904: Bool) {
        scanner = XMLScanner(bytes)
        (self.strings, self.styles, self.has1904) = (strings, styles, has1904)
    }

    mutating func read() throws(UploadFault) -> UploadTable {
        while let token = try scanner.next() {
            switch token {
            case .open(let name, let attributes, let isClosed):
                try open(name, attributes)
                if isClosed { try close(name) }
            case .close(let name): try close(name)
            case .text(let range, let isPlain):
                if text != nil { text? += try scanner.text(range, isPlain: isPlain) }
            }
        }
        try table.checkHeader()
        return table
    }

    private mutating func open(
        _ name: Range<Int>,
        _ attributes: Range<Int>
    ) throws(UploadFault) {
        if scanner.isName(name, "row") {
            // Rows and cells without a place follow the ones before them.
            let written = try scanner.attribute("r", in: attributes).flatMap { Int($0) }
            row = min(written ?? row + 1, UploadTable.rowCountMax)
            (cells, column) = ([], 0)
        } else if scanner.isName(name, "c") {
            if let place = try scanner.attribute("r", in: attributes) {
                column = try Self.column(place)
            } else {
                column += 1
            }
            type = try scanner.attribute("t", in: attributes) ?? "n"
            style = try scanner.attribute("s", in: attributes).flatMap { Int($0) } ?? 0
            (value, hasValue) = ([], false)
        } else if scanner.isName(name, "v") || scanner.isName(name, "t") {
            text = []
        }
    }

    private mutating func close(_ name: Range<Int>) throws(UploadFault) {
        if scanner.isName(name, "v") || scanner.isName(name, "t") {
            // A text with several formats has several parts.
            value += text ?? []
            hasValue = true
            text = nil
        } else if scanner.isName(name, "c") {
            try takeCell()
        } else if scanner.isName(name, "row") {
            // Cells that are not there are empty, also at the end.
            while cells.count < table.columnCount { cells.append(.empty) }
            while cells.count > table.columnCount, cells.last == .empty { cells.removeLast() }
            try table.append(cells, line: row)
        }
    }

    private mutating func takeCell() throws(UploadFault) {
        let cell = try self.cell()
        guard cell != .empty else { return }
        guard (1...Self.columnCountMax).contains(column) else {
            throw UploadFault(line: row, "it has more than 3 columns")
        }
        while cells.count < column { cells.append(.empty) }
        cells[column - 1] = cell
    }

    /// One more than a table may have, so that a row with too many is told from a good one.
    private static let columnCountMax = 4

    private func cell() throws(UploadFault) -> UploadCell {
        guard hasValue else { return .empty }
        let text = String(try XMLScanner.string(value).trimmingASCIISpace())
        guard !text.isEmpty else { return .empty }
        switch type {
        case "s":
            guard let index = Int(text), strings.indices.contains(index) else {
                throw UploadFault(line: row, "a cell names a text that the workbook does not have")
            }
            let shared = String(strings[index].trimmingASCIISpace())
            return shared.isEmpty ? .empty : .text(shared)
        case "str", "inlineStr", "d": return .text(text)
        case "b": return .text(text == "1" ? "TRUE" : "FALSE")
        case "e": throw UploadFault(line: row, "a formula failed: \(UploadFault.quoted(text))")
        default:
            guard case .number(let number) = NumericText(text) else {
                throw UploadFault(line: row, "\(UploadFault.quoted(text)) is not a number")
            }
            guard styles.isDate(style) else { return .number(number) }
            guard let wall = wall(number) else {
                throw UploadFault(line: row, "\(UploadFault.quoted(text)) is not a date")
            }
            return .wall(wall)
        }
    }

    /// What a clock shows at a number of days, rounded to milliseconds: the fractions of days are not
    /// exact. Nil beyond the year 9999.
    private func wall(_ days: Double) -> Int64? {
        guard days >= 0, days < 2_958_466 else { return nil }
        // Excel believes that 1900 was a leap year; before its 29 February days are one later.
        let shift = has1904 ? Self.first1904 : days < 60 ? Self.first1900 + 1 : Self.first1900
        let milliseconds = Int64((days * 86_400_000).rounded())
        return milliseconds * 1_000 + shift * Microseconds.day
    }

    /// Days from 1970-01-01.
    private static let first1900: Int64 = -25_569
    private static let first1904: Int64 = -24_107

    /// The number of a column from a place such as `AB12`, from 1; larger ones than any that counts
    /// are cut.
    private static func column(_ place: String) throws(UploadFault) -> Int {
        var column = 0
        for byte in place.utf8 {
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else { break }
            column = min(column * 26 + Int(byte - UInt8(ascii: "A")) + 1, 1_000_000)
        }
        guard column > 0 else { throw UploadFault("a cell has no place: `\(place.prefix(20))`") }
        return column
    }
}

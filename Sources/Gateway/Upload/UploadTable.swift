/// What a cell of an uploaded table holds.
enum UploadCell: Sendable, Equatable {
    case empty
    case text(String)
    case number(Double)
    /// A date of a sheet: what a clock shows, in µs since 1970-01-01T00:00 of that clock.
    case wall(Int64)

    /// For messages.
    var shown: String {
        switch self {
        case .empty: "an empty cell"
        case .text(let text): UploadFault.quoted(text)
        case .number(let number): UploadFault.quoted(DecimalText.text(number))
        case .wall: "a date"
        }
    }
}

/// The rows of an uploaded file behind its header, in columns of equal length.
struct UploadTable: Sendable, Equatable {
    /// Where each row stands in the file, from 1.
    private(set) var lines: [Int32] = []
    /// When each event starts.
    private(set) var starts: [UploadCell] = []
    /// When each belief was held; empty if the file has two columns.
    private(set) var beliefs: [UploadCell] = []
    private(set) var values: [UploadCell] = []
    /// 2 or 3; 0 before the header.
    private(set) var columnCount = 0

    var count: Int { lines.count }

    /// More rows than a sheet of Excel can have are refused.
    static let rowCountMax = 1_048_576

    /// Takes the next row of the file, the header first. Rows without anything are passed over.
    ///
    /// - Throws: if the row does not have the header's columns, or there are too many rows.
    mutating func append(_ cells: [UploadCell], line: Int) throws(UploadFault) {
        guard cells.contains(where: { $0 != .empty }) else { return }
        guard columnCount > 0 else { return try takeHeader(cells, line) }
        guard cells.count == columnCount else {
            throw UploadFault(
                line: line,
                "expected \(columnCount) columns as in the header, found \(cells.count)"
            )
        }
        guard count < Self.rowCountMax else {
            throw UploadFault("there are more than \(Self.rowCountMax) rows")
        }
        lines.append(Int32(clamping: line))
        starts.append(cells[0])
        values.append(cells[columnCount - 1])
        if columnCount == 3 { beliefs.append(cells[1]) }
    }

    private mutating func takeHeader(_ cells: [UploadCell], _ line: Int) throws(UploadFault) {
        guard (2...3).contains(cells.count) else {
            var text =
                "expected 2 columns (event start, value) or 3 (event start, belief time, value), "
                + "found \(cells.count)"
            if case .text(let only) = cells[0], cells.count == 1, only.contains(";") {
                text += "; columns are separated by commas, not by semicolons"
            }
            throw UploadFault(line: line, text)
        }
        // Data in the place of the header would be lost without a word.
        if case .wall = cells[0] { throw Self.noHeader(line) }
        if case .text(let text) = cells[0], UploadMoment(text) != nil { throw Self.noHeader(line) }
        columnCount = cells.count
    }

    private static func noHeader(_ line: Int) -> UploadFault {
        UploadFault(line: line, "the first row must name the columns, but it holds data")
    }

    /// To be called behind the last row.
    ///
    /// - Throws: if there was no header.
    func checkHeader() throws(UploadFault) {
        guard columnCount > 0 else { throw UploadFault("the file is empty: it has no header row") }
    }
}

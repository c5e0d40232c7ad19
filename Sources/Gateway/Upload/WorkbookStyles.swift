/// Which styles of a workbook show numbers as dates.
struct WorkbookStyles: Equatable {
    /// By number of the style.
    private var isDate: [Bool] = []

    /// A workbook without styles.
    init() {}

    /// `bytes`: `xl/styles.xml`.
    init(_ bytes: [UInt8]) throws(UploadFault) {
        var scanner = XMLScanner(bytes)
        var custom: [Int: Bool] = [:]
        var isInCellStyles = false
        while let token = try scanner.next() {
            switch token {
            case .open(let name, let attributes, let isClosed):
                if scanner.isName(name, "numFmt") {
                    let code = try scanner.attribute("formatCode", in: attributes) ?? ""
                    if let id = try scanner.attribute("numFmtId", in: attributes).flatMap({
                        Int($0)
                    }) {
                        custom[id] = Self.isDate(code)
                    }
                } else if scanner.isName(name, "cellXfs") {
                    isInCellStyles = !isClosed
                } else if isInCellStyles, scanner.isName(name, "xf") {
                    let id = try scanner.attribute("numFmtId", in: attributes).flatMap { Int($0) }
                    isDate.append(custom[id ?? 0] ?? Self.builtIn.contains(id ?? 0))
                }
            case .close(let name):
                if scanner.isName(name, "cellXfs") { isInCellStyles = false }
            case .text: break
            }
        }
    }

    /// Whether cells of the style hold dates; false for a style that is not there.
    func isDate(_ style: Int) -> Bool { isDate.indices.contains(style) && isDate[style] }

    /// Formats of dates and times that every workbook has (ECMA-376, 18.8.30), those of East Asia
    /// included.
    private static let builtIn = Set(14...22).union(27...36).union(45...47).union(50...58)

    /// Whether a format shows a part of a date or time: one of `ymdhs` that is not quoted, escaped, or
    /// in brackets, except for the brackets of lengths of time, such as `[h]`.
    static func isDate(_ code: String) -> Bool {
        var (isQuoted, isEscaped) = (false, false)
        var bracket: String?
        for character in code.lowercased() {
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isQuoted = character != "\""
            } else if let text = bracket {
                if character == "]" {
                    if !text.isEmpty, text.allSatisfy({ "hms".contains($0) }) { return true }
                    bracket = nil
                } else {
                    bracket = text + String(character)
                }
            } else {
                switch character {
                case "\"": isQuoted = true
                // A blank as wide as the next character, or the next character repeated.
                case "\\", "_", "*": isEscaped = true
                case "[": bracket = ""
                case "y", "m", "d", "h", "s": return true
                default: break
                }
            }
        }
        return false
    }
}

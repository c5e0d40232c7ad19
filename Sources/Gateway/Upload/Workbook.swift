internal import Model

/// Reads the first sheet of a workbook in Office Open XML (`.xlsx`, `.xlsm`; ECMA-376, part 1).
struct Workbook {
    private let archive: ZipArchive

    /// What all members together may become, in bytes: a full sheet of three columns has about as
    /// much.
    static let byteCountMax = 128 << 20

    init(_ bytes: [UInt8]) throws(UploadFault) {
        do throws(ZipArchive.Failure) {
            archive = try ZipArchive(bytes)
        } catch {
            throw Self.fault(error)
        }
    }

    /// The rows of the first sheet.
    ///
    /// `reserve`: asks for memory, in bytes, before much is inflated.
    /// - Throws: `UploadFault`, or what `reserve` throws.
    func table(reserve: (Int) throws -> Void) throws -> UploadTable {
        let (path, has1904) = try firstSheet()
        let paths = [path, Self.sharedStringsPath, Self.stylesPath]
        let total = paths.reduce(0) { $0 + (archive.members[$1]?.byteCount ?? 0) }
        guard total <= Self.byteCountMax else {
            throw UploadFault("the workbook becomes larger than \(Self.byteCountMax) bytes")
        }
        try reserve(total)
        guard let sheet = try content(path) else { throw UploadFault("the workbook has no sheet") }
        let strings = try content(Self.sharedStringsPath).map { try Self.sharedStrings($0) }
        let styles = try content(Self.stylesPath).map { try WorkbookStyles($0) }
        var reader = SheetReader(
            sheet,
            strings: strings ?? [],
            styles: styles ?? WorkbookStyles(),
            has1904: has1904
        )
        return try reader.read()
    }

    private static let workbookPath = "xl/workbook.xml"
    private static let relationsPath = "xl/_rels/workbook.xml.rels"
    private static let sharedStringsPath = "xl/sharedStrings.xml"
    private static let stylesPath = "xl/styles.xml"
    /// Of the small members.
    private static let smallByteCountMax = 4 << 20

    private func content(
        _ path: String,
        byteCountMax: Int = byteCountMax
    ) throws(UploadFault)
        -> [UInt8]?
    {
        guard let member = archive.members[path] else { return nil }
        guard member.byteCount <= byteCountMax else {
            throw UploadFault("the workbook's `\(path)` is too large")
        }
        do throws(ZipArchive.Failure) {
            return try archive.content(of: member)
        } catch {
            throw Self.fault(error)
        }
    }

    private static func fault(_ failure: ZipArchive.Failure) -> UploadFault {
        switch failure {
        case .damaged: UploadFault("the workbook is damaged")
        case .encrypted: UploadFault("the workbook is encrypted")
        case .unknownMethod: UploadFault("the workbook is compressed in an unknown way")
        }
    }

    /// The member that holds the first sheet, and whether days are counted from 1904.
    private func firstSheet() throws(UploadFault) -> (path: String, has1904: Bool) {
        guard let workbook = try content(Self.workbookPath, byteCountMax: Self.smallByteCountMax)
        else { throw UploadFault("the file is no workbook: it has no `\(Self.workbookPath)`") }
        var scanner = XMLScanner(workbook)
        var has1904 = false
        var relation: String?
        while let token = try scanner.next() {
            guard case .open(let name, let attributes, _) = token else { continue }
            if scanner.isName(name, "workbookPr") {
                let flag = try scanner.attribute("date1904", in: attributes)
                has1904 = flag == "1" || flag == "true"
            } else if scanner.isName(name, "sheet"), relation == nil {
                // The sheet has an `id` too, but it is written `sheetId`.
                relation = try scanner.attribute("id", in: attributes)
            }
        }
        guard let relation, let path = try path(of: relation) else {
            throw UploadFault("the workbook has no sheet")
        }
        return (path, has1904)
    }

    private func path(of relation: String) throws(UploadFault) -> String? {
        guard let relations = try content(Self.relationsPath, byteCountMax: Self.smallByteCountMax)
        else { return nil }
        var scanner = XMLScanner(relations)
        while let token = try scanner.next() {
            guard case .open(_, let attributes, _) = token,
                try scanner.attribute("Id", in: attributes) == relation,
                let target = try scanner.attribute("Target", in: attributes)
            else { continue }
            return target.hasPrefix("/") ? String(target.dropFirst()) : "xl/" + target
        }
        return nil
    }

    /// The texts that cells refer to by number. Phonetic guides do not belong to them.
    private static func sharedStrings(_ bytes: [UInt8]) throws(UploadFault) -> [String] {
        var scanner = XMLScanner(bytes)
        var strings: [String] = []
        var text: [UInt8] = []
        var (isInText, isInGuide) = (false, false)
        while let token = try scanner.next() {
            switch token {
            case .open(let name, _, let isClosed):
                if scanner.isName(name, "si") {
                    text = []
                    if isClosed { strings.append("") }
                } else if scanner.isName(name, "t") {
                    isInText = !isClosed
                } else if scanner.isName(name, "rPh") {
                    isInGuide = !isClosed
                }
            case .close(let name):
                if scanner.isName(name, "si") {
                    strings.append(try XMLScanner.string(text))
                } else if scanner.isName(name, "t") {
                    isInText = false
                } else if scanner.isName(name, "rPh") {
                    isInGuide = false
                }
            case .text(let range, let isPlain):
                if isInText, !isInGuide { text += try scanner.text(range, isPlain: isPlain) }
            }
        }
        return strings
    }
}

/// Writes ZIP archives without compression, and wrong ones on purpose.
struct StoredZip {
    private var content: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// `claimed`: the size that the directory tells, if it is to lie.
    mutating func add(
        _ name: String,
        _ bytes: [UInt8],
        flags: UInt16 = 0,
        method: UInt16 = 0,
        claimed: Int? = nil
    ) {
        let offset = content.count
        let sizes = Self.bytes(UInt32(bytes.count)) + Self.bytes(UInt32(claimed ?? bytes.count))
        let shared =
            Self.bytes(20 as UInt16) + Self.bytes(flags) + Self.bytes(method) + [0, 0, 0, 0]
            + Self.bytes(Self.checksum(bytes)) + sizes + Self.bytes(UInt16(name.utf8.count))
            + [0, 0]
        content += [0x50, 0x4B, 3, 4] + shared + Array(name.utf8) + bytes
        directory += [0x50, 0x4B, 1, 2, 20, 0] + shared + [UInt8](repeating: 0, count: 10)
        directory += Self.bytes(UInt32(offset)) + Array(name.utf8)
        count += 1
    }

    var archive: [UInt8] {
        content + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + Self.bytes(UInt16(count))
            + Self.bytes(UInt16(count)) + Self.bytes(UInt32(directory.count))
            + Self.bytes(UInt32(content.count)) + [0, 0]
    }

    /// A workbook with one sheet.
    static func workbook(
        _ rows: String,
        strings: String? = nil,
        styles: String? = nil,
        has1904: Bool = false
    ) -> [UInt8] {
        var zip = StoredZip()
        zip.add(
            "xl/workbook.xml",
            Array(
                """
                <?xml version="1.0"?><!-- made by hand -->
                <workbook xmlns:r="r"><workbookPr\(has1904 ? " date1904=\"1\"" : "")/>
                <sheets><sheet name="a" sheetId="7" r:id="rId3"/><sheet name="b" r:id="rId4"/></sheets>
                </workbook>
                """.utf8
            )
        )
        zip.add(
            "xl/_rels/workbook.xml.rels",
            Array(
                """
                <Relationships><Relationship Id="rId4" Target="other.xml"/><Relationship Id='rId3'
                Target='worksheets/sheet9.xml'/></Relationships>
                """.utf8
            )
        )
        zip.add(
            "xl/worksheets/sheet9.xml",
            Array("<x:worksheet><x:sheetData>\(rows)</x:sheetData></x:worksheet>".utf8)
        )
        if let strings { zip.add("xl/sharedStrings.xml", Array(strings.utf8)) }
        if let styles { zip.add("xl/styles.xml", Array(styles.utf8)) }
        return zip.archive
    }

    private static func bytes(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~crc
    }
}

/// Tells by its first bytes what an uploaded file is, and reads it.
enum UploadFile {
    /// `reserve`: asks for memory, in bytes, before much is inflated.
    /// - Throws: `UploadFault`, or what `reserve` throws.
    static func table(
        _ bytes: [UInt8],
        name: String,
        reserve: (Int) throws -> Void
    ) throws -> UploadTable {
        if bytes.starts(with: zip) { return try Workbook(bytes).table(reserve: reserve) }
        guard !bytes.starts(with: compound) else {
            throw UploadFault(
                "it is a workbook of the old binary format (.xls), or a protected one: save it as "
                    + ".xlsx without a password, or as .csv"
            )
        }
        if name.lowercased().hasSuffix(".json") { return try JSONTable.read(bytes) }
        guard name.lowercased().hasSuffix(".csv") else {
            throw UploadFault("it is no workbook of Excel (.xlsx)")
        }
        return try CSVTable.read(bytes)
    }

    /// A ZIP archive with at least one member.
    private static let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    /// Microsoft's compound file, in which old and encrypted workbooks are.
    private static let compound: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
}

internal import Model
internal import Postgres

/// One row of a block table: blocks that share a page of Postgres, one after the other.
///
/// A row costs some 110 bytes with its index entry whatever it holds, so small blocks of neighbouring
/// sensors share one. Large blocks have a page for themselves.
///
/// Columns: `docs/formats/tables.md`; directory and payload: `docs/formats/page.md`.
struct BlockPage {
    /// Ascending with the time of writing.
    let pageID: Int64
    /// In the order of their sensors, of one `SensorGroup`.
    let blocks: [StoredBlock]

    /// The columns of both tables that a reader needs, in the order of `blocks(in:_:of:)`.
    static let sqlColumns = "page_id, directory, payload"
    private static let copyColumns = """
        first_sensor, last_sensor, first_event, last_event, page_id, value_count, directory, payload
        """

    /// The largest row that Postgres keeps in one piece: a page less its header, its rounding, and
    /// the row's pointer. The most that `toast_tuple_target` takes.
    static let tupleByteCountMax = 8_160
    /// The most that directory and payload may take in such a row: beside them are 24 bytes of header,
    /// 44 of the other columns, and 12 of the two lengths and their rounding.
    static let contentByteCountMax = tupleByteCountMax - 80
    /// The largest payload of a row with one block.
    static let payloadByteCountMax = contentByteCountMax - 80
    /// Directory and payload of two equal rows that share a page.
    static let halfByteCount = (tupleByteCountMax - 16) / 2 - 80
    /// The payload of such a row with one block.
    static let halfPayloadByteCount = halfByteCount - 80

    /// Reads a row's blocks from a binary result that begins with `sqlColumns`.
    ///
    /// `isWanted`: of which sensors.
    /// - Throws: `PostgresError`; `CodecError` if the directory is damaged.
    static func read(
        _ rows: PostgresRows,
        _ row: Int,
        where isWanted: (SensorID) -> Bool = { _ in true }
    ) throws -> BlockPage {
        let zones = try zones(rows, row)
        let blocks = try unsafe rows.withBytes(row, 2) { payload in
            var start = 0
            var blocks: [StoredBlock] = []
            for zone in zones {
                let end = start + zone.payloadCount
                guard end <= payload.count else { throw CodecError.truncated }
                if isWanted(zone.series.sensor) {
                    // Within the bounds: just compared.
                    let bytes = unsafe Array(payload[start..<end])
                    blocks.append(StoredBlock(zone: zone, payload: bytes))
                }
                start = end
            }
            guard start == payload.count else {
                throw CodecError.trailingBytes(payload.count - start)
            }
            return blocks
        }
        return BlockPage(pageID: try rows.int(row, 0), blocks: blocks)
    }

    /// The zone maps of a row whose second column is `directory`.
    static func zones(_ rows: PostgresRows, _ row: Int) throws(CodecError) -> [BlockZone] {
        let directory = rows.bytes(row, 1)
        // The span's bytes are initialized: every bit pattern of `UInt8` is its own byte.
        return try unsafe PageDirectory.decode(directory.span.bytes)
    }

    /// Where copied rows go.
    static func target(_ partition: String) -> String { "\(partition) (\(copyColumns))" }

    /// Appends the row to copied data for `target`.
    ///
    /// `directory`: of the blocks, at least one.
    func write(directory: [UInt8], to copy: inout CopyBuffer) {
        let sensors = blocks.lazy.map(\.zone.series.sensor.rawValue)
        copy.beginRow(fields: 8)
        copy.append(sensors.min() ?? 0)
        copy.append(sensors.max() ?? 0)
        copy.append(timestamp: blocks.lazy.map(\.zone.firstEvent).min() ?? 0)
        copy.append(timestamp: blocks.lazy.map(\.zone.lastEvent).max() ?? 0)
        copy.append(pageID)
        copy.append(Int32(blocks.reduce(0) { $0 + $1.zone.valueCount }))
        copy.append(directory)
        var payload: [UInt8] = []
        payload.reserveCapacity(blocks.reduce(0) { $0 + $1.payload.count })
        for block in blocks { payload += block.payload }
        copy.append(payload)
    }
}

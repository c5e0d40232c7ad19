internal import Model
internal import Postgres

/// Goes through the zone maps of all blocks, some pages at a time.
enum ZoneScan {
    /// Pages at a time: some MB of directories.
    private static let pageCount = 20_000

    /// Calls `body` with every zone map of the rows of both tables for which `condition` holds. A
    /// damaged directory is passed over: `verify` is there to find it.
    ///
    /// One transaction a table; it holds up nobody but the emptying of a partition.
    /// - Throws: `PostgresError`; what `body` throws.
    static func run(
        where condition: SQL = "true",
        on connection: borrowing PostgresConnection,
        _ body: (BlockTable, BlockZone) throws -> Void
    ) throws {
        for table in BlockTable.allCases {
            try connection.transaction { connection in
                try connection.query(
                    """
                    DECLARE zones NO SCROLL CURSOR FOR SELECT page_id, directory \
                    FROM \(unescaped: table.rawValue) WHERE \(condition)
                    """
                )
                while true {
                    let rows = try connection.query(
                        "FETCH FORWARD \(unescaped: "\(pageCount)") FROM zones"
                    )
                    for row in 0..<rows.count {
                        let zones = (try? BlockPage.zones(rows, row)) ?? []
                        for zone in zones { try body(table, zone) }
                    }
                    if rows.count < pageCount { break }
                }
            }
        }
    }
}

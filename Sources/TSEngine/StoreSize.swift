internal import Postgres

/// How much disk the beliefs take, and how many there are.
package struct StoreSize: Sendable {
    /// One table with its partitions.
    package struct Table: Sendable {
        package let name: String
        /// Heap, TOAST and indexes, in bytes.
        package let byteCount: Int64
        /// Beliefs in it.
        package let valueCount: Int64
    }

    package let tables: [Table]

    package var byteCount: Int64 { tables.reduce(0) { $0 + $1.byteCount } }
    package var valueCount: Int64 { tables.reduce(0) { $0 + $1.valueCount } }
    /// 0 for an empty store.
    package var bytesPerValue: Double {
        valueCount == 0 ? 0 : Double(byteCount) / Double(valueCount)
    }

    static func read(on connection: borrowing PostgresConnection) throws(PostgresError) -> StoreSize
    {
        var tables: [Table] = []
        for name in ["journal", "current_block", "history_block"] {
            let size = try connection.query(
                """
                SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint
                FROM pg_partition_tree(\(name)::regclass)
                """
            )
            let count = try connection.query(
                "SELECT coalesce(sum(value_count), 0)::bigint FROM \(unescaped: name)"
            )
            tables.append(
                Table(name: name, byteCount: try size.int(0, 0), valueCount: try count.int(0, 0))
            )
        }
        return StoreSize(tables: tables)
    }
}

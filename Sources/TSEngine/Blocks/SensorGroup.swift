internal import Model
internal import Postgres

/// 256 sensors with neighbouring ids, of which blocks may share a page.
///
/// Sensors that are made together get neighbouring ids and are mostly written and read together. The
/// border bounds where a sensor's blocks can be: on pages whose last sensor is of its group.
enum SensorGroup {
    /// A power of two.
    static let size: Int64 = 256

    static func number(of sensor: SensorID) -> Int64 { sensor.rawValue >> 8 }

    /// The last id of a sensor's group.
    static func last(of sensor: SensorID) -> Int64 { sensor.rawValue | (size - 1) }
}

/// Spans of sensors whose pages are asked for together.
struct SensorSpans {
    /// First and last id of each span, and the last id of their group.
    private var firsts: [Int64] = []
    private var lasts: [Int64] = []
    private var limits: [Int64] = []

    /// Ids that may lie between two sensors of a span, though nobody asks for them: their pages are
    /// mostly the same.
    private static let gapMax: Int64 = 8

    init(_ sensors: some Sequence<SensorID>) {
        for sensor in sensors.sorted() {
            let limit = SensorGroup.last(of: sensor)
            if let last = lasts.last, limits.last == limit, sensor.rawValue - last <= Self.gapMax {
                lasts[lasts.count - 1] = sensor.rawValue
            } else {
                firsts.append(sensor.rawValue)
                lasts.append(sensor.rawValue)
                limits.append(limit)
            }
        }
    }

    /// Rows of `table` (one partition, or all) that may hold blocks of the sensors; with several spans
    /// a row may come more than once. Rows without such blocks are among them.
    ///
    /// `condition`: what else must be so.
    func rows(_ columns: String, of table: String, where condition: SQL = "true") -> SQL {
        if firsts.count == 1 {
            return """
                SELECT \(unescaped: columns) FROM \(unescaped: table) \
                WHERE last_sensor >= \(firsts[0]) AND last_sensor <= \(limits[0]) \
                AND first_sensor <= \(lasts[0]) AND \(condition)
                """
        }
        return """
            SELECT \(unescaped: columns) FROM \(spans) JOIN \(unescaped: table) \
            ON last_sensor >= span.first AND last_sensor <= span.stop AND first_sensor <= span.last \
            WHERE \(condition)
            """
    }

    /// The same of one partition, each row once.
    func distinctRows(_ columns: String, of partition: String, where condition: SQL = "true") -> SQL
    {
        if firsts.count == 1 { return rows(columns, of: partition, where: condition) }
        return """
            SELECT \(unescaped: columns) FROM \(unescaped: partition) WHERE \(places(partition)) \
            AND \(condition)
            """
    }

    /// Deletes rows of one partition, and gives them back.
    func deletion(_ columns: String, of partition: String, where condition: SQL) -> SQL {
        """
        DELETE FROM \(unescaped: partition) WHERE \(places(partition)) AND \(condition) \
        RETURNING \(unescaped: columns)
        """
    }

    private func places(_ partition: String) -> SQL {
        """
        ctid = ANY(ARRAY(SELECT DISTINCT page.ctid FROM \(spans) \
        JOIN \(unescaped: partition) AS page ON page.last_sensor >= span.first \
        AND page.last_sensor <= span.stop AND page.first_sensor <= span.last))
        """
    }

    private var spans: SQL {
        """
        unnest(\(.ints(firsts)), \(.ints(lasts)), \(.ints(limits))) \
        AS span (first, last, stop)
        """
    }
}

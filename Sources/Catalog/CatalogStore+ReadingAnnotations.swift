package import Model
internal import Postgres

/// Which annotations are wanted: those that overlap a span and were made by then.
package struct AnnotationSpan: Sendable {
    /// They end after this.
    package var start: Timestamp?
    /// They start before this.
    package var end: Timestamp?
    /// They were made then or before, or nobody said when.
    package var knownBy: Timestamp?
    /// They were made then or later, or nobody said when.
    package var knownSince: Timestamp?

    package init(start: Timestamp? = nil, end: Timestamp? = nil) {
        (self.start, self.end) = (start, end)
    }
}

extension CatalogStore {
    /// The annotations that are tied to each target, by ascending id.
    ///
    /// - Returns: shape `[targets.count]`.
    package func annotations(
        of targets: [AnnotationTarget],
        in span: AnnotationSpan
    ) async throws(CatalogError) -> [[Annotation]] {
        try await onConnection { connection in
            var found: [[Annotation]] = []
            for target in targets {
                found.append(try Self.annotations(of: target, span, connection))
            }
            return found
        }
    }

    private static func annotations(
        of target: AnnotationTarget,
        _ span: AnnotationSpan,
        _ connection: borrowing PostgresConnection
    ) throws -> [Annotation] {
        let tied: SQL =
            switch target {
            case .sensor(let id):
                "SELECT annotation_id FROM annotation_sensor WHERE sensor_id = \(id.rawValue)"
            case .asset(let id):
                "SELECT annotation_id FROM annotation_asset WHERE asset_id = \(id.rawValue)"
            case .account(let id):
                "SELECT annotation_id FROM annotation_account WHERE account_id = \(id.rawValue)"
            }
        let earliest = Timestamp.earliest
        let (start, end) = (moment(span.start ?? earliest), moment(span.end ?? .latest))
        let since = moment(span.knownSince ?? earliest)
        let by = moment(span.knownBy ?? .latest)
        let rows = try connection.query(
            """
            SELECT id, content, start_at, end_at, belief_time, source_id, type FROM annotation
            WHERE id IN (\(tied)) AND end_at > \(start) AND start_at < \(end)
                AND (belief_time IS NULL OR belief_time BETWEEN \(since) AND \(by))
            ORDER BY id
            """
        )
        return try (0..<rows.count).map { row in
            Annotation(
                id: AnnotationID(try rows.int(row, 0)),
                content: rows.string(row, 1),
                start: Timestamp(microseconds: try rows.timestamp(row, 2)),
                end: Timestamp(microseconds: try rows.timestamp(row, 3)),
                beliefTime: try rows.optionalTimestamp(row, 4)
                    .map { Timestamp(microseconds: $0) },
                source: SourceID(try rows.int(row, 5)),
                type: rows.string(row, 6)
            )
        }
    }

    private static func moment(_ time: Timestamp) -> PostgresValue {
        .timestamp(time.microseconds)
    }
}

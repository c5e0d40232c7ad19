import Model
import Postgres
import TestSupport
import Testing

@testable import TSEngine

@Suite struct PipelineTests {
    private static let series = SeriesKey(sensor: SensorID(1), source: SourceID(1))

    private static func request(count: Int64, belief: Int64) -> AppendRequest {
        var columns = BeliefColumns()
        for event in 0..<count { columns.append(event, belief, Double(event)) }
        let timing = EventTiming(resolution: 0)
        return AppendRequest([BeliefBatch(series: series, timing: timing, columns: columns)])
    }

    /// Goal: a group that was prepared while another was in flight does not count on that one's
    /// beliefs if it fails. Method: Postgres refuses the first group after a while; the second repeats
    /// its values, which are unchanged only if the first is there, and takes longer to prepare.
    @Test(arguments: [0.02, 0.04, 0.08, 0.15] as [Double])
    func `a failed group takes nothing with it`(seconds: Double) async throws {
        let fixture = try await EngineFixture()
        let connection = try PostgresConnection(fixture.adminConninfo)
        try connection.execute(
            """
            CREATE SEQUENCE begun;
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF NEW.value_count = 7 THEN
                    PERFORM nextval('begun');
                    PERFORM pg_sleep(\(seconds));
                    RAISE EXCEPTION 'refused by the test';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON journal
                FOR EACH ROW EXECUTE FUNCTION refuse();
            """
        )
        try await fixture.withEngine { engine in
            // The first commit waits for the lease; later ones do not.
            let other = Deletion(sensor: SensorID(2))
            try await engine.delete([other])
            let (small, large) = (
                Self.request(count: 7, belief: 1), Self.request(count: 60_000, belief: 2)
            )
            let first = Task { try await engine.append(small) }
            // On its way, and alone in its group, when its trigger has begun. (A sequence is not
            // rolled back, and shows at once.)
            let watcher = try PostgresConnection(fixture.adminConninfo)
            while true {
                let begun = try watcher.query(
                    """
                    SELECT is_called FROM begun
                    """
                )
                if try begun.bool(0, 0) { break }
                try await Task.sleep(for: .milliseconds(2))
            }
            let second = try? await engine.append(large)
            await #expect(throws: EngineError.self) { try await first.value }
            let query = SeriesQuery(
                sensor: SensorID(1),
                timing: EventTiming(resolution: 0),
                events: .min ... .max
            )
            let found = try await engine.query(query) { _ in [:] }.columns
            // Whole and acknowledged, or not at all.
            #expect(found.count == (second == nil ? 0 : 60_000))
            #expect(found.beliefTimes.allSatisfy { $0 == 2 })
        }
    }
}

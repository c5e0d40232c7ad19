import Model
import Testing

@testable import penstock

/// Goal: rules of knowledge are read as operators type them. Method: each rule once, and mistakes,
/// which are named.
struct AddSensorTests {
    @Test func `rules of knowledge as they are typed`() throws {
        let paris = try #require(TimeZoneRules.load("Europe/Paris"))
        let rules: [(String, KnowledgeRule)] = [
            (
                "x_days_ago_at_y_oclock x=1 y=12 z=Europe/Paris",
                .daysAgo(days: 1, hour: 12, zone: paris)
            ),
            ("ex_ante ex_ante_horizon=PT1H", .exAnte(horizon: 3_600_000_000)),
            ("ex_post  ex_post_horizon=PT0S", .exPost(horizon: 0)),
            ("at_date knowledge_time=2026-01-01T00:00:00Z", .atDate(1_767_225_600_000_000)),
        ]
        for (text, rule) in rules {
            let read = try AddSensor.knowledge(text).stored
            #expect(read.function == rule.stored.function)
            #expect(read.parameters == rule.stored.parameters, "\(text)")
        }
    }

    @Test(arguments: [
        ("", "there is no rule ``"), ("tomorrow", "there is no rule `tomorrow`"),
        ("ex_ante", "`ex_ante_horizon` is missing"), ("ex_ante soon", "`soon` is not of the form"),
        ("x_days_ago_at_y_oclock x=1 y=25 z=Europe/Paris", "`y` is missing or not"),
        ("x_days_ago_at_y_oclock x=1 y=12 z=Mars", "`z` is missing or not"),
    ])
    func `mistakes are named`(text: String, problem: String) {
        let error = #expect(throws: CommandError.self) { try AddSensor.knowledge(text) }
        #expect(error.map { "\($0)".contains(problem) } == true, "\(String(describing: error))")
    }
}

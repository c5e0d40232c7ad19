import Testing

@testable import Model

/// Expected values were obtained by running timely-beliefs.
struct KnowledgeRuleTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let function: String
        let parameters: StoredParameters
        /// Minutes.
        let resolution: Int64
        let eventStart: String
        let knowledgeTime: String
    }

    static let dayAhead: StoredParameters = [
        "x": .number(1), "y": .number(12), "z": .text("Europe/Paris"),
    ]

    static let cases = [
        Case(
            testDescription: "physical sensor: known when the event ends",
            function: "ex_post",
            parameters: ["ex_post_horizon": .text("PT0S")],
            resolution: 15,
            eventStart: "2026-01-01T00:00+00:00",
            knowledgeTime: "2026-01-01T00:15:00+00:00"
        ),
        Case(
            testDescription: "instantaneous sensor: known at the event",
            function: "ex_post",
            parameters: ["ex_post_horizon": .text("PT0S")],
            resolution: 0,
            eventStart: "2026-01-01T00:07+00:00",
            knowledgeTime: "2026-01-01T00:07:00+00:00"
        ),
        Case(
            testDescription: "ex-ante 1 h before start",
            function: "ex_ante",
            parameters: ["ex_ante_horizon": .text("PT1H")],
            resolution: 60,
            eventStart: "2026-01-01T05:00+00:00",
            knowledgeTime: "2026-01-01T04:00:00+00:00"
        ),
        Case(
            testDescription: "ex-post 5 minutes after the end",
            function: "ex_post",
            parameters: ["ex_post_horizon": .text("PT5M")],
            resolution: 15,
            eventStart: "2026-01-01T05:00+00:00",
            knowledgeTime: "2026-01-01T05:20:00+00:00"
        ),
        Case(
            testDescription: "day-ahead market, winter",
            function: "x_days_ago_at_y_oclock",
            parameters: dayAhead,
            resolution: 60,
            eventStart: "2026-01-02T00:00+01:00",
            knowledgeTime: "2026-01-01T12:00:00+01:00"
        ),
        Case(
            testDescription: "day-ahead market, event after the spring DST change",
            function: "x_days_ago_at_y_oclock",
            parameters: dayAhead,
            resolution: 60,
            eventStart: "2026-03-29T12:00+02:00",
            knowledgeTime: "2026-03-28T13:00:00+02:00"
        ),
        Case(
            testDescription: "day-ahead market, event given in UTC just before midnight Paris",
            function: "x_days_ago_at_y_oclock",
            parameters: dayAhead,
            resolution: 60,
            eventStart: "2026-07-01T21:30+00:00",
            knowledgeTime: "2026-06-30T10:00:00+00:00"
        ),
        Case(
            testDescription: "tax known on 20 November of the year before",
            function: "x_years_ago_at_date",
            parameters: [
                "x": .number(1), "day": .number(20), "month": .number(11), "z": .text("UTC"),
            ],
            resolution: 60,
            eventStart: "2026-03-01T00:00+00:00",
            knowledgeTime: "2025-11-20T00:00:00+00:00"
        ),
        Case(
            testDescription: "a contract date",
            function: "at_date",
            parameters: ["knowledge_time": .text("2020-05-01T00:00:00+02:00")],
            resolution: 60,
            eventStart: "2026-03-01T00:00+00:00",
            knowledgeTime: "2020-05-01T00:00:00+02:00"
        ),
    ]

    @Test(arguments: cases) func `knowledge time`(_ given: Case) throws {
        let rule = try KnowledgeRule(function: given.function, parameters: given.parameters)
        let start = try OffsetTimestamp(iso8601: given.eventStart).microseconds
        let expected = try OffsetTimestamp(iso8601: given.knowledgeTime).microseconds
        let resolution = given.resolution * Microseconds.minute
        #expect(rule.knowledgeTime(eventStart: start, resolution: resolution) == expected)
        if let offset = rule.constantOffset(resolution: resolution) {
            #expect(start + offset == expected)
        }
    }

    /// Goal: the stored form reads back the same rule.
    @Test(arguments: cases) func `stored and read back`(_ given: Case) throws {
        let rule = try KnowledgeRule(function: given.function, parameters: given.parameters)
        let stored = rule.stored
        #expect(stored.function == given.function)
        #expect(try KnowledgeRule(function: stored.function, parameters: stored.parameters) == rule)
    }

    @Test func `the default is stored as FlexMeasures stores it`() {
        let stored = KnowledgeRule.exPost(horizon: 0).stored
        #expect(stored.parameters == ["ex_post_horizon": .text("PT0S")])
    }

    @Test func `29 February means the 28th in other years`() throws {
        let rule = KnowledgeRule.yearsAgo(years: 1, month: 2, day: 29, zone: .utc)
        let start = try OffsetTimestamp(iso8601: "2026-06-01T00:00Z").microseconds
        let expected = try OffsetTimestamp(iso8601: "2025-02-28T00:00Z").microseconds
        #expect(rule.knowledgeTime(eventStart: start, resolution: 0) == expected)
    }

    @Test func `rules that make no sense are refused`() {
        func error(_ function: String, _ parameters: StoredParameters) -> KnowledgeRule.StoredError?
        {
            do throws(KnowledgeRule.StoredError) {
                _ = try KnowledgeRule(function: function, parameters: parameters)
                return nil
            } catch { return error }
        }
        let dayAhead = Self.dayAhead
        func changed(_ name: String, _ value: StoredParameter?) -> StoredParameters {
            var parameters = dayAhead
            parameters[name] = value
            return parameters
        }
        #expect(error("nonsense", [:]) == .unknownFunction("nonsense"))
        #expect(error("ex_post", [:]) == .badParameter("ex_post_horizon"))
        #expect(
            error("ex_post", ["ex_post_horizon": .number(1)]) == .badParameter("ex_post_horizon")
        )
        #expect(
            error("ex_ante", ["ex_ante_horizon": .text("P1M")]) == .badParameter("ex_ante_horizon")
        )
        #expect(
            error("at_date", ["knowledge_time": .text("2020-05-01")])
                == .badParameter("knowledge_time")
        )
        for y in [24, -1, Double.nan] {
            #expect(error("x_days_ago_at_y_oclock", changed("y", .number(y))) == .badParameter("y"))
        }
        for x in [0.5, 1e300] {
            #expect(error("x_days_ago_at_y_oclock", changed("x", .number(x))) == .badParameter("x"))
        }
        #expect(error("x_days_ago_at_y_oclock", changed("z", nil)) == .badParameter("z"))
        #expect(
            error("x_days_ago_at_y_oclock", changed("z", .text("No/Where"))) == .badParameter("z")
        )
    }
}

/// How the events of a sensor lie in time: their length, and when each could be known.
package struct EventTiming: Sendable, Equatable {
    /// Length of an event in µs; 0 for an instantaneous sensor.
    package let resolution: Int64
    package let knowledge: KnowledgeRule

    package init(resolution: Int64, knowledge: KnowledgeRule = .exPost(horizon: 0)) {
        self.resolution = resolution
        self.knowledge = knowledge
    }

    /// When the event that starts at `eventStart` could be known. All in µs since 1970 UTC.
    package func knowledgeTime(eventStart: Int64) -> Int64 {
        knowledge.knowledgeTime(eventStart: eventStart, resolution: resolution)
    }

    /// Knowledge time minus belief time: positive for forecasts, 0 or negative after the fact.
    package func beliefHorizon(eventStart: Int64, beliefTime: Int64) -> Int64 {
        knowledgeTime(eventStart: eventStart) &- beliefTime
    }
}

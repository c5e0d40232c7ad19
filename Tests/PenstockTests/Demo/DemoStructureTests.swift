import Model
import Testing

@testable import penstock

@Suite struct DemoStructureTests {
    /// Goal: the descriptions can be carried out in their order, by name.
    @Test func `parents come first and names are unique`() {
        let structure = DemoStructure.standard
        var known: Set<String> = []
        for asset in structure.assets {
            if let parent = asset.parent { #expect(known.contains(parent)) }
            #expect(known.insert(asset.name).inserted)
        }
        #expect(Set(structure.sensors.map(\.name)).count == structure.sensors.count)
        #expect(structure.administrator?.isAccountAdmin == true)
        #expect(structure.users.contains { !$0.isAccountAdmin })
    }

    /// Goal: beliefs lie in time as the data mean them. Method: knowledge times by hand.
    @Test func `sensors know when their events are known`() throws {
        let noon = try #require(try? OffsetTimestamp(iso8601: "2016-07-01T12:00:00+02:00"))
        let event = noon.microseconds
        func lag(_ name: String) throws -> Int64 {
            let sensor = try #require(DemoStructure.standard.sensor(name))
            return try sensor.timing().knowledgeTime(eventStart: event) - event
        }
        #expect(try lag("apartment 1") == 15 * Microseconds.minute)
        #expect(try lag("outdoor temperature") == 0)
        #expect(try lag("day-ahead price") == -24 * Microseconds.hour)
    }
}

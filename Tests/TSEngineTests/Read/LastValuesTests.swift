import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: the table of last values never answers with less than was committed. Method: fills, notes
/// and deletions in each order that matters.
@Suite struct LastValuesTests {
    private let sensor = SensorID(7)
    private var key: SeriesKey { SeriesKey(sensor: sensor, source: SourceID(1)) }

    private func last(_ event: Int64, _ belief: Int64, _ value: Double) -> LastValue {
        LastValue(event: event, belief: belief, value: value)
    }

    @Test func `a sensor that nobody asked for takes no room`() {
        let table = LastValues()
        table.note(last(1, 1, 1), of: key)
        #expect(table.values(of: sensor) == nil)
    }

    @Test func `a fill takes in what is noted meanwhile`() {
        let table = LastValues()
        let fill = table.beginFill([sensor])
        table.note(last(20, 1, 2), of: key)
        #expect(table.values(of: sensor) == nil)
        #expect(table.end(fill, of: sensor, with: [key: last(10, 5, 1)]) == [key: last(20, 1, 2)])
        table.note(last(20, 0, 9), of: key)
        table.note(last(19, 9, 9), of: key)
        #expect(table.values(of: sensor) == [key: last(20, 1, 2)])
        table.note(last(20, 1, 3), of: key)
        #expect(table.values(of: sensor) == [key: last(20, 1, 3)])
    }

    @Test func `a fill that a deletion overtook is not kept`() {
        let table = LastValues()
        let fill = table.beginFill([sensor])
        table.forget([sensor])
        #expect(table.end(fill, of: sensor, with: [key: last(10, 5, 1)]) == [key: last(10, 5, 1)])
        #expect(table.values(of: sensor) == nil)
    }

    @Test func `a fill that failed leaves nothing`() {
        let table = LastValues()
        let fill = table.beginFill([sensor])
        table.end(fill, of: sensor, with: nil)
        #expect(table.values(of: sensor) == nil)
        let second = table.beginFill([sensor])
        table.end(second, of: sensor, with: [:])
        #expect(table.values(of: sensor) == [:])
    }

    /// Goal: a deletion between two fills of one sensor voids the first, whichever ends last.
    @Test func `a fill that began before a deletion stays void`() {
        let table = LastValues()
        let early = table.beginFill([sensor])
        table.forget([sensor])
        let late = table.beginFill([sensor])
        table.end(early, of: sensor, with: [key: last(10, 5, 1)])
        #expect(table.values(of: sensor) == nil)
        table.end(late, of: sensor, with: [:])
        #expect(table.values(of: sensor)?[key] == nil)
    }

    @Test func `a run leaves the last of each series that was asked for`() {
        let table = LastValues()
        let other = SeriesKey(sensor: SensorID(8), source: SourceID(1))
        table.end(table.beginFill([sensor]), of: sensor, with: [:])
        var rows = GroupRows()
        for event in 1...3 as ClosedRange<Int64> {
            rows.append(event, 5, Double(event), to: 0)
            rows.append(event, 5, Double(event), to: 1)
        }
        table.note(rows.run(), [key, other])
        #expect(table.values(of: sensor) == [key: last(3, 5, 3)])
        #expect(table.values(of: SensorID(8)) == nil)
    }
}

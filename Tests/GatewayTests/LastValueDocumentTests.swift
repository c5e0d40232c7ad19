import Model
import TSEngine
import Testing

@testable import Gateway

/// Goal: `/last` says of each sensor what is known of it, whatever its neighbours share with it.
/// Method: the whole text of an answer with repeated and changing units, times and values.
@Suite struct LastValueDocumentTests {
    @Test func `a line a sensor`() {
        var document = LastValueDocument(count: 5)
        func last(_ event: Int64, _ value: Double) -> LastValue {
            LastValue(event: event, belief: 1_500_000, value: value)
        }
        document.append(SensorID(3), unit: "kW", last(0, 21.5), source: SourceID(7))
        document.append(SensorID(1), unit: "kW", last(0, -1e-7), source: SourceID(7))
        document.append(SensorID(9), unit: "°C", nil, source: nil)
        document.append(SensorID(4), unit: "", last(86_400_000_000, 1e16), source: SourceID(12))
        document.append(SensorID(5), unit: "", last(86_400_000_000, .nan), source: SourceID(12))
        let expected = #"""
            {"sensors": [
            {"sensor": 3, "unit": "kW", "start": "1970-01-01T00:00:00+00:00", "value": 21.5, \#
            "source": 7, "belief_time": "1970-01-01T00:00:01.500000+00:00"},
            {"sensor": 1, "unit": "kW", "start": "1970-01-01T00:00:00+00:00", "value": -1e-07, \#
            "source": 7, "belief_time": "1970-01-01T00:00:01.500000+00:00"},
            {"sensor": 9, "unit": "\u00b0C", "start": null, "value": null, \#
            "source": null, "belief_time": null},
            {"sensor": 4, "unit": "", "start": "1970-01-02T00:00:00+00:00", "value": 1e+16, \#
            "source": 12, "belief_time": "1970-01-01T00:00:01.500000+00:00"},
            {"sensor": 5, "unit": "", "start": "1970-01-02T00:00:00+00:00", "value": null, \#
            "source": 12, "belief_time": "1970-01-01T00:00:01.500000+00:00"}]}

            """#
        #expect(String(decoding: document.finish(), as: UTF8.self) == expected)
        #expect(
            String(decoding: LastValueDocument(count: 0).finish(), as: UTF8.self)
                == "{\"sensors\": []}\n"
        )
    }
}

internal import Model
internal import TSEngine

/// The answer of `POST /api/penstock/v1/last`: a line a sensor.
///
/// Thousands of sensors mostly share their unit, event and belief time with the one before: a text
/// is made anew only if it differs.
struct LastValueDocument {
    private var bytes: [UInt8] = []
    private var unit = Memo { JSONWriter.text($0) }
    private var start = Memo(Self.text)
    private var beliefTime = Memo(Self.text)

    /// `count`: sensors to come.
    init(count: Int) {
        bytes.reserveCapacity(count * 160 + 32)
        append("{\"sensors\": [")
    }

    /// Adds a sensor; `last` and `source` are nil if nothing is known of it.
    mutating func append(
        _ sensor: SensorID,
        unit name: String,
        _ last: LastValue?,
        source: SourceID?
    ) {
        append(bytes.last == UInt8(ascii: "[") ? "\n" : ",\n")
        append("{\"sensor\": ")
        append(sensor.rawValue)
        append(", \"unit\": ")
        append(unit.text(of: name))
        guard let last, let source else {
            append(", \"start\": null, \"value\": null, \"source\": null, \"belief_time\": null}")
            return
        }
        append(", \"start\": ")
        append(start.text(of: last.event))
        append(", \"value\": ")
        DecimalText.append(last.value, to: &bytes)
        append(", \"source\": ")
        append(source.rawValue)
        append(", \"belief_time\": ")
        append(beliefTime.text(of: last.belief))
        append("}")
    }

    /// The whole document.
    consuming func finish() -> [UInt8] {
        append("]}\n")
        return bytes
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
    private mutating func append(_ number: Int64) { append(String(number)) }

    private static func text(_ moment: Int64) -> String {
        "\"\(Timestamp(microseconds: moment).iso8601())\""
    }

    /// The text of what was asked last.
    private struct Memo<Key: Equatable> {
        private var key: Key?
        private var text = ""
        private let make: (Key) -> String

        init(_ make: @escaping (Key) -> String) { self.make = make }

        mutating func text(of wanted: Key) -> String {
            if wanted != key { (key, text) = (wanted, make(wanted)) }
            return text
        }
    }
}

internal import Model
internal import TSEngine

/// The answer of a query about many sensors, written as it comes: memory holds one piece at a time.
struct SeriesDocument {
    /// Pieces of this size go out: few enough writes, and little to hold.
    private static let byteCountTarget = 65_536
    /// Values whose text is at most one piece or so.
    private static let valueCountMax = 4_096

    private var bytes: [UInt8] = []
    private var isFirst = true

    init(_ question: SeriesQuestion, count: Int) {
        bytes.reserveCapacity(2 * Self.byteCountTarget)
        append("{\"start\": \"\(question.start.echo)\"")
        if let aggregate = question.aggregate {
            append(", \"aggregate\": \"\(aggregate.rawValue)\"")
        }
        append(", \"sensors\": [")
    }

    /// Begins a sensor. `resolution`: of its values; nil for a single value.
    mutating func begin(sensorID: SensorID, unit: String, resolution: String?) {
        append(isFirst ? "\n" : ",\n")
        isFirst = false
        append("{\"sensor\": \(sensorID), \"unit\": \(JSONWriter.text(unit))")
        if let resolution { append(", \"resolution\": \"\(resolution)\"") }
        append(", \"values\": ")
    }

    /// Writes the sensor's values and ends it; NaN is `null`.
    mutating func append(_ values: [Double], _ write: Answer.Write) async throws {
        var start = 0
        repeat {
            let end = min(start + Self.valueCountMax, values.count)
            if start > 0 {
                // A column of its own begins with a bracket; it goes on after a comma instead.
                bytes[bytes.count - 1] = UInt8(ascii: ",")
                bytes.append(UInt8(ascii: " "))
            }
            let mark = bytes.count
            DecimalText.appendColumn(values.span.extracting(start..<end), to: &bytes)
            if start > 0 { bytes.remove(at: mark) }
            start = end
            if start < values.count { try await flush(keeping: 1, write) }
        } while start < values.count
        append("}")
        try await flush(keeping: 0, write)
    }

    mutating func end(_ write: Answer.Write) async throws {
        append("]}\n")
        try await write(bytes)
        bytes = []
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    /// Sends what there is, but for the last bytes, if it is a piece.
    private mutating func flush(keeping count: Int, _ write: Answer.Write) async throws {
        guard bytes.count >= Self.byteCountTarget else { return }
        let rest = Array(bytes.suffix(count))
        bytes.removeLast(count)
        try await write(bytes)
        bytes.removeAll(keepingCapacity: true)
        bytes += rest
    }
}

extension JSONWriter {
    /// A text as a JSON string.
    static func text(_ text: String) -> String {
        String(decoding: document(.string(text)).dropLast(), as: UTF8.self)
    }
}

internal import Catalog
internal import Model
internal import TSEngine

/// The values of a chart as JSON, written as they come: what stands with every value of a series is
/// made once, and memory holds one piece.
struct ChartDocument {
    enum Shape {
        /// Of one sensor, with the moments of the beliefs and their probabilities.
        case sensor
        /// Of the sensors of an asset's graphs, with horizons and the factors to their plots' units.
        /// `hasBeliefTimes`: where there are several beliefs about an event.
        case asset(hasBeliefTimes: Bool)
    }

    /// Pieces of this size go out.
    private static let byteCountTarget = 65_536

    private let shape: Shape
    private let isCompressed: Bool
    private let ending: String
    private var bytes: [UInt8] = []
    private var index = 0
    private var sensors: [Sensor] = []
    private var sources: Set<SourceID> = []
    private let catalog: CatalogStore

    /// `beginning` and `ending` stand around the document.
    init(
        _ shape: Shape,
        isCompressed: Bool,
        catalog: CatalogStore,
        beginning: String = "",
        ending: String = ""
    ) {
        (self.shape, self.isCompressed, self.ending) = (shape, isCompressed, ending)
        self.catalog = catalog
        bytes.reserveCapacity(2 * Self.byteCountTarget)
        append(beginning)
        append(isCompressed ? "{\"data\":[" : "[")
    }

    /// Writes the beliefs of one sensor, in the order of events and moments.
    ///
    /// `timing`: of the events that are written.
    mutating func append(
        _ beliefs: [SeriesKey: BeliefColumns],
        of sensor: Sensor,
        _ timing: EventTiming,
        factor: Double,
        _ write: Answer.Write
    ) async throws {
        if beliefs.isEmpty { return }
        if sensors.last?.id != sensor.id { sensors.append(sensor) }
        let keys = beliefs.keys.sorted()
        var series: [Series] = []
        for key in keys {
            guard let columns = beliefs[key] else { continue }
            sources.insert(key.source)
            series.append(Series(columns: columns, tail: tail(key, sensor, factor)))
        }
        let offset = timing.knowledge.constantOffset(resolution: timing.resolution)
        while let next = Self.earliest(series) {
            let row = series[next].row
            series[next].row += 1
            append(series[next], row, timing, offset)
            if bytes.count >= Self.byteCountTarget {
                try await write(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
    }

    mutating func end(_ write: Answer.Write) async throws {
        append("]")
        if isCompressed {
            append(",\"sensors\":{")
            append(
                sensors.map { "\"\($0.id)\":\(Self.text(sensor($0, hasID: false)))" }
                    .joined(separator: ",")
            )
            append("},\"sources\":{")
            append(
                sources.sorted().map { "\"\($0)\":\(Self.text(source($0, hasID: false)))" }
                    .joined(separator: ",")
            )
            append("}}")
        }
        append(ending)
        try await write(bytes)
        bytes = []
    }

    private struct Series {
        let columns: BeliefColumns
        /// What follows the numbers of every value.
        let tail: String
        /// The next one to be written.
        var row = 0
    }

    /// The series whose next belief comes first, by event and moment. They are few.
    private static func earliest(_ series: [Series]) -> Int? {
        var best: Int?
        for (index, candidate) in series.enumerated()
        where candidate.row < candidate.columns.count {
            guard let known = best else {
                best = index
                continue
            }
            let (row, other) = (candidate.row, series[known].row)
            let isEarlier =
                (candidate.columns.eventStarts[row], candidate.columns.beliefTimes[row])
                < (
                    series[known].columns.eventStarts[other],
                    series[known].columns.beliefTimes[other]
                )
            if isEarlier { best = index }
        }
        return best
    }

    // MARK: one value

    private mutating func append(
        _ series: Series,
        _ row: Int,
        _ timing: EventTiming,
        _ offset: Int64?
    ) {
        let event = series.columns.eventStarts[row]
        let belief = series.columns.beliefTimes[row]
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        switch shape {
        case .sensor:
            append(isCompressed ? "{\"ts\":" : "{\"event_start\":")
            append(Self.milliseconds(event))
            append(isCompressed ? ",\"bt\":" : ",\"belief_time\":")
            append(Self.milliseconds(belief))
        case .asset(let hasBeliefTimes):
            let knowledge = offset.map { event &+ $0 } ?? timing.knowledgeTime(eventStart: event)
            if isCompressed {
                append("{\"ts\":")
            } else {
                append("{\"index\":\(index),\"event_start\":")
            }
            append(Self.milliseconds(event))
            if hasBeliefTimes {
                append(isCompressed ? ",\"bt\":" : ",\"belief_time\":")
                append(Self.milliseconds(belief))
            }
            append(isCompressed ? ",\"bh\":" : ",\"belief_horizon\":")
            append(Self.milliseconds(knowledge &- belief))
        }
        append(isCompressed ? ",\"val\":" : ",\"event_value\":")
        DecimalText.append(Self.rounded(series.columns.values[row]), to: &bytes)
        append(series.tail)
        index += 1
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private static func milliseconds(_ microseconds: Int64) -> String {
        String(CivilDate.floorDivide(microseconds, 1_000).quotient)
    }

    /// Ten decimals, as FlexMeasures prints them; numbers that have no more digits, or that are so
    /// small that few would be left, stay as they are.
    private static func rounded(_ value: Double) -> Double {
        guard value.magnitude >= 1e-4, value.magnitude < 1e5 else { return value }
        return (value * 1e10).rounded() / 1e10
    }

    // MARK: what stands with every value

    private func tail(_ key: SeriesKey, _ sensor: Sensor, _ factor: Double) -> String {
        let probability = DecimalText.text(key.probability)
        let factor = DecimalText.text(factor)
        if isCompressed {
            let tail = ",\"sid\":\(sensor.id),\"src\":\(key.source)"
            return switch shape {
            case .sensor: tail + ",\"cp\":\(probability)}"
            case .asset: tail + ",\"sf\":\(factor)}"
            }
        }
        let source = Self.text(source(key.source, hasID: true))
        let document = Self.text(self.sensor(sensor, hasID: true))
        let tail = ",\"source\":\(source),\"sensor\":\(document)"
        return switch shape {
        case .sensor: tail + ",\"cumulative_probability\":\(probability)}"
        case .asset:
            tail
                + ",\"sensor_unit\":\(Self.text(.string(sensor.unit))),\"scale_factor\":\(factor)}"
        }
    }

    private func sensor(_ sensor: Sensor, hasID: Bool) -> JSONObject {
        let asset = catalog.asset(sensor.asset)?.name ?? ""
        let seconds = Double(sensor.timing.resolution) / Double(Microseconds.second)
        var document: JSONObject = [
            "asset_description": .string(asset), "asset_id": .integer(sensor.asset.rawValue),
            "description": .string("\(sensor.name) (\(asset))"),
            "event_resolution": .number(seconds), "name": .string(sensor.name),
        ]
        document[hasID ? "sensor_unit" : "unit"] = .string(sensor.unit)
        if hasID { document["id"] = .integer(sensor.id.rawValue) }
        return document
    }

    private func source(_ id: SourceID, hasID: Bool) -> JSONObject {
        let source = catalog.source(id)
        let type = source?.type ?? ""
        let kind = Self.kinds.first { type.lowercased().contains($0.word) }?.kind ?? "other"
        var document: JSONObject = [
            "description": .string(source?.description ?? ""), "display_type": .string(type),
            "model": .string(source?.model ?? ""), "name": .string(source?.name ?? ""),
            "raw_type": .string(type), "type": .string(kind),
            "version": .string(source?.version ?? ""),
        ]
        if hasID { document["id"] = .integer(id.rawValue) }
        return document
    }

    /// How lines are dashed.
    private static let kinds = [("forecast", "forecaster"), ("schedul", "scheduler")]
        .map { (word: $0.0, kind: $0.1) }

    /// Without blanks, as it is repeated so often. Members are no containers.
    private static func text(_ object: JSONObject) -> String {
        let members = object.names.sorted().map { name in
            "\"\(name)\":\(text(object[name] ?? .null))"
        }
        return "{\(members.joined(separator: ","))}"
    }

    private static func text(_ value: JSONValue) -> String {
        String(decoding: Answer.inert(JSONWriter.document(value)).dropLast(), as: UTF8.self)
    }
}

extension Answer {
    /// JSON under the type that FlexMeasures gives what charts are made of.
    ///
    /// That is HTML's. No browser finds a tag in it, as all `<`, `>` and `&` are escaped, and the
    /// fields of `AnswerFields` let it run nothing.
    var asChart: Answer {
        var answer = self
        answer.contentType = "text/html; charset=utf-8"
        return answer
    }

    /// The same JSON without a character that means something in HTML.
    static func inert(_ json: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count)
        for byte in json {
            switch byte {
            case UInt8(ascii: "<"): bytes += Array("\\u003c".utf8)
            case UInt8(ascii: ">"): bytes += Array("\\u003e".utf8)
            case UInt8(ascii: "&"): bytes += Array("\\u0026".utf8)
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}

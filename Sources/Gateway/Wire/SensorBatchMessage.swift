import Model

/// A body that states beliefs about several sensors: an array of the messages of
/// `POST /sensors/<id>/data`, each with a member `sensor` that is a sensor's id.
struct SensorBatchMessage: Sendable {
    /// One message: about which sensor, and where it stands in the body.
    struct Entry: Sendable, Equatable {
        let sensor: SensorID
        let range: Range<Int>
    }

    let entries: [Entry]

    /// Messages of one body.
    static let entryCountMax = 10_000

    /// Whether a body begins as an array does; what begins otherwise is not for here.
    static func isArray(_ body: RequestBody) -> Bool {
        guard body.isJSON else { return false }
        var scanner = JSONScanner()
        guard (try? scanner.start(body.bytes.span)) != nil else { return false }
        return scanner.peek(body.bytes.span) == UInt8(ascii: "[")
    }

    /// Finds the messages and their sensors. Nothing else of them is read yet, because it is not to
    /// be looked at before the caller's rights are known.
    ///
    /// - Throws: `.badRequest` for a body that is not JSON; `.unprocessable` for one that is no
    ///   array of objects with sensors, that is empty, or too long.
    init(_ body: RequestBody) throws(RequestRefusal) {
        guard body.isJSON else { throw .badRequest }
        var scanner = JSONScanner()
        do throws(JSONError) {
            entries = try Self.entries(body.bytes.span, &scanner)
        } catch {
            throw .badRequest
        }
        guard !entries.isEmpty, entries.count <= Self.entryCountMax else {
            let text = "Give a list of 1 to \(Self.entryCountMax) messages."
            throw Self.refusal("_schema", text)
        }
        // FlexMeasures takes one message of this kind only.
        if entries.contains(where: { $0.sensor == Self.addressed }) {
            throw .unprocessable(
                FieldErrors(location: "json", field: "_schema", FieldTexts.notAnObject)
            )
        }
        if let index = entries.firstIndex(where: { $0.sensor == Self.unnamed }) {
            throw Self.refusal("sensor", "Message \(index) does not name a sensor by its id.")
        }
    }

    /// The messages themselves, in order.
    ///
    /// - Throws: As a message alone does, for the first one that is wrong.
    func messages(_ body: RequestBody) throws(RequestRefusal) -> [SensorDataMessage] {
        var messages: [SensorDataMessage] = []
        messages.reserveCapacity(entries.count)
        for entry in entries {
            let part = RequestBody(Array(body.bytes[entry.range]), contentType: "application/json")
            messages.append(try SensorDataMessage(body: part))
        }
        return messages
    }

    /// No sensor has it: keys are positive.
    private static let unnamed = SensorID(0)
    /// The sensor is named by an entity address.
    private static let addressed = SensorID(-1)

    private static func refusal(_ field: String, _ text: String) -> RequestRefusal {
        .unprocessable(
            FieldErrors(location: SensorDataMessage.location, field: field, text)
        )
    }

    private static func entries(
        _ bytes: Span<UInt8>,
        _ scanner: inout JSONScanner
    ) throws(JSONError) -> [Entry] {
        var entries: [Entry] = []
        try scanner.start(bytes)
        guard scanner.take("[", bytes) else {
            // Something else than an array: refused as an empty one, if it is JSON at all.
            try scanner.skipValue(bytes, depth: 0)
            try scanner.end(bytes)
            return []
        }
        if !scanner.take("]", bytes) {
            repeat {
                let start = scanner.index
                let sensor = try Self.sensor(bytes, &scanner)
                entries.append(Entry(sensor: sensor, range: start..<scanner.index))
                scanner.skipSpace(bytes)
            } while scanner.take(",", bytes)
            guard scanner.take("]", bytes) else { throw .malformed }
        }
        try scanner.end(bytes)
        return entries
    }

    /// Reads over one message and picks its sensor out.
    private static func sensor(
        _ bytes: Span<UInt8>,
        _ scanner: inout JSONScanner
    ) throws(JSONError) -> SensorID {
        guard scanner.peek(bytes) == UInt8(ascii: "{") else {
            try scanner.skipValue(bytes, depth: 1)
            return unnamed
        }
        var sensor = unnamed
        var isNamed = false
        try scanner.members(bytes) { (scanner, name) throws(JSONError) in
            guard name == "sensor" else { return try scanner.skipValue(bytes, depth: 2) }
            // Two names would let one be checked and the other one be written.
            guard !isNamed else { throw .duplicateName(name) }
            isNamed = true
            switch try scanner.value(bytes, depth: 2) {
            case .integer(let id) where id > 0: sensor = SensorID(id)
            case .string(let text) where text.hasPrefix(EntityAddress.scheme): sensor = addressed
            case .string(let text):
                if let id = Int64(text), id > 0 { sensor = SensorID(id) }
            default: break
            }
        }
        return sensor
    }
}

/// What names a series in line protocol: measurement, tags and one field key, in one spelling.
///
/// The canonical text is `measurement,tag=value,… field`, with the tags by ascending key bytes and
/// escapes only where they are needed. It is the name of the series' sensor.
struct LineKey: Sendable, Equatable {
    /// Bytes of a canonical text. Names are indexed by Postgres, whose index entries end at 2,704.
    static let byteCountMax = 2_000

    /// `measurement,tag=value,…`.
    let head: [UInt8]

    /// Reads the part of a line before its first blank.
    ///
    /// - Throws: `.missingMeasurement`, `.missingTagKey`, `.missingTagValue`, `.duplicateTag`.
    init(head bytes: Span<UInt8>) throws(LineProblem) {
        if let plain = try Self.plainHead(bytes) {
            head = plain
        } else {
            head = try Self.unescapedHead(bytes)
        }
    }

    /// A head without escapes, whose parts stay as they are; nil if there are any.
    static func plainHead(_ bytes: Span<UInt8>) throws(LineProblem) -> [UInt8]? {
        var index = 0
        func end(at byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == LineByte.equals }
        while index < bytes.count, bytes[index] != UInt8(ascii: ",") {
            if bytes[index] == backslash { return nil }
            index += 1
        }
        let measurement = 0..<index
        var tags: [Tag] = []
        tags.reserveCapacity(8)
        var problem: LineProblem? = measurement.isEmpty ? .missingMeasurement : nil
        while index < bytes.count {
            let start = index + 1
            index = start
            while index < bytes.count, !end(at: bytes[index]) {
                if bytes[index] == backslash { return nil }
                index += 1
            }
            let key = start..<index
            if problem == nil, key.isEmpty { problem = .missingTagKey }
            guard index < bytes.count, bytes[index] == LineByte.equals else {
                // What follows may still have an escape, which would be read otherwise.
                problem = problem ?? .missingTagValue
                continue
            }
            index += 1
            let valueStart = index
            while index < bytes.count, !end(at: bytes[index]) {
                if bytes[index] == backslash { return nil }
                index += 1
            }
            let isEnd = index == bytes.count || bytes[index] == UInt8(ascii: ",")
            if problem == nil, index == valueStart || !isEnd { problem = .missingTagValue }
            tags.append(Tag(key: key, end: index))
        }
        if let problem { throw problem }
        if tags.count > 1, !(1..<tags.count).allSatisfy({ precedes(bytes, tags[$0 - 1], tags[$0]) })
        {
            // Few and nearly in order, as a rule.
            for place in 1..<tags.count {
                var place = place
                while place > 0, precedes(bytes, tags[place], tags[place - 1]) {
                    tags.swapAt(place, place - 1)
                    place -= 1
                }
            }
            for place in 1..<tags.count where !precedes(bytes, tags[place - 1], tags[place]) {
                throw .duplicateTag
            }
        }
        return [UInt8](capacity: bytes.count) { output in
            for index in measurement { output.append(bytes[index]) }
            for tag in tags {
                output.append(UInt8(ascii: ","))
                for index in tag.key.lowerBound..<tag.end { output.append(bytes[index]) }
            }
        }
    }

    /// Where `key=value` lies.
    private struct Tag {
        let key: Range<Int>
        let end: Int
    }

    private static func precedes(_ bytes: Span<UInt8>, _ left: Tag, _ right: Tag) -> Bool {
        for (index, other) in zip(left.key, right.key) where bytes[index] != bytes[other] {
            return bytes[index] < bytes[other]
        }
        return left.key.count < right.key.count
    }

    /// A head whose escapes are undone, and done again where they are needed.
    static func unescapedHead(_ bytes: Span<UInt8>) throws(LineProblem) -> [UInt8] {
        var index = 0
        let measurement = Self.text(bytes, &index, endsAtEquals: false)
        guard !measurement.isEmpty else { throw .missingMeasurement }
        var tags: [(key: [UInt8], value: [UInt8])] = []
        while index < bytes.count {
            index += 1  // the comma
            let key = Self.text(bytes, &index, endsAtEquals: true)
            guard !key.isEmpty else { throw .missingTagKey }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else {
                throw .missingTagValue
            }
            index += 1
            let value = Self.text(bytes, &index, endsAtEquals: true)
            // A bare `=` in a value cannot be told from a mistake.
            guard !value.isEmpty, index == bytes.count || bytes[index] == UInt8(ascii: ",") else {
                throw .missingTagValue
            }
            tags.append((key, value))
        }
        tags.sort { $0.key.lexicographicallyPrecedes($1.key) }
        for (tag, next) in zip(tags, tags.dropFirst()) where tag.key == next.key {
            throw .duplicateTag
        }
        var head = Self.escaped(measurement, equals: false)
        for tag in tags {
            head.append(UInt8(ascii: ","))
            head += Self.escaped(tag.key, equals: true)
            head.append(UInt8(ascii: "="))
            head += Self.escaped(tag.value, equals: true)
        }
        return head
    }

    /// The canonical spelling of a field key.
    ///
    /// - Throws: `.missingFieldKey`.
    static func field(_ bytes: Span<UInt8>) throws(LineProblem) -> [UInt8] {
        var index = 0
        let key = text(bytes, &index, endsAtEquals: true)
        guard !key.isEmpty else { throw .missingFieldKey }
        return escaped(key, equals: true)
    }

    /// The canonical text with one of its fields, and `=` behind that.
    ///
    /// - Throws: `.missingFieldKey`, `.keyTooLong`, `.invalidText`.
    func withField(_ bytes: Span<UInt8>) throws(LineProblem) -> [UInt8] {
        var isPlain = !bytes.isEmpty
        for index in bytes.indices where bytes[index] == Self.backslash { isPlain = false }
        let escaped = isPlain ? [] : try Self.field(bytes)
        let text = [UInt8](capacity: head.count + bytes.count + escaped.count + 2) { output in
            for byte in head { output.append(byte) }
            output.append(LineByte.blank)
            if isPlain {
                for index in bytes.indices { output.append(bytes[index]) }
            } else {
                for byte in escaped { output.append(byte) }
            }
            output.append(LineByte.equals)
        }
        try Self.check(text)
        return text
    }

    /// Whether a text, without the `=` at its end, can be a sensor's name.
    ///
    /// - Throws: `.keyTooLong`, `.invalidText`.
    private static func check(_ name: [UInt8]) throws(LineProblem) {
        guard name.count - 1 <= Self.byteCountMax else { throw .keyTooLong }
        guard !name.contains(0), (try? UTF8Span(validating: name.span)) != nil else {
            throw .invalidText
        }
    }

    /// Where the head ends in a canonical text: at its last blank that is not escaped. Nil if the
    /// text is none.
    static func headCount(ofName name: Span<UInt8>) -> Int? {
        var index = 0
        while index < name.count {
            if name[index] == backslash {
                index += 2
            } else if name[index] == UInt8(ascii: " ") {
                return index
            } else {
                index += 1
            }
        }
        return nil
    }

    /// Reads up to a comma, or `=` if that ends the text, and undoes escapes. A backslash before
    /// any other character is itself.
    private static func text(
        _ bytes: Span<UInt8>,
        _ index: inout Int,
        endsAtEquals: Bool
    ) -> [UInt8] {
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == backslash, index + 1 < bytes.count,
                isSpecial(bytes[index + 1], equals: endsAtEquals)
            {
                text.append(bytes[index + 1])
                index += 2
                continue
            }
            if byte == UInt8(ascii: ",") || endsAtEquals && byte == UInt8(ascii: "=") { break }
            text.append(byte)
            index += 1
        }
        return text
    }

    private static func escaped(_ text: [UInt8], equals: Bool) -> [UInt8] {
        guard text.contains(where: { isSpecial($0, equals: equals) }) else { return text }
        return text.flatMap { isSpecial($0, equals: equals) ? [backslash, $0] : [$0] }
    }

    private static func isSpecial(_ byte: UInt8, equals: Bool) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ")
            || equals && byte == UInt8(ascii: "=")
    }

    private static let backslash = UInt8(ascii: "\\")
}

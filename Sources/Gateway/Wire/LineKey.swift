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
        self.head = head
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

    /// The canonical text with one of its fields.
    ///
    /// - Throws: `.keyTooLong`, `.invalidText`.
    func name(field: [UInt8]) throws(LineProblem) -> [UInt8] {
        let name = head + [UInt8(ascii: " ")] + field
        try Self.check(name: name)
        return name
    }

    /// Whether a text can be a sensor's name.
    ///
    /// - Throws: `.keyTooLong`, `.invalidText`.
    static func check(name: [UInt8]) throws(LineProblem) {
        guard name.count <= Self.byteCountMax else { throw .keyTooLong }
        guard !name.contains(0), (try? UTF8Span(validating: name.span)) != nil else {
            throw .invalidText
        }
    }

    /// Whether the part of a line before its first blank is spelled as the canonical text is: what most
    /// clients send. False for anything that must be looked at more closely.
    static func isCanonical(head bytes: Span<UInt8>) -> Bool {
        var index = 0
        guard skip(bytes, &index), index > 0 else { return false }
        var last = 0..<0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: ",") else { return false }
            index += 1
            let start = index
            guard skip(bytes, &index), index > start, index < bytes.count,
                bytes[index] == UInt8(ascii: "=")
            else { return false }
            let key = start..<index
            guard last.isEmpty || precedes(bytes, last, key) else { return false }
            last = key
            index += 1
            let valueStart = index
            guard skip(bytes, &index), index > valueStart else { return false }
        }
        return true
    }

    /// As `isCanonical(head:)`, for a field's key without `=`.
    static func isCanonical(field bytes: Span<UInt8>) -> Bool {
        var index = 0
        return skip(bytes, &index) && index == bytes.count && index > 0
    }

    /// Moves to the next comma or `=`, or to the end.
    ///
    /// - Returns: false if there is a backslash or a blank before.
    @inline(__always)
    private static func skip(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ","), UInt8(ascii: "="): return true
            case backslash, UInt8(ascii: " "): return false
            default: index += 1
            }
        }
        return true
    }

    private static func precedes(
        _ bytes: Span<UInt8>,
        _ left: Range<Int>,
        _ right: Range<Int>
    ) -> Bool {
        for (index, other) in zip(left, right) where bytes[index] != bytes[other] {
            return bytes[index] < bytes[other]
        }
        return left.count < right.count
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

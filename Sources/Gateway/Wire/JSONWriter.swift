/// Writes JSON as FlexMeasures prints it: two spaces a level, names sorted, everything beyond ASCII
/// escaped, a newline at the end.
///
/// Objects of known shape are written member by member, in the order of the calls, so the caller
/// sorts them; `value` sorts what it is given.
package struct JSONWriter {
    private var bytes: [UInt8] = []
    private var depth = 0
    /// Whether something stands before the next element of the open container.
    private var needsComma = false
    /// Whether a name was just written, so that its value follows on the line.
    private var isAfterName = false

    package init(reservingCapacity byteCount: Int = 256) {
        bytes.reserveCapacity(byteCount)
    }

    /// A whole document.
    package static func document(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.finished()
    }

    /// The bytes, with the newline at the end.
    package consuming func finished() -> [UInt8] {
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    package mutating func beginObject() { begin(UInt8(ascii: "{")) }
    package mutating func endObject() { end(UInt8(ascii: "}")) }
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes a member's name; its value comes next.
    package mutating func name(_ name: String) {
        beginElement()
        quote(name)
        append(": ")
        isAfterName = true
    }

    package mutating func member(_ name: String, _ value: JSONValue) {
        self.name(name)
        self.value(value)
    }

    /// Writes a member whose value is a column of numbers, on one line; NaN is `null`.
    package mutating func member(_ name: String, column: Span<Double>) {
        self.name(name)
        beginElement()
        bytes.reserveCapacity(bytes.count + column.count * 8)
        DecimalText.appendColumn(column, to: &bytes)
    }

    /// Writes any value, names sorted by code point.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .object(let object):
            beginObject()
            let names = object.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for name in names { member(name, object[name] ?? .null) }
            endObject()
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .null: scalar("null")
        case .bool(let flag): scalar(flag ? "true" : "false")
        case .integer(let integer): scalar(String(integer))
        case .number(let number): scalar(DecimalText.text(number))
        case .string(let text):
            beginElement()
            quote(text)
        }
    }

    private mutating func scalar(_ text: String) {
        beginElement()
        append(text)
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Writes what stands between the last element and the next.
    private mutating func beginElement() {
        guard !isAfterName else {
            isAfterName = false
            return
        }
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        if depth > 0 { newline() }
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        beginElement()
        bytes.append(bracket)
        depth += 1
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        precondition(depth > 0, "end of a container that was not begun")
        depth -= 1
        // An empty container closes on its line.
        if needsComma { newline() }
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { append("  ") }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{8}": append("\\b")
            case "\u{C}": append("\\f")
            case " "..."\u{7F}": bytes.append(UInt8(scalar.value))
            default: for unit in scalar.utf16 { escape(unit) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ unit: UInt16) {
        append("\\u")
        for shift in stride(from: 12, through: 0, by: -4) {
            let digit = UInt8(unit >> UInt16(shift) & 0xF)
            bytes.append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
    }
}

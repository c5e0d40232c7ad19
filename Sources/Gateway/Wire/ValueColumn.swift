/// The field `values` of a message, read straight into a column: a list of numbers and nulls, or
/// one number.
///
/// The hot path of ingestion: no object and no call per value, see `DecimalNumber`. Everything that
/// is not a plain number takes the slow path at the end.
struct ValueColumn {
    /// A fault of an element, or of the field if the index is nil.
    struct Fault: Equatable {
        let index: Int?
        let text: String
    }

    /// NaN stands for null.
    private(set) var values: [Double] = []
    /// Whether one number was given rather than a list.
    private(set) var isSingle = false
    /// At most `FieldErrors.elementCountMax`; the others would not be shown.
    private(set) var faults: [Fault] = []

    static let notANumber = "Not a valid number."
    static let special = "Special numeric values (nan or infinity) are not permitted."
    static let tooLarge = "Number too large."

    /// Reads the value that begins at the scanner's position, inside one container.
    init(_ bytes: Span<UInt8>, _ scanner: inout JSONScanner) throws(JSONError) {
        guard scanner.peek(bytes) == UInt8(ascii: "[") else {
            isSingle = true
            guard let value = try element(bytes, &scanner, index: nil) else {
                faults.append(Fault(index: nil, text: FieldTexts.null))
                return
            }
            values = [value]
            return
        }
        scanner.index += 1
        try list(bytes, &scanner)
    }

    /// A value of the query string, which is always one text.
    init(queryText: String) {
        isSingle = true
        if let value = Self.number(queryText, index: nil, &faults) { values = [value] }
    }

    private mutating func list(
        _ bytes: Span<UInt8>,
        _ scanner: inout JSONScanner
    ) throws(JSONError) {
        scanner.skipSpace(bytes)
        guard scanner.peek(bytes) != UInt8(ascii: "]") else {
            scanner.index += 1
            return
        }
        // One more than the commas that are left: never too few, so the column never moves.
        values.reserveCapacity(Self.commaCount(bytes, from: scanner.index) + 1)
        while true {
            if Self.plainNumbers(bytes, at: &scanner.index, into: &values) { return }
            // Something else than a number, or white space in an unusual place.
            scanner.skipSpace(bytes)
            let value = try element(bytes, &scanner, index: values.count)
            values.append(value ?? .nan)
            scanner.skipSpace(bytes)
            if scanner.take("]", bytes) { return }
            guard scanner.take(",", bytes) else { throw .malformed }
        }
    }

    /// Appends numbers as long as they are finite and separated by a comma and at most one space.
    ///
    /// - Returns: Whether the list's bracket was reached and passed. If not, `index` is at an
    ///   element that has not been read.
    private static func plainNumbers(
        _ bytes: Span<UInt8>,
        at index: inout Int,
        into values: inout [Double]
    ) -> Bool {
        var position = index
        let end = bytes.count
        while let value = DecimalNumber.scan(bytes, at: &position), value.isFinite, position < end {
            let separator = bytes[position]
            position += 1
            guard separator == UInt8(ascii: ",") else {
                guard separator == UInt8(ascii: "]") else { return false }
                values.append(value)
                index = position
                return true
            }
            values.append(value)
            if position < end, bytes[position] == UInt8(ascii: " ") { position += 1 }
            index = position
        }
        return false
    }

    private static func commaCount(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var count = 0
        for index in start..<bytes.count where bytes[index] == UInt8(ascii: ",") { count &+= 1 }
        return count
    }

    /// Reads one element of any kind.
    ///
    /// - Returns: NaN if it is wrong, and a fault is noted; nil for null.
    private mutating func element(
        _ bytes: Span<UInt8>,
        _ scanner: inout JSONScanner,
        index: Int?
    ) throws(JSONError) -> Double? {
        let start = scanner.index
        switch scanner.peek(bytes) {
        case UInt8(ascii: "n"):
            try scanner.literal("null", bytes)
            return nil
        case UInt8(ascii: "\""):
            return Self.number(try scanner.string(bytes), index: index, &faults) ?? .nan
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "N"),
            UInt8(ascii: "I"):
            guard let value = DecimalNumber.scan(bytes, at: &scanner.index) else {
                _ = try scanner.specialNumber(bytes)
                note(index, Self.special)
                return .nan
            }
            guard !value.isFinite else { return value }
            let isInteger = (start..<scanner.index).allSatisfy {
                bytes[$0] <= UInt8(ascii: "9") && bytes[$0] != UInt8(ascii: ".")
            }
            note(index, isInteger ? Self.tooLarge : Self.special)
            return .nan
        default:
            try scanner.skipValue(bytes, depth: index == nil ? 1 : 2)
            note(index, Self.notANumber)
            return .nan
        }
    }

    private mutating func note(_ index: Int?, _ text: String) {
        guard faults.count < FieldErrors.elementCountMax else { return }
        faults.append(Fault(index: index, text: text))
    }

    private static func number(_ text: String, index: Int?, _ faults: inout [Fault]) -> Double? {
        let fault: String
        switch NumericText(text) {
        case .number(let number): return number
        case .special: fault = special
        case .invalid: fault = notANumber
        }
        if faults.count < FieldErrors.elementCountMax {
            faults.append(Fault(index: index, text: fault))
        }
        return nil
    }
}

internal import Model

/// The sensor that an obsolete entity address names: `ea1.2021-01.io.flexmeasures:fm1.42`, where `42`
/// is its number. Month and domain mean nothing.
struct EntityAddress: Equatable {
    let sensor: SensorID

    static let scheme = "ea1"

    /// What is wrong with a text, for its field.
    struct Fault: Error, Equatable {
        let text: String

        init(_ text: String) { self.text = text }
    }

    /// Reads an address in the words of FlexMeasures' refusals.
    ///
    /// `now`: addresses name the month after it.
    /// - Throws: what is wrong with `text`, for its field.
    init(_ text: String, now: Timestamp) throws(Fault) {
        let shown = String(text.prefix(200))
        guard text.hasPrefix(Self.scheme) else {
            throw Fault(
                "A valid type 1 USEF entity address starts with 'ea1', please review \(shown)"
            )
        }
        let bytes = Array(text.utf8)
        guard bytes.count > 11, bytes[3] == UInt8(ascii: "."), Self.isMonth(bytes[4..<11]) else {
            throw Fault(
                "After 'ea1.', a date specification of the format ([0-9]{4})-(0[1-9]|1[012]) is "
                    + "expected."
            )
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, parts[1].hasPrefix("fm1.") else {
            let month = StructureDocuments.nextMonth(now)
            throw Fault(
                "A valid type 1 FlexMeasures entity address starts with "
                    + "'ea1.\(month).localhost:fm1.', please review \(shown)"
            )
        }
        let digits = parts[1].dropFirst(4).utf8
        guard parts.count == 2, parts[0].utf8.count > 12, bytes[11] == UInt8(ascii: "."),
            !digits.isEmpty, digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 })
        else { throw Fault("Could not parse sensor \(shown).") }
        // Larger than any number: of no sensor.
        sensor = SensorID(Int64(String(digits) ?? "") ?? .max)
    }

    private static func isMonth(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = Array(bytes)
        let digits = [0, 1, 2, 3, 5, 6].allSatisfy { text[$0] &- UInt8(ascii: "0") < 10 }
        guard digits, text[4] == UInt8(ascii: "-") else { return false }
        let month = Int(text[5] - 48) * 10 + Int(text[6] - 48)
        return (1...12).contains(month)
    }
}

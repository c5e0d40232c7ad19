package import Model

/// The JSON of the column `knowledge_horizon_par`: one flat object of texts and numbers.
enum StoredParametersJSON {
    /// - Returns: nil unless `text` is such an object. Never traps on hostile text.
    static func parse(_ text: String) -> StoredParameters? {
        var scanner = FlatJSONScanner(bytes: Array(text.utf8))
        return scanner.object()
    }

    /// By ascending name.
    static func text(_ parameters: StoredParameters) -> String {
        let members = parameters.sorted { $0.key < $1.key }.map { name, value in
            switch value {
            case .text(let text): "\(quoted(name)): \(quoted(text))"
            // 12, not 12.0: FlexMeasures reads days and months as integers.
            case .number(let number):
                "\(quoted(name)): \(Int64(exactly: number).map(String.init) ?? String(number))"
            }
        }
        return "{\(members.joined(separator: ", "))}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension KnowledgeRule {
    /// Reads the columns `knowledge_horizon_fnc` and `knowledge_horizon_par` of a sensor; nil if they
    /// are not understood.
    package init?(function: String, json: String) {
        guard let parameters = StoredParametersJSON.parse(json),
            let rule = try? KnowledgeRule(function: function, parameters: parameters)
        else { return nil }
        self = rule
    }
}

private struct FlatJSONScanner {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func object() -> StoredParameters? {
        guard skip("{") else { return nil }
        var parameters: StoredParameters = [:]
        if skip("}") { return isAtEnd ? parameters : nil }
        repeat {
            guard let name = string(), skip(":"), let value = value() else { return nil }
            parameters[name] = value
        } while skip(",")
        return skip("}") && isAtEnd ? parameters : nil
    }

    private var isAtEnd: Bool {
        bytes[position...].allSatisfy(Self.isSpace)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
            return false
        }
        position += 1
        return true
    }

    private mutating func value() -> StoredParameter? {
        if let text = string() { return .text(text) }
        let start = position
        let numeral = Set("+-.0123456789eE".utf8)
        while position < bytes.count, numeral.contains(bytes[position]) { position += 1 }
        let digits = String(decoding: bytes[start..<position], as: UTF8.self)
        return Double(digits).map(StoredParameter.number)
    }

    private mutating func string() -> String? {
        guard skip("\"") else { return nil }
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                text += Array(String(scalar).utf8)
            default: text.append(byte)
            }
        }
        return nil
    }

    /// What follows a backslash. Half of a surrogate pair is refused: Postgres turns whole pairs of
    /// `jsonb` into UTF-8 before they come here.
    private mutating func escape() -> Unicode.Scalar? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"):
            guard position + 4 <= bytes.count else { return nil }
            let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
            position += 4
            return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
        default: return Unicode.Scalar(byte)
        }
    }
}

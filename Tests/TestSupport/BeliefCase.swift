import Foundation

/// One recorded case of FlexMeasures' belief semantics: what is given and what must come out.
package struct BeliefCase: Decodable, Sendable, CustomStringConvertible {
    package let id: Int
    package let kind: String
    package let name: String
    package let given: JSON
    package let expect: JSON

    package var description: String { "\(id): \(name)" }

    /// The cases of a kind, from `Fixtures/beliefs_cases.jsonl` beside the tests of reading.
    package static func all(_ kind: String) -> [BeliefCase] {
        let file = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("TSEngineTests/Read/Fixtures/beliefs_cases.jsonl")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            // Python writes NaN as JSON does not know it.
            let json = line.replacingOccurrences(of: ": NaN", with: ": null")
            return try? JSONDecoder().decode(BeliefCase.self, from: Data(json.utf8))
        }
        .filter { $0.kind == kind }
    }
}

/// Any JSON value.
package enum JSON: Decodable, Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let elements = try? container.decode([JSON].self) {
            self = .array(elements)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    package subscript(name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var number: Double? { if case .number(let number) = self { number } else { nil } }
    package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    package var array: [JSON] { if case .array(let elements) = self { elements } else { [] } }
    package var object: [String: JSON] {
        if case .object(let members) = self { members } else { [:] }
    }
}

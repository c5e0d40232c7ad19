/// Why a line is not stored.
package enum LineProblem: UInt8, Error, Sendable, CaseIterable {
    case missingMeasurement
    case missingTagKey
    case missingTagValue
    case duplicateTag
    case missingFields
    case missingFieldKey
    case missingFieldValue
    case invalidNumber
    case integerOutOfRange
    case notFinite
    case invalidBoolean
    case string
    case unterminatedString
    case badTimestamp
    case timeOutOfRange
    case invalidText
    case keyTooLong
    case seriesLimit
    case notInstantaneous

    /// For the client: lower case, without the line's text, which may be long or private.
    package var text: String {
        switch self {
        case .missingMeasurement: "missing measurement"
        case .missingTagKey: "missing tag key"
        case .missingTagValue: "missing tag value"
        case .duplicateTag: "duplicate tags"
        case .missingFields: "missing fields"
        case .missingFieldKey: "missing field key"
        case .missingFieldValue: "missing field value"
        case .invalidNumber: "invalid number"
        case .integerOutOfRange: "integer out of range"
        case .notFinite: "number is not finite"
        case .invalidBoolean: "invalid boolean"
        case .string: "strings are not stored"
        case .unterminatedString: "unbalanced quotes"
        case .badTimestamp: "bad timestamp"
        case .timeOutOfRange: "time outside range 0001-01-01..9999-12-31"
        case .invalidText: "keys must be UTF-8 without null characters"
        case .keyTooLong: "series key is longer than \(LineKey.byteCountMax) bytes"
        case .seriesLimit: "max-series-per-account limit exceeded"
        case .notInstantaneous: "the sensor of this name has events of some length"
        }
    }
}

/// The lines of one request that are not stored: how many, and the first ones by number.
package struct LineProblems: Sendable, Equatable {
    /// A line that is not stored.
    package struct Entry: Sendable, Equatable {
        /// Counted from 1.
        package let line: Int
        package let problem: LineProblem
    }

    /// More would tell nobody anything.
    package static let entryCountMax = 100

    /// In the order in which they were found.
    package private(set) var entries: [Entry] = []
    /// Lines in all.
    package private(set) var count = 0

    package var isEmpty: Bool { count == 0 }

    mutating func add(_ problem: LineProblem, line: Int) {
        count += 1
        if entries.count < Self.entryCountMax {
            entries.append(Entry(line: line, problem: problem))
        }
    }
}

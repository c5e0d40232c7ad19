/// A bound parameter of a statement.
package enum PostgresValue: Sendable, Hashable {
    case null
    /// Any type with a text form; Postgres infers which one.
    case text(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case bytes([UInt8])
    /// `timestamptz`, unit µs since 1970 UTC.
    case timestamp(Int64)
    /// `bigint[]`.
    case ints([Int64])

    /// The types of values whose type is known.
    package enum TypeName: UInt32, Sendable {
        case bool = 16
        case bytes = 17
        case int = 20
        case double = 701
        case ints = 1016
        case timestamp = 1184
    }

    /// The type's OID in `pg_type`, 0 to let the server infer it.
    var typeOID: UInt32 {
        let name: TypeName? =
            switch self {
            case .null, .text: nil
            case .int: .int
            case .double: .double
            case .bool: .bool
            case .bytes: .bytes
            case .timestamp: .timestamp
            case .ints: .ints
            }
        return name?.rawValue ?? 0
    }

    /// Whether `encoded` is the binary form of the type.
    var isBinary: Bool {
        switch self {
        case .null, .text, .ints: false
        case .int, .double, .bool, .bytes, .timestamp: true
        }
    }

    /// The bytes that go over the wire; nil for NULL. Text forms end with the NUL that libpq wants.
    var encoded: [UInt8]? {
        switch self {
        case .null: nil
        case .text(let text): Array(text.utf8) + [0]
        case .int(let value): bigEndianBytes(UInt64(bitPattern: value))
        case .double(let value): bigEndianBytes(value.bitPattern)
        case .bool(let value): [value ? 1 : 0]
        case .bytes(let bytes): bytes
        case .timestamp(let microseconds):
            bigEndianBytes(UInt64(bitPattern: microseconds - PostgresEpoch.microseconds))
        case .ints(let values):
            Array("{\(values.map(String.init).joined(separator: ","))}".utf8) + [0]
        }
    }
}

/// Postgres counts time from 2000-01-01 UTC.
package enum PostgresEpoch {
    /// µs from 1970-01-01 to 2000-01-01, UTC.
    package static let microseconds: Int64 = 946_684_800_000_000
}

/// The eight bytes of `value`, highest first: network order.
func bigEndianBytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
}

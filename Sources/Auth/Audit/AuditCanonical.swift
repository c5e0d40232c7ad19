/// The bytes that are hashed for a row (docs/formats/audit.md). The database makes them when it
/// writes; here they are made again, from what is stored, to verify.
enum AuditCanonical {
    static let version: UInt8 = 1
    static let hashByteCount = 32
    /// What stands before the first row.
    static let genesis = [UInt8](repeating: 0, count: hashByteCount)

    static func bytes(_ record: AuditRecord) -> [UInt8] {
        var bytes: [UInt8] = [version]
        bytes += number(record.sequence) + number(record.occurredAt)
        bytes += field(Array(record.actor.utf8)) + field(record.actorUser.map(number))
        bytes += field(Array(record.action.utf8)) + field(text: record.subject)
        bytes += field(record.account.map(number)) + field(text: record.address)
        bytes += field(text: record.requestID) + field(Array(record.details.utf8))
        return bytes
    }

    /// SHA-256 of the hash before and the row's bytes.
    static func hash(_ record: AuditRecord, after previous: [UInt8]) -> [UInt8] {
        SHA256Digest(of: (previous + bytes(record)).span).bytes
    }

    private static func field(text: String?) -> [UInt8] { field(text.map { Array($0.utf8) }) }

    private static func field(_ bytes: [UInt8]?) -> [UInt8] {
        guard let bytes else { return [0xFF, 0xFF, 0xFF, 0xFF] }
        return (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
    }

    private static func number(_ value: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> Int64(56 - 8 * $0)) }
    }
}

/// The details of an event as JSON: one object of texts, names ascending, no blanks.
enum AuditDetails {
    /// Longer values are cut.
    static let valueByteCountMax = 1_024
    /// More entries are left out.
    static let countMax = 32

    static func json(_ details: [String: String]) -> String {
        let entries = details.sorted { $0.key < $1.key }.prefix(countMax).map { name, value in
            quoted(cut(name)) + ":" + quoted(cut(value))
        }
        return "{\(entries.joined(separator: ","))}"
    }

    /// At most `valueByteCountMax` bytes, whole characters.
    private static func cut(_ text: String) -> String {
        guard text.utf8.count > valueByteCountMax else { return text }
        var count = 0
        return String(
            text.prefix { character in
                count += character.utf8.count
                return count <= valueByteCountMax
            }
        )
    }

    /// Controls, and the marks that break lines for some readers, are escaped.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: quoted += "\\" + String(scalar)
            case ..<0x20, 0x7F...0x9F, 0x2028, 0x2029:
                quoted += "\\u" + hexText([UInt8(scalar.value >> 8), UInt8(scalar.value & 0xFF)])
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

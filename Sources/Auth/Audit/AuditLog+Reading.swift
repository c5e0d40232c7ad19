package import Model
internal import Postgres

/// Which events to show.
package struct AuditFilter: Sendable {
    /// Who did it.
    package var actor: UserID?
    /// What it was about, as `user:12`.
    package var subject: String?
    /// Events about the account and about its members.
    package var account: AccountID?
    /// Events about a user, and what the user did.
    package var user: UserID?
    /// How the action's name begins: `login.` or all of it.
    package var actionPrefix: String?
    /// µs since 1970 UTC; the first included, the second not.
    package var since: Int64?
    package var until: Int64?
    /// Only events with smaller numbers: for the next page.
    package var before: Int64?
    /// Default 100.
    package var countMax: Int

    package init(countMax: Int = 100) { self.countMax = countMax }
}

/// The end of the log at some moment. Whoever keeps one elsewhere can tell later that nothing up to
/// it was changed or cut off.
package struct AuditHead: Sendable, Hashable, CustomStringConvertible {
    package let sequence: Int64
    let hash: [UInt8]

    init(sequence: Int64, hash: [UInt8]) { (self.sequence, self.hash) = (sequence, hash) }

    /// Reads `<sequence>:<64 hexadecimal digits>`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence >= 0,
            parts[1].utf8.count == 2 * AuditCanonical.hashByteCount
        else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[1]
        while !rest.isEmpty {
            let digits = rest.prefix(2)
            guard digits.allSatisfy(\.isHexDigit), let byte = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(sequence: sequence, hash: bytes)
    }

    package var description: String { "\(sequence):\(hexText(hash))" }
}

/// What verifying the log found.
package struct AuditVerification: Sendable, Hashable {
    /// The first thing that is wrong.
    package enum Problem: Sendable, Hashable, CustomStringConvertible {
        /// The row's bytes do not give its hash.
        case changed(sequence: Int64)
        /// The row does not continue the one before it.
        case unlinked(sequence: Int64)
        /// This number is not there, but a later one is.
        case missing(sequence: Int64)
        /// The last row is not what `audit_head` says.
        case truncated(lastSequence: Int64, head: Int64)
        /// The log does not contain the head that was given.
        case otherHead(sequence: Int64)

        package var description: String {
            switch self {
            case .changed(let sequence): "event \(sequence) was changed"
            case .unlinked(let sequence):
                "event \(sequence) does not follow the one before it: one of them was put in or moved"
            case .missing(let sequence): "event \(sequence) is missing"
            case .truncated(let last, let head):
                "the log ends at event \(last), but ended at \(head) when it was last written"
            case .otherHead(let sequence):
                "the log does not hold event \(sequence) with the hash that was given"
            }
        }
    }

    /// Rows that were verified.
    package let count: Int64
    /// The end of the log; to be kept elsewhere.
    package let head: AuditHead
    package let problem: Problem?
}

extension AuditLog {
    /// The newest events that pass the filter, newest first.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func events(
        _ filter: AuditFilter = AuditFilter()
    ) async throws(AuthError)
        -> [AuditRecord]
    {
        do {
            return try AuditTable.records(await pool.read(AuditTable.newest(filter)))
        } catch {
            throw AuthError(error)
        }
    }

    /// Recomputes the whole chain, a thousand rows at a time, in one snapshot.
    ///
    /// - Parameter known: a head that was kept elsewhere. Without one, a log that was cut off
    ///   together with its head, or written anew, looks sound.
    /// - Returns: what was verified, and the first problem.
    /// - Throws: `.unavailable`, `.failed`.
    package func verify(known: AuditHead? = nil) async throws(AuthError) -> AuditVerification {
        do {
            return try await pool.withConnection { connection in
                try connection.transaction { connection in
                    try connection.execute(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
                    )
                    return try AuditChain.verify(known: known, on: connection)
                }
            }
        } catch {
            throw AuthError(error)
        }
    }
}

/// Walks the chain.
private struct AuditChain {
    private var last = AuditHead(sequence: 0, hash: AuditCanonical.genesis)
    private var count: Int64 = 0
    private var hasKnown: Bool

    private init(known: AuditHead?) { hasKnown = known == nil || known == last }

    static func verify(
        known: AuditHead?,
        on connection: borrowing PostgresConnection
    ) throws -> AuditVerification {
        var chain = AuditChain(known: known)
        let rows = try connection.query(AuditTable.head)
        let head = AuditHead(sequence: try rows.int(0, 0), hash: rows.bytes(0, 1))
        while true {
            let records = try AuditTable.records(
                connection.query(AuditTable.after(chain.last.sequence, countMax: 1_000))
            )
            if records.isEmpty { break }
            for record in records {
                if let problem = chain.advance(record, known) { return chain.result(problem) }
            }
        }
        if chain.last != head {
            return chain.result(
                .truncated(lastSequence: chain.last.sequence, head: head.sequence)
            )
        }
        return chain.result(chain.hasKnown ? nil : .otherHead(sequence: known?.sequence ?? 0))
    }

    private mutating func advance(
        _ record: AuditRecord,
        _ known: AuditHead?
    ) -> AuditVerification.Problem? {
        let expected = last.sequence + 1
        guard record.sequence == expected else { return .missing(sequence: expected) }
        guard AuditCanonical.hash(record, after: record.previousHash) == record.hash else {
            return .changed(sequence: expected)
        }
        guard record.previousHash == last.hash else { return .unlinked(sequence: expected) }
        last = AuditHead(sequence: record.sequence, hash: record.hash)
        count += 1
        if last == known { hasKnown = true }
        return nil
    }

    private func result(_ problem: AuditVerification.Problem?) -> AuditVerification {
        AuditVerification(count: count, head: last, problem: problem)
    }
}

internal import Logging
package import Model
package import Postgres

/// Requests that clients have named by a key, and their answers, for a day: so that one that is sent
/// again is not carried out again, by this process or another one.
///
/// Keys and requests are stored as SHA-256; answers of data posts hold no secrets.
package struct RequestKeys: Sendable {
    /// Whose request, under which key, and which request it is. Hashes of 32 bytes.
    package struct Name: Sendable {
        let user: UserID
        let key: [UInt8]
        let request: [UInt8]

        package init(user: UserID, key: [UInt8], request: [UInt8]) {
            (self.user, self.key, self.request) = (user, key, request)
        }
    }

    /// The right to carry a request out.
    package struct Claim: Sendable {
        /// When it was first tried.
        package let moment: Timestamp
        fileprivate let name: Name
        fileprivate let id: [UInt8]
    }

    package enum State: Sendable {
        case mine(Claim)
        case answered(status: Int, body: [UInt8])
        /// Somebody carries it out now, or died doing so less than `leaseSeconds` ago.
        case underWay
        /// The key names another request.
        case otherRequest
    }

    /// How long answers are kept. A claim that nobody has renewed for as long is forgotten too.
    package static let lifetimeHours = 24
    /// After which a request without an answer may be tried anew. Longer than any commit may take.
    package static let leaseSeconds = 60
    /// Larger answers are not kept.
    package static let answerByteCountMax = 65_536
    /// Old rows that go with each claim: more than it adds, so the table stays as large as a day's keys.
    private static let sweptCount = 20

    private let pool: PostgresPool
    private let logger = Logger(label: "penstock.requests")

    package init(pool: PostgresPool) { self.pool = pool }

    /// Claims a request, or tells why not.
    ///
    /// - Throws: `AuthError`; nothing was claimed, or a claim that lapses.
    package func claim(_ name: Name, at moment: Timestamp) async throws(AuthError) -> State {
        do {
            return try await pool.withConnection { connection in
                try Self.claim(name, at: moment, on: connection)
            }
        } catch {
            throw AuthError(error)
        }
    }

    private static func claim(
        _ name: Name,
        at moment: Timestamp,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> State {
        let id = RandomBytes.make(count: 16)
        try connection.query(sweep(name))
        let made = try connection.query(insert(name, id, moment))
        if made.count == 1 {
            let first = Timestamp(microseconds: try made.timestamp(0, 0))
            return .mine(Claim(moment: first, name: name, id: id))
        }
        let found = try connection.query(select(name))
        // Given back since.
        guard found.count == 1 else { return .underWay }
        guard found.bytes(0, 0) == name.request else { return .otherRequest }
        guard let status = try found.optionalInt(0, 1) else { return .underWay }
        return .answered(status: Int(status), body: found.bytes(0, 2))
    }

    /// Keeps the answer. A failure is logged: the request is done all the same.
    package func keep(_ status: Int, _ body: [UInt8], for claim: Claim) async {
        await change(
            """
            UPDATE request_key SET status = \(status), body = \(PostgresValue.bytes(body))
            WHERE \(Self.own(claim))
            """,
            "the answer to a request with a key is not kept"
        )
    }

    /// Gives a claim back, so that the request may be tried anew at once.
    package func release(_ claim: Claim) async {
        await change(
            "DELETE FROM request_key WHERE \(Self.own(claim)) AND status IS NULL",
            "the claim to a request with a key lapses by itself"
        )
    }

    private func change(_ sql: SQL, _ failure: String) async {
        do {
            try await pool.withConnection { connection in _ = try connection.query(sql) }
        } catch {
            logger.warning("\(failure)", metadata: ["error": "\(AuthError(error))"])
        }
    }

    // MARK: SQL

    private static func named(_ name: Name) -> SQL {
        "user_id = \(name.user.rawValue) AND key_hash = \(PostgresValue.bytes(name.key))"
    }

    private static func own(_ claim: Claim) -> SQL {
        "\(named(claim.name)) AND claim = \(PostgresValue.bytes(claim.id))"
    }

    private static let limit: SQL = """
        claimed_at < CURRENT_TIMESTAMP - interval '\(unescaped: "\(lifetimeHours)") hours'
        """

    private static func sweep(_ name: Name) -> SQL {
        """
        DELETE FROM request_key WHERE \(limit) AND (\(named(name)) OR ctid = ANY (ARRAY(
            SELECT ctid FROM request_key WHERE \(limit) ORDER BY claimed_at LIMIT \(sweptCount))))
        """
    }

    private static func insert(_ name: Name, _ id: [UInt8], _ moment: Timestamp) -> SQL {
        """
        INSERT INTO request_key (user_id, key_hash, request_hash, moment, claimed_at, claim)
        VALUES (\(name.user.rawValue), \(PostgresValue.bytes(name.key)),
            \(PostgresValue.bytes(name.request)),
            \(PostgresValue.timestamp(moment.microseconds)), CURRENT_TIMESTAMP,
            \(PostgresValue.bytes(id)))
        ON CONFLICT (user_id, key_hash) DO UPDATE
            SET claimed_at = excluded.claimed_at, claim = excluded.claim
            WHERE request_key.status IS NULL
                AND request_key.request_hash = excluded.request_hash
                AND request_key.claimed_at
                    < CURRENT_TIMESTAMP - interval '\(unescaped: "\(leaseSeconds)") seconds'
        RETURNING moment
        """
    }

    private static func select(_ name: Name) -> SQL {
        "SELECT request_hash, status, body FROM request_key WHERE \(named(name))"
    }
}

internal import Logging
package import Model
internal import Postgres
internal import Synchronization

/// Requests for a new password, carried out one after the other off the path of the request: the
/// answer comes at once, and says nothing about the address.
package final class MailedReset: Sendable {
    /// Requests that may wait.
    static let queueCountMax = 256

    private struct Request: Sendable {
        let email: String
        let origin: AuditOrigin
    }

    private let authenticator: Authenticator
    private let mail: MailQueue
    private let linkPrefix: String
    private let requests: AsyncStream<Request>
    private let queue: AsyncStream<Request>.Continuation
    private let logger = Logger(label: "penstock.auth")

    /// - Parameters:
    ///   - authenticator: whose users.
    ///   - mail: where links go.
    ///   - publicURL: of the pages, from the configuration: `https://host` or `https://host:port`.
    ///     Links are made of it and of nothing that a request says.
    package init(_ authenticator: Authenticator, mail: MailQueue, publicURL: String) {
        (self.authenticator, self.mail) = (authenticator, mail)
        linkPrefix = publicURL.hasSuffix("/") ? "\(publicURL)reset/" : "\(publicURL)/reset/"
        (requests, queue) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.queueCountMax)
        )
    }

    deinit { queue.finish() }

    /// Asks for a link for this address, whether anyone has it or not.
    ///
    /// - Returns: false if too many requests wait.
    package func request(email: String, by origin: AuditOrigin) -> Bool {
        guard email.utf8.count <= UserFields.byteCountMax, !email.utf8.contains(0) else {
            return true
        }
        if case .enqueued = queue.yield(Request(email: email, origin: origin)) { return true }
        return false
    }

    /// Carries requests out until the task is cancelled.
    package func run() async {
        for await request in requests {
            do {
                try await carryOut(request)
            } catch {
                logger.error("a password reset cannot be mailed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func carryOut(_ request: Request) async throws(AuthError) {
        let token = BearerID.random()
        let hash = BearerID.hash(token) ?? []
        let now = authenticator.microsecondsNow()
        let email = try await authenticator.withDatabase { connection in
            try connection.transaction { connection -> String? in
                try connection.query(MailedResetTable.purge(now: now))
                let rows = try connection.query(
                    MailedResetTable.insert(hash, email: request.email, now: now)
                )
                let user = rows.count == 1 ? UserID(try rows.int(0, 1)) : nil
                let subject = user.map { "user:\($0.rawValue)" }
                let event = AuditEvent(.passwordResetAsked, by: request.origin, subject: subject)
                try connection.query(AuditTable.append(event))
                return user == nil ? nil : rows.string(0, 0)
            }
        }
        authenticator.audit.tell(AuditEvent(.passwordResetAsked, by: request.origin))
        guard let email, let message = MailTexts.reset(email, link: linkPrefix + token) else {
            return
        }
        mail.send(message)
    }
}

extension Authenticator {
    /// Whether a link is still good, to show its page.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func isResetOpen(_ token: Secret<String>) async throws(AuthError) -> Bool {
        try await resetOwner(token) != nil
    }

    /// Sets a password by a mailed link, which is used up. Ends all tokens of the user, named ones
    /// too, and all other links. Does not log in: the second factor is still asked for.
    ///
    /// - Throws: `.wrongCredentials` if the link is not good (any more); `.invalid` for a password
    ///   that is refused, and the link stays good; `.busy`, `.unavailable`, `.failed`.
    package func resetPassword(
        _ token: Secret<String>,
        to password: String,
        by origin: AuditOrigin
    ) async throws(AuthError) -> UserID {
        guard let hash = BearerID.hash(token.exposed), let owner = try await resetOwner(token)
        else { throw .wrongCredentials }
        let checked = try Password(
            toStore: password,
            policy: passwordPolicy,
            for: PasswordPolicy.Context(email: owner.email, username: owner.username)
        )
        let stored = try await hasher.hash(checked)
        let user = owner.user
        let now = microsecondsNow()
        let event = AuditEvent(.passwordReset, by: origin, user: user)
        try await change(user) { connection in
            _ = try UserTable.lock(user, on: connection)
            guard try connection.query(MailedResetTable.use(hash, now: now)).count == 1 else {
                throw AuthError.wrongCredentials
            }
            try UserTable.setPassword(of: user, to: stored, on: connection)
            try UserTable.renewStamp(of: user, passwordHash: stored.hash.exposed, on: connection)
            try connection.query(MailedResetTable.deleteAll(of: user))
            try connection.query(NamedTokenTable.revokeAll(of: user))
            try connection.query(AuditTable.append(event))
        }
        audit.tell(event)
        return user
    }

    private func resetOwner(
        _ token: Secret<String>
    ) async throws(AuthError) -> (user: UserID, email: String, username: String)? {
        guard let hash = BearerID.hash(token.exposed) else { return nil }
        let now = microsecondsNow()
        return try await withDatabase(retryingOnce: true) { connection in
            let rows = try connection.query(MailedResetTable.user(of: hash, now: now))
            guard rows.count == 1 else { return nil }
            return (UserID(try rows.int(0, 0)), rows.string(0, 1), rows.string(0, 2))
        }
    }
}

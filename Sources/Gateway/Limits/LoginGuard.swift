internal import Auth
internal import Logging
internal import Redis

/// Holds up guesses of passwords: whoever checks one asks first, and tells afterwards.
///
/// Without Redis nobody logs in: what cannot be counted is refused. Tokens that were issued go on.
struct LoginGuard: Sendable {
    /// What became of a try.
    enum Outcome: Sendable {
        case right
        /// A wrong password or code.
        case wrong
        /// Nothing was learned of the password, or it was right and a code is still missing.
        case undecided
    }

    /// A try that may go on; to be reported, whatever becomes of it.
    struct Try: Sendable {
        fileprivate let keys: LoginCounts.Keys
        fileprivate let network: String
    }

    private let counts: LoginCounts?
    private let hash: @Sendable (String) -> String
    private let turns = LoginTurns()
    private let logger = Logger(label: "penstock.limits")

    /// - Parameters:
    ///   - redis: nil if there is none: then every login is refused.
    ///   - hash: a keyed hash, the same in all processes.
    init(redis: RedisClient?, hash: @escaping @Sendable (String) -> String) {
        counts = redis.map { LoginCounts(redis: $0) }
        self.hash = hash
    }

    /// Asks whether a password may be checked now; waits for its turn, in which few of one network
    /// are checked at a time.
    ///
    /// - Parameters:
    ///   - email: as typed; case does not matter here.
    ///   - address: of the client, numeric; nil for a client on a Unix socket.
    /// - Returns: the try, to be reported.
    /// - Throws: `Refusal.limited`; `Refusal.unavailable` without Redis.
    func check(email: String, address: String?) async throws -> Try {
        guard let counts else { throw Refusal.unavailable }
        let network = ClientNetwork.name(of: address)
        let keys = LoginCounts.Keys(account: email.lowercased(), network: network, hash: hash)
        guard await turns.enter(network) else { throw Refusal.limited(.logins(seconds: 5)) }
        let wait: Int64
        do {
            wait = try await counts.begin(keys)
        } catch {
            turns.leave(network)
            logger.error("logins are closed", metadata: ["error": "\(error)"])
            throw Refusal.unavailable
        }
        guard wait == 0 else {
            turns.leave(network)
            throw Refusal.limited(.logins(seconds: Int((wait + 999) / 1_000)))
        }
        return Try(keys: keys, network: network)
    }

    /// Tells what became of a try. Once each.
    func report(_ outcome: Outcome, of attempt: Try) async {
        if outcome != .wrong, let counts {
            do {
                try await counts.takeBack(attempt.keys, isRight: outcome == .right)
            } catch {
                // It counts as wrong: the safe mistake.
                logger.warning("a login stays counted", metadata: ["error": "\(error)"])
            }
        }
        turns.leave(attempt.network)
    }

    /// Runs `body`, which checks a password, between `check` and `report`. What it throws says what
    /// became of the try.
    @discardableResult
    func attempt<R: Sendable>(
        email: String,
        address: String?,
        _ body: () async throws -> R
    ) async throws -> R {
        let attempt = try await check(email: email, address: address)
        do {
            let result = try await body()
            await report(.right, of: attempt)
            return result
        } catch {
            await report(Self.outcome(of: error), of: attempt)
            throw error
        }
    }

    private static func outcome(of error: any Error) -> Outcome {
        switch error {
        case AuthError.wrongCredentials, AuthError.unauthenticated: .wrong
        case SecondFactorError.auth(let error): outcome(of: error)
        case SecondFactorError.wrongCode, SecondFactorError.loginEnded: .wrong
        default: .undecided
        }
    }
}

/// Passwords that are checked for requests of any kind, each guarded.
struct PasswordLogins: Sendable {
    private struct Flight: Hashable {
        let name: String
        let secret: String
        let address: String?
    }

    let authenticator: Authenticator
    /// Nil if the host has switched it off.
    let loginGuard: LoginGuard?
    private let flights = SingleFlight<Flight, Principal>(countMax: 1_024)

    init(_ authenticator: Authenticator, _ loginGuard: LoginGuard?) {
        (self.authenticator, self.loginGuard) = (authenticator, loginGuard)
    }

    /// Runs `body`, which checks the password of `email`, under the guard.
    func attempt<R: Sendable>(
        email: String,
        _ call: Call,
        _ body: () async throws -> R
    ) async throws -> R {
        guard let loginGuard else { return try await body() }
        do {
            return try await loginGuard.attempt(
                email: email,
                address: call.caller.address,
                body
            )
        } catch let refusal as Refusal {
            if case .limited = refusal {
                authenticator.audit.tell(AuditEvent(.loginLimited, by: call.origin))
            }
            throw refusal
        }
    }

    /// Who sends these credentials. The same name and password that come many times at once, as
    /// when many writers start, cost one hash and one try.
    func principal(_ credentials: Credentials, _ call: Call) async throws -> Principal {
        guard case .pair(let name, let secret) = credentials,
            authenticator.isPassword(secret)
        else { return try await authenticator.principal(credentials: credentials) }
        let flight = Flight(name: name, secret: secret.exposed, address: call.caller.address)
        return try await flights.value(flight) {
            try await attempt(email: name, call) {
                try await authenticator.principal(credentials: credentials, by: call.origin)
            }
        }
    }
}

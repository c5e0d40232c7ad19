import Auth
import Foundation
import Model
import Postgres
import TestSupport

// What one check costs: a cached token, and a decision. On a Postgres of its own.
//
//     make bench-guard

/// Nanoseconds a call: the best of several rounds, since other work only adds.
func nanoseconds(_ body: () throws -> Int) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<7 {
        let began = DispatchTime.now().uptimeNanoseconds
        let count = try body()
        best = min(best, Double(DispatchTime.now().uptimeNanoseconds - began) / Double(count))
    }
    return best
}

let pool = PostgresPool(.init(conninfo: try PrivatePostgres.shared().makeDatabase()))
_ = try await pool.withConnection { connection in
    try connection.execute(
        """
        CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO account SELECT n, 'account ' || n FROM generate_series(1, 100) n
        """
    )
    return try AuthMigrations.migrations.run(on: connection)
}
let key = try SecretKey(SecretKey.generateText())
let authenticator = Authenticator(
    AuthConfiguration(signingKeys: SigningKeys(current: key), bcryptCost: 4),
    pool: pool
)
try await authenticator.directory.load()
let following = Task { await authenticator.run() }

// Tokens of many users, so that the cache's memory is not all in the processor's.
var tokens: [String] = []
for number in 1...100 {
    _ = try await authenticator.createUser(
        email: "user\(number)@example.com",
        username: "user \(number)",
        password: "correct-horse-\(number)",
        account: AccountID(Int64(number))
    )
    for _ in 0..<10 {
        let issued = try await authenticator.issueToken(
            email: "user\(number)@example.com",
            password: "correct-horse-\(number)"
        )
        tokens.append("Bearer \(issued.token.exposed)")
    }
}
for token in tokens { _ = try await authenticator.principal(authorization: token) }
let cached = try nanoseconds {
    var known = 0
    for _ in 0..<200 {
        for token in tokens
        where try authenticator.knownPrincipal(authorization: token) != nil { known += 1 }
    }
    precondition(known == 200 * tokens.count, "every token is known")
    return known
}

/// Principals and objects of all sorts.
let principals = (0..<64).map { number in
    Principal(
        user: UserID(Int64(number)),
        account: AccountID(Int64(number % 5)),
        roles: UserRoles(rawValue: UInt8(number % 16))
    )
}
let facts = (0..<64).map { number -> Facts in
    let owner = Facts.Owner.account(
        AccountID(Int64(number % 5)),
        consultancy: number % 2 == 0 ? AccountID(3) : nil
    )
    let kinds = Facts.Kind.allCases
    return .other(kinds[number % kinds.count], owner)
}
let decision = nanoseconds {
    var allowed = 0
    for round in 0..<50_000 {
        for index in 0..<64 {
            let permission = Permission.allCases[(index &+ round) % Permission.allCases.count]
            let facts = facts[(index &+ round) % 64]
            if Policy.decide(principals[index], permission, facts).isAllowed { allowed += 1 }
        }
    }
    precondition(allowed > 0)
    return 50_000 * 64
}
print("| check | ns |\n|---|---|")
print("| a cached token, to its principal | \(String(format: "%.0f", cached)) |")
print("| a decision of the policy | \(String(format: "%.0f", decision)) |")

// Does the time tell where a forged signature goes wrong? Welch's t over interleaved measurements, as
// in dudect (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017). Beyond 4.5 it
// would.
func forged(_ token: String, at place: Int) -> String {
    var bytes = Array(token.utf8)
    bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    return String(decoding: bytes, as: UTF8.self)
}
let whole = tokens[0]
let signatureStart = whole.utf8.count - 43
// The last letter carries spare bits only in part: the one before it is all signature.
let wrong = [
    forged(whole, at: signatureStart), forged(whole, at: whole.utf8.count - 2),
]
var times: [[Double]] = [[], []]
var generator = SystemRandomNumberGenerator()
for _ in 0..<400_000 {
    let which = Int(generator.next() & 1)
    let began = DispatchTime.now().uptimeNanoseconds
    let known = try? authenticator.knownPrincipal(authorization: wrong[which])
    times[which].append(Double(DispatchTime.now().uptimeNanoseconds - began))
    precondition(known == nil)
}
/// Without the slowest twentieth, which the machine's other work is.
func moments(_ values: [Double]) -> (mean: Double, variance: Double, count: Double) {
    let kept = values.sorted().prefix(values.count * 19 / 20)
    let count = Double(kept.count)
    let mean = kept.reduce(0, +) / count
    let variance = kept.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return (mean, variance, count)
}
let (first, last) = (moments(times[0]), moments(times[1]))
let spread = (first.variance / first.count + last.variance / last.count).squareRoot()
print("| a forged token | \(String(format: "%.0f", first.mean)) |")
print("\nforged at the first against the last byte: t = ", terminator: "")
print(String(format: "%.2f", (first.mean - last.mean) / spread))
following.cancel()

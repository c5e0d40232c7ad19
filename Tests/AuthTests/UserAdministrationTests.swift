import Model
import Postgres
import Testing

@testable import Auth

@Suite struct UserAdministrationTests {
    private func problems(
        _ body: () async throws -> Void
    ) async throws -> [String] {
        let error = await #expect(throws: AuthError.self) { try await body() }
        guard case .invalid(let problems) = error else {
            throw TestFailure("\(String(describing: error))")
        }
        return problems.map(\.field)
    }

    @Test func `a user is created with what was given`() async throws {
        let stand = try await AuthStand()
        let created = try await stand.auth.createUser(
            email: "Ada@Example.com",
            username: "Ada Lovelace",
            account: AccountID(2),
            roles: [.admin, .consultant],
            timezone: "Asia/Seoul"
        )
        let user = try #require(stand.auth.directory.user(created.user))
        #expect(user.email == "Ada@Example.com")
        #expect(user.username == "Ada Lovelace")
        #expect(user.account == AccountID(2))
        #expect(user.roles == [.admin, .consultant])
        #expect(user.timezone == "Asia/Seoul")
        #expect(user.isActive)
        #expect(try await stand.auth.findUser(email: "Ada@Example.com") == user)
        #expect(try await stand.auth.findUser(email: "ada@example.com") == nil)
        #expect(stand.auth.directory.users() == [user])
        #expect(stand.auth.directory.users(of: AccountID(1)) == [])
        let password = try #require(created.generatedPassword).exposed
        _ = try await stand.auth.issueToken(email: "Ada@Example.com", password: password)
    }

    /// Goal: nothing of the password is stored but its hash, and nothing of the token.
    @Test func `the table holds no secret in the clear`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        let token = try await stand.token("ada")
        let row = try await stand.database.pool.read("SELECT app_user::text FROM app_user").string(
            0,
            0
        )
        #expect(row.contains("$2b$04$"))
        #expect(!row.contains("pw-ada-1234"))
        #expect(!row.contains(token))
    }

    @Test func `wrong fields are named`() async throws {
        let stand = try await AuthStand()
        let auth = stand.auth
        let account = AccountID(1)
        for email in [
            "", "ada", "@example.com", "ada@", "a@b@c", "ada@example.com\nBcc: x@y",
            "a b@example.com",
            "a\u{0}@example.com", "<ada@example.com>", "a\u{202E}@example.com",
            "a\u{2028}@example.com",
            String(repeating: "a", count: 250) + "@b.example",
        ] {
            let fields = try await problems {
                _ = try await auth.createUser(email: email, username: "ada", account: account)
            }
            #expect(fields == ["email"], "\(email)")
        }
        for username in [
            "", "   ", "a\nb", "a\u{1B}[0m", "a\u{0}", String(repeating: "a", count: 256),
        ] {
            let fields = try await problems {
                _ = try await auth.createUser(email: "a@b.c", username: username, account: account)
            }
            #expect(fields == ["username"], "\(username)")
        }
        let all = try await problems {
            _ = try await auth.createUser(email: "", username: "", password: "x", account: account)
        }
        #expect(all == ["email", "username", "password"])
        let timezone = try await problems {
            _ = try await auth.createUser(
                email: "a@b.c",
                username: "ada",
                account: account,
                timezone: "Mars/Olympus"
            )
        }
        #expect(timezone == ["timezone"])
        let stranger = try await problems {
            _ = try await auth.createUser(email: "a@b.c", username: "ada", account: AccountID(9))
        }
        #expect(stranger == ["account_id"])
        #expect(auth.directory.users() == [])
    }

    /// Goal: e-mails are unique in any case, user names as written.
    @Test func `taken names are refused`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        for (email, username, field) in [
            ("ada@example.com", "other", "email"), ("ADA@example.com", "other", "email"),
            ("other@example.com", "ada", "username"),
        ] {
            let fields = try await problems {
                _ = try await stand.auth.createUser(
                    email: email,
                    username: username,
                    account: AccountID(1)
                )
            }
            #expect(fields == [field])
        }
        #expect(stand.auth.directory.users().count == 1)
    }

    @Test func `unknown users are reported`() async throws {
        let stand = try await AuthStand()
        let nobody = UserID(404)
        await #expect(throws: AuthError.unknownUser) {
            try await stand.auth.setActive(false, of: nobody)
        }
        await #expect(throws: AuthError.unknownUser) {
            _ = try await stand.auth.setPassword(of: nobody, to: "a good password")
        }
        await #expect(throws: AuthError.unknownUser) {
            try await stand.auth.setRoles(.admin, of: nobody)
        }
        await #expect(throws: AuthError.unknownUser) {
            try await stand.auth.endTokens(of: nobody)
        }
        _ = try await stand.addUser("ada")
        let weak = try await problems {
            _ = try await stand.auth.setPassword(of: UserID(1), to: "short")
        }
        #expect(weak == ["password"])
    }

    /// Goal: roles that Penstock does not know give nothing and are left alone.
    @Test func `foreign roles stay and grant nothing`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada", roles: .consultant)
        try await stand.database.execute(
            """
            INSERT INTO user_role (name) VALUES ('gardener');
            INSERT INTO app_user_role SELECT 1, id FROM user_role WHERE name = 'gardener'
            """
        )
        try await stand.auth.setRoles([], of: ada)
        #expect(stand.auth.directory.user(ada)?.roles == [])
        let left = try await stand.database.pool.read("SELECT count(*) FROM app_user_role")
        #expect(try left.int(0, 0) == 1)
        let names = try await stand.database.pool.read("SELECT name FROM user_role ORDER BY id")
        let expected = ["admin", "admin-reader", "account-admin", "consultant", "gardener"]
        #expect((0..<names.count).map { names.string($0, 0) } == expected)
    }
}

import Postgres
import Redis
import Testing

@testable import penstock

/// What crosses a network is encrypted and the other end known (SECURITY D04).
@Suite struct LinkPolicyTests {
    @Test(
        arguments: [
            "host=/run/penstock dbname=p", "host=localhost", "host=127.0.0.1", "host=::1",
            "host=127.8.9.10 sslmode=disable", "postgresql://u:p@localhost/p",
            "postgresql://u@[::1]:5433/p", "postgresql:///p", "postgresql://%2Frun%2Fpg/p", "p", "",
            "host=db.example.com hostaddr=127.0.0.1", "host=/a,localhost,127.0.0.1",
            "host=db.example.com sslmode=verify-full",
            "postgresql://u:p@db.example.com:5432/p?sslmode=verify-full",
            "host=a.example.com,b.example.com sslmode=verify-full",
        ] as [String]
    )
    func `D04 links of this machine, and verified ones, are taken`(conninfo: String) throws {
        try LinkPolicy.check(postgres: conninfo, name: "DATABASE_URL")
    }

    @Test(
        arguments: [
            "host=db.example.com", "host=192.0.2.1", "host=db.example.com sslmode=disable",
            "host=db.example.com sslmode=allow", "host=db.example.com sslmode=prefer",
            "host=db.example.com sslmode=require", "host=db.example.com sslmode=verify-ca",
            "postgresql://u:secret@db.example.com/p",
            "postgres://u@db.example.com/p?sslmode=require",
            "host=localhost hostaddr=192.0.2.1", "host=localhost,db.example.com",
            "postgresql://localhost,db.example.com/p", "host=127.0.0.1.example.com",
            "host=localhost.example.com", "host=0.0.0.0", "host=::", "host=::ffff:192.0.2.1",
            "host=2130706433", "service=elsewhere", "host=[",
        ] as [String]
    )
    func `D04 other links to Postgres are refused`(conninfo: String) throws {
        let error = #expect(throws: CommandError.self) {
            try LinkPolicy.check(postgres: conninfo, name: "DATABASE_URL")
        }
        let text = error?.description ?? ""
        #expect(text.contains("DATABASE_URL") && text.contains("sslmode=verify-full"))
        #expect(!text.contains("secret"))
    }

    @Test func `D04 a connection string that is none is not quoted`() throws {
        let error = #expect(throws: CommandError.self) {
            try LinkPolicy.check(postgres: "host=x password='secret", name: "DATABASE_OWNER_URL")
        }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.description.hasPrefix("DATABASE_OWNER_URL") == true)
    }

    @Test func `D04 Redis is on this machine`() throws {
        for url in [
            "redis://localhost", "redis://127.0.0.1:6380/1", "redis://[::1]", "redis://",
            "unix:///run/redis.sock",
        ] {
            try LinkPolicy.check(redis: RedisAddress(url: url))
        }
        for url in ["redis://cache.example.com", "redis://192.0.2.1:6379/0", "redis://localhost.a"]
        {
            let error = #expect(throws: CommandError.self) {
                try LinkPolicy.check(redis: RedisAddress(url: url))
            }
            #expect(error?.description.contains("without TLS") == true)
            #expect(error?.description.contains("password") == true)
        }
        let error = #expect(throws: CommandError.self) {
            try LinkPolicy.check(redis: RedisAddress(url: "redis://:secret@192.0.2.1"))
        }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.description.contains("password") == false)
    }
}

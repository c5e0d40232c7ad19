import Dispatch
import Postgres
import TestSupport
import Testing

@testable import TSEngine

@Suite struct PeerLeaseTests {
    /// Goal: who believes to be alone is alone, and who comes waits until nobody believes so. Method:
    /// two leases on one database, the second joining while the first holds.
    @Test func `a newcomer waits for the end of every lease`() throws {
        let conninfo = try PrivatePostgres.shared().makeDatabase()
        let (first, second) = (PeerLease(seconds: 0.3), PeerLease(seconds: 0.3))
        let one = try PostgresConnection(conninfo)
        #expect(!first.isSole)
        try first.join(on: one)
        #expect(!first.isSole, "joining alone says nothing about others")
        first.begin(try first.look(on: one))
        let isSole = first.isSole
        let two = try PostgresConnection(conninfo)
        try second.join(on: two)
        second.waitUntilKnown()
        // Begun before the second joined, and so ended before the second may commit.
        #expect(!first.isSole)
        #expect(isSole)
        first.begin(try first.look(on: one))
        #expect(!first.isSole)
        second.begin(try second.look(on: two))
        #expect(!second.isSole)
    }

    /// Goal: other databases of the same server do not count.
    @Test func `leases belong to one database`() throws {
        let (here, there) = (PeerLease(seconds: 60), PeerLease(seconds: 60))
        let one = try PostgresConnection(try PrivatePostgres.shared().makeDatabase())
        let other = try PostgresConnection(try PrivatePostgres.shared().makeDatabase())
        try here.join(on: one)
        try there.join(on: other)
        here.begin(try here.look(on: one))
        #expect(here.isSole)
        here.revoke()
        #expect(!here.isSole)
    }
}

import Model
import Testing

@testable import Catalog

@Suite struct DataSourceTests {
    private func source(
        _ id: Int64,
        _ name: String = "Seita",
        type: String = "forecaster",
        model: String? = nil,
        version: String? = nil
    ) -> DataSource {
        DataSource(
            id: SourceID(id),
            name: name,
            type: type,
            model: model,
            version: version,
            user: nil,
            account: nil,
            attributes: "{}"
        )
    }

    @Test func `a description names the model, and the type unless the model says it`() {
        #expect(source(1, "a-user", type: "user").description == "a-user")
        #expect(source(1, version: "3").description == "Seita")
        #expect(
            source(1, model: "naive", version: "1.2").description == "Seita's naive forecaster v1.2"
        )
        #expect(
            source(1, type: "scheduler", model: "StorageScheduler", version: "2").description
                == "Seita's StorageScheduler model v2"
        )
        #expect(source(1, model: "naive").description == "Seita's naive forecaster")
    }

    /// Goal: the order of beliefs about one event. Method: ranks of sources that differ in one
    /// thing.
    @Test func `ranks say which version is higher and which description is first`() throws {
        let ranks = SourceRank.ranks(of: [
            source(1, model: "m", version: "2"), source(2, model: "m", version: "10"),
            source(3, "a-user", type: "user"), source(4, "a-admin", type: "user"),
            source(5, "a-user", type: "gateway"), source(6, model: "m", version: "not one"),
        ])
        let one = try #require(ranks[SourceID(1)])
        let two = try #require(ranks[SourceID(2)])
        let user = try #require(ranks[SourceID(3)])
        let admin = try #require(ranks[SourceID(4)])
        let gateway = try #require(ranks[SourceID(5)])
        let odd = try #require(ranks[SourceID(6)])
        #expect(one.family == two.family)
        #expect(one.version < two.version)
        #expect(user.version < one.version && user.version == admin.version)
        #expect(odd.version == user.version)
        #expect(admin.description < user.description)
        #expect(user.description == gateway.description)
        #expect(user.family != gateway.family && user.family != admin.family)
    }

    /// Goal: which of two sources goes first, by either order. Method: a schedule and a measurement,
    /// with either belief the later one; and two versions of one algorithm.
    @Test func `a later measurement goes before a schedule where that is wanted`() throws {
        let sources = [
            source(1, type: "scheduler", model: "m", version: "9"),
            source(2, "a-user", type: "user"),
            source(3, type: "scheduler", model: "m", version: "10"),
        ]
        for order in [SourceOrder.versionFirst, .latestBeliefFirst] {
            let ranks = SourceRank.ranks(of: sources, order)
            let schedule = try #require(ranks[SourceID(1)])
            let user = try #require(ranks[SourceID(2)])
            let newer = try #require(ranks[SourceID(3)])
            let hides = order == .versionFirst
            #expect(schedule.isPreferred(with: 1, over: user, with: 2) == hides)
            #expect(user.isPreferred(with: 2, over: schedule, with: 1) == !hides)
            #expect(schedule.isPreferred(with: 2, over: user, with: 1))
            #expect(newer.version > schedule.version && newer.family == schedule.family)
        }
    }
}

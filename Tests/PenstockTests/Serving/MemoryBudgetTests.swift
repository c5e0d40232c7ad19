import Gateway
import TSEngine
import Testing

@testable import penstock

@Suite struct MemoryBudgetTests {
    @Test(
        arguments: [
            ("1536", 1_536), ("512MiB", 512 << 20), ("2GiB", 2 << 30), ("2G", 2 << 30),
            ("800MB", 800_000_000), ("4k", 4_096), ("", nil), ("MiB", nil), ("1.5GiB", nil),
            ("-1", nil), ("99999999999GiB", nil), ("1 GiB", nil),
        ] as [(String, Int?)]
    )
    func `sizes are read`(text: String, expected: Int?) {
        #expect(MemoryBudget.byteCount(text) == expected)
    }

    @Test func `a limit that is too small or no size is refused`() throws {
        for text in ["10MiB", "much", "0"] {
            let settings = Settings(environment: ["PENSTOCK_MEMORY_LIMIT": text])
            #expect(throws: CommandError.self) { try MemoryBudget(settings) }
        }
        let settings = Settings(environment: ["PENSTOCK_MEMORY_LIMIT": "1GiB"])
        #expect(try MemoryBudget(settings).limit == 1 << 30)
    }

    /// Goal: the parts together stay below the limit. Method: what each part may take at most, as the
    /// comments of `MemoryBudget` count it.
    @Test(arguments: [256 << 20, 1 << 30, 64 << 30] as [Int])
    func `the parts fit into the whole`(limit: Int) {
        var engine = EngineConfiguration()
        var gateway = GatewayConfiguration(insecureHTTP: .init(host: "127.0.0.1", port: 0))
        MemoryBudget(limit: limit).apply(to: &engine)
        MemoryBudget(limit: limit).apply(to: &gateway)
        let total =
            engine.cacheByteCountMax + engine.queueByteCountMax
            + engine.memtableValueCountMax * 40 + engine.groupValueCountMax * 100
            + engine.compactionChunkValueCount * 200 + gateway.bodiesByteCountMax
        #expect(total <= limit - (96 << 20))
        #expect(engine.compactionValueCount * 2 <= engine.memtableValueCountMax)
        #expect(engine.groupValueCountMax > 10_000)
    }
}

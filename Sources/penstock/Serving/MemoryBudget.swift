import CMalloc
import Foundation
import Gateway
import TSEngine

/// How much memory the server may use, and how that is divided.
///
/// One number for operators; the parts follow from it, so that together they stay below it. Resident
/// memory stays under the limit also under overload: each part refuses work (503) when it is full.
struct MemoryBudget {
    /// Bytes for everything.
    let limit: Int

    /// The program, its libraries and stacks, connections, and what the allocator keeps.
    private static let base = 96 << 20
    static let limitMin = 256 << 20

    init(limit: Int) { self.limit = limit }

    /// From PENSTOCK_MEMORY_LIMIT (`2GiB`, `512MiB`, or bytes); by default two fifths of the memory
    /// that the machine, or this process' control group, has.
    init(_ settings: Settings) throws {
        guard let text = settings.text("PENSTOCK_MEMORY_LIMIT") else {
            self.init(limit: max(Self.limitMin, Self.machineByteCount / 5 * 2))
            return
        }
        guard let limit = Self.byteCount(text), limit >= Self.limitMin else {
            throw CommandError(
                "PENSTOCK_MEMORY_LIMIT is `\(text)`, but must be a size of at least 256MiB, such as 2GiB"
            )
        }
        self.init(limit: limit)
    }

    private var parts: Int { limit - Self.base }

    func apply(to engine: inout EngineConfiguration) {
        engine.cacheByteCountMax = parts / 5
        engine.queueByteCountMax = parts / 12
        // A belief takes 24 bytes and its share of a series' head; while runs are merged, a part of
        // them is there twice.
        // No more than a start can read from the journal in about five seconds.
        engine.memtableValueCountMax = min(64_000_000, parts / 3 / 40)
        engine.compactionValueCount = min(8_000_000, engine.memtableValueCountMax / 4)
        // A group is there as rows, as a sorted run, and as bytes in three forms.
        engine.groupValueCountMax = min(1_000_000, parts / 12 / 100)
        engine.compactionChunkValueCount = min(500_000, parts / 12 / 200)
    }

    func apply(to gateway: inout GatewayConfiguration) {
        gateway.bodiesByteCountMax = parts / 8
    }

    /// Has the allocator keep some free memory. By itself it gives an answer's memory back to the system
    /// as soon as the answer is sent, and gets it again, page by page, for the next: a quarter of the
    /// time that a year of values takes.
    func applyToAllocator() {
        // Of each arena, of which there are a few for each processor. What is larger comes from the
        // system each time.
        mallopt(M_TRIM_THRESHOLD, Int32(min(32 << 20, limit / 64)))
        mallopt(M_MMAP_THRESHOLD, Int32(min(8 << 20, limit / 128)))
    }

    /// `1536`, `512MiB`, `2GiB`, `2G`, `800MB`: bytes; nil if it is none of these.
    static func byteCount(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let factor: Int
        switch text.dropFirst(digits.count).lowercased() {
        case "": factor = 1
        case "k", "kib": factor = 1 << 10
        case "m", "mib": factor = 1 << 20
        case "g", "gib": factor = 1 << 30
        case "kb": factor = 1_000
        case "mb": factor = 1_000_000
        case "gb": factor = 1_000_000_000
        default: return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    private static var machineByteCount: Int {
        let machine = Int(ProcessInfo.processInfo.physicalMemory)
        // Control groups, version 2; a plain number only if there is a limit.
        let path = "/sys/fs/cgroup/memory.max"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return machine }
        return min(machine, limit)
    }
}

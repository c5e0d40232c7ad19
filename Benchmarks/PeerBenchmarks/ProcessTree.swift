import Foundation
import Synchronization

/// A process and everything that it has started, at one moment.
struct ProcessTree {
    struct Entry {
        let pid: pid_t
        let parent: pid_t
        /// Of this process and its ended children, in clock ticks.
        let ticks: Int
        /// When it started, in clock ticks since boot: with the pid it names a process for good.
        let startTicks: Int

        /// Reads /proc/PID/stat (proc(5)).
        init?(pid: pid_t) {
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let nameEnd = text.lastIndex(of: ")")
            else { return nil }
            // From field 3, the state, on.
            let fields = text[nameEnd...].dropFirst(2).split(separator: " ")
            guard fields.count > 20, fields[0] != "Z", let parent = pid_t(fields[1]) else {
                return nil
            }
            self.pid = pid
            self.parent = parent
            ticks = fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) }
            startTicks = Int(fields[19]) ?? 0
        }

        var isAlive: Bool { Entry(pid: pid)?.startTicks == startTicks }
    }

    private(set) var processes: [Entry] = []

    init(root: pid_t) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let all = names.compactMap { pid_t($0) }.compactMap { Entry(pid: $0) }
        let children = Dictionary(grouping: all, by: \.parent)
        var next = all.filter { $0.pid == root }
        while let process = next.popLast() {
            processes.append(process)
            next += children[process.pid] ?? []
        }
    }

    /// CPU time so far, in seconds, of user and kernel.
    var seconds: Double {
        Double(processes.reduce(0) { $0 + $1.ticks }) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory in bytes: the processes' own pages, and shared memory once. Pages of mapped
    /// files are not counted, as the kernel takes them back when it needs them.
    var residentByteCount: Int {
        processes.reduce(0) { $0 + Self.byteCount("RssAnon:", of: $1.pid) }
            + (processes.map { Self.byteCount("RssShmem:", of: $0.pid) }.max() ?? 0)
    }

    /// The same of the process that was started only, without shared memory.
    var rootByteCount: Int { processes.first.map { Self.byteCount("RssAnon:", of: $0.pid) } ?? 0 }

    /// A line of /proc/PID/status that is in kB.
    private static func byteCount(_ name: String, of pid: pid_t) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) << 10
    }
}

/// Watches the memory of a server five times a second.
final class MemorySampler: Sendable {
    private let state = Mutex((isStopped: false, highest: 0))
    private let ended = DispatchSemaphore(value: 0)

    init(root: pid_t) {
        Thread.detachNewThread { [self] in
            while !state.withLock({ $0.isStopped }) {
                let count = ProcessTree(root: root).residentByteCount
                state.withLock { $0.highest = max($0.highest, count) }
                usleep(200_000)
            }
            ended.signal()
        }
    }

    /// Ends the watch; the highest sum seen, in bytes.
    func stop() -> Int {
        state.withLock { $0.isStopped = true }
        ended.wait()
        return state.withLock { $0.highest }
    }
}

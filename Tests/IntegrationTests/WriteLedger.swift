import Foundation
import Synchronization
import TestSupport

/// What writers asked the server to store, and what they were told. Every request states beliefs
/// about events of its own, so that each can be judged apart: whole if it was acknowledged, whole or
/// absent if its outcome is not known.
final class WriteLedger: Sendable {
    enum Fate { case acknowledged, unknown }

    struct Entry {
        let sensor: Int
        /// Index of the first event, counted from the origin.
        let firstEvent: Int
        let values: [Double]
        let fate: Fate
    }

    struct Verdict: Equatable {
        var lost = 0
        var torn = 0
        var wrong = 0
        /// Values about events that nobody wrote.
        var phantom = 0
        var acknowledgedValueCount = 0
        /// Answers other than 200 and 503.
        var oddAnswerCount = 0
    }

    private let entries = Mutex<[Entry]>([])
    private let isStopped = Atomic(false)
    private let oddAnswerCount = Atomic(0)

    func stop() { isStopped.store(true, ordering: .relaxed) }
    var isRunning: Bool { !isStopped.load(ordering: .relaxed) }

    /// Posts to one sensor until stopped. Blocks its thread.
    func write(sensor: Int, port: UInt16, token: String, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let client = BlockingHTTPClient(port: port)
        var event = 0
        while isRunning {
            let count = Int.random(in: 1...60, using: &random)
            let values = (0..<count).map { _ in
                Double(Int.random(in: 0..<100_000, using: &random)) / 8
            }
            let answer = client.send(
                "POST",
                "/api/v3_0/sensors/\(sensor)/data",
                headers: ["Authorization": token, "Content-Type": "application/json"],
                body: """
                    {"values": \(values), "start": "\(Self.time(event))", \
                    "duration": "PT\(15 * count)M", "unit": "kW"}
                    """
            )
            let fate: Fate = answer?.status == 200 ? .acknowledged : .unknown
            if let status = answer?.status, status != 200 && status != 503 {
                oddAnswerCount.add(1, ordering: .relaxed)
            }
            let entry = Entry(sensor: sensor, firstEvent: event, values: values, fate: fate)
            entries.withLock { $0.append(entry) }
            event += count
            // Away: not a loop of refused connections.
            if answer?.status != 200 { Thread.sleep(forTimeInterval: 0.02) }
        }
    }

    /// Reads everything back and compares.
    func verdict(sensors: Int, port: UInt16, token: String) throws -> Verdict {
        let entries = entries.withLock { $0 }
        var verdict = Verdict()
        verdict.oddAnswerCount = oddAnswerCount.load(ordering: .relaxed)
        let client = BlockingHTTPClient(port: port)
        for sensor in 1...sensors {
            let own = entries.filter { $0.sensor == sensor }
            let eventCount = own.reduce(0) { max($0, $1.firstEvent + $1.values.count) } + 100
            let start = Self.time(0).replacingOccurrences(of: "+", with: "%2B")
            let answer = client.send(
                "GET",
                "/api/v3_0/sensors/\(sensor)/data?start=\(start)&duration=PT\(15 * eventCount)M&unit=kW",
                headers: ["Authorization": token]
            )
            guard let stored = try answer?.json()["values"] as? [Any], stored.count == eventCount
            else { throw PenstockProcess.CommandFailure(status: -1, text: answer?.text ?? "") }
            var explained = [Bool](repeating: false, count: eventCount)
            for entry in own {
                let range = entry.firstEvent..<entry.firstEvent + entry.values.count
                for index in range { explained[index] = true }
                let found = stored[range].map { $0 as? Double }
                let presentCount = found.filter { $0 != nil }.count
                let wrongCount = zip(found, entry.values).filter { $0 != nil && $0 != $1 }.count
                verdict.wrong += wrongCount
                switch entry.fate {
                case .acknowledged:
                    verdict.acknowledgedValueCount += entry.values.count
                    verdict.lost += entry.values.count - presentCount
                case .unknown:
                    if presentCount != 0 && presentCount != entry.values.count { verdict.torn += 1 }
                }
            }
            for index in 0..<eventCount where !explained[index] && !(stored[index] is NSNull) {
                verdict.phantom += 1
            }
        }
        return verdict
    }

    /// Start of an event as ISO 8601.
    private static func time(_ event: Int) -> String {
        // A few days before a new year, so that requests cross the border of two partitions.
        let moment = Date(timeIntervalSince1970: 1_767_000_600 + Double(event) * 900)
        let formatter = ISO8601DateFormatter()
        return formatter.string(from: moment).replacingOccurrences(of: "Z", with: "+00:00")
    }
}

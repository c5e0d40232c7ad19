import Foundation
import TestSupport
import Testing

/// Goal: what clients of FlexMeasures send is answered as FlexMeasures answers it. Method: the
/// recorded requests are sent again, in order, to a server with the same structure; answers are
/// compared without what differs by nature (times, numbers of new objects, the order of keys and of
/// unordered lists). Every difference is in `AcceptedDifferences`, with its reason.
@Suite(.serialized) struct CorpusReplayTests {
    struct Outcome: Sendable {
        let name: String
        let endpoint: String
        let isEqual: Bool
        let report: String
    }

    /// How many of a hundred comparable answers are equal at least; accepted differences count as
    /// different. What is reached is printed, and is a little more.
    private static let equalShareMin = 88.0

    @Test func `recorded requests are answered alike`() async throws {
        let (outcomes, faults) = try await onThread { try Self.replay() }
        #expect(faults == [])
        var byEndpoint: [String: (equal: Int, all: Int)] = [:]
        for outcome in outcomes {
            byEndpoint[outcome.endpoint, default: (0, 0)].all += 1
            if outcome.isEqual { byEndpoint[outcome.endpoint, default: (0, 0)].equal += 1 }
        }
        for (endpoint, count) in byEndpoint.sorted(by: { $0.key < $1.key }) {
            print("corpus: \(count.equal) of \(count.all) equal: \(endpoint)")
        }
        let different = outcomes.filter { !$0.isEqual }
        for outcome in different { print("corpus: differs: \(outcome.report)") }
        let share = Self.summarize(outcomes.count, different)
        #expect(share >= Self.equalShareMin)
        for outcome in different {
            #expect(AcceptedDifferences.reason(outcome.name) != nil, "\(outcome.report)")
        }
        // A difference that is no more must not stay in the list.
        let equal = Set(outcomes.filter(\.isEqual).map(\.name))
            .subtracting(different.map(\.name))
        let stale = AcceptedDifferences.names.intersection(equal).sorted()
        #expect(stale == [], "accepted as different, but equal")
    }

    /// Prints how many are different, and why.
    ///
    /// - Returns: how many of a hundred are equal.
    private static func summarize(_ count: Int, _ different: [Outcome]) -> Double {
        let reasons = Dictionary(grouping: different) {
            AcceptedDifferences.reason($0.name) ?? "(not accepted)"
        }
        for (reason, outcomes) in reasons.sorted(by: { $0.value.count > $1.value.count }) {
            print("corpus: \(outcomes.count) differ: \(reason)")
        }
        let equal = count - different.count
        let share = Double(equal) / Double(max(1, count)) * 100
        print("corpus: \(equal) of \(count) equal, \((share * 10).rounded() / 10) %")
        return share
    }

    /// Only answers that can be compared: those that were recorded, of requests about objects that
    /// are known here, and no server errors of the recorded server. No answer of ours is one.
    ///
    /// - Returns: also what is wrong with header fields, of all answers.
    private static func replay() throws -> (outcomes: [Outcome], faults: [String]) {
        let world = try SeededWorld()
        let client = BlockingHTTPClient(port: world.process.port)
        var numbers = CorpusNumbers()
        var outcomes: [Outcome] = []
        var faults: [String] = []
        for row in try CorpusRow.all() {
            try CorpusInterludes.play(before: row, client, world.tokens, &numbers)
            guard let answer = send(row, numbers, client, world) else {
                Issue.record("no answer to \(row.name)")
                continue
            }
            if answer.status >= 500 {
                Issue.record("\(row.name): \(answer.status) \(answer.text)")
            }
            faults += CorpusHeaders.faults(row, answer)
            guard let status = row.status, status < 500 else { continue }
            let own =
                (try? JSONSerialization.jsonObject(
                    with: Data(answer.body),
                    options: .fragmentsAllowed
                )) ?? answer.text
            let kind = row.path.split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
            if status == 201, answer.status == 201 {
                learn(&numbers, kind, row.answer, own)
            }
            // Pages in HTML are not the API's.
            if (row.answer as? String)?.hasPrefix("[HTML") == true { continue }
            let recorded = numbers.normalized(row.answer ?? "", kind: kind, isOurs: false)
            let ours = numbers.normalized(own, kind: kind, isOurs: true)
            // Nobody reads the body of a redirect; of long ones only the beginning was recorded.
            let isBodyless =
                300..<400 ~= status || (row.answer as? String)?.hasPrefix("[JSON") == true
            let isEqual =
                status == answer.status
                && (isBodyless || CorpusNumbers.text(recorded) == CorpusNumbers.text(ours))
            let report =
                "\(row.name) (\(row.user ?? "nobody"), \(row.method) \(row.path) "
                + "\(row.query) \(row.body?.prefix(200) ?? ""))\n    recorded: \(status) "
                + "\(CorpusNumbers.text(recorded).prefix(500))\n    ours:     \(answer.status) "
                + "\(CorpusNumbers.text(ours).prefix(500))"
            outcomes.append(
                Outcome(
                    name: row.name,
                    endpoint: row.endpoint,
                    isEqual: isEqual,
                    report: report
                )
            )
        }
        return (outcomes, faults)
    }

    private static func send(
        _ row: CorpusRow,
        _ numbers: CorpusNumbers,
        _ client: BlockingHTTPClient,
        _ world: SeededWorld
    ) -> BlockingHTTPClient.Answer? {
        var headers = row.headers
        for (name, value) in headers { headers[name] = world.credential(value, in: row) }
        if let token = row.user.flatMap({ world.tokens[$0] }) { headers["Authorization"] = token }
        if headers["Authorization"] == "task-check-token..." {
            headers["Authorization"] = "task-check-token"
        }
        var target = numbers.path(row.path)
        let allowed = CharacterSet.alphanumerics
        let fields = row.query.sorted { $0.key < $1.key }.map { name, value in
            var text = (value as? Int).map { "\(numbers.field(name, $0))" } ?? "\(value)"
            text = world.credential(text, in: row)
            return "\(name)=\(text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
        }
        if !fields.isEmpty { target += "?" + fields.joined(separator: "&") }
        let body = row.body.map { world.withPasswords($0, in: row) }
        return client.send(row.method, target, headers: headers, body: body)
    }

    private static func learn(
        _ numbers: inout CorpusNumbers,
        _ kind: String,
        _ recorded: Any?,
        _ own: Any
    ) {
        guard let recorded = recorded as? [String: Any], let own = own as? [String: Any] else {
            return
        }
        for name in ["id", "asset"] {
            if let theirs = recorded[name] as? Int, let ours = own[name] as? Int {
                numbers.learn(
                    recorded["content"] == nil ? kind : "annotations",
                    recorded: theirs,
                    ours: ours
                )
            }
        }
    }
}

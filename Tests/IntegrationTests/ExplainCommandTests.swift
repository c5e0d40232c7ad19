import Foundation
import TestSupport
import Testing

/// `penstock explain`, as an operator types it.
@Suite(.serialized) struct ExplainCommandTests {
    private struct Question {
        let user: String
        let permission: String
        let object: String
        /// The rule that decides; allowed if `status` is 0, denied if 3.
        let rule: String
        let status: Int32

        init(
            _ user: String,
            _ permission: String,
            _ object: String,
            _ rule: String,
            _ status: Int32
        ) {
            (self.user, self.permission, self.object) = (user, permission, object)
            (self.rule, self.status) = (rule, status)
        }
    }

    /// Account 1 looks after 2; 3 has nothing to do with either. Sensor 1 is on asset 1, 2's.
    private static let questions = [
        Question("plain@example.com", "read", "sensor:1", "member", 0),
        Question("plain@example.com", "update", "sensor:1", "unrelated", 3),
        Question("plain@example.com", "create-children", "sensor:1/beliefs", "member", 0),
        Question("plain@example.com", "update", "account:2/roles", "unrelated", 3),
        Question("plain@example.com", "read", "sensor:2", "loggedIn", 0),
        Question("plain@example.com", "delete", "asset:2", "unrelated", 3),
        Question("plain@example.com", "update", "user:1", "oneself", 0),
        Question("plain@example.com", "update", "user:1/active", "notOneself", 3),
        Question("consultant@example.com", "delete", "asset:1", "consultant", 0),
        Question("consultant@example.com", "update", "user:1/role:account-admin", "consultant", 0),
        Question("consultant@example.com", "create-children", "accounts", "consultant", 0),
        Question("consultant@example.com", "update", "account:2/consultancy:1", "consultant", 0),
        Question(
            "consultant@example.com",
            "update",
            "account:2/consultancy:3",
            "otherConsultancy",
            3
        ),
        Question("stranger@example.com", "read", "sensor:1", "unrelated", 3),
        Question("stranger@example.com", "read", "asset-types", "loggedIn", 0),
        Question("admin@example.com", "delete", "sensor:1/beliefs", "admin", 0),
        Question("admin@example.com", "delete", "account:1", "nobody", 3),
        Question("4", "read", "operations", "admin", 0),
    ]

    private func makeStructure(_ penstock: PenstockProcess) throws {
        let commands = [
            ["add", "account", "--name", "C", "--roles", "Consultancy"],
            ["add", "account", "--name", "D", "--consultancy", "1"],
            ["add", "account", "--name", "S"],
            ["add", "user", "--email", "plain@example.com", "--account", "2"],
            [
                "add", "user", "--email", "consultant@example.com", "--account", "1", "--roles",
                "consultant",
            ],
            [
                "add", "user", "--email", "stranger@example.com", "--account", "3", "--roles",
                "account-admin,consultant",
            ],
            ["add", "user", "--email", "admin@example.com", "--account", "3", "--roles", "admin"],
            ["add", "asset", "--name", "site", "--asset-type", "building", "--account", "2"],
            ["add", "asset", "--name", "market", "--asset-type", "building"],
        ]
        for command in commands { try penstock.command(command) }
        for asset in ["1", "2"] {
            try penstock.command([
                "add", "sensor", "--name", "power", "--unit", "kW", "--event-resolution", "PT15M",
                "--timezone", "Europe/Amsterdam", "--asset", asset,
            ])
        }
    }

    /// The answer and the exit status of `explain`.
    private func explain(
        _ question: Question,
        _ penstock: PenstockProcess
    ) throws -> (answer: [String: Any], status: Int32) {
        let words = ["explain", question.user, question.permission, question.object]
        do {
            return (try penstock.command(words), 0)
        } catch let failure as PenstockProcess.CommandFailure {
            let answer = try? JSONSerialization.jsonObject(with: Data(failure.text.utf8))
            return (answer as? [String: Any] ?? [:], failure.status)
        }
    }

    /// Goal: the decision, the rule and the facts are told; a denial ends with 3, a mistake with
    /// 1.
    @Test func `decisions are explained`() async throws {
        try await onThread {
            let penstock = try PenstockProcess()
            // Commands are sooner done beside a server than with a database started for each.
            try penstock.start()
            try makeStructure(penstock)
            for question in Self.questions {
                let (answer, status) = try explain(question, penstock)
                #expect(status == question.status, "\(question): \(answer)")
                #expect(answer["rule"] as? String == question.rule, "\(question): \(answer)")
                #expect(answer["allowed"] as? Bool == (question.status == 0))
                #expect((answer["reason"] as? String ?? "").count > 10)
            }
            let member = Question("plain@example.com", "read", "sensor:1", "member", 0)
            let facts = try explain(member, penstock).answer["facts"] as? [String: Any] ?? [:]
            #expect(facts["owner"] as? String == "account 2")
            #expect(facts["consultancy"] as? Int == 1)
            #expect(facts["sensor"] as? Int == 1)
            #expect(facts["asset"] as? Int == 1)
            let mistakes = [
                ["nobody@example.com", "read", "sensor:1"], ["1", "look", "sensor:1"],
                ["1", "read", "sensor:77"], ["1", "read", "sensor"], ["1", "read", "sensor:1/x"],
                ["1", "update", "user:1/role:king"], ["1", "read", "account:2/consultancy:x"],
            ]
            for words in mistakes {
                do {
                    try penstock.command(["explain"] + words)
                    Issue.record("\(words) was accepted")
                } catch let failure as PenstockProcess.CommandFailure {
                    #expect(failure.status == 1, "\(words): \(failure.text)")
                    #expect(failure.text.split(separator: "\n").count == 1, "\(failure.text)")
                }
            }
            #expect(penstock.stop() == 0)
        }
    }
}

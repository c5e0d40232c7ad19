import Foundation
import TestSupport
import Testing

/// The admin commands, as an operator types them.
@Suite(.serialized) struct CommandLineTests {
    /// Goal: commands work without a server and beside one, and say what is wrong in one line.
    @Test func `commands without and beside a server`() async throws {
        try await onThread {
            let penstock = try PenstockProcess()
            // Without a server.
            let account = try penstock.command([
                "add", "account", "--name", "A", "--roles", "Prosumer",
            ])
            #expect(account["id"] as? Int == 1)
            let user = try penstock.command([
                "add", "user", "--email", "a@example.com", "--account", "1", "--roles",
                "account-admin",
            ])
            #expect((user["password"] as? String ?? "").count >= 12)
            let asset = try penstock.command([
                "add", "asset", "--name", "site", "--asset-type", "building", "--account", "1",
                "--latitude", "52.3", "--longitude", "4.9",
            ])
            #expect(asset["account_id"] as? Int == 1)
            // Beside one, which notices.
            try penstock.start()
            let sensor = try penstock.command([
                "add", "sensor", "--name", "power", "--unit", "kW", "--event-resolution", "PT15M",
                "--timezone", "Europe/Amsterdam", "--asset", "1",
            ])
            #expect(sensor["event_resolution"] as? String == "PT15M")
            let source = try penstock.command([
                "add", "source", "--name", "weather model", "--type", "forecaster", "--version",
                "2",
            ])
            #expect(source["type"] as? String == "forecaster")
            let sensors = try penstock.command(["show", "sensors"])
            #expect((sensors["list"] as? [Any])?.count == 1)
            #expect(
                try penstock.command(["show", "user", "--id", "1"])["email"] as? String
                    == "a@example.com"
            )
            let size = try penstock.command(["db", "size"])
            #expect(size["values"] as? Int == 0)
            #expect(size["bytes_beliefs"] as? Int ?? 0 > 0)
            #expect(try penstock.command(["db", "compact"])["values_compacted"] as? Int == 0)
            try penstock.command(["db", "check"])
            #expect(try penstock.command(["db", "upgrade"])["steps"] as? Int == 0)
            #expect(penstock.stop() == 0)
        }
    }

    @Test func `mistakes explain themselves`() async throws {
        try await onThread {
            let penstock = try PenstockProcess()
            try penstock.command(["add", "account", "--name", "A"])
            let mistakes: [(arguments: [String], status: Int32)] = [
                (["add", "account", "--name", "A"], 1),
                (["add", "account"], 2),
                (["add", "user", "--email", "x", "--account", "1"], 1),
                (["add", "user", "--email", "x@example.com", "--account", "9"], 1),
                (["add", "asset", "--name", "s", "--asset-type", "castle", "--account", "1"], 1),
                (["show", "sensor", "--id", "7"], 1),
                (["show", "sensor"], 2),
                (["nonsense"], 2),
            ]
            for (arguments, status) in mistakes {
                do {
                    try penstock.command(arguments)
                    Issue.record("\(arguments) was accepted")
                } catch let failure as PenstockProcess.CommandFailure {
                    #expect(failure.status == status, "\(arguments): \(failure.text)")
                    #expect(!failure.text.isEmpty)
                    if status == 1 {
                        #expect(failure.text.split(separator: "\n").count == 1, "\(failure.text)")
                    }
                }
            }
        }
    }
}

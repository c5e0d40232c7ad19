import Foundation
import Synchronization
import Testing

@testable import penstock

@Suite struct DemoOutputTests {
    private final class Written: Sendable {
        private let text = Mutex("")
        func append(_ more: String) { text.withLock { $0 += more } }
        var all: String { text.withLock { $0 } }
    }

    /// Goal: a log gets a few lines, and the last one has the whole.
    @Test func `without a terminal there is a line a quarter`() {
        let written = Written()
        let progress = DemoProgress(valueCountMax: 1_000, isTerminal: false) { written.append($0) }
        for _ in 0..<100 { progress.add(10) }
        #expect(
            written.all == """
                loaded 250 of 1,000 values
                loaded 500 of 1,000 values
                loaded 750 of 1,000 values
                loaded 1,000 of 1,000 values

                """
        )
    }

    /// Goal: the bar stays on one line and ends full.
    @Test func `on a terminal there is a bar`() {
        let written = Written()
        let progress = DemoProgress(valueCountMax: 1_234, isTerminal: true) { written.append($0) }
        progress.add(617)
        progress.add(617)
        let pictures = written.all.split(separator: "\r")
        #expect(pictures.first?.contains("617 of 1,234 values") == true)
        #expect(pictures.last?.hasPrefix(String(repeating: "█", count: 32)) == true)
        #expect(written.all.filter { $0 == "\n" }.count == 1)
        #expect(written.all.hasSuffix("\n"))
    }

    @Test func `numbers are grouped`() {
        #expect(DemoProgress.grouped(0) == "0")
        #expect(DemoProgress.grouped(999) == "999")
        #expect(DemoProgress.grouped(1_000) == "1,000")
        #expect(DemoProgress.grouped(-1_234_567) == "-1,234,567")
    }

    /// Goal: the commands are whole and keep the token off the command line.
    @Test func `the summary`() {
        let names = DemoStructure.standard.sensors.map(\.name)
        let text = DemoSummary(
            baseURL: "http://127.0.0.1:5000",
            secureLines: ["https://127.0.0.1:5443"],
            logins: [DemoFolder.Login(email: "a@x", password: "secret")],
            report: DemoLoader.Report(
                loadedCount: 3_000,
                presentCount: 500,
                seconds: 0.5,
                token: "T0KEN"
            ),
            authorizationPath: "/it's here/authorization",
            sensorIDs: Dictionary(uniqueKeysWithValues: zip(names, 11...))
        ).text
        #expect(text.contains("login  a@x  secret"))
        #expect(text.contains("token  T0KEN"))
        #expect(text.contains("  https://127.0.0.1:5443\n"))
        #expect(text.contains("3,000 values loaded through the API, 6,000 values/s; 3,500 in all"))
        let commands = text.split(separator: "\n").filter { $0.hasPrefix("  curl") }
        #expect(commands.count == 3)
        for command in commands {
            #expect(command.hasPrefix("  curl -sS -H @'/it'\\''s here/authorization' "))
            #expect(!command.contains("T0KEN"))
            #expect(!command.contains("/sensors/0/"))
        }
        #expect(commands.contains { $0.contains("&prior=") })
    }
}

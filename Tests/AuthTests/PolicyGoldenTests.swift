import Foundation
import Model
import Testing

@testable import Auth

/// FlexMeasures' answers, row by row: `Fixtures/authz.csv`.
@Suite struct PolicyGoldenTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let principal: String
        let resource: String
        let action: String
        let status: String

        var testDescription: String { "\(principal) | \(resource) | \(action)" }

        /// Penstock's own rule (`docs/security.md`): admins only choose the roles of accounts.
        var isDeniedOnPurpose: Bool {
            action == "update account_roles" && principal != "admin" && status == "200"
        }
    }

    static let rows: [Row] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/authz.csv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
            let fields = fields(line)
            guard fields.count == 5 else { return nil }
            return Row(
                principal: fields[0],
                resource: fields[1],
                action: fields[2],
                status: fields[4]
            )
        }
    }()

    /// The fields of a line of CSV; quotation marks hold commas.
    private static func fields(_ line: Substring) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return fields
    }

    @Test func `no row is lost`() {
        #expect(Self.rows.count == 776)
        #expect(Set(Self.rows.map(\.testDescription)).count == 776)
        #expect(Set(Self.rows.map { "\($0.resource) \($0.action)" }).count == 77)
        #expect(Set(Self.rows.map(\.principal)) == Set(PolicyWorld.principals.keys))
        #expect(Self.rows.filter(\.isDeniedOnPurpose).count == 4)
    }

    @Test(arguments: PolicyGoldenTests.rows as [Row])
    func `row`(_ row: Row) throws {
        let principal = try #require(PolicyWorld.principals[row.principal])
        if row.resource == "sources" {
            #expect(Self.sourcesSeen(by: principal) == row.status)
            return
        }
        let demands = try #require(
            PolicyGoldenRequests.demands(
                row.resource,
                row.action,
                asking: principal ?? PolicyWorld.plainOfD
            )
        )
        try #require(!demands.isEmpty)
        let decision = Policy.decide(principal, all: demands)
        let isAllowed = try Self.isAllowed(row.status) && !row.isDeniedOnPurpose
        #expect(decision.isAllowed == isAllowed, "\(row.status), but \(decision)")
        #expect((decision.rule == .anonymous) == (principal == nil))
    }

    private static func isAllowed(_ status: String) throws -> Bool {
        switch status {
        case "200", "201", "202", "204", "200 listed": return true
        // 302 sends to the login page; 422 names an account that the caller may not name.
        case "401", "403", "302", "422", "200 not listed": return false
        default:
            Issue.record("unknown status \(status)")
            return false
        }
    }

    /// The matrix has the accounts whose sources are listed, and `none` for those of nobody.
    private static func sourcesSeen(by principal: Principal?) -> String {
        func isSeen(_ owner: Facts.Owner) -> Bool {
            Policy.decide(principal, .read, .source(owner)).isAllowed
        }
        guard principal != nil else { return isSeen(.everyone) ? "200" : "401" }
        let seen = PolicyWorld.accounts.filter { isSeen(PolicyWorld.owner($0)) }.map(\.description)
        let names = (seen + (isSeen(.everyone) ? ["none"] : [])).joined(separator: ",")
        return "200; accounts of sources seen: \(names)"
    }
}

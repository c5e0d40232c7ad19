import ArgumentParser
import Auth
import Catalog
import Foundation
import Gateway
import Model

/// `penstock explain USER PERMISSION OBJECT`: what the server would decide, and why.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say whether a user may do something, by which rule, and on what facts.",
        discussion: """
            Ends with 0 if it is allowed and with 3 if it is denied.

            Objects:
              sensor:ID asset:ID account:ID user:ID source:ID
              sensor:ID/beliefs, /schedules, /forecasts, /jobs, /annotations
              asset:ID/schedules, /jobs, /annotations, /audit-log
              account:ID/roles, /plan, /consultancy, /consultancy:ID, /assets (those without a \
            parent), /ownership (of assets), /annotations, /audit-log
              user:ID/active, /role:NAME, /tokens, /audit-log
              accounts, public-assets, asset-types, operations, audit-log

            For example: penstock explain joe@example.com create-children sensor:12/beliefs
            """
    )

    @Argument(help: "The user's e-mail address or id.") var user: String
    @Argument(help: "read, update, create-children or delete.") var permission: String
    @Argument(help: "Such as sensor:12 or account:3/audit-log.") var object: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// The exit status of a denial: 1 and 2 are for commands that went wrong.
    private static let deniedStatus: Int32 = 3

    func run() async throws {
        guard let permission = Permission.allCases.first(where: { $0.name == permission }) else {
            throw CommandError("permission: must be read, update, create-children or delete")
        }
        let isAllowed = try await StoreAccess.with(store, makesDirectory: false) { access in
            // The directory alone: this needs no password and no key.
            let directory = UserDirectory(pool: access.pool)
            try await directory.load()
            let user = try find(in: directory)
            let principal = Principal(user: user.id, account: user.account, roles: user.roles)
            let facts = try ExplainedObject(
                catalog: access.catalog,
                directory: directory,
                caller: principal
            ).facts(object)
            // Who is not active does not get in.
            let decision = Policy.decide(user.isActive ? principal : nil, permission, facts)
            show(decision, user, facts)
            return decision.isAllowed
        }
        // Not thrown: `Program` takes what is thrown for something that went wrong.
        if !isAllowed { Foundation.exit(Self.deniedStatus) }
    }

    private func find(in directory: UserDirectory) throws -> User {
        let found =
            Int64(user).map { directory.user(UserID($0)) }
            ?? directory.users().first { $0.email == user }
        guard let found else { throw CommandError("user: there is no `\(user)`") }
        return found
    }

    private func show(_ decision: Decision, _ user: User, _ facts: Facts) {
        let asking: JSONObject = [
            "id": .integer(user.id.rawValue), "email": .string(user.email),
            "account": .integer(user.account.rawValue),
            "roles": .array(user.roles.names.map(JSONValue.string)),
            "active": .bool(user.isActive),
        ]
        let about = ExplainedObject.document(facts)
        if output.json {
            Output.print(
                [
                    "allowed": .bool(decision.isAllowed), "rule": .string("\(decision.rule)"),
                    "reason": .string(decision.rule.rawValue), "permission": .string(permission),
                    "object": .string(object), "user": .object(asking), "facts": .object(about),
                ],
                json: true
            )
            return
        }
        print("\(decision.isAllowed ? "allowed" : "denied"): \(permission) on \(object)")
        print("rule: \(decision.rule): \(decision.rule.rawValue)")
        print("user: \(Self.line(asking))")
        print("facts: \(Self.line(about))")
    }

    private static func line(_ document: JSONObject) -> String {
        document.names.map { name in
            switch document[name] ?? .null {
            case .string(let text): "\(name)=\(text)"
            case .integer(let number): "\(name)=\(number)"
            case .bool(let flag): "\(name)=\(flag)"
            case .array(let values) where !values.isEmpty:
                "\(name)=\(values.compactMap(\.string).joined(separator: ","))"
            default: "\(name)=none"
            }
        }.joined(separator: " ")
    }
}

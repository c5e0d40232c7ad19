internal import Auth
internal import Hummingbird
internal import Model

/// The second factor: an authenticator app, codes by e-mail at every login, recovery codes. Each
/// change asks for the password again.
struct FactorPages: Sendable {
    let pages: UserPages

    private var authenticator: Authenticator { pages.authenticator }
    private static let title = "Second factor"

    var routes: [Route] {
        [
            Route(.get, "/tf-setup", .pages, show),
            Route(.post, "/tf-setup/app", .pages, beginApp),
            Route(.post, "/tf-setup/app/confirm", .pages, confirmApp),
            Route(.post, "/tf-setup/app/remove", .pages, removeApp),
            Route(.post, "/tf-setup/email", .pages, setEmail),
            Route(.post, "/tf-setup/recovery", .pages, makeCodes),
        ]
    }

    private struct Content {
        let hasApp: Bool
        let emailAlways: Bool
        let recoveryCodesLeft: Int
        let email: String
        let problem: String?
        let notice: String?
    }

    private func show(_ call: Call) async throws -> Answer {
        let notice: String? =
            switch call.queryText("notice") {
            case "removed": "The authenticator app is no longer asked for."
            case "always": "A code by e-mail is now asked for at every login, at the API too."
            case "pages": "The API no longer asks for codes by e-mail; these pages always do."
            default: nil
            }
        return try await page(try pages.visit(call), notice: notice)
    }

    private func page(
        _ visit: UserPages.Visit,
        problem: String? = nil,
        notice: String? = nil
    ) async throws -> Answer {
        let status = try await lifted { () async throws(SecondFactorError) in
            try await self.authenticator.factorStatus(of: visit.user.id)
        }
        let content = Content(
            hasApp: status.hasApp,
            emailAlways: status.emailAlways,
            recoveryCodesLeft: status.recoveryCodesLeft,
            email: visit.user.email,
            problem: problem,
            notice: notice
        )
        return pages.page("factors", Self.title, visit, content)
            .answer(problem == nil ? 200 : 422)
    }

    private struct AppContent {
        /// The picture is made by the server, of digits only: it goes into the page as it is.
        var svg: String?
        var secret: String?
        var problem: String?
    }

    private func beginApp(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        guard let proof = try await pages.prove(call, visit) else {
            return try await page(visit, problem: UserPages.wrongPassword)
        }
        let enrolment = try await lifted { () async throws(SecondFactorError) in
            try await self.authenticator.beginApp(proof)
        }
        let content = AppContent(
            svg: enrolment.svg.exposed,
            secret: Self.grouped(enrolment.secret.exposed)
        )
        return pages.page("app", "Authenticator app", visit, content).answer()
    }

    /// In groups of four, for reading off.
    private static func grouped(_ text: String) -> String {
        var groups: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            groups.append(rest.prefix(4))
            rest = rest.dropFirst(4)
        }
        return groups.joined(separator: " ")
    }

    private struct CodesContent {
        let codes: [String]
        let isAppNew: Bool
    }

    private func confirmApp(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        let kept = try pages.keeping(visit)
        let codes: [Secret<String>]
        do throws(SecondFactorError) {
            codes = try await authenticator.confirmApp(
                of: visit.user.id,
                code: call.form?.text("code") ?? "",
                keeping: kept,
                by: call.origin
            )
        } catch {
            switch error {
            case .wrongCode:
                let content = AppContent(
                    problem:
                        "The code is wrong. Codes change every 30 seconds, and the clock of the device must be right."
                )
                return pages.page("app", "Authenticator app", visit, content).answer(422)
            case .nothingPending:
                let problem = "That took more than ten minutes. Please begin again."
                return try await page(visit, problem: problem)
            default: throw error.refusal
            }
        }
        pages.accounts.tell(visit.user, of: .factorAdded)
        return codesPage(visit, codes, isAppNew: true, kept)
    }

    private func codesPage(
        _ visit: UserPages.Visit,
        _ codes: [Secret<String>],
        isAppNew: Bool,
        _ kept: KeptSession?
    ) -> Answer {
        let content = CodesContent(codes: codes.map(\.exposed), isAppNew: isAppNew)
        return pages.page("recovery", "Recovery codes", visit, session: kept?.id, content)
            .answer(cookies: (kept.map { [PageCookie.session.set($0.id)] }) ?? [])
    }

    private func removeApp(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        guard let proof = try await pages.prove(call, visit) else {
            return try await page(visit, problem: UserPages.wrongPassword)
        }
        let kept = try pages.keeping(visit)
        try await lifted { () async throws(SecondFactorError) in
            try await self.authenticator.removeApp(proof, keeping: kept, by: call.origin)
        }
        pages.accounts.tell(visit.user, of: .factorRemoved)
        return .redirect(
            to: "/tf-setup?notice=removed",
            cookies: [PageCookie.session.set(kept.id)]
        )
    }

    private func setEmail(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        guard let proof = try await pages.prove(call, visit) else {
            return try await page(visit, problem: UserPages.wrongPassword)
        }
        let isAlways = call.form?.text("always") == "yes"
        let kept = try pages.keeping(visit)
        try await lifted { () async throws(SecondFactorError) in
            try await self.authenticator.setEmailAlways(
                isAlways,
                proof,
                keeping: kept,
                by: call.origin
            )
        }
        pages.accounts.tell(visit.user, of: isAlways ? .factorAdded : .factorRemoved)
        return .redirect(
            to: isAlways ? "/tf-setup?notice=always" : "/tf-setup?notice=pages",
            cookies: [PageCookie.session.set(kept.id)]
        )
    }

    private func makeCodes(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        guard let proof = try await pages.prove(call, visit) else {
            return try await page(visit, problem: UserPages.wrongPassword)
        }
        let codes = try await lifted { () async throws(SecondFactorError) in
            try await self.authenticator.makeRecoveryCodes(proof, by: call.origin)
        }
        pages.accounts.tell(visit.user, of: .recoveryCodes)
        return codesPage(visit, codes, isAppNew: false, nil)
    }

    private func lifted<R>(_ body: () async throws(SecondFactorError) -> R) async throws -> R {
        do throws(SecondFactorError) {
            return try await body()
        } catch {
            throw error.refusal
        }
    }
}

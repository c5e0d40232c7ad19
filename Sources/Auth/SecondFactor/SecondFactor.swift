package import Model

/// Why a step of a login or of a factor's change is refused.
package enum SecondFactorError: Error, Hashable, Sendable {
    /// As for passwords and tokens.
    case auth(AuthError)
    /// The password is right, and a code is needed as well: answer 401 that says so.
    case codeNeeded(FactorMethods)
    /// The code is wrong, used or too old; so many tries are left.
    case wrongCode(triesLeft: Int)
    /// There is no such half-open login (any more): start again with the password.
    case loginEnded
    /// Too many wrong codes of this user within a day.
    case tooManyTries
    /// No further code is mailed for this login.
    case tooManyCodes
    /// The password was not proved just now.
    case proofNeeded
    /// There is no authenticator app to confirm, or it took too long.
    case nothingPending
}

/// By what a user can prove the second factor.
package struct FactorMethods: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A code by e-mail: every user has it.
    package static let email = FactorMethods(rawValue: 1)
    /// An authenticator app.
    package static let app = FactorMethods(rawValue: 2)
    /// Unused recovery codes.
    package static let recovery = FactorMethods(rawValue: 4)

    package var names: [String] {
        let named: [(FactorMethods, String)] = [
            (.email, "email"), (.app, "app"), (.recovery, "recovery"),
        ]
        return named.filter { contains($0.0) }.map(\.1)
    }
}

/// A login whose password was right and whose second factor is still missing.
package struct HalfOpenLogin: Sendable {
    /// For a cookie of its own. It is good for the second step only.
    package let id: Secret<String>
    package let user: UserID
    package let methods: FactorMethods
}

/// Where a half-open login stands, for the page that asks for the code.
package struct HalfOpenState: Sendable {
    package let methods: FactorMethods
    package let triesLeft: Int
    /// How many codes were mailed for it.
    package let codesSent: Int
    /// Whether another may be.
    package var mayMail: Bool { codesSent < SecondFactorTable.codesMax }
}

/// What the first step of a login led to.
package enum LoginStep: Sendable {
    /// A remembered device has stood in for the second factor.
    case complete(CompletedLogin)
    case halfOpen(HalfOpenLogin)
}

/// A login with both factors. Only Auth makes one; whoever holds it may open a session.
package struct CompletedLogin: Sendable {
    package let user: UserID
    /// For a cookie that spares the second factor; nil unless it was asked for.
    package let device: Secret<String>?
    /// The user's security stamp at the login: what is opened with it holds for this stamp only.
    let stamp: Secret<[UInt8]>

    init(user: UserID, stamp: Secret<[UInt8]>, device: Secret<String>? = nil) {
        (self.user, self.stamp, self.device) = (user, stamp, device)
    }
}

/// A code that is to be mailed.
package struct CodeMail: Sendable {
    package let email: String
    package let code: Secret<String>
}

/// That a user has typed the password just now: what changing a factor asks for. Only Auth makes
/// one.
package struct PasswordProof: Sendable {
    /// How long it counts.
    static let secondsMax: Int64 = 300

    package let user: UserID
    let second: Int64

    init(user: UserID, second: Int64) { (self.user, self.second) = (user, second) }

    func holds(at now: Int64) -> Bool { (0...Self.secondsMax).contains(now - second) }
}

/// What a user has enrolled.
package struct FactorStatus: Sendable, Hashable {
    package let hasApp: Bool
    /// Whether a code by e-mail is asked for at the API too.
    package let emailAlways: Bool
    package let recoveryCodesLeft: Int

    package var methods: FactorMethods {
        var methods: FactorMethods = .email
        if hasApp { methods.insert(.app) }
        if recoveryCodesLeft > 0 { methods.insert(.recovery) }
        return methods
    }
}

/// An authenticator app that is being enrolled.
package struct AppEnrolment: Sendable {
    /// To be typed where the picture cannot be read.
    package let secret: Secret<String>
    package let uri: Secret<String>
    /// The picture of the URI.
    package let svg: Secret<String>
}

package import Auth

/// What the pages need besides the users: mail, mailed links, and who may try to log in.
package struct Accounts: Sendable {
    package let mail: MailQueue
    package let reset: MailedReset
    /// Of the pages, from the configuration: `https://host` or `https://host:port`.
    package let publicURL: String
    /// Asked before every check of a password.
    package var loginGuard: any LoginGuard

    package init(
        mail: MailQueue,
        reset: MailedReset,
        publicURL: String,
        loginGuard: any LoginGuard = OpenLoginGuard()
    ) {
        (self.mail, self.reset) = (mail, reset)
        self.publicURL = publicURL
        self.loginGuard = loginGuard
    }
}

/// Somebody wants something that is worth guessing at.
package struct LoginAttempt: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The password of a login.
        case login
        /// A mailed link.
        case reset
        /// The password of a user who is logged in.
        case proof
    }

    package let kind: Kind
    /// As typed; whether anyone has it is not known.
    package let email: String
    /// The client's address.
    package let address: String?
}

/// Slows guessing down.
package protocol LoginGuard: Sendable {
    /// Before a password is checked.
    ///
    /// - Throws: what the request is refused with, if nothing can be said now.
    func check(_ attempt: LoginAttempt) async throws -> LoginPermission
    /// After it was checked.
    func report(_ attempt: LoginAttempt, succeeded: Bool) async
}

package enum LoginPermission: Sendable, Hashable {
    case allowed
    /// 429, with the seconds to wait.
    case refused(retryAfterSeconds: Int)
}

/// Lets everyone try.
package struct OpenLoginGuard: LoginGuard {
    package init() {}
    package func check(_ attempt: LoginAttempt) async throws -> LoginPermission { .allowed }
    package func report(_ attempt: LoginAttempt, succeeded: Bool) async {}
}

package import Auth

/// What the pages need besides the users: mail, and mailed links.
package struct Accounts: Sendable {
    package let mail: MailQueue
    package let reset: MailedReset
    /// Of the pages, from the configuration: `https://host` or `https://host:port`.
    package let publicURL: String

    package init(mail: MailQueue, reset: MailedReset, publicURL: String) {
        (self.mail, self.reset, self.publicURL) = (mail, reset, publicURL)
    }
}

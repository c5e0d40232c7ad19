/// The mails that Penstock writes.
package enum MailTexts {
    /// The code of a login.
    package static func code(_ mail: CodeMail) -> MailMessage? {
        message(
            mail.email,
            "Your login code",
            """
            Your code is \(mail.code.exposed). It is valid for ten minutes, for the login that you \
            have just begun, and once.

            If you have not tried to log in, someone else knows your password: change it now.
            """
        )
    }

    /// The link of a forgotten password.
    static func reset(_ email: String, link: String) -> MailMessage? {
        message(
            email,
            "Choose a new password",
            """
            Someone, probably you, has asked for a new password for this address. To choose one, \
            open this link within an hour; it works once:

            \(link)

            If it was not you, do nothing: your password stays as it is.
            """
        )
    }

    /// Tells of a change, to the address that may have to object.
    package static func notice(_ email: String, of change: Change) -> MailMessage? {
        message(
            email,
            "Your account was changed",
            """
            \(change.rawValue) If it was not you, choose a new password and log out everywhere.
            """
        )
    }

    /// Tells the former address that mails go to another one from now on.
    package static func addressChanged(_ formerEmail: String) -> MailMessage? {
        message(
            formerEmail,
            "Your address was changed",
            """
            Your account has another e-mail address now: codes and links for new passwords go there, \
            and no longer here. If neither you nor your administrator has changed it, tell those who \
            run this server at once.
            """
        )
    }

    package enum Change: String, Sendable, CaseIterable {
        case password = "Your password was changed."
        case factorAdded = "A second factor was added to your account."
        case factorRemoved = "A second factor was removed from your account."
        case recoveryCodes = "New recovery codes were made for your account."
    }

    private static func message(_ email: String, _ subject: String, _ body: String) -> MailMessage?
    {
        MailAddress(email).flatMap { MailMessage(to: $0, subject: subject, body: body + "\n") }
    }
}

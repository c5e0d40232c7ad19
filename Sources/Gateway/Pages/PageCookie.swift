internal import Auth
internal import HTTPTypes

/// The cookies of the pages. The prefix `__Host-` has browsers keep others from setting them: not
/// from another host or a lower one, and not over plain HTTP.
enum PageCookie: String, Sendable, CaseIterable {
    /// The id of a session.
    case session = "__Host-penstock-session"
    /// The id of a half-open login: good for the second step, and nothing else.
    case login = "__Host-penstock-login"
    /// The id of a browser that nobody has logged in with; forms prove themselves by it.
    case visitor = "__Host-penstock-form"
    /// Stands in for the second factor.
    case device = "__Host-penstock-device"

    /// What the request says; nil if it says nothing, or several things.
    func value(_ headers: HTTPFields) -> Secret<String>? {
        var found: Substring?
        for field in headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                guard parts.count == 2, parts[0] == rawValue else { continue }
                guard found == nil else { return nil }
                found = parts[1]
            }
        }
        return found.flatMap { $0.isEmpty ? nil : Secret(String($0)) }
    }

    /// The header field that sets it.
    func set(_ value: Secret<String>) -> HTTPField { field(value.exposed, maxAge: maxAge) }

    /// The header field that removes it.
    var cleared: HTTPField { field("", maxAge: 0) }

    private func field(_ value: String, maxAge: Int?) -> HTTPField {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        return HTTPField(
            name: .setCookie,
            value: "\(rawValue)=\(value); Path=/\(age); Secure; HttpOnly; SameSite=\(sameSite)"
        )
    }

    /// Seconds; nil for as long as the browser runs. The server decides in any case.
    private var maxAge: Int? {
        switch self {
        case .session, .visitor: nil
        case .login: 600
        case .device: 30 * 86_400
        }
    }

    /// Lax where a link from a mail is to find its visitor logged in.
    private var sameSite: String {
        switch self {
        case .session, .visitor: "Lax"
        case .login, .device: "Strict"
        }
    }
}

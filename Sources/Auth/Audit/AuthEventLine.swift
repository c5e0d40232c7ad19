internal import Foundation
internal import Logging
package import Model

/// A line of the server's log about who got in, who did not, and who changed rights:
/// `auth login.failed at=2026-11-24T13:05:00Z user=- subject=user:7 address=10.0.0.1 request=1f`.
///
/// The audit log has the same events and more; the line is for those who watch logs.
package struct AuthEventLine: Sendable, CustomStringConvertible {
    package let description: String

    /// - Parameters:
    ///   - event: what happened.
    ///   - now: if the event does not say when.
    package init(_ event: AuditEvent, now: Timestamp = SystemWallClock().now()) {
        let seconds = (event.at ?? now.microseconds) / Microseconds.second * Microseconds.second
        let user =
            switch event.origin.actor {
            case .user(let id): "\(id.rawValue)"
            case .anonymous: "-"
            case .operator: "operator"
            case .system: "system"
            }
        let details = event.details.sorted { $0.key < $1.key }
        let fields =
            [
                ("at", Timestamp(microseconds: seconds).iso8601().replacing("+00:00", with: "Z")),
                ("user", user),
                ("subject", event.subject ?? "-"), ("address", event.origin.address ?? "-"),
                ("request", event.origin.requestID ?? "-"),
            ] + details.map { ($0.key, $0.value) }
        let texts = fields.map { name, value in "\(Self.plain(name))=\(Self.plain(value))" }
        description = "auth \(Self.plain(event.action.rawValue)) \(texts.joined(separator: " "))"
    }

    /// Whether somebody should look at it.
    package static func isWarning(_ action: AuditEvent.Action) -> Bool {
        [.loginFailed, .loginLocked, .factorFailed, .accessRefused, .loginLimited].contains(action)
    }

    /// One word: what could end the line or pass for another field is written as `%` and digits.
    private static func plain(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            (0x21...0x7E).contains($0) && $0 != 0x25 && $0 != 0x3D
        }
        guard !isPlain || text.isEmpty else { return text }
        var allowed = CharacterSet(charactersIn: Unicode.Scalar(0x21)...Unicode.Scalar(0x7E))
        allowed.remove(charactersIn: "%=")
        return text.isEmpty
            ? "-" : text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "?"
    }
}

extension AuditLog {
    /// Writes the line of an event that has happened: for those that are logged within their own
    /// transaction, after its commit.
    package func tell(_ event: AuditEvent) {
        let level: Logger.Level = AuthEventLine.isWarning(event.action) ? .warning : .notice
        logger.log(level: level, "\(AuthEventLine(event))")
    }
}

internal import Foundation

/// A mail of plain text to one address.
///
/// Nothing that comes from outside can add a header or a recipient: an address with anything but
/// plain letters is refused, the subject is encoded whenever it is not plain, and the body is base64.
package struct MailMessage: Sendable, Hashable {
    package let recipient: MailAddress
    package let subject: String
    package let body: String

    /// Longest subject and body; Penstock's own are far shorter.
    static let subjectByteCountMax = 256
    static let bodyByteCountMax = 65_536

    /// - Returns: nil if subject or body are too long.
    package init?(to recipient: MailAddress, subject: String, body: String) {
        guard subject.utf8.count <= Self.subjectByteCountMax,
            body.utf8.count <= Self.bodyByteCountMax
        else { return nil }
        (self.recipient, self.subject, self.body) = (recipient, subject, body)
    }

    /// Writes the mail as it goes over the wire.
    ///
    /// - Parameters:
    ///   - sender: for `From`.
    ///   - second: for `Date`, since 1970 UTC.
    ///   - id: left part of `Message-ID`: letters and digits.
    /// - Returns: RFC 5322, lines ended by CR LF.
    func rendered(from sender: MailAddress, second: Int64, id: String) -> [UInt8] {
        let headers = [
            "From: \(sender.text)", "To: \(recipient.text)", "Subject: \(Self.encoded(subject))",
            "Date: \(Self.date(second))", "Message-ID: <\(id)@\(sender.host)>",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64", "Auto-Submitted: auto-generated",
        ]
        let text = body.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
        let coded = Base64.standard(Array(text.utf8))
        let lines = stride(from: 0, to: coded.count, by: 76).map { start in
            String(decoding: coded[start..<min(start + 76, coded.count)], as: UTF8.self)
        }
        return Array(((headers + [""] + lines).joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// Plain text as it is; anything else as encoded words (RFC 2047) of whole characters.
    private static func encoded(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        guard !isPlain || text.contains("=?") || text.utf8.count > 200 else { return text }
        var words: [String] = []
        var word: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if word.count + bytes.count > 42 {
                words.append(encodedWord(word))
                word = []
            }
            word += bytes
        }
        return (words + [encodedWord(word)]).joined(separator: "\r\n ")
    }

    private static func encodedWord(_ bytes: [UInt8]) -> String {
        "=?utf-8?B?\(String(decoding: Base64.standard(bytes), as: UTF8.self))?="
    }

    /// `Tue, 24 Nov 2026 13:05:00 +0000`.
    private static func date(_ second: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return formatter.string(from: Date(timeIntervalSince1970: Double(second)))
    }
}

/// An address that is safe in headers and in SMTP commands: printable ASCII without blanks, quotes
/// and mail syntax.
package struct MailAddress: Sendable, Hashable {
    package let text: String

    /// - Returns: nil for what is no such address; also for those with letters beyond ASCII, which
    ///   few servers take.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let forbidden = Set("<>()[]\\,;:\"@".utf8)
        guard text.utf8.count <= 254, parts.count == 2,
            parts.allSatisfy({ part in
                !part.isEmpty && !part.hasPrefix("-")
                    && part.utf8.allSatisfy {
                        (0x21...0x7E).contains($0) && !forbidden.contains($0)
                    }
            })
        else { return nil }
        self.text = text
    }

    var host: String { String(text.drop { $0 != "@" }.dropFirst()) }
}

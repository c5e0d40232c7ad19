internal import Auth
internal import HTTPTypes
internal import Mustache

/// A page: its template, and what is filled in.
struct Page {
    /// The name of a file in `Templates`, without its ending.
    let template: String
    let title: String
    /// Who is logged in, for the head of the page; nil for visitors.
    var user: String?
    /// For password managers; nil for visitors.
    var email: String?
    /// For the hidden field of the page's forms.
    var proof: String?
    /// Filled into the template under its name; usually a struct of texts and flags.
    var content: Any = ()

    func answer(_ status: Int = 200, cookies: [HTTPField] = []) -> Answer {
        let root: [String: Any?] = [
            "title": title, "user": user, "email": email, "proof": proof, "content": content,
        ]
        let text = PageTemplates.library.render(
            root.compactMapValues { $0 },
            withTemplate: template
        )
        guard let text else { preconditionFailure("no template \(template)") }
        var answer = Answer(status, Array(text.utf8))
        answer.contentType = "text/html; charset=utf-8"
        answer.fields = Self.fields + cookies
        return answer
    }

    /// No scripts at all, styles from this host only, never within another page, never kept.
    /// The referrer stays within the host, because without any browsers would send forms with the
    /// origin `null`.
    private static let fields = [
        HTTPField(
            name: .contentSecurityPolicy,
            value:
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        ),
        HTTPField(name: .cacheControl, value: "no-store"),
        HTTPField(name: .referrerPolicy, value: "same-origin"),
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
    ]
}

extension Answer {
    /// 303: the browser goes on by GET.
    static func redirect(to path: String, cookies: [HTTPField] = []) -> Answer {
        var answer = Answer(303, []).with(.location, path).with(.cacheControl, "no-store")
        answer.fields += cookies
        return answer
    }
}

/// The templates, parsed once.
enum PageTemplates {
    static let library: MustacheLibrary = {
        MustacheContentTypes.register(HTMLText(), named: HTMLText.name)
        var library = MustacheLibrary()
        for (name, source) in PageFiles.templates {
            let text = "{{% CONTENT_TYPE: \(HTMLText.name)}}\n" + source
            do {
                try library.register(text, named: name)
            } catch {
                preconditionFailure("template \(name): \(error)")
            }
        }
        return library
    }()
}

/// Escapes texts for HTML, in elements and in quoted attributes, byte by byte. The library's own way
/// goes by characters, and a quotation mark with an accent over it is one character that is not a
/// quotation mark: browsers see one all the same.
struct HTMLText: MustacheContentType {
    static let name = "HTML-BYTES"

    func escapeText(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "\""): escaped += "&quot;".utf8
            case UInt8(ascii: "'"): escaped += "&#39;".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}

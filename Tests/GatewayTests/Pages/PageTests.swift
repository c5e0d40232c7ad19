import Auth
import HTTPTypes
import Testing

@testable import Gateway

@Suite struct PageTests {
    /// Goal (H15): after a login nobody ends up on another host.
    @Test func `H15 only paths of this host are returned to`() {
        for path in ["/tokens", "/a/b?c=%2F%2Fd&e=1", "/x:y@z", "/%5C%5Cother"] {
            #expect(ReturnPath(path).text == path)
        }
        for path in [
            "", "//other.example", "/\\other.example", "\\\\other.example", "https://other.example",
            "other", "javascript:alert(1)", "/\t/other.example", "/\n/other", "/a\r\nX: y", " /a",
            "///other", "/ä", "/\u{0}", "/login?next=/", "/logout", "/tf-validate",
            "/" + String(repeating: "a", count: 2_000),
        ] {
            #expect(ReturnPath(path) == .start, "\(path)")
        }
        #expect(ReturnPath("/a?b=c&d").appended(to: "/login") == "/login?next=/a%3Fb%3Dc%26d")
        #expect(ReturnPath.start.appended(to: "/login") == "/login")
    }

    /// Goal (I05): no text gets out of its element or attribute, not even by a quotation mark that
    /// forms one character with the accent after it.
    @Test func `I05 texts are escaped byte by byte`() {
        for sign in ["<", ">", "\"", "'", "&"] {
            for after in ["", "a", "\u{301}", "\u{338}", "\u{200D}", "\u{FE0F}", "\u{20E3}"] {
                let escaped = HTMLText().escapeText(sign + after)
                #expect(escaped.utf8.first == UInt8(ascii: "&"), "\(sign)\(after)")
                #expect(
                    !escaped.utf8.dropFirst().contains { Array(sign.utf8) == [$0] && sign != "&" }
                )
            }
        }
        struct Content { let next: String }
        let hostile = "\"\u{301} onfocus=alert(1) x=\"\u{338}<script>"
        let page = Page(
            template: "login",
            title: hostile,
            proof: hostile,
            content: Content(next: hostile)
        )
        let text = String(decoding: page.answer().body, as: UTF8.self)
        #expect(!text.utf8.elementsEqual("".utf8) && !text.contains("<script"))
        let bytes = Array(text.utf8)
        let needle = Array("\" onfocus".utf8)
        let accent = Array("\"\u{301}".utf8)
        #expect(!bytes.contains(needle) && !bytes.contains(accent))
    }

    @Test func `every template can be read`() {
        #expect(PageFiles.templates.count == 14)
        for name in PageFiles.templates.keys {
            #expect(!Page(template: name, title: "").answer().body.isEmpty)
        }
        for source in PageFiles.templates.values {
            // Nothing that the content security policy would have to be loosened for.
            #expect(
                !source.contains("<script") && !source.contains("style=") && !source.contains("://")
            )
            // The picture of an app's secret is the only thing that goes into a page as it is.
            let raw = source.matches(of: /\{\{(\{|&)[^}]*/).map { String($0.0) }
            #expect(raw.isEmpty || raw == ["{{{content.svg"])
        }
    }

    @Test func `H04 cookies keep to this host`() {
        for cookie in PageCookie.allCases {
            for field in [cookie.set(Secret("id")), cookie.cleared] {
                let parts = field.value.split(separator: "; ")
                #expect(field.value.hasPrefix("__Host-penstock-"))
                #expect(parts.contains("Secure") && parts.contains("HttpOnly"))
                #expect(parts.contains("Path=/") && !field.value.contains("Domain"))
                #expect(parts.contains { $0 == "SameSite=Lax" || $0 == "SameSite=Strict" })
            }
        }
        func value(_ text: String...) -> String? {
            var fields = HTTPFields()
            for text in text { fields.append(HTTPField(name: .cookie, value: text)) }
            return PageCookie.session.value(fields)?.exposed
        }
        let name = PageCookie.session.rawValue
        #expect(value("a=b; \(name)=x; c=d") == "x")
        #expect(value("a=b", "\(name)=x=y") == "x=y")
        #expect(value("\(name)=") == nil && value("x\(name)=y") == nil && value("\(name)") == nil)
        // Two of them: nobody knows which one is meant.
        #expect(value("\(name)=x; \(name)=y") == nil && value("\(name)=x", "\(name)=x") == nil)
    }

    @Test func `forms are read as they are, or not at all`() throws {
        func fields(
            _ text: String,
            type: String? = "application/x-www-form-urlencoded"
        ) -> FormFields? {
            FormFields(RequestBody(Array(text.utf8), contentType: type), contentType: type)
        }
        let form = try #require(fields("a=1+2%203&b=%C3%A4&c=1&c=2&d"))
        #expect(form.text("a") == "1 2 3" && form.text("b") == "ä" && form.text("d").isEmpty)
        #expect(form.all("c") == ["1", "2"] && form.text("c").isEmpty && form.text("e").isEmpty)
        #expect(fields("a=%FF") == nil)
        for type in ["text/plain", "application/json", "multipart/form-data; boundary=x", nil] {
            #expect(fields("a=1", type: type) == nil)
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ needle: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: needle) }
    }
}

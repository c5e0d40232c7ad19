/// Where a visitor goes after the login: a path of this host, and nowhere else.
struct ReturnPath: Sendable, Equatable {
    /// Percent-encoded path and query, as it goes into `Location`.
    let text: String

    /// The start page.
    static let start = ReturnPath(checked: "/")

    /// Takes what a link or a form says. Whatever browsers could take for another host, and whatever
    /// is no plain path, leads to the start page: `//host`, `/\host`, `https:`, line breaks and
    /// tabs, which browsers drop before they look.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        let isPlain = bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
        let isOwn = bytes.first == UInt8(ascii: "/") && bytes.dropFirst().first != UInt8(ascii: "/")
        guard isPlain, isOwn, bytes.count <= 1_024, !Self.isStep(text) else {
            self = .start
            return
        }
        self.text = text
    }

    private init(checked text: String) { self.text = text }

    /// A page of the login itself leads in a circle.
    private static func isStep(_ text: String) -> Bool {
        let path = text.prefix { $0 != "?" && $0 != "#" }
        return path == "/login" || path == "/logout" || path.hasPrefix("/tf-validate")
    }

    /// `path`, with this as its query parameter `next` unless it is the start page.
    func appended(to path: String) -> String {
        guard self != .start else { return path }
        let mark = path.contains("?") ? "&" : "?"
        return "\(path)\(mark)next=\(PercentEncoding.query(text))"
    }
}

enum PercentEncoding {
    /// A text as a query parameter's value.
    static func query(_ text: String) -> String {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                encoded.append(byte)
            default:
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

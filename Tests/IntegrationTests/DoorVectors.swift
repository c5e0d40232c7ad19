/// Requests that two programs could read differently, or that are none. All end in one that would
/// be answered, were it read.
enum DoorVectors {
    static let good = "GET /api/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private static let post = "POST /api/v3_0/sensors/1/data HTTP/1.1\r\nHost: localhost\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    private static func field(_ text: String, _ body: String = "0\r\n\r\n") -> String {
        post + text + "\r\n\r\n" + body
    }

    static let all: [String] = [
        // Two lengths.
        field("Content-Length: 3\r\nTransfer-Encoding: chunked"),
        field("Transfer-Encoding: chunked\r\nContent-Length: 3"),
        field("Content-Length: 0\r\nContent-Length: 5"),
        field("Content-Length: 5\r\nContent-Length: 5"),
        field("Content-Length: 5, 5"), field("Content-Length: +5"), field("Content-Length: -1"),
        field("Content-Length: 0x5"), field("Content-Length: 5 5"), field("Content-Length:"),
        field("Content-Length: 99999999999999999999"), field("Content-Length: 1e1"),
        field("Content-Length: 05"), field("Content-Length: 010"), field("Content-Length: 00"),
        field("Content_Length: 5"), field("Content-Length : 5"), field("Content-Length\t: 5"),
        // Transfer codings.
        field("Transfer-Encoding: identity"), field("Transfer-Encoding: identity, chunked"),
        field("Transfer-Encoding: chunked, identity"), field("Transfer-Encoding: chunked, chunked"),
        field("Transfer-Encoding: xchunked"), field("Transfer-Encoding: chunked;a=b"),
        field("Transfer-Encoding: \"chunked\""), field("Transfer-Encoding:\r\n chunked"),
        field("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        field("Transfer-Encoding: \u{0B}chunked"), field("Transfer-Encoding : chunked"),
        field("Transfer_Encoding: chunked"), field(" Transfer-Encoding: chunked"),
        "POST /api/v3_0/sensors/1/data HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        // Chunks.
        chunked + "0;a=b\r\n\r\n", chunked + "FFFFFFFFFFFFFFFF0\r\n", chunked + "0x0\r\n\r\n",
        chunked + "2\r\n{}X\r\n0\r\n\r\n", chunked + "2\n{}\r\n0\r\n\r\n",
        chunked + "\r\n0\r\n\r\n",
        chunked + " 0\r\n\r\n", chunked + "0 \r\n\r\n", chunked + "0\r\nA B: c\r\n\r\n",
        chunked + "-1\r\n\r\n",
        // Lines.
        "GET /api/ HTTP/1.1\nHost: localhost\n\n", "\r\n" + good, " " + good,
        field("X: a\0b"), field("X: a\u{1B}b"), field("X: a\rb"), field("X: a\r\n b"),
        field("X Y: a"), field(": a"), field("no field"),
        // Request lines.
        "GET  /api/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /api/\r\n\r\n",
        "GET\t/api/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/ HTTP/1.1 \r\nHost: localhost\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "get /api/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/ HTTP/2.0\r\nHost: localhost\r\n\r\n",
        "GET /api/ http/1.1\r\nHost: localhost\r\n\r\n",
        "GET api/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/#a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{3}\u{1}",
        // Hosts.
        "GET /api/ HTTP/1.1\r\n\r\n", "GET /api/ HTTP/1.1\r\nHost:\r\n\r\n",
        "GET /api/ HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET /api/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /api/ HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n",
        "GET /api/ HTTP/1.1\r\nHost: localhost:x\r\n\r\n",
        "GET http://evil.example/api/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET http://localhost/api/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        // Methods.
        "TRACE /api/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "BREW /api/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]
}

import TestSupport
import Testing

@testable import Gateway

/// Goal: forms are read as RFC 7578 and its clients write them, and cut ones are refused. Method: bodies
/// by hand, and random ones.
@Suite struct MultipartFormTests {
    private static let type = "multipart/form-data; boundary=\"--x y\""
    private static let body = """
        preamble\r\n----x y  \r\ncontent-disposition: form-data; name="unit"\r\n\r\nkW\r\n\
        ----x y\r\nContent-Disposition: form-data; name="f"; filename="a \\"b\\".csv"; size=3\r\n\
        Content-Type: Text/CSV; charset=utf-8\r\n\r\nt,v\r\n--x y\r\n\r\n----x y\r\n\
        Content-Disposition: form-data; name=f; filename*=UTF-8''%C3%A9%20+;filename=e.csv\r\n\r\n\r\n\
        ----x y--\r\nepilogue
        """

    private func parts(_ text: String, _ type: String = type) throws -> [MultipartForm.Part] {
        try MultipartForm(Array(text.utf8), contentType: type).parts
    }

    @Test func `fields and files are told apart`() throws {
        let parts = try parts(Self.body)
        let bytes = Array(Self.body.utf8)
        let texts = parts.map { String(decoding: bytes[$0.range], as: UTF8.self) }
        #expect(texts == ["kW", "t,v\r\n--x y\r\n", ""])
        #expect(parts.map(\.name) == ["unit", "f", "f"])
        #expect(parts.map(\.filename) == [nil, "a \"b\".csv", "é +"])
        #expect(parts.map(\.contentType) == [nil, "text/csv", nil])
    }

    @Test func `another type has no parts`() throws {
        #expect(try parts("{}", "application/json").isEmpty)
        #expect(try parts("{}", "").isEmpty)
    }

    /// Goal: nothing of a cut body is taken for the whole. Method: all beginnings.
    @Test func `a cut body is refused`() throws {
        let end = try #require(Self.body.utf8.count - "\r\nepilogue".utf8.count as Int?)
        for count in 0..<end {
            let cut = Array(Self.body.utf8.prefix(count))
            #expect(throws: RequestRefusal.badRequest, "\(count)") {
                try MultipartForm(cut, contentType: Self.type)
            }
        }
        #expect(throws: RequestRefusal.badRequest) { try parts("x", "multipart/form-data") }
        let many = (0...100).map { _ in "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"
        }
        #expect(throws: RequestRefusal.badRequest) {
            try parts(many.joined() + "--b--", "multipart/form-data; boundary=b")
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func `hostile forms never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array(Self.body.utf8)
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] = [0x0D, 0x0A, 0x2D, 0x22, 0x3B, 0xFF].randomElement(using: &random) ?? 0
        }
        _ = try? MultipartForm(bytes, contentType: Self.type)
        let type = String(decoding: bytes.prefix(80), as: UTF8.self)
        _ = MIMEField(type)
        _ = try? MultipartForm(bytes, contentType: "multipart/form-data;" + type)
    }

    @Test func `what FlexMeasures refuses of a form is refused alike`() {
        func refusal(_ text: String) -> String {
            let body = RequestBody(Array(text.utf8), contentType: nil)
            let type = "multipart/form-data; boundary=b"
            guard
                case .unprocessable(let errors)? = #expect(
                    throws: RequestRefusal.self,
                    performing: { try UploadForm(body, contentType: type) }
                )
            else { return "" }
            return String(decoding: errors.body, as: UTF8.self)
        }
        let text = refusal(
            "--b\r\nContent-Disposition: form-data; name=\"uploaded-files\"; filename=\"a.txt\"\r\n\r\n"
                + "\r\n--b\r\nContent-Disposition: form-data; name=belief-time-measured-instantly\r\n\r\n"
                + "maybe\r\n--b--"
        )
        #expect(text.contains("\"Invalid filename: a.txt. Only CSV or Excel files are accepted.\""))
        #expect(text.contains("Invalid content type: None."))
        #expect(text.contains("Not a valid boolean."))
        #expect(refusal("--b--").contains("Missing data for required field."))
    }
}

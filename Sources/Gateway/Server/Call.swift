internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// One request on its way through the gateway: what the gate has found out, for the handler.
struct Call: Sendable {
    let request: Request
    /// Without the query part.
    let path: Substring
    /// The path's variable parts, in order.
    let parameters: [Substring]
    /// Who asks; nil on routes that are open to everyone.
    var principal: Principal?
    /// The sensor that the path names, on routes that are about one.
    var sensor: Sensor?

    /// The query part's fields.
    var query: [QueryParameter] {
        let target = request.uri.string
        guard let mark = target.firstIndex(of: "?") else { return [] }
        return QueryString.parse(target[target.index(after: mark)...])
    }

    /// Reads the body.
    ///
    /// - Throws: `.tooLarge`, before reading if the length is announced.
    func body(byteCountMax: Double) async throws -> RequestBody {
        if let announced = request.headers[.contentLength].flatMap(Double.init),
            announced > byteCountMax
        {
            throw Refusal.tooLarge(byteCountMax)
        }
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard Double(bytes.count + part.readableBytes) <= byteCountMax else {
                throw Refusal.tooLarge(byteCountMax)
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return RequestBody(bytes, contentType: request.headers[.contentType])
    }
}

internal import Auth
internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Model
internal import NIOCore
internal import NIOHTTPTypes

/// One request on its way through the gateway: what the gate has found out, for the handler.
struct Call: Sendable {
    let request: Request
    /// The connection.
    let channel: any Channel
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
    /// - Throws: `.tooLarge`, before reading if the length is announced; `.unsupportedEncoding` for
    ///   a compressed body; `.badRequest` if it does not arrive whole.
    func body(byteCountMax: Double) async throws -> RequestBody {
        let headers = request.headers
        if let announced = headers[.contentLength].flatMap(Double.init), announced > byteCountMax {
            throw Refusal.tooLarge(byteCountMax)
        }
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Refusal.unsupportedEncoding
        }
        // The client waits for a word before it sends; it is not asked to send what is refused.
        if headers[.expect]?.lowercased() == "100-continue" {
            try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
        }
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard Double(bytes.count + part.readableBytes) <= byteCountMax else {
                    throw Refusal.tooLarge(byteCountMax)
                }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            // Damaged chunks, an unknown transfer coding, or a client that went away.
            throw RequestRefusal.badRequest
        }
        return RequestBody(bytes, contentType: headers[.contentType])
    }
}

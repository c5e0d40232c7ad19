internal import Hummingbird
internal import NIOCore

/// Sends the pieces of a body that is made while it is sent; each waits until the connection has
/// room, so a slow client slows down what makes the pieces.
///
/// `@unchecked Sendable`: the writer is used by the one task that makes the body, one piece after
/// the other. It is in a class, because Hummingbird lends it to code that may run elsewhere than
/// the maker.
final class BodyWriter: @unchecked Sendable {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    func write(_ bytes: [UInt8]) async throws {
        try await writer.write(ByteBuffer(bytes: bytes))
    }
}

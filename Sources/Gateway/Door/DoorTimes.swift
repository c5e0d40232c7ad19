internal import NIOCore

/// How long the door waits for clients. In seconds.
package struct DoorTimes: Sendable {
    /// For a request's header, from its first byte; for the first one, and what TLS needs before
    /// it, from the beginning of the connection.
    package var header: Int64 = 10
    /// For the next bytes of a body.
    package var body: Int64 = 30
    /// For the next request.
    package var idle: Int64 = 75
    /// For a client to take `answerByteCountMin` bytes of what waits for it.
    package var answer: Int64 = 30

    /// Bytes a second that a body must have on the whole, after the first `body` seconds.
    static let bodyRateMin: Int64 = 500
    /// Bytes of an answer that a client must take within `answer` seconds.
    static let answerByteCountMin = 16_384
    /// How long the rest of what a client sends is thrown away after the last answer, so that it
    /// reads that answer.
    static let linger = TimeAmount.seconds(2)
    /// Bytes of a body that nobody wants which are read, so that the connection can go on.
    static let drainByteCountMax = 65_536

    package init() {}

    /// Between two looks at a connection.
    var tick: TimeAmount {
        .milliseconds(max(50, min(2_000, min(header, body, idle, answer) * 250)))
    }
}

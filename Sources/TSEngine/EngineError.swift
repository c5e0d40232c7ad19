/// The one error type that leaves `TSEngine`.
///
/// `Code` is a struct over a private enum, so a new code does not break a caller that switches.
package struct EngineError: Error, CustomStringConvertible {
    /// What a caller should do about it.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base { case corruption, unavailable, overloaded, replacement, limit, stopped }
        private let base: Base
        /// Stored bytes fail their checksum or do not parse. Not retryable; page someone.
        package static let corruption = Code(base: .corruption)
        /// Postgres or the disk did not answer. Retryable; whether a write took effect is unknown,
        /// and writing the same beliefs again is safe.
        package static let unavailable = Code(base: .unavailable)
        /// A queue or a memory budget is full. Nothing was stored; retry later.
        package static let overloaded = Code(base: .overloaded)
        /// The request would change stored beliefs, and overwriting is not allowed. Nothing of it
        /// was stored.
        package static let replacement = Code(base: .replacement)
        /// The request passes a documented limit. Fix the request.
        package static let limit = Code(base: .limit)
        /// The engine is closing. Retry with another server.
        package static let stopped = Code(base: .stopped)
        /// The code's name, for logs.
        package var description: String { "\(base)" }
    }

    /// What a caller should do about it.
    package let code: Code
    /// Lowercase, one sentence, no period, input in backticks.
    package let message: String
    /// The error of the layer below, if there was one.
    package let underlying: (any Error)?

    package init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// One line for the log.
    package var description: String {
        let cause = underlying.map { ": \($0)" } ?? ""
        return "\(code): \(message)\(cause)"
    }
}

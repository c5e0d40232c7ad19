import Logging
import TSEngine

/// Carries out retention in a server: at its start, and then from time to time.
struct RetentionService: Sendable {
    let enforcement: RetentionEnforcement
    let engine: Engine
    let intervalSeconds: Int64
    let logger: Logger

    /// Until cancelled. The engine must be open.
    func run() async {
        while !Task.isCancelled {
            do {
                if let expiries = try await enforcement.run(on: engine), !expiries.isEmpty {
                    logger.notice(
                        "retention removed beliefs",
                        metadata: ["sensors": "\(expiries.count)"]
                    )
                }
            } catch let error as EngineError where error.code == .stopped {
                return
            } catch {
                logger.error(
                    "retention failed; trying again later",
                    metadata: ["error": "\(error)"]
                )
            }
            try? await Task.sleep(for: .seconds(intervalSeconds))
        }
    }
}

/// Told once that the engine is open.
struct OpenSignal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    /// Returns also if the task is cancelled first.
    func wait() async { for await _ in stream {} }
}

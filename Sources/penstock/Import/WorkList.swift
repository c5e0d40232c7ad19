import Synchronization

/// Work that several tasks share: each takes the next piece until there is none.
final class WorkList<Piece: Sendable>: Sendable {
    private let pieces: Mutex<[Piece]>

    /// `pieces`: the last one is taken first.
    init(_ pieces: [Piece]) { self.pieces = Mutex(pieces) }

    func next() -> Piece? { pieces.withLock { $0.popLast() } }

    /// Has `taskCount` tasks do all pieces; the first error ends it.
    func run(
        taskCount: Int,
        _ body: @escaping @Sendable (Piece) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<taskCount {
                group.addTask {
                    while let piece = self.next() {
                        try Task.checkCancellation()
                        try await body(piece)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

internal import Logging
internal import Model
internal import Postgres
internal import Synchronization

extension CatalogStore {
    /// Follows the writes of all processes until the task is cancelled: hears which rows changed
    /// and reads them again; reads everything after a lost connection.
    package func run() async {
        let listener = PostgresListener(
            conninfo: pool.conninfo,
            channels: [CatalogMigrations.channel]
        )
        let heard = HeardChanges(clock: clock, writer: writer)
        // One wake-up is enough for all that was heard before it is taken.
        let (wakes, wake) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await listener.run { event in
                    heard.note(event)
                    wake.yield()
                }
                wake.finish()
            }
            var isKeepingUp = true
            for await _ in wakes {
                let changes = heard.take()
                if changes.isEmpty { continue }
                do {
                    try await refresh(changes)
                    if !isKeepingUp { log.notice("the catalog keeps up with the database again") }
                    isKeepingUp = true
                } catch {
                    // The changes stay with the queue; the listener's next tick tries again.
                    if isKeepingUp { log.error("cannot read changes of the catalog: \(error)") }
                    isKeepingUp = false
                }
            }
            group.cancelAll()
        }
    }
}

/// What the listener has told and nobody has taken yet. Bounded, as `CatalogChanges` is.
private final class HeardChanges: Sendable {
    private struct State {
        var changes = CatalogChanges()
        /// When the listener last came by; nil while it has no connection.
        var lastEvent: Timestamp?
    }

    private let clock: any WallClock
    /// This store, which shows its own rows.
    private let writer: String
    private let state = Mutex(State())

    init(clock: any WallClock, writer: String) { (self.clock, self.writer) = (clock, writer) }

    func take() -> CatalogChanges {
        state.withLock { state in
            defer { state.changes = CatalogChanges() }
            return state.changes
        }
    }

    func note(_ event: PostgresListener.Event) {
        let now = clock.now()
        state.withLock { state in
            switch event {
            case .connected:
                state.changes.insertEverything()
                state.lastEvent = now
            case .disconnected:
                state.lastEvent = nil
            case .notification(_, let payload):
                state.changes.insert(payload: payload, exceptOf: writer)
            case .tick:
                // The question that the database has just answered was asked after the last tick.
                if let lastEvent = state.lastEvent { state.changes.insert(mark: lastEvent) }
                state.lastEvent = now
            }
        }
    }
}

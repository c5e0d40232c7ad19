internal import CLibPQ
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Listens to NOTIFY on a connection and thread of its own, and connects again when that is lost.
package final class PostgresListener: Sendable {
    /// What the listener tells.
    package enum Event: Sendable {
        /// Listening has begun (again): whatever was notified before may have been missed.
        case connected
        /// The connection is lost: nothing is heard until the next `connected`.
        case disconnected(String)
        case notification(channel: String, payload: String)
        /// The database has just answered a question on this connection, so all that was notified
        /// before has been heard. Comes once a tick's length.
        case tick
    }

    private let conninfo: String
    private let channels: [String]
    private let tickMilliseconds: Int64
    private let isStopped = Atomic(false)

    /// `channels`: plain lower-case names.
    package init(conninfo: String, channels: [String], tickMilliseconds: Int64 = 500) {
        self.conninfo = conninfo
        self.channels = channels
        self.tickMilliseconds = tickMilliseconds
    }

    /// Calls `handler` on the listener's thread until the task is cancelled.
    package func run(_ handler: @escaping @Sendable (Event) -> Void) async {
        let queue = DispatchQueue(label: "postgres-listener")
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async {
                    self.listen(handler)
                    continuation.resume()
                }
            }
        } onCancel: {
            isStopped.store(true, ordering: .relaxed)
        }
    }

    private func listen(_ handler: (Event) -> Void) {
        while !isStopped.load(ordering: .relaxed) {
            do {
                let connection = try PostgresConnection(
                    conninfo,
                    applicationName: "penstock-listen"
                )
                for channel in channels { try connection.execute("LISTEN \(channel)") }
                handler(.connected)
                // What came with the answers to LISTEN.
                deliver(connection, handler)
                try receive(connection, handler)
            } catch {
                handler(.disconnected("\(error)"))
                usleep(200_000)
            }
        }
    }

    private func receive(
        _ connection: borrowing PostgresConnection,
        _ handler: (Event) -> Void
    ) throws(PostgresError) {
        var nextTick = monotonicMilliseconds() + tickMilliseconds
        while !isStopped.load(ordering: .relaxed) {
            let pause = min(nextTick, monotonicMilliseconds() + 100)
            if try connection.waited(for: Int16(POLLIN), until: pause) {
                guard unsafe PQconsumeInput(connection.handle) == 1 else { throw connection.lost() }
                deliver(connection, handler)
            }
            if monotonicMilliseconds() >= nextTick {
                try connection.execute("SELECT")
                // What came with the answer lies in libpq's memory: the socket will not tell of it.
                deliver(connection, handler)
                handler(.tick)
                nextTick = monotonicMilliseconds() + tickMilliseconds
            }
        }
    }

    /// Hands on the notifications that libpq has read from the socket.
    private func deliver(_ connection: borrowing PostgresConnection, _ handler: (Event) -> Void) {
        while let notify = unsafe PQnotifies(connection.handle) {
            let channel = unsafe String(cString: notify.pointee.relname)
            let payload = unsafe String(cString: notify.pointee.extra)
            unsafe PQfreemem(notify)
            handler(.notification(channel: channel, payload: payload))
        }
    }
}

internal import Auth
internal import Synchronization

/// Work that several callers want at the same moment is done once, and all get its result.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Works at a time, over all keys.
    private let countMax: Int
    private let flights = Mutex<[Key: Task<Value, any Error>]>([:])

    init(countMax: Int) { self.countMax = countMax }

    /// The result of `work`, or of the same work that is under way.
    ///
    /// - Throws: `AuthError.busy` if too many works are under way; what the work throws.
    func value(
        _ key: Key,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let flight = flights.withLock { flights -> Task<Value, any Error>? in
            if let flight = flights[key] { return flight }
            guard flights.count < countMax else { return nil }
            let flight = Task {
                // Waits for the lock, so the flight is there before it is taken out.
                defer { self.flights.withLock { $0[key] = nil } }
                return try await work()
            }
            flights[key] = flight
            return flight
        }
        guard let flight else { throw AuthError.busy }
        return try await flight.value
    }

    /// Works under way.
    var count: Int { flights.withLock(\.count) }
}

#if UNGUARDED
internal import Auth
internal import Synchronization

/// A door that asks nobody: whoever comes is taken for the first one who was let in. Exists only
/// in builds that measure what the checks cost (`make bench-guard`).
enum OpenDoor {
    private static let first = Mutex<Principal?>(nil)

    static var principal: Principal? { first.withLock { $0 } }

    static func remember(_ principal: Principal) {
        first.withLock { $0 = $0 ?? principal }
    }
}
#endif

internal import Glibc

/// Lets many read or one write. For state that requests read for as long as they parse a body, a
/// millisecond at most, and that seldom changes.
///
/// `@unchecked Sendable`: the pthread lock is made for any thread, lies at one address until
/// `deinit`, and `value` is touched only between its lock and unlock. Never held across `await`.
@safe final class ReadersWriterLock<Value: Sendable>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_rwlock_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        unsafe lock = .allocate(capacity: 1)
        // A writer goes before readers that come later: under full load there is always a reader.
        // No reader takes the lock twice, which this kind would not bear.
        var attributes = pthread_rwlockattr_t()
        unsafe pthread_rwlockattr_init(&attributes)
        let kind = Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP)
        unsafe pthread_rwlockattr_setkind_np(&attributes, kind)
        // Initializes the memory; fails only for want of it.
        let failure = unsafe pthread_rwlock_init(lock, &attributes)
        unsafe pthread_rwlockattr_destroy(&attributes)
        precondition(failure == 0, "no lock")
    }

    deinit {
        unsafe pthread_rwlock_destroy(lock)
        unsafe lock.deallocate()
    }

    func withReadLock<R>(_ body: (Value) throws -> R) rethrows -> R {
        unsafe pthread_rwlock_rdlock(lock)
        defer { unsafe pthread_rwlock_unlock(lock) }
        return try body(value)
    }

    func withWriteLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        unsafe pthread_rwlock_wrlock(lock)
        defer { unsafe pthread_rwlock_unlock(lock) }
        return try body(&value)
    }
}

internal import CLibPQ
internal import Glibc

/// Statement by statement: for callers that look at one result of a script before they go on with
/// the next, such as a commit that checks its sequence before it copies.
extension PostgresConnection {
    /// What the server did next.
    package enum Step {
        case rows(PostgresRows)
        /// It waits for `putCopy` and `endCopy`.
        case copyIn
        /// It sends what is read by `copyOut`.
        case copyOut
    }

    /// Sends statements without waiting for their results; `nextStep` reads those.
    package borrowing func start(_ text: String) throws(PostgresError) {
        guard unsafe PQsendQuery(handle, text) == 1 else { throw lost() }
        try flush()
    }

    /// Waits for the next result; nil after the last one.
    ///
    /// - Throws: `.server` after the script's results have been read to the end, so that the
    ///   connection can be used again; `.unavailable` if the connection is lost or time is up.
    package borrowing func nextStep() throws(PostgresError) -> Step? {
        let deadline = monotonicMilliseconds() + Int64(timeoutMilliseconds)
        while unsafe PQisBusy(handle) == 1 {
            try wait(for: Int16(POLLIN), until: deadline)
            guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
        }
        guard let result = unsafe PQgetResult(handle) else { return nil }
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            return .rows(unsafe PostgresRows(owning: result))
        case PGRES_COPY_IN:
            unsafe PQclear(result)
            return .copyIn
        case PGRES_COPY_OUT:
            unsafe PQclear(result)
            return .copyOut
        default:
            let error = unsafe serverError(result)
            unsafe PQclear(result)
            if unsafe PQstatus(handle) != CONNECTION_OK { throw lost() }
            while (try? nextStep()) != nil {}
            throw error
        }
    }

    /// Whether `nextStep` would return at once, after waiting for that a little.
    ///
    /// - Throws: `.unavailable` if the connection is lost.
    package borrowing func isStepReady(
        withinMicroseconds patience: Int
    ) throws(PostgresError) -> Bool {
        for isLastTry in [false, true] {
            guard unsafe PQisBusy(handle) == 1 else { return true }
            var socket = pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN), revents: 0)
            if unsafe poll(&socket, 1, 0) > 0 {
                guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
            } else if !isLastTry && patience > 0 {
                // `poll` itself knows milliseconds only.
                usleep(UInt32(patience))
            }
        }
        return unsafe PQisBusy(handle) == 0
    }

    /// Sends a part of the copied data; any size, cut anywhere.
    package borrowing func putCopy(_ data: [UInt8]) throws(PostgresError) {
        var sent: Int32 = 0
        let deadline = monotonicMilliseconds() + Int64(timeoutMilliseconds)
        while sent == 0 {
            sent = unsafe data.withUnsafeBytes { bytes in
                unsafe PQputCopyData(
                    handle,
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(bytes.count)
                )
            }
            // 0: libpq's buffer is full and the socket would block.
            if sent == 0 { try wait(for: Int16(POLLOUT), until: deadline) }
        }
        guard sent == 1 else { throw lost() }
    }

    /// Ends the copied data; with `abandoning` the server fails the COPY, and with it the script's
    /// transaction.
    package borrowing func endCopy(abandoning reason: String? = nil) throws(PostgresError) {
        var sent: Int32 = 0
        let deadline = monotonicMilliseconds() + Int64(timeoutMilliseconds)
        while sent == 0 {
            sent = unsafe PQputCopyEnd(handle, reason)
            if sent == 0 { try wait(for: Int16(POLLOUT), until: deadline) }
        }
        guard sent == 1 else { throw lost() }
        try flush()
    }

    /// Sends what libpq has buffered. Reads meanwhile, as a server that is blocked on its own
    /// output would never take ours.
    borrowing func flush() throws(PostgresError) {
        let deadline = monotonicMilliseconds() + Int64(timeoutMilliseconds)
        while true {
            switch unsafe PQflush(handle) {
            case 0: return
            case 1:
                try wait(for: Int16(POLLIN | POLLOUT), until: deadline)
                guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    /// Waits until the socket can be read or written.
    borrowing func wait(for events: Int16, until deadline: Int64) throws(PostgresError) {
        guard try waited(for: events, until: deadline) else {
            throw .unavailable("no answer within \(timeoutMilliseconds) ms")
        }
    }

    /// - Returns: false when the time was up first.
    borrowing func waited(for events: Int16, until deadline: Int64) throws(PostgresError) -> Bool {
        while true {
            let left = deadline - monotonicMilliseconds()
            guard left > 0 else { return false }
            var socket = pollfd(fd: unsafe PQsocket(handle), events: events, revents: 0)
            let ready = unsafe poll(&socket, 1, Int32(clamping: left))
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { throw lost() }
        }
    }

    borrowing func lost() -> PostgresError {
        .unavailable(unsafe firstLine(String(cString: PQerrorMessage(handle))))
    }
}

/// Time that no clock change moves, for deadlines.
func monotonicMilliseconds() -> Int64 {
    var moment = timespec()
    // Fails only for a clock id that the kernel does not know, and this one is in POSIX.
    unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
    return Int64(moment.tv_sec) * 1_000 + Int64(moment.tv_nsec) / 1_000_000
}

/// `PG_DIAG_SQLSTATE` and `PG_DIAG_MESSAGE_PRIMARY`: C macros over character literals, which Swift
/// does not import.
private let sqlStateField = Int32(UInt8(ascii: "C"))
private let primaryMessageField = Int32(UInt8(ascii: "M"))

@unsafe private func serverError(_ result: OpaquePointer) -> PostgresError {
    let state = unsafe PQresultErrorField(result, sqlStateField)
    let message = unsafe PQresultErrorField(result, primaryMessageField)
    guard let state = unsafe state else {
        return .unavailable(unsafe firstLine(String(cString: PQresultErrorMessage(result))))
    }
    return .server(
        sqlState: unsafe String(cString: state),
        message: unsafe message.map { unsafe String(cString: $0) } ?? ""
    )
}

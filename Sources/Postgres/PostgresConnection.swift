internal import CLibPQ
internal import Glibc

/// One libpq session. Owns the `PGconn`; cannot be copied, so it cannot be closed twice.
///
/// Blocking: every call waits on the socket, at most `timeoutMilliseconds`. Use it only on a thread
/// of its own (`PostgresPool`, `PostgresListener`, the engine's committer), never on the cooperative
/// pool. `@unchecked Sendable`: libpq allows a `PGconn` to move between threads but not to be used
/// by two at once, and unique ownership gives exactly that.
@safe package struct PostgresConnection: ~Copyable, @unchecked Sendable {
    let handle: OpaquePointer
    /// How long one call may wait for the server. A store that hangs must not hang its clients.
    package var timeoutMilliseconds: Int32

    /// Connects.
    ///
    /// `conninfo`: a URI or a keyword string (libpq docs, section 34.1.1).
    /// - Throws: `.unavailable` with libpq's text.
    package init(
        _ conninfo: String,
        applicationName: String = "penstock",
        timeoutMilliseconds: Int32 = 10_000
    ) throws(PostgresError) {
        let names = ["dbname", "connect_timeout", "application_name", "options"]
        // A statement that the server runs on after its client gave up must not hold locks for ever.
        let serverSide = "-c statement_timeout=0 -c client_min_messages=warning -c timezone=UTC"
        let values = [conninfo, "5", applicationName, serverSide]
        let opened = unsafe withCStrings(names) { names in
            unsafe withCStrings(values) { values in
                unsafe PQconnectdbParams(names.baseAddress, values.baseAddress, 1)
            }
        }
        guard let opened = unsafe opened else {
            throw .unavailable("out of memory")
        }
        guard unsafe PQstatus(opened) == CONNECTION_OK, unsafe PQsetnonblocking(opened, 1) == 0
        else {
            let text = unsafe String(cString: PQerrorMessage(opened))
            unsafe PQfinish(opened)
            throw .unavailable(firstLine(text))
        }
        // libpq prints what the server remarks, such as its end, to standard error by itself.
        _ = unsafe PQsetNoticeProcessor(opened, { _, _ in }, nil)
        unsafe self.handle = unsafe opened
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    deinit { unsafe PQfinish(handle) }

    /// Whether the session can take another statement: connected, and not inside a transaction.
    package var isIdle: Bool {
        unsafe PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    /// The server's process id for this session, as `pg_backend_pid()` gives it.
    package var backendPID: Int32 { unsafe PQbackendPID(handle) }

    /// Runs one statement with its bound values and returns its rows in binary form.
    @discardableResult
    package borrowing func query(_ sql: SQL) throws(PostgresError) -> PostgresRows {
        try send(sql)
        return try onlyRows()
    }

    /// Runs one or more statements without parameters (the simple query protocol: several
    /// statements in one string are one transaction) and returns the rows of the last one.
    @discardableResult
    package borrowing func execute(_ text: String) throws(PostgresError) -> PostgresRows? {
        try start(text)
        var last: PostgresRows?
        while let step = try nextStep() {
            if case .rows(let rows) = step { last = rows }
        }
        return last
    }

    /// Runs `body` between BEGIN and COMMIT; rolls back if it throws.
    package borrowing func transaction<R>(
        _ body: (borrowing PostgresConnection) throws -> R
    ) throws -> R {
        try execute("BEGIN")
        do {
            let result = try body(self)
            try execute("COMMIT")
            return result
        } catch {
            if unsafe PQstatus(handle) == CONNECTION_OK { _ = try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Has the server parse a statement once, for `startPrepared`.
    ///
    /// `types`: of its parameters.
    package borrowing func prepare(
        _ name: String,
        as text: String,
        types: [PostgresValue.TypeName]
    ) throws(PostgresError) {
        let types = types.map(\.rawValue)
        let sent = unsafe PQsendPrepare(handle, name, text, Int32(types.count), types)
        guard sent == 1 else { throw lost() }
        try flush()
        while try nextStep() != nil {}
    }

    /// Sends a prepared statement without waiting for its result; `nextStep` reads that, and tells if
    /// the connection is lost on the way.
    ///
    /// - Throws: when nothing was sent.
    package borrowing func startPrepared(
        _ name: String,
        _ binds: [PostgresValue]
    ) throws(PostgresError) {
        let encoded = binds.map(\.encoded)
        let lengths = encoded.map { Int32($0?.count ?? 0) }
        let formats = binds.map { Int32($0.isBinary ? 1 : 0) }
        let sent = unsafe withPointers(encoded) { values in
            unsafe PQsendQueryPrepared(
                handle,
                name,
                Int32(encoded.count),
                values.baseAddress,
                lengths,
                formats,
                1
            )
        }
        guard sent == 1 else { throw lost() }
        try? flush()
    }

    private borrowing func send(_ sql: SQL) throws(PostgresError) {
        let encoded = sql.binds.map(\.encoded)
        let types = sql.binds.map(\.typeOID)
        let lengths = encoded.map { Int32($0?.count ?? 0) }
        let formats = sql.binds.map { Int32($0.isBinary ? 1 : 0) }
        let sent = unsafe withPointers(encoded) { values in
            unsafe PQsendQueryParams(
                handle,
                sql.text,
                Int32(encoded.count),
                types,
                values.baseAddress,
                lengths,
                formats,
                1
            )
        }
        guard sent == 1 else { throw lost() }
        try flush()
    }

    private borrowing func onlyRows() throws(PostgresError) -> PostgresRows {
        var rows: PostgresRows?
        while let step = try nextStep() {
            if case .rows(let some) = step { rows = some }
        }
        guard let rows else { throw .unexpected("no result") }
        return rows
    }
}

/// Lends `values` to C as a NULL-terminated array of strings for the length of `body`.
@unsafe private func withCStrings<R>(
    _ values: [String],
    _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> R
) -> R {
    unsafe withPointers(values.map { Array($0.utf8) + [0] } + [nil], body)
}

/// Lends each byte array (nil as NULL) as a pointer for the length of `body`.
@unsafe private func withPointers<R>(
    _ values: [[UInt8]?],
    _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> R
) -> R {
    // One buffer for all, so that every pointer stays valid while `body` runs. A byte more than
    // needed keeps the pointer of an empty value inside the buffer.
    let all = values.reduce(into: [UInt8]()) { $0 += $1 ?? [] } + [0]
    return unsafe all.withUnsafeBytes { base in
        var offset = 0
        let pointers = unsafe values.map { value -> UnsafePointer<CChar>? in
            guard let value else { return nil }
            defer { offset += value.count }
            return unsafe base.baseAddress?.advanced(by: offset)
                .assumingMemoryBound(to: CChar.self)
        }
        return unsafe pointers.withUnsafeBufferPointer { unsafe body($0) }
    }
}

/// libpq's messages end with a newline and may have several lines; the first says what happened.
func firstLine(_ text: String) -> String {
    String(text.prefix { !$0.isNewline })
}

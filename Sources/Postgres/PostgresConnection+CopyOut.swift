internal import CLibPQ
internal import Glibc

extension PostgresConnection {
    /// Runs one `COPY … TO STDOUT` and lends what comes, piece by piece: cut anywhere, though as a
    /// rule a piece is a row.
    ///
    /// - Throws: `PostgresError`; or what `body` throws, which leaves the session amid the COPY, so
    ///   that a pool closes it.
    package borrowing func copyOut(_ text: String, _ body: (RawSpan) throws -> Void) throws {
        try start(text)
        while let step = try nextStep() {
            if case .copyOut = step { while try copyPiece(body) {} }
        }
    }

    /// - Returns: false when the data has ended; `nextStep` says how.
    private borrowing func copyPiece(_ body: (RawSpan) throws -> Void) throws -> Bool {
        let deadline = monotonicMilliseconds() + Int64(timeoutMilliseconds)
        var piece: UnsafeMutablePointer<CChar>?
        while true {
            let count = unsafe PQgetCopyData(handle, &piece, 1)
            if count > 0, let data = unsafe piece {
                defer { unsafe PQfreemem(data) }
                // libpq owns the bytes until they are freed, after `body`.
                let bytes = unsafe UnsafeRawBufferPointer(start: data, count: Int(count))
                try unsafe body(bytes.bytes)
                return true
            }
            if count == -1 { return false }
            guard count == 0 else { throw lost() }
            try wait(for: Int16(POLLIN), until: deadline)
            guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }
}

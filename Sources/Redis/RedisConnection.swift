internal import CHiredis
internal import Glibc

/// One hiredis session. Owns the `redisContext`; cannot be copied, so it cannot be closed twice.
///
/// Blocking: every call waits on the socket, at most the time given. Use it only on a thread of its
/// own (`RedisClient`), never on the cooperative pool. `@unchecked Sendable`: hiredis lets a
/// context move between threads but not be used by two at once, and unique ownership gives exactly
/// that.
@safe package struct RedisConnection: ~Copyable, @unchecked Sendable {
    /// Redis' own bound for one command (its `proto-max-bulk-len` bounds the bytes).
    package static let argumentCountMax = 1_048_576

    private let context: UnsafeMutablePointer<redisContext>
    private let timeoutMilliseconds: Int

    /// Connects, signs in if the address has a password, and chooses the database.
    ///
    /// - Throws: `.unavailable` with hiredis' text; `.server` if the server refuses the password.
    package static func connect(
        to address: RedisAddress,
        connectTimeoutMilliseconds: Int = 2_000,
        timeoutMilliseconds: Int = 5_000
    ) throws(RedisError) -> RedisConnection {
        let patience = interval(milliseconds: connectTimeoutMilliseconds)
        let opened =
            switch address.place {
            case .tcp(let host, let port):
                unsafe redisConnectWithTimeout(host, Int32(clamping: port), patience)
            case .unix(let path):
                unsafe redisConnectUnixWithTimeout(path, patience)
            }
        guard let opened = unsafe opened else { throw .unavailable("out of memory") }
        let connection = unsafe RedisConnection(owning: opened, timeoutMilliseconds)
        guard unsafe opened.pointee.err == 0 else {
            throw .unavailable("cannot connect to \(address): \(unsafe errorText(opened))")
        }
        // hiredis 0.14 leaves its sockets open in programs that this one starts.
        _ = unsafe fcntl(opened.pointee.fd, F_SETFD, FD_CLOEXEC)
        let limit = interval(milliseconds: timeoutMilliseconds)
        guard unsafe redisSetTimeout(opened, limit) == 0 else {
            throw .unavailable(unsafe errorText(opened))
        }
        if let password = address.password {
            try connection.command(["AUTH"] + (address.user.map { [$0] } ?? []) + [password])
        }
        if address.database != 0 {
            try connection.command(["SELECT", String(address.database)])
        }
        return connection
    }

    private init(
        owning context: UnsafeMutablePointer<redisContext>,
        _ timeoutMilliseconds: Int
    ) {
        unsafe self.context = unsafe context
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    deinit { unsafe redisFree(context) }

    /// Whether the session can take another command: no error so far, and nothing to read, as an
    /// idle server says nothing unless it has closed the connection.
    package var isIdle: Bool {
        guard unsafe context.pointee.err == 0 else { return false }
        var socket = pollfd(fd: unsafe context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&socket, 1, 0) == 0
    }

    /// Runs one command. Its arguments travel with their lengths, so no byte in them is special.
    ///
    /// - Throws: `.server` if Redis refuses it; `.unavailable` if the connection is lost or time is
    ///   up, after which this connection answers nothing but that.
    @discardableResult
    package borrowing func command(_ arguments: [[UInt8]]) throws(RedisError) -> RedisReply {
        let reply = try pipeline([arguments])[0]
        if case .error(let error) = reply { throw error }
        return reply
    }

    /// As `command(_:)`, with text.
    @discardableResult
    package borrowing func command(_ arguments: [String]) throws(RedisError) -> RedisReply {
        try command(arguments.map { Array($0.utf8) })
    }

    /// Sends several commands in one go and reads their answers, in order. Not a transaction,
    /// unless the commands say so (MULTI, EXEC).
    ///
    /// - Returns: one reply a command; what the server refused is an `.error` in its place.
    package borrowing func pipeline(_ commands: [[[UInt8]]]) throws(RedisError) -> [RedisReply] {
        guard commands.allSatisfy({ (1...Self.argumentCountMax).contains($0.count) }) else {
            throw .unexpected("a command needs 1 to \(Self.argumentCountMax) arguments")
        }
        return try withoutBrokenPipeSignal { () throws(RedisError) in
            for arguments in commands { try append(arguments) }
            var replies: [RedisReply] = []
            replies.reserveCapacity(commands.count)
            for _ in commands { replies.append(try nextReply()) }
            return replies
        }
    }

    /// PING.
    package borrowing func ping() throws(RedisError) {
        guard try command(["PING"]) == .status("PONG") else {
            throw .unexpected("PING was not answered by PONG")
        }
    }

    private borrowing func append(_ arguments: [[UInt8]]) throws(RedisError) {
        let lengths = arguments.map(\.count)
        // One buffer for all, so that every pointer stays valid during the call. A byte more than
        // needed keeps the pointer of an empty argument inside the buffer.
        let all = arguments.reduce(into: [UInt8]()) { $0 += $1 } + [0]
        let status = unsafe all.withUnsafeBytes { base -> Int32 in
            var offset = 0
            var pointers = unsafe lengths.map { length -> UnsafePointer<CChar>? in
                defer { offset += length }
                return unsafe base.baseAddress?.advanced(by: offset)
                    .assumingMemoryBound(to: CChar.self)
            }
            return unsafe redisAppendCommandArgv(
                context,
                Int32(lengths.count),
                &pointers,
                lengths
            )
        }
        guard status == REDIS_OK else { throw lost() }
    }

    private borrowing func nextReply() throws(RedisError) -> RedisReply {
        var raw: UnsafeMutableRawPointer?
        guard unsafe redisGetReply(context, &raw) == REDIS_OK, let raw = unsafe raw else {
            throw lost()
        }
        defer { unsafe freeReplyObject(raw) }
        return unsafe RedisReply(copying: raw.assumingMemoryBound(to: redisReply.self))
    }

    private borrowing func lost() -> RedisError {
        // A socket timeout (SO_RCVTIMEO, SO_SNDTIMEO) shows as EAGAIN.
        if unsafe context.pointee.err == REDIS_ERR_IO && errno == EAGAIN {
            return .unavailable("no answer within \(timeoutMilliseconds) ms")
        }
        if unsafe context.pointee.err == REDIS_ERR_PROTOCOL {
            return .unexpected(unsafe errorText(context))
        }
        return .unavailable(unsafe errorText(context))
    }
}

private func interval(milliseconds: Int) -> timeval {
    timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
}

@unsafe private func errorText(_ context: UnsafeMutablePointer<redisContext>) -> String {
    unsafe withUnsafeBytes(of: &context.pointee.errstr) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// Runs `body` with SIGPIPE held back on this thread: hiredis 0.14 writes with write(2), and a
/// server that has gone would otherwise end the process. Done as libpq does (fe-secure.c), so that
/// the process keeps its own setting for that signal.
private func withoutBrokenPipeSignal<R>(
    _ body: () throws(RedisError) -> R
) throws(RedisError) -> R {
    var (pipe, before, pending) = (sigset_t(), sigset_t(), sigset_t())
    unsafe sigemptyset(&pipe)
    unsafe sigaddset(&pipe, SIGPIPE)
    unsafe sigpending(&pending)
    // One that was pending already belongs to someone else and stays.
    let wasPending = unsafe sigismember(&pending, SIGPIPE) == 1
    unsafe pthread_sigmask(SIG_BLOCK, &pipe, &before)
    defer {
        let savedErrno = errno
        var now = timespec()
        if !wasPending { unsafe sigtimedwait(&pipe, nil, &now) }
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        errno = savedErrno
    }
    return try body()
}

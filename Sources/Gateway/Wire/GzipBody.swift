internal import CZLib

/// Undoes `Content-Encoding: gzip` or `deflate`, or the compression of a ZIP archive's member, piece
/// by piece, with a bound on what comes out: a small body can stand for a thousand times its size.
///
/// Owns zlib's state; cannot be copied, so it is freed once. Not `Sendable`: used by one request.
@safe struct GzipBody: ~Copyable {
    /// Why a body is refused.
    enum Failure: Error, Equatable {
        /// More bytes than allowed came out.
        case tooLarge
        /// The bytes are not what the header says, or end too soon.
        case damaged
    }

    /// What a `Content-Encoding` header says.
    enum Encoding: Sendable, Equatable {
        case identity, gzip, deflate
        /// Deflate without a frame, as in ZIP archives; no header names it.
        case bare

        /// Nil for anything that is not understood, also for several encodings.
        init?(_ header: String) {
            switch header.lowercased() {
            case "", "identity": self = .identity
            case "gzip", "x-gzip": self = .gzip
            case "deflate": self = .deflate
            default: return nil
            }
        }
    }

    /// What has come out so far.
    private(set) var bytes: [UInt8] = []
    private let byteCountMax: Int
    private let isGzip: Bool
    /// zlib's state points back to this structure, so it has to stay in one place.
    private let stream: UnsafeMutablePointer<z_stream>
    private var state = State.inside

    private enum State { case inside, between }

    /// - Precondition: `encoding` is not `identity`.
    init(_ encoding: Encoding, byteCountMax: Int) {
        precondition(encoding != .identity)
        self.byteCountMax = byteCountMax
        isGzip = encoding == .gzip
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits are the largest window; 16 more ask for gzip's header, none for zlib's; a negative
        // number for no frame at all.
        let windowBits: Int32 =
            switch encoding {
            case .gzip: 31
            case .bare: -15
            case .deflate, .identity: 15
            }
        let result = unsafe penstock_inflate_init(stream, windowBits)
        precondition(result == Z_OK, "zlib has no memory")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Takes the next piece of the body.
    mutating func append(_ piece: [UInt8]) throws(Failure) {
        guard !piece.isEmpty else { return }
        var consumed = 0
        while consumed < piece.count {
            if state == .between {
                // Several gzip members one after the other are one body; deflate has no members.
                guard isGzip, unsafe inflateReset(stream) == Z_OK else { throw .damaged }
                state = .inside
            }
            let (taken, result) = inflate(piece, from: consumed)
            consumed += taken
            guard bytes.count <= byteCountMax else { throw .tooLarge }
            switch result {
            case Z_STREAM_END: state = .between
            case Z_OK: break
            // Nothing could be done: with room for output, all input has been used.
            case Z_BUF_ERROR where consumed == piece.count: return
            default: throw .damaged
            }
        }
        // Output that did not fit beside the last input.
        while state == .inside {
            let before = bytes.count
            let (_, result) = inflate(piece, from: piece.count)
            guard bytes.count <= byteCountMax else { throw .tooLarge }
            if result == Z_STREAM_END { state = .between }
            if result == Z_BUF_ERROR || bytes.count == before { return }
            guard result == Z_OK || result == Z_STREAM_END else { throw .damaged }
        }
    }

    /// Everything, once all pieces have been taken.
    ///
    /// - Throws: `.damaged` if the body ends too soon.
    consuming func finish() throws(Failure) -> [UInt8] {
        guard state == .between else { throw .damaged }
        return bytes
    }

    /// One call of zlib: at most `chunkCount` bytes come out, so at most that many too many.
    private mutating func inflate(_ piece: [UInt8], from start: Int) -> (taken: Int, Int32) {
        var result = Z_OK
        var taken = 0
        bytes.append(addingCapacity: Self.chunkCount) { output in
            unsafe output.withUnsafeMutableBufferPointer { room, count in
                unsafe piece.withUnsafeBufferPointer { input in
                    // zlib reads its input only; the pointer is mutable for historical reasons. Both
                    // pointers are set anew in each call, none is used after it.
                    unsafe stream.pointee.next_in = UnsafeMutablePointer(
                        mutating: input.baseAddress
                    ).map { unsafe $0 + start }
                    unsafe stream.pointee.avail_in = UInt32(input.count - start)
                    unsafe stream.pointee.next_out = room.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(min(room.count, Self.chunkCount))
                    let given = unsafe stream.pointee.avail_out
                    result = unsafe CZLib.inflate(stream, Z_NO_FLUSH)
                    let left = unsafe stream.pointee
                    count = unsafe Int(given - left.avail_out)
                    taken = unsafe input.count - start - Int(left.avail_in)
                }
            }
        }
        return (taken, result)
    }

    private static let chunkCount = 65_536
}

import Foundation

/// A store under comparison: how to start it in an empty folder, write to it, read from it.
///
/// Used from the main thread; only its writers are for threads of their own.
protocol Peer: AnyObject {
    /// As it stands in the tables.
    var name: String { get }
    var format: LineFormat { get }
    /// Lines that it gets at most in a workload, as it would take hours else; nil for all.
    var lineCountMax: Int? { get }
    /// The server's process, once started.
    var pid: pid_t { get }

    /// Starts it in its folder and returns when it answers; data of an earlier start is there again.
    func start() throws
    /// Ends it in good order.
    func stop()

    /// A connection that writes.
    func makeWriter() throws -> any BatchWriter
    /// Values that are stored, to see that none was lost.
    func storedValueCount() throws -> Int
    /// Merges and compresses what is stored, as the store itself does in time; returns when done.
    func compact() throws
    /// Bytes on disk of values and what finds them.
    func storedByteCount() throws -> Int

    /// Writes the data of the reads.
    func load(_ source: LineSource) throws
    /// A read of what `load` has written; to be made once and run many times.
    func makeRead(_ kind: ReadKind) throws -> Read
}

extension Peer {
    var lineCountMax: Int? { nil }

    func load(_ source: LineSource) throws {
        let result = WriteLoad(source: source, connectionCount: 4).run(self)
        if let refusal = result.refusal { throw Failure(refusal) }
    }
}

/// One connection that writes batches; used by one thread.
protocol BatchWriter: AnyObject {
    /// Returns when the server has acknowledged all lines.
    func write(_ text: UnsafeRawBufferPointer) throws
    /// Answers that asked it to come again later.
    var retryCount: Int { get }
}

/// A prepared read.
struct Read {
    /// Reads once, looking at nothing but the length of the answer; bytes.
    let run: () throws -> Int
    /// Reads once and counts the values in the answer.
    let countValues: () throws -> Int
}

extension Read {
    /// A read by HTTP GET, or POST if there is a body.
    ///
    /// `numbersPerValue`: numbers in the answer for each value, as times may stand beside them.
    static func http(
        port: UInt16,
        path: String,
        headers: String = "",
        body: String? = nil,
        numbersPerValue: Int
    ) throws -> Read {
        let connection = try HTTPConnection(port: port)
        let send = { (keepsBody: Bool) throws -> HTTPConnection.Answer in
            let answer =
                if let body {
                    try connection.post(path, headers: headers, body: body, keepsBody: keepsBody)
                } else {
                    try connection.get(path, headers: headers, keepsBody: keepsBody)
                }
            guard answer.status == 200 else {
                throw Failure("read answered \(answer.status): \(answer.text)")
            }
            return answer
        }
        return Read(
            run: { try send(false).byteCount },
            countValues: { numberCount(try send(true).body) / numbersPerValue }
        )
    }

    /// Numbers in a JSON document, outside strings: enough to see that an answer is not cut short.
    private static func numberCount(_ document: [UInt8]) -> Int {
        var count = 0
        var isInString = false
        var isInNumber = false
        for byte in document {
            if byte == UInt8(ascii: "\"") { isInString.toggle() }
            let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
            if !isInString, isDigit, !isInNumber { count += 1 }
            let continues = [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "-")].contains(byte)
            isInNumber = !isInString && (isDigit || isInNumber && continues)
        }
        return count
    }
}

/// Waits until a server says that it is ready; throws after a quarter of an hour or if it ends.
func waitUntilReady(_ server: ServerProcess, log: String, _ isReady: () -> Bool) throws {
    let end = Date().addingTimeInterval(900)
    while !isReady() {
        guard server.isAlive, Date() < end else {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw Failure("the server did not start: \(text.suffix(600))")
        }
        usleep(5_000)
    }
}

/// Bytes that a folder's files take on disk.
func folderByteCount(_ path: String) -> Int {
    guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
    var count = 0
    for case let name as String in names {
        var status = stat()
        if lstat("\(path)/\(name)", &status) == 0 { count += Int(status.st_blocks) * 512 }
    }
    return count
}

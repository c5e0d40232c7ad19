import Dispatch
import Foundation
import Synchronization

/// Posts to the API of FlexMeasures or reads from it over several connections, a thread and one
/// request at a time each, for a given time.
struct SensorDataLoad {
    let port: UInt16
    let token: String
    let firstSensor: Int
    let connectionCount: Int
    /// Sensors of each connection: it goes from one to the next.
    let sensorCount: Int
    /// From the first sensor of a connection to that of the next.
    let stride: Int
    /// How long new requests are sent; those under way are awaited.
    let seconds: Double

    struct Result {
        var requestCount = 0
        var valueCount = 0
        /// From the first request sent to the last answer.
        var seconds = 0.0
        /// Of each request, in seconds, ascending.
        var latencies: [Double] = []
        /// Why the first request was refused, if one was.
        var refusal: String?

        var median: Double { latencies.isEmpty ? .nan : latencies[latencies.count / 2] }
    }

    /// Posts of `texts.count` kinds in turn, each about the events that follow those of the last one.
    ///
    /// `texts`: lists of `valueCount` numbers, as JSON.
    /// `start`: seconds since 1970 of the first event.
    func post(_ texts: [String], valueCount: Int, start: Int) -> Result {
        run { connection, step in
            let sensor = firstSensor + connection * stride + step % sensorCount
            let begin = start + step / sensorCount * valueCount * 900
            let body = """
                {"start": "\(isoText(begin))", "duration": "PT\(valueCount * 15)M", "unit": "kW", \
                "values": \(texts[step % texts.count])}
                """
            let head = "POST /api/v3_0/sensors/\(sensor)/data HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            return (head, body, valueCount)
        }
    }

    /// Reads of the year that begins at `start`, each of another sensor.
    func readYears(start: Int) -> Result {
        run { connection, step in
            let sensor = firstSensor + connection * stride + step % sensorCount
            let query = "start=\(isoText(start))&duration=P365D&unit=kW"
            let head =
                "GET /api/v3_0/sensors/\(sensor)/data?\(query) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            return (head, "", 35_040)
        }
    }

    /// `make`: of the connection's number and its request's: the head, the body, and how many values
    /// it moves.
    private func run(
        _ make: @escaping @Sendable (Int, Int) -> (head: String, body: String, valueCount: Int)
    ) -> Result {
        let total = Total()
        let done = DispatchGroup()
        let began = Self.now
        for connection in 0..<connectionCount {
            done.enter()
            Thread.detachNewThread { [port, token, seconds] in
                var result = Result()
                do {
                    var open = try HTTPConnection(port: port)
                    while Self.now - began < seconds {
                        let (head, body, valueCount) = make(connection, result.requestCount)
                        let sent = Self.now
                        let answer = try Self.send(head, body, token, port, &open)
                        guard answer.status == 200 else {
                            throw Failure("answered \(answer.status): \(answer.text)")
                        }
                        result.latencies.append(Self.now - sent)
                        result.requestCount += 1
                        result.valueCount += valueCount
                    }
                } catch {
                    result.refusal = "\(error)"
                }
                total.add(result)
                done.leave()
            }
        }
        done.wait()
        var result = total.sum.withLock { $0 }
        result.seconds = Self.now - began
        result.latencies.sort()
        return result
    }

    /// One request; once more on a new connection if the server has closed the old one meanwhile.
    private static func send(
        _ head: String,
        _ body: String,
        _ token: String,
        _ port: UInt16,
        _ open: inout HTTPConnection
    ) throws -> HTTPConnection.Answer {
        let type = body.isEmpty ? "" : "Content-Type: application/json\r\n"
        let head = "\(head)Authorization: \(token)\r\n\(type)"
        var body = body
        do {
            return try body.withUTF8 { try open.send(head: head, body: .init($0)) }
        } catch {
            open = try HTTPConnection(port: port)
            return try body.withUTF8 { try open.send(head: head, body: .init($0)) }
        }
    }

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    private final class Total: Sendable {
        let sum = Mutex(Result())

        func add(_ part: Result) {
            sum.withLock { sum in
                sum.requestCount += part.requestCount
                sum.valueCount += part.valueCount
                sum.latencies += part.latencies
                sum.refusal = sum.refusal ?? part.refusal
            }
        }
    }
}

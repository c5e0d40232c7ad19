import Foundation

/// Writes over HTTP with line protocol.
///
/// A server that is too busy (5xx) is asked again after the time it names, a second if it names
/// none, as clients do; the wait counts.
final class HTTPWriter: BatchWriter {
    private(set) var retryCount = 0
    private let connection: HTTPConnection
    private let head: String
    /// A batch is given up after as many refusals: a minute's patience at least.
    private static let retryCountMax = 60

    init(port: UInt16, path: String, headers: String = "") throws {
        connection = try HTTPConnection(port: port)
        head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)"
    }

    func write(_ text: UnsafeRawBufferPointer) throws {
        for attempt in 0... {
            let answer = try connection.send(head: head, body: text)
            if 200..<300 ~= answer.status { return }
            guard answer.status >= 500, answer.status != 501, attempt < Self.retryCountMax else {
                throw Failure("write answered \(answer.status): \(answer.text)")
            }
            retryCount += 1
            sleep(UInt32(answer.retryAfter ?? 1))
        }
    }
}

/// Writes by COPY, one committed transaction a batch.
final class CopyWriter: BatchWriter {
    let retryCount = 0
    private let session: PostgresSession

    init(_ session: PostgresSession) { self.session = session }

    func write(_ text: UnsafeRawBufferPointer) throws {
        try session.copy("COPY timed_belief FROM STDIN", text)
    }
}

/// Writes to FlexMeasures' endpoint: one post for the steps of one sensor.
final class SensorDataWriter {
    private let connection: HTTPConnection
    private let headers: String
    private let stepSeconds: Int
    /// Id of the sensor of the source's first series; the others follow.
    private let firstSensor: Int
    private let firstSeries: Int

    init(port: UInt16, token: String, shape: LineSource.Shape, firstSensor: Int) throws {
        connection = try HTTPConnection(port: port)
        headers = "Authorization: \(token)\r\nContent-Type: application/json\r\n"
        stepSeconds = shape.stepSeconds
        self.firstSensor = firstSensor
        firstSeries = shape.firstSeries
    }

    /// `batch`: in the order of series.
    func write(_ batch: borrowing LineBatch) throws {
        var first = 0
        while first < batch.count {
            let series = batch.series[first]
            var end = first + 1
            while end < batch.count, batch.series[end] == series { end += 1 }
            let values = batch.hundredths[first..<end]
                .map {
                    "\($0 < 0 ? "-" : "")\($0.magnitude / 100).\($0.magnitude / 10 % 10)\($0.magnitude % 10)"
                }
                .joined(separator: ",")
            let body = """
                {"values": [\(values)], "start": "\(isoText(Int(batch.seconds[first])))", \
                "duration": "PT\((end - first) * stepSeconds / 60)M", "unit": "kW"}
                """
            let path = "/api/v3_0/sensors/\(firstSensor + Int(series) - firstSeries)/data"
            let answer = try connection.post(path, headers: headers, body: body)
            guard answer.status == 200 else {
                throw Failure("post answered \(answer.status): \(answer.text)")
            }
            first = end
        }
    }
}

/// `2023-01-01T00:00:00Z` of seconds since 1970.
func isoText(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    let fields = [
        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
        parts.tm_sec,
    ]
    return String(
        format: "%04d-%02d-%02dT%02d:%02d:%02dZ",
        arguments: fields.map { $0 as any CVarArg }
    )
}

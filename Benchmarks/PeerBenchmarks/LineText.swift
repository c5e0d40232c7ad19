import Foundation

/// How a store wants to read lines.
enum LineFormat: Sendable {
    /// `power,site=site00001,sensor=s0000012 value=12.34 1704067200000000000`
    case lineProtocol
    /// Postgres' text format of COPY, of a row of `timed_belief`.
    case copy
}

/// Writes batches as text into a buffer of its own. One a connection.
///
/// Raw stores into memory whose room is computed in `init`: 96 bytes and the measurement's name hold
/// the longest line of both formats, with what the whole-word stores write beyond its end.
final class LineText {
    private let format: LineFormat
    private let buffer: UnsafeMutableRawPointer
    private let capacity: Int
    /// The four digits of 0 to 9999, as they lie in memory.
    private let digits: [UInt32]
    /// What is before the value in line protocol, with zeros for the numbers.
    private let key: [UInt8]
    private var clock: [UInt8] = []
    private var clockSeconds: UInt32?

    init(_ format: LineFormat, measurement: String, lineCount: Int) {
        self.format = format
        key = Array("\(measurement),site=site00000,sensor=s0000000 value=".utf8)
        capacity = (lineCount + 1) * (96 + key.count)
        buffer = .allocate(byteCount: capacity, alignment: 8)
        digits = (0..<10_000).map { number in
            let text = [number / 1000, number / 100 % 10, number / 10 % 10, number % 10]
            return text.reversed().reduce(0) { $0 << 8 | UInt32(48 + $1) }
        }
    }

    deinit { buffer.deallocate() }

    /// The batch as text, valid until the next call.
    func write(_ batch: borrowing LineBatch) -> UnsafeRawBufferPointer {
        var end = buffer
        for index in 0..<batch.count {
            let seconds = batch.seconds[index]
            if seconds != clockSeconds { setClock(seconds) }
            switch format {
            case .lineProtocol:
                end = appendKey(batch.series[index], to: end)
                end = append(hundredths: batch.hundredths[index], to: end)
                end = appendClock(to: end)
            case .copy:
                end = appendClock(to: end)
                end = append(hundredths: batch.hundredths[index], to: end)
                end = append(byte: 9, to: end)
                end = append(number: batch.series[index] + 1, to: end)
                end = append(text: "\t1\n", to: end)
            }
        }
        let count = buffer.distance(to: end)
        precondition(count <= capacity, "lines fit in the buffer")
        return UnsafeRawBufferPointer(start: buffer, count: count)
    }

    private func setClock(_ seconds: UInt32) {
        clockSeconds = seconds
        switch format {
        case .lineProtocol: clock = Array(" \(seconds)000000000\n".utf8)
        case .copy:
            var time = time_t(seconds)
            var parts = tm()
            gmtime_r(&time, &parts)
            let text = String(
                format: "%04d-%02d-%02d %02d:%02d:%02d+00\t00:00:00\t0.5\t",
                parts.tm_year + 1900,
                parts.tm_mon + 1,
                parts.tm_mday,
                parts.tm_hour,
                parts.tm_min,
                parts.tm_sec
            )
            clock = Array(text.utf8)
        }
    }

    private func appendClock(to end: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        clock.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { end.copyMemory(from: start, byteCount: bytes.count) }
        }
        return end + clock.count
    }

    /// Eight digits at a time: those too many are written over by the text that belongs there.
    private func appendKey(
        _ series: UInt32,
        to end: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        key.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { end.copyMemory(from: start, byteCount: bytes.count) }
        }
        let value = end + key.count
        // "0000000 value=" is 14 bytes, "00000,sensor=s0000000 value=" 28. Then the "s" of the
        // sensor and the "site" before the other number are put back.
        storeEightDigits(series, at: value - 15)
        (value - 15).storeBytes(of: 0x73, as: UInt8.self)
        storeEightDigits(series / 10, at: value - 31)
        (value - 32).storeBytes(of: 0x6574_6973, as: UInt32.self)
        return value
    }

    private func storeEightDigits(_ number: UInt32, at place: UnsafeMutableRawPointer) {
        let (high, low) = number.quotientAndRemainder(dividingBy: 10_000)
        place.storeBytes(of: digits[Int(high)], as: UInt32.self)
        (place + 4).storeBytes(of: digits[Int(low)], as: UInt32.self)
    }

    private func append(
        hundredths: Int32,
        to end: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var end = hundredths < 0 ? append(byte: 45, to: end) : end
        let (whole, part) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        end = append(number: whole, to: end)
        // The first two of four digits are written over by the point.
        let last = digits[Int(part)] >> 16
        end.storeBytes(of: 46 | last << 8, as: UInt32.self)
        return end + 3
    }

    private func append(
        number: UInt32,
        to end: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        guard number < 10_000 else {
            let text = append(number: number / 10_000, to: end)
            text.storeBytes(of: digits[Int(number % 10_000)], as: UInt32.self)
            return text + 4
        }
        let skipped = number < 10 ? 3 : number < 100 ? 2 : number < 1000 ? 1 : 0
        end.storeBytes(of: digits[Int(number)] >> UInt32(8 * skipped), as: UInt32.self)
        return end + (4 - skipped)
    }

    private func append(byte: UInt8, to end: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        end.storeBytes(of: byte, as: UInt8.self)
        return end + 1
    }

    private func append(
        text: StaticString,
        to end: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        end.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        return end + text.utf8CodeUnitCount
    }
}

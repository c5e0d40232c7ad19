import Foundation
import Model

/// One file of sample data: columns of values about consecutive events of equal length.
///
///     # any comment
///     # start: 2016-01-01T00:00:00+01:00
///     # step: PT15M
///     name of column 1,name of column 2
///     0.408,0.955
///     0.807,
///
/// Row i is about the event that starts at start + i * step. An empty field is an event of which
/// nothing is known. Names hold no commas; numbers are decimal.
struct SampleTable: Sendable, Equatable {
    /// Start of the first event, µs since 1970 UTC.
    let start: Int64
    /// Length of an event, µs.
    let step: Int64
    let names: [String]
    /// Shape `[names.count][rows]`; NaN for an empty field.
    let columns: [[Double]]

    /// - Throws: `CommandError` that names the file and the line.
    init(contentsOf path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandError("cannot read the sample data in `\(path)`")
        }
        do {
            try self.init(text)
        } catch let error as SampleTableError {
            throw CommandError("sample data `\(path)`, line \(error.line): \(error.problem)")
        }
    }

    /// - Throws: `SampleTableError`.
    init(_ text: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // The line feed that ends the last row begins no row.
        if lines.last?.isEmpty == true { lines.removeLast() }
        var fields: [Substring: Substring] = [:]
        var lineIndex = 0
        while lineIndex < lines.count, lines[lineIndex].hasPrefix("#") {
            let parts = lines[lineIndex].dropFirst(2).split(separator: ": ", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
            lineIndex += 1
        }
        guard let start = try? OffsetTimestamp(iso8601: String(fields["start"] ?? "")) else {
            throw SampleTableError(line: lineIndex + 1, problem: "no good `# start:` before it")
        }
        guard let step = try? ISODuration(parsing: String(fields["step"] ?? "")), !step.isNominal,
            step.microseconds > 0
        else { throw SampleTableError(line: lineIndex + 1, problem: "no good `# step:` before it") }
        guard lineIndex < lines.count else {
            throw SampleTableError(line: lineIndex + 1, problem: "no names of columns")
        }
        (self.start, self.step) = (start.microseconds, step.microseconds)
        names = lines[lineIndex].split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        columns = try Self.columns(lines[(lineIndex + 1)...], columnCount: names.count)
    }

    private static func columns(
        _ lines: ArraySlice<Substring>,
        columnCount: Int
    ) throws -> [[Double]] {
        var columns = [[Double]](repeating: [], count: columnCount)
        for index in columns.indices { columns[index].reserveCapacity(lines.count) }
        for (lineIndex, line) in zip(lines.indices, lines) {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == columnCount else {
                throw SampleTableError(
                    line: lineIndex + 1,
                    problem: "\(fields.count) fields, not \(columnCount)"
                )
            }
            for (index, field) in fields.enumerated() {
                guard let value = field.isEmpty ? .nan : Double(field), !value.isInfinite,
                    field.isEmpty || !value.isNaN
                else {
                    throw SampleTableError(
                        line: lineIndex + 1,
                        problem: "`\(field)` is not a number"
                    )
                }
                columns[index].append(value)
            }
        }
        return columns
    }

    /// Equal bit by bit, so that an empty field equals an empty field.
    static func == (left: SampleTable, right: SampleTable) -> Bool {
        left.start == right.start && left.step == right.step && left.names == right.names
            && left.columns.map { $0.map(\.bitPattern) }
                == right.columns.map { $0.map(\.bitPattern) }
    }
}

/// What is wrong with a file of sample data.
struct SampleTableError: Error, Equatable {
    /// From 1.
    let line: Int
    let problem: String
}

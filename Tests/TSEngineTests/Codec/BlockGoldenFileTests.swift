import Foundation
import Testing

@testable import TSEngine

/// Whole blocks, byte for byte: `Golden/blocks.txt`.
///
/// Run with `PENSTOCK_GOLDEN_WRITE=1` to rewrite the file after a wanted change of the encoder, and
/// review it as a diff. Blocks that are stored already must stay readable all the same.
@Suite("Block golden file")
struct BlockGoldenFileTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent()
        .appendingPathComponent("Golden/blocks.txt")

    /// Goal: neither encoder nor decoder drifts. Method: one small block for each kind of column.
    @Test func `blocks are those of the golden file`() throws {
        let cases = BlockGoldenFileTests.cases()
        if ProcessInfo.processInfo.environment["PENSTOCK_GOLDEN_WRITE"] == "1" {
            try BlockGoldenFileTests.text(cases).write(
                to: BlockGoldenFileTests.file,
                atomically: true,
                encoding: .utf8
            )
        }
        let stored = try BlockGoldenFileTests.parse(
            String(contentsOf: BlockGoldenFileTests.file, encoding: .utf8)
        )
        #expect(stored.map(\.name) == cases.map(\.name))
        for (golden, example) in zip(stored, cases) {
            #expect(hexadecimal(example.block) == hexadecimal(golden.block), "\(golden.name)")
            var decoded = BlockColumns()
            try BlockCodec.decode(golden.block, appendingTo: &decoded)
            #expect(decoded.isIdentical(to: example.columns), "\(golden.name)")
        }
    }

    /// Goal: what stores have stays readable. Method: the file of before version 2, which is never
    /// written again.
    @Test func `blocks of version 1 are read`() throws {
        let file = BlockGoldenFileTests.file.deletingLastPathComponent()
            .appendingPathComponent("blocks-version-1.txt")
        let stored = try BlockGoldenFileTests.parse(String(contentsOf: file, encoding: .utf8))
        let cases = BlockGoldenFileTests.cases()
        #expect(stored.count > 12)
        for golden in stored {
            let example = try #require(cases.first { $0.name == golden.name })
            #expect(golden.block.first == 1)
            var decoded = BlockColumns()
            try BlockCodec.decode(golden.block, appendingTo: &decoded)
            #expect(decoded.isIdentical(to: example.columns), "\(golden.name)")
        }
    }

    private struct Example {
        var name: String
        var columns = BlockColumns()
        var block: [UInt8]
    }

    private static let start: Int64 = 1_767_225_600_000_000
    private static let quarter: Int64 = 900_000_000

    private static func cases() -> [Example] { keyCases() + valueCases() }

    /// One for each kind of event and belief column.
    private static func keyCases() -> [Example] {
        let events: [Int64] = regular(40)
        let ends: [Int64] = events.map { $0 + quarter }
        let jitter: [Int64] = events.indices.map { events[$0] + Int64($0 * $0 % 7) * 1_000 }
        let batches: [Int64] = events.indices.map { ends[$0 / 8 * 8] + 17 }
        var gaps = BlockColumns()
        for index in events.indices where index % 13 != 5 {
            gaps.eventStarts.append(events[index])
            gaps.beliefTimes.append(start + 96 * quarter)
            gaps.values.append(decimals[index])
        }
        return [
            example("regular events, constant horizon, decimals", events, ends, decimals),
            example("events with gaps, constant belief time", gaps),
            example("irregular events, horizons", jitter, ends, decimals),
            example("run table of belief times", events, batches, decimals),
            example("tile of equal rows", tile(lengths: [12, 12, 12, 12, 12, 12])),
            example("tile of ragged rows", tile(lengths: [12, 9, 12, 3, 12, 12])),
        ]
    }

    /// One for each kind of value column; events are regular and known when they start.
    private static func valueCases() -> [Example] {
        let runs: [Double] = (0..<40).map { $0 < 30 ? 7.25 : decimals[$0] }
        let ranks: [Double] = (0..<80).map { Double($0 * 7 % 5) * 1.37 }
        let noise: [Double] = (1..<13).map { (index: UInt64) -> Double in
            Double(bitPattern: 0x9E37_79B9_7F4A_7C15 &* index)
        }
        let specials: [Double] = [1.5, .nan, -0.0, 2.5, .infinity, 3.5, -.infinity, 4.5]
        let ulps: [Double] = decimals.map { $0 + 0.1 - 0.3 }
        let singles: [Double] = decimals.map { Double(Float($0 / 3)) }
        let thirds: [Double] = decimals.map { ($0 * 10).rounded() / 3 }
        let squares: [Double] = (0..<40).map { Double($0 * $0 * 25) }
        let daily: [Double] = (0..<600).map { (index: Int) -> Double in
            let hour = index % 24
            return Double(hour * hour * 31 % 1_009) / 100
        }
        let walk: [Double] = (0..<300).reduce(into: [50]) { (values: inout [Double], index: Int) in
            let step = (index * index * 37 + index * 11) % 101 - 50
            values.append(((values[index] * 100).rounded() + Double(step)) / 100)
        }
        return [
            example("constant value", [Double](repeating: 21.5, count: 40)),
            example("runs of equal values", runs),
            example("dictionary", ranks),
            example("raw", noise),
            example("exceptions", specials),
            example("ulps", ulps),
            example("float32", singles),
            example("thirds", thirds),
            example("common divisor", squares),
            example("compressed", daily, effort: .compact),
            example("widths of thirds of bits", walk, effort: .compact),
        ]
    }

    private static let decimals: [Double] = (0..<40).map { (index: Int) -> Double in
        Double(200 + index * index % 37) / 10
    }

    private static func regular(_ count: Int) -> [Int64] {
        (0..<count).map { start + Int64($0) * quarter }
    }

    private static func example(
        _ name: String,
        _ values: [Double],
        effort: BlockCodec.Effort = .fast
    ) -> Example {
        let events = regular(values.count)
        let columns = BlockColumns(eventStarts: events, beliefTimes: events, values: values)
        return example(name, columns, effort: effort)
    }

    private static func example(
        _ name: String,
        _ events: [Int64],
        _ beliefs: [Int64],
        _ values: [Double]
    ) -> Example {
        example(name, BlockColumns(eventStarts: events, beliefTimes: beliefs, values: values))
    }

    private static func example(
        _ name: String,
        _ columns: BlockColumns,
        effort: BlockCodec.Effort = .fast
    ) -> Example {
        var scale: BlockScale?
        let block = BlockCodec.encode(columns, scale: &scale, effort: effort)
        return Example(name: name, columns: columns, block: block)
    }

    /// Posts of forecasts, one every two quarters of an hour.
    private static func tile(lengths: [Int]) -> BlockColumns {
        var cells: [(event: Int64, belief: Int64, value: Double)] = []
        for (row, length) in lengths.enumerated() {
            let belief = Int64(row) * 2 * quarter - 50
            for slot in row * 2..<row * 2 + length {
                cells.append((Int64(slot) * quarter, belief, Double(slot * 3 + row) / 10))
            }
        }
        cells.sort { ($0.event, $0.belief) < ($1.event, $1.belief) }
        return BlockColumns(
            eventStarts: cells.map(\.event),
            beliefTimes: cells.map(\.belief),
            values: cells.map(\.value)
        )
    }

    private static func text(_ cases: [Example]) -> String {
        var text = """
            # Blocks as BlockCodec writes them, 32 bytes a line. The columns are in
            # BlockGoldenFileTests.swift, the format in docs/formats/block.md.

            """
        for example in cases {
            text += "\n= \(example.name)\n"
            for start in stride(from: 0, to: example.block.count, by: 32) {
                let end = min(start + 32, example.block.count)
                text += hexadecimal(Array(example.block[start..<end])) + "\n"
            }
        }
        return text
    }

    private static func parse(_ text: String) -> [Example] {
        var examples: [Example] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("= ") {
                examples.append(Example(name: String(line.dropFirst(2)), block: []))
            } else if !examples.isEmpty {
                let bytes = line.split(separator: " ").compactMap { UInt8($0, radix: 16) }
                examples[examples.count - 1].block += bytes
            }
        }
        return examples
    }
}

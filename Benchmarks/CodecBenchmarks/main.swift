// Size and speed of the block codec, one thread.
//
//   CodecBenchmarks [--compact] [--passes COUNT] [--only NAME] [--export FOLDER]
//       [--pcodec PYTHON] [FOLDER]
//
// FOLDER holds CSV files, one family of series each (see `SeriesFamily.swift`); generated families
// are measured besides. `--compact` encodes as compaction does. The best of `--passes` over all data
// counts (1 if not given): on a machine with other work, take several. `--only NAME` measures one
// family; "rolling" is the year of forecasts alone. `--export` writes the series as raw doubles, so
// that `pcodec_compare.py` measures the same data. `--pcodec PYTHON` runs that script too, with an
// interpreter that has pcodec and numpy, and prints the ratios.
import Foundation
import TSEngine

var folder: String?
var exportFolder: String?
var onlyName: String?
var python: String?
var effort = BlockCodec.Effort.fast
var passCount = 1
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--compact": effort = .compact
    case "--passes": passCount = arguments.popFirst().flatMap { Int($0) } ?? passCount
    case "--export": exportFolder = arguments.popFirst()
    case "--only": onlyName = arguments.popFirst()
    case "--pcodec": python = arguments.popFirst()
    default: folder = argument
    }
}

var families = SeriesFamily.generated()
if let folder { families += try SeriesFamily.files(in: folder) }
let measuredLoad = families.first { $0.name == "loads" }?.series.first?.values
if let onlyName { families.removeAll { $0.name != onlyName } }
if let exportFolder {
    for family in families { try family.export(to: exportFolder) }
    exit(0)
}

/// Pads on the left, or on the right for names.
func column(_ text: String, _ width: Int, isName: Bool = false) -> String {
    let padding = String(repeating: " ", count: max(0, width - text.count))
    return isName ? text + padding : padding + text
}

func row(_ name: String, _ cells: [String]) {
    print(column(name, 14, isName: true) + cells.map { column($0, 12) }.joined())
}

func number(_ value: Double, _ digitCount: Int) -> String {
    String(format: "%.\(digitCount)f", value)
}

func geometricMean(_ values: [Double]) -> Double {
    exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
}

func printMeans(_ name: String, _ results: [SeriesResult]) {
    row(
        name,
        [
            String(results.count),
            number(geometricMean(results.map(\.bytesPerValue)), 3),
            number(geometricMean(results.map(\.encodeRate)), 1),
            number(geometricMean(results.map(\.decodeRate)), 0),
            number(geometricMean(results.map(\.decodeValuesRate)), 0),
        ]
    )
}

var results = families.map { family in family.series.map { measure($0, effort: effort) } }
for _ in 1..<max(1, passCount) {
    for (index, family) in families.enumerated() {
        for (seriesIndex, series) in family.series.enumerated() {
            results[index][seriesIndex].keepBest(of: measure(series, effort: effort))
        }
    }
}

row("family", ["series", "B/value", "encode M/s", "decode M/s", "values M/s"])
for (family, results) in zip(families, results) { printMeans(family.name, results) }
let all = results.flatMap(\.self)
printMeans("all series", all)
printMeans("all families", results.map { SeriesResult.geometricMean($0) })
if let python {
    let names = zip(families, results).flatMap { family, results in
        results.indices.map { "\(family.name)-\($0)" }
    }
    try printPcodecRatios(python: python, families: families, names: names, results: all)
}
if onlyName == nil || onlyName == "rolling" {
    printRollingForecasts(measured: nil)
    if let measuredLoad { printRollingForecasts(measured: measuredLoad) }
}
// Printed so that no work can be optimized away.
print("digest of decoded bits: \(String(all.reduce(0) { $0 ^ $1.digest }, radix: 16))")

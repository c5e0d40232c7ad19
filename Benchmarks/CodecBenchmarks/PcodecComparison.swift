import Foundation

/// Runs `pcodec_compare.py` over the same series, right after ours, and prints its table and how
/// much smaller and faster we are.
///
/// `python`: an interpreter that has the packages pcodec and numpy. `names` and `results`: ours, of
/// each series, in any order.
func printPcodecRatios(
    python: String,
    families: [SeriesFamily],
    names: [String],
    results: [SeriesResult]
) throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("codec-benchmarks-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for family in families { try family.export(to: folder.path) }
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("pcodec_compare.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script.path, "--series", folder.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        print("pcodec could not be measured")
        return
    }
    // A line for each series: name, bytes a value, encode rate, decode rate.
    var theirs: [String: SeriesResult] = [:]
    for line in text.split(separator: "\n") {
        let cells = line.split(separator: " ")
        guard cells.count == 4, let size = Double(cells[1]), let encode = Double(cells[2]),
            let decode = Double(cells[3])
        else { continue }
        theirs[String(cells[0])] = SeriesResult(
            bytesPerValue: size,
            encodeRate: encode,
            decodeRate: decode,
            decodeValuesRate: decode
        )
    }
    let ours = Dictionary(uniqueKeysWithValues: zip(names, results))
    print("\npcodec, level 8, and ours / theirs")
    row("family", ["B/value", "encode M/s", "decode M/s", "size", "encode", "decode"])
    var means: [(ours: SeriesResult, theirs: SeriesResult)] = []
    func show(_ name: String, _ ours: SeriesResult, _ theirs: SeriesResult) {
        row(
            name,
            [
                number(theirs.bytesPerValue, 3), number(theirs.encodeRate, 1),
                number(theirs.decodeValuesRate, 0),
                number(ours.bytesPerValue / theirs.bytesPerValue, 2),
                number(ours.encodeRate / theirs.encodeRate, 2),
                number(ours.decodeValuesRate / theirs.decodeValuesRate, 2),
            ]
        )
    }
    for family in families {
        let names = family.series.indices.map { "\(family.name)-\($0)" }
        let mean = (
            ours: SeriesResult.geometricMean(names.compactMap { ours[$0] }),
            theirs: SeriesResult.geometricMean(names.compactMap { theirs[$0] })
        )
        show(family.name, mean.ours, mean.theirs)
        means.append(mean)
    }
    show("all series", .geometricMean(Array(ours.values)), .geometricMean(Array(theirs.values)))
    show("all families", .geometricMean(means.map(\.ours)), .geometricMean(means.map(\.theirs)))
}

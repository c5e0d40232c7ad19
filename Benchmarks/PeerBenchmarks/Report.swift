import Foundation

/// What is measured: a row of the report.
struct Measure: Hashable {
    enum Better { case higher, lower }

    let workload: String
    let title: String
    /// Nil if it is for information, not for comparison.
    let better: Better?
    /// Digits after the point.
    let digits: Int

    init(_ workload: String, _ title: String, _ better: Better?, digits: Int = 0) {
        self.workload = workload
        self.title = title
        self.better = better
        self.digits = digits
    }
}

/// All numbers, by measure, store and run.
struct Report {
    static let subject = "Penstock"

    private var measures: [Measure] = []
    private var values: [Measure: [String: [Int: Double]]] = [:]
    private(set) var peers: [String] = []
    private var notes: [String] = []
    /// Cases that a store could not finish.
    private(set) var failureCount = 0

    mutating func add(_ measure: Measure, _ peer: String, run: Int, _ value: Double) {
        if values[measure] == nil { measures.append(measure) }
        if !peers.contains(peer) { peers.append(peer) }
        values[measure, default: [:]][peer, default: [:]][run] = value
    }

    mutating func note(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let text = String(line.prefix(300))
        if !notes.contains(text) { notes.append(text) }
        FileHandle.standardError.write(Data("  \(text)\n".utf8))
    }

    mutating func fail(_ text: String) {
        failureCount += 1
        note(text)
    }

    /// The measure of a row, if it was taken.
    func measure(_ workload: String, _ title: String) -> Measure? {
        measures.first { $0.workload == workload && $0.title == title }
    }

    /// Median over the runs.
    func median(_ measure: Measure, _ peer: String) -> Double? {
        Self.median(values[measure]?[peer].map { Array($0.values) } ?? [])
    }

    /// By what factor Penstock is better than a store: the median of the runs' ratios.
    func advantage(_ measure: Measure, over peer: String) -> Double? {
        guard let better = measure.better, let own = values[measure]?[Self.subject],
            let others = values[measure]?[peer]
        else { return nil }
        let ratios = own.compactMap { run, value -> Double? in
            guard let other = others[run], value > 0, other > 0 else { return nil }
            return better == .higher ? value / other : other / value
        }
        return Self.median(ratios)
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// The tables: numbers and advantages, one for each workload; bars; notes.
    var markdown: String {
        var text = """
            Medians over the runs. "×" is by how many times Penstock is ahead: the median of the runs' \
            ratios, turned so that more than 1 is better for Penstock.

            """
        for workload in workloads { text += table(workload) }
        let bars = Bar.all.compactMap { $0.line(self) }
        if !bars.isEmpty {
            text += "\n| bar | measured | |\n| --- | --: | --- |\n" + bars.joined()
        }
        if !notes.isEmpty { text += "\n" + notes.map { "- \($0)\n" }.joined() }
        return text
    }

    /// In the order in which they were measured first.
    private var workloads: [String] {
        var names: [String] = []
        for measure in measures where !names.contains(measure.workload) {
            names.append(measure.workload)
        }
        return names
    }

    private func table(_ workload: String) -> String {
        let peers = peers.filter { $0 == Self.subject } + peers.filter { $0 != Self.subject }
        let compared = peers.filter { $0 != Self.subject && peers.contains(Self.subject) }
        let columns = [workload] + peers + compared.map { "× \($0)" }
        let rule = ["---"] + columns.dropFirst().map { _ in "--:" }
        var text = "\n| \(columns.joined(separator: " | ")) |\n"
        text += "| \(rule.joined(separator: " | ")) |\n"
        for measure in measures where measure.workload == workload {
            let numbers = peers.map { peer in
                median(measure, peer).map { Self.text($0, digits: measure.digits) } ?? "–"
            }
            let ratios = compared.map { peer in
                advantage(measure, over: peer).map { String(format: "%.2f", $0) } ?? "–"
            }
            text += "| \(([measure.title] + numbers + ratios).joined(separator: " | ")) |\n"
        }
        return text
    }

    /// With thousands apart.
    static func text(_ number: Double, digits: Int) -> String {
        let text = String(format: "%.\(digits)f", number)
        let whole = text.prefix { $0 != "." }
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            let left = whole.count - index
            if index > 0, left % 3 == 0, grouped != "-" { grouped += "," }
            grouped.append(digit)
        }
        return grouped + text.dropFirst(whole.count)
    }
}

import Foundation
import TSEngine

/// A sensor-year of rolling forecasts: every 15 minutes a post of 192 values, 3 decimals.
///
/// A linear model of a load: the mean of the value a week ago and that of the latest known day at
/// the same time, plus a share of how far off this is now. So each post revises every value.
struct RollingForecasts {
    static let postLength = 192
    static let postCount = 35_040
    /// Bytes of a block's row beside its payload: heap, TOAST and index entries, zone map.
    static let rowByteCount = 130

    private static let weekLength = 672
    private static let dayLength = 96
    private let load: [Double]

    /// `measured`: a load in 15-minute steps, kW; repeated if it is too short. Without, one is made.
    init(measured: [Double]?) {
        let count = RollingForecasts.weekLength + RollingForecasts.postCount
        if let measured {
            load = (0..<count).map { measured[$0 % measured.count] }
            return
        }
        var random = SeededRandom(seed: 2)
        var noise = 0.0
        load = (0..<count).map { step in
            let hour = Double(step % 96) / 4
            let isWeekend = step / 96 % 7 >= 5
            let daily = 0.35 + 0.25 * exp(-pow((hour - 19) / 2.5, 2))
            let morning = isWeekend ? 0.1 : 0.3 * exp(-pow((hour - 8) / 1.5, 2))
            noise = 0.8 * noise + Double.random(in: -0.12...0.12, using: &random)
            return max(0.03, daily + morning + noise)
        }
    }

    /// What post `post` says about `lead` steps after it, 1...192.
    private func forecast(_ post: Int, _ lead: Int) -> Double {
        let now = RollingForecasts.weekLength + post
        let share = 0.08 + 0.8 * exp(-Double(lead) / 12)
        let value = typical(now + lead, at: now) + share * (load[now] - typical(now, at: now - 1))
        return (value * 1_000).rounded() / 1_000
    }

    /// `now` is the latest known step, and `event` at most 192 later.
    private func typical(_ event: Int, at now: Int) -> Double {
        let day = RollingForecasts.dayLength
        let latestDay = event - (event - now + day - 1) / day * day
        return (load[event - RollingForecasts.weekLength] + load[latestDay]) / 2
    }

    /// The beliefs of `posts`, by event, then belief time.
    func beliefs(of posts: Range<Int>, leads: ClosedRange<Int> = 1...192) -> BlockColumns {
        let step: Int64 = 900_000_000
        let start: Int64 = 1_451_606_400_000_000
        var columns = BlockColumns()
        for event in posts.lowerBound + leads.lowerBound..<posts.upperBound + leads.upperBound {
            let first = max(posts.lowerBound, event - leads.upperBound)
            let end = min(posts.upperBound, event - leads.lowerBound + 1)
            for post in first..<max(first, end) {
                columns.eventStarts.append(start + Int64(event) * step)
                columns.beliefTimes.append(start + Int64(post) * step)
                columns.values.append(forecast(post, event - post))
            }
        }
        return columns
    }
}

/// Prints what a year costs, loaded at once and compacted every hour.
func printRollingForecasts(measured: [Double]?) {
    let forecasts = RollingForecasts(measured: measured)
    let year = 0..<RollingForecasts.postCount
    let beliefCount = RollingForecasts.postCount * RollingForecasts.postLength
    // The latest belief of each event is that of the last post before it; the last post is whole.
    var current = forecasts.beliefs(of: year, leads: 1...1)
    let last = forecasts.beliefs(of: year.suffix(1), leads: 2...RollingForecasts.postLength)
    current.eventStarts += last.eventStarts
    current.beliefTimes += last.beliefTimes
    current.values += last.values
    let currentCost = stride(from: 0, to: current.count, by: BlockCodec.valueCountTarget).map {
        cost(of: current, $0..<min(current.count, $0 + BlockCodec.valueCountTarget))
    }.reduce(0, +)

    let superseded = forecasts.beliefs(
        of: year.dropLast(),
        leads: 2...RollingForecasts.postLength
    )
    let start = ContinuousClock.now
    let atOnce = HistoryTiles.split(superseded)
    let splitTime = ContinuousClock.now - start
    let kind = measured == nil ? "generated load" : "measured load"
    func show(_ name: String, _ pieces: [BlockColumns]) {
        precondition(pieces.reduce(0) { $0 + $1.count } == superseded.count)
        let bytes = pieces.reduce(0) { $0 + cost(of: $1, 0..<$1.count) }
        let payload = bytes - pieces.count * RollingForecasts.rowByteCount
        row(
            name,
            [
                String(pieces.count),
                number(Double(payload) / Double(superseded.count), 3),
                number(Double(bytes + currentCost) / Double(beliefCount), 3),
            ]
        )
    }
    print("\nrolling forecasts, \(kind): \(beliefCount) beliefs, split in \(splitTime)")
    row("history", ["blocks", "payload B/v", "all in B/v"])
    show("at once", atOnce)
    show("hourly", hourly(forecasts))
}

/// The history blocks when four posts come at a time and only an open block is rewritten.
private func hourly(_ forecasts: RollingForecasts) -> [BlockColumns] {
    var blocks: [BlockColumns] = []
    var open = 0..<0
    let end = RollingForecasts.postCount - 1
    for first in stride(from: 0, to: end, by: 4) {
        // The open block is a tile of whole posts, so its beliefs can be made again.
        let posts = (open.isEmpty ? first : open.lowerBound)..<min(end, first + 4)
        let pieces = HistoryTiles.split(
            forecasts.beliefs(of: posts, leads: 2...RollingForecasts.postLength)
        )
        guard let newest = pieces.last else { continue }
        if HistoryTiles.isOpen(valueCount: newest.count), posts.upperBound < end {
            blocks += pieces.dropLast()
            open = posts.suffix(newest.count / (RollingForecasts.postLength - 1))
        } else {
            blocks += pieces
            open = 0..<0
        }
    }
    return blocks
}

private func cost(of columns: BlockColumns, _ range: Range<Int>) -> Int {
    var scale: BlockScale?
    return RollingForecasts.rowByteCount
        + BlockCodec.encode(columns, range: range, scale: &scale, effort: .compact).count
}

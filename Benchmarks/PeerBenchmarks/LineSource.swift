import Synchronization

/// Lines on their way to a server, in columns. Reused from batch to batch, so that making one
/// allocates nothing.
struct LineBatch {
    fileprivate(set) var count = 0
    fileprivate(set) var series: [UInt32]
    /// Seconds since 1970.
    fileprivate(set) var seconds: [UInt32]
    /// The value times 100.
    fileprivate(set) var hundredths: [Int32]

    init(capacity: Int) {
        series = Array(repeating: 0, count: capacity)
        seconds = Array(repeating: 0, count: capacity)
        hundredths = Array(repeating: 0, count: capacity)
    }
}

/// Deterministic readings of many series, handed out batch by batch to several connections.
///
/// A series is a random walk with two decimals in steps of at most 0.50, as a meter might report.
/// Made on the fly: about ten nanoseconds a line, far below what any server needs for one.
final class LineSource: Sendable {
    enum Order: Sendable {
        /// All series of a step, then the next step.
        case time
        /// All steps of a series, then the next series.
        case series
        /// Every pair of series and step in one random order.
        case shuffled
    }

    /// What the lines are about.
    struct Shape: Sendable {
        var measurement = "power"
        var firstSeries = 0
        var seriesCount: Int
        var stepCount: Int
        var stepSeconds = 300
        /// Seconds since 1970; 2024-01-01 in UTC if not given.
        var start = 1_704_067_200
        var order = Order.time

        var lineCount: Int { seriesCount * stepCount }
        /// Of the last step; seconds since 1970.
        var last: Int { start + (stepCount - 1) * stepSeconds }
    }

    let shape: Shape
    let linesPerBatch: Int
    private let state: Mutex<State>

    private struct State {
        var nextLine = 0
        var random: SplitMix
        /// Of every series, or of the present one if the order is `series`; times 100.
        var walk: [Int32]
        /// Line numbers in the order in which they go out; empty unless shuffled.
        var shuffled: [UInt32] = []
    }

    init(_ shape: Shape, linesPerBatch: Int) {
        self.shape = shape
        self.linesPerBatch = linesPerBatch
        var random = SplitMix(state: 1)
        let starts = (0..<shape.seriesCount).map { _ in Int32(random.next(below: 10_000)) }
        var state = State(random: random, walk: starts)
        if shape.order == .shuffled {
            var lines = Array(0..<UInt32(shape.lineCount))
            lines.shuffle(using: &state.random)
            state.shuffled = lines
        }
        self.state = Mutex(state)
    }

    func makeBatch() -> LineBatch { LineBatch(capacity: linesPerBatch) }

    /// Fills the next batch; false if there are no more lines.
    func next(_ batch: inout LineBatch) -> Bool {
        state.withLock { state in
            let lines = state.nextLine..<min(state.nextLine + linesPerBatch, shape.lineCount)
            state.nextLine = lines.upperBound
            batch.count = lines.count
            switch shape.order {
            case .time: fillByTime(&batch, lines, &state)
            case .series: fillBySeries(&batch, lines, &state)
            case .shuffled: fillShuffled(&batch, lines, state)
            }
            return !lines.isEmpty
        }
    }

    private func fillByTime(_ batch: inout LineBatch, _ lines: Range<Int>, _ state: inout State) {
        guard var line = lines.first else { return }
        var index = 0
        while line < lines.upperBound {
            let (step, first) = line.quotientAndRemainder(dividingBy: shape.seriesCount)
            let seconds = UInt32(shape.start + step * shape.stepSeconds)
            let end = min(shape.seriesCount, first + lines.upperBound - line)
            for series in first..<end {
                state.walk[series] &+= state.random.step()
                batch.series[index] = UInt32(truncatingIfNeeded: shape.firstSeries + series)
                batch.seconds[index] = seconds
                batch.hundredths[index] = state.walk[series]
                index += 1
            }
            line += end - first
        }
    }

    private func fillBySeries(_ batch: inout LineBatch, _ lines: Range<Int>, _ state: inout State) {
        for (index, line) in lines.enumerated() {
            let (series, step) = line.quotientAndRemainder(dividingBy: shape.stepCount)
            state.walk[series] &+= state.random.step()
            batch.series[index] = UInt32(shape.firstSeries + series)
            batch.seconds[index] = UInt32(shape.start + step * shape.stepSeconds)
            batch.hundredths[index] = state.walk[series]
        }
    }

    /// Steps of a series come in any order, so each value is its own small draw around the start.
    private func fillShuffled(_ batch: inout LineBatch, _ lines: Range<Int>, _ state: State) {
        for (index, line) in lines.enumerated() {
            let number = Int(state.shuffled[line])
            let (step, series) = number.quotientAndRemainder(dividingBy: shape.seriesCount)
            var random = SplitMix(state: UInt64(number))
            batch.series[index] = UInt32(shape.firstSeries + series)
            batch.seconds[index] = UInt32(shape.start + step * shape.stepSeconds)
            batch.hundredths[index] = state.walk[series] + random.step()
        }
    }
}

/// Random numbers that are the same in every run (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// One step of a walk, -50 to 50.
    mutating func step() -> Int32 { Int32(truncatingIfNeeded: next(below: 101)) - 50 }
}

import Foundation
import Synchronization

/// How far the loader is, on standard error: a bar on a terminal, now and then a line elsewhere.
final class DemoProgress: Sendable {
    private struct State {
        var valueCount = 0
        /// When the bar was last drawn.
        var drawnAt: ContinuousClock.Instant?
        /// Quarters that were reported by a line.
        var quarterCount = 0
    }

    private let valueCountMax: Int
    private let isTerminal: Bool
    private let began = ContinuousClock.now
    private let state = Mutex(State())
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - valueCountMax: of values that are to be loaded, positive.
    ///   - isTerminal: whether a bar can be drawn.
    ///   - write: where the text goes.
    init(
        valueCountMax: Int,
        isTerminal: Bool = isatty(STDERR_FILENO) == 1,
        write: @escaping @Sendable (String) -> Void = {
            FileHandle.standardError.write(Data($0.utf8))
        }
    ) {
        self.valueCountMax = valueCountMax
        self.isTerminal = isTerminal
        self.write = write
    }

    /// Notes that `count` more values are stored.
    func add(_ count: Int) {
        let text = state.withLock { state -> String? in
            state.valueCount += count
            let isDone = state.valueCount >= valueCountMax
            guard isTerminal else {
                let quarterCount = state.valueCount * 4 / max(1, valueCountMax)
                guard quarterCount > state.quarterCount else { return nil }
                state.quarterCount = quarterCount
                return "loaded \(counts(state))\n"
            }
            let now = ContinuousClock.now
            // Ten pictures a second look like motion and cost nothing.
            if let drawnAt = state.drawnAt, now - drawnAt < .milliseconds(100), !isDone {
                return nil
            }
            state.drawnAt = now
            return bar(state) + (isDone ? "\n" : "")
        }
        if let text { write(text) }
    }

    private func bar(_ state: State) -> String {
        let width = 32
        let full = min(width, state.valueCount * width / max(1, valueCountMax))
        let picture =
            String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let rate = seconds > 0 ? Int(Double(state.valueCount) / seconds) : 0
        // Back to the start of the line, and clear what is longer.
        return "\r\(picture)  \(counts(state))  \(Self.grouped(rate)) values/s\u{1B}[K"
    }

    private func counts(_ state: State) -> String {
        "\(Self.grouped(state.valueCount)) of \(Self.grouped(valueCountMax)) values"
    }

    /// 1234567 as 1,234,567.
    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text = "," + text }
            text = String(digit) + text
        }
        return number < 0 ? "-" + text : text
    }
}

internal import Catalog
internal import Model

/// The annotations of a chart: one entry for all that end at one moment, as there is one line for
/// them.
struct ChartAnnotations: Sendable {
    struct Window: Sendable {
        let start: Timestamp?
        let end: Timestamp?
        let knownBy: Timestamp?
        let knownSince: Timestamp?
        /// Whether they are cut at the window's ends.
        let clips: Bool

        var span: AnnotationSpan {
            var span = AnnotationSpan(start: start, end: end)
            (span.knownBy, span.knownSince) = (knownBy, knownSince)
            return span
        }
    }

    let window: Window
    let catalog: CatalogStore

    /// - Returns: the entries, by their ends.
    /// - Throws: `CatalogError`.
    func entries(of targets: [AnnotationTarget]) async throws(CatalogError) -> [JSONValue] {
        let found = try await catalog.annotations(of: targets, in: window.span)
        var byEnd: [Timestamp: [(index: Int, annotation: Annotation)]] = [:]
        for (index, annotation) in found.joined().enumerated() {
            byEnd[end(annotation), default: []].append((index, annotation))
        }
        return byEnd.sorted { $0.key < $1.key }.compactMap { end, group in
            let stack = group.sorted { order($0) < order($1) }
            guard let first = stack.first else { return nil }
            let lines = stack.flatMap { Self.lines($0.annotation.content) }
            return .object([
                "belief_time": first.annotation.beliefTime.map(milliseconds) ?? .null,
                "content": .array(lines.map { .string($0) }),
                "end": milliseconds(end), "index": .integer(Int64(first.index)),
                "source": .string(catalog.source(first.annotation.source)?.description ?? ""),
                "start": milliseconds(start(first.annotation)),
                "type": .string(first.annotation.type),
            ])
        }
    }

    private func start(_ annotation: Annotation) -> Timestamp {
        guard window.clips, let start = window.start else { return annotation.start }
        return max(start, annotation.start)
    }

    private func end(_ annotation: Annotation) -> Timestamp {
        guard window.clips, let end = window.end else { return annotation.end }
        return min(end, annotation.end)
    }

    /// By start, then by when they were made; those of which nobody knows come last.
    private func order(_ entry: (index: Int, annotation: Annotation)) -> (Timestamp, Timestamp, Int)
    {
        (start(entry.annotation), entry.annotation.beliefTime ?? .latest, entry.index)
    }

    private func milliseconds(_ moment: Timestamp) -> JSONValue {
        .integer(CivilDate.floorDivide(moment.microseconds, 1_000).quotient)
    }

    /// What fits beside a chart.
    private static let lineLengthMax = 60

    /// A text cut at blanks; longer words are cut within.
    static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            var rest = word
            if !line.isEmpty, line.count + 1 + rest.count > lineLengthMax {
                // A word that fits on no line fills up this one first.
                let room = lineLengthMax - line.count - 1
                if rest.count > lineLengthMax, room > 0 {
                    line += " " + rest.prefix(room)
                    rest = rest.dropFirst(room)
                }
                lines.append(line)
                line = ""
            }
            while rest.count > lineLengthMax {
                lines.append(String(rest.prefix(lineLengthMax)))
                rest = rest.dropFirst(lineLengthMax)
            }
            line += (line.isEmpty ? "" : " ") + rest
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

extension ValueColumn {
    /// Appends VALUES.
    ///
    /// `values` has shape `[n]`, at least one. `scale` is the previous block's scale of the same
    /// series, and receives this block's. `thirds` as in `StreamEncoder`.
    static func append(
        _ values: Span<Double>,
        scale: inout BlockScale?,
        thirds: Bool,
        to writer: inout ByteWriter
    ) {
        let extraction = RunExtraction(values)
        writer.append(varint: extraction.runs.count)
        if extraction.runs.isEmpty {
            appendDense(values, scale: &scale, thirds: thirds, to: &writer)
        } else {
            writer.append(varint: extraction.dense.count)
            for run in extraction.runs {
                writer.append(varint: run.gap)
                writer.append(varint: run.length - runLengthMin)
            }
            appendDense(extraction.dense.span, scale: &scale, thirds: thirds, to: &writer)
        }
    }

    private static func appendDense(
        _ values: Span<Double>,
        scale: inout BlockScale?,
        thirds: Bool,
        to writer: inout ByteWriter
    ) {
        let first = values[0].bitPattern
        if values.indices.allSatisfy({ values[$0].bitPattern == first }) {
            writer.append(byte: Kind.constant)
            writer.append(fixed: first)
            return
        }
        let start = writer.bytes.count
        let numbers = scaled(values, &scale)
        writer.append(byte: Kind.numbers)
        numbers.append(values, orderMax: 2, thirds: thirds, to: &writer)
        appendDictionary(values, numbers, insteadOf: start, thirds: thirds, to: &writer)
        // A RAW column is its kind and 8 bytes a value.
        if writer.bytes.count - start - 1 >= 8 * values.count {
            writer.truncate(byteCount: start)
            writer.append(byte: Kind.raw)
            for index in values.indices { writer.append(fixed: values[index].bitPattern) }
        }
    }

    /// Scales `values`, by the previous block's scale where it fits again.
    private static func scaled(_ values: Span<Double>, _ scale: inout BlockScale?) -> ScaledNumbers
    {
        if let previous = scale, ScaleSelection.stillFits(previous, values) {
            let numbers = ScaledNumbers(values, scale: previous)
            // NaN marks a missing value; it is an exception in every scale.
            let exceptionCount = numbers.exceptions.count { !values[$0].isNaN }
            if numbers.ulps.isEmpty, exceptionCount * 100 <= values.count { return numbers }
        }
        let best = ScaleSelection.best(values)
        scale = best
        return ScaledNumbers(values, scale: best)
    }

    /// Replaces `numbers`, which were written after `start`, by a dictionary if it is 2 % smaller.
    private static func appendDictionary(
        _ values: Span<Double>,
        _ numbers: ScaledNumbers,
        insteadOf start: Int,
        thirds: Bool,
        to writer: inout ByteWriter
    ) {
        let exceptionCount = numbers.exceptions.count
        guard let dictionary = ValueDictionary(values, exceptionCount: exceptionCount)
        else { return }
        var trial = ByteWriter(byteCapacity: writer.bytes.count - start)
        trial.append(byte: Kind.dictionary)
        trial.append(varint: dictionary.values.count)
        let distinct = ScaledNumbers(dictionary.values.span, scale: numbers.scale)
        distinct.append(dictionary.values.span, orderMax: 1, thirds: thirds, to: &trial)
        StreamEncoder.append(dictionary.ranks.span, orderMax: 1, thirds: thirds, to: &trial)
        if trial.bytes.count * 100 < (writer.bytes.count - start) * 98 {
            writer.truncate(byteCount: start)
            writer.append(contentsOf: trial.bytes)
        }
    }
}

/// A column without its runs of equal values.
private struct RunExtraction {
    private(set) var runs: [ValueRuns.Run] = []
    /// What is left, each run as one value; empty if there are no runs.
    private(set) var dense: [Double] = []

    init(_ values: Span<Double>) {
        // A run of 12 holds an index divisible by 11 together with the next one, so that looking
        // at every eleventh pair finds all runs.
        let stride = ValueColumn.runLengthMin - 1
        var probe = 0
        var copied = 0
        while probe + 1 < values.count {
            let bits = values[probe].bitPattern
            guard values[probe + 1].bitPattern == bits else {
                probe += stride
                continue
            }
            var start = probe
            while start > copied, values[start - 1].bitPattern == bits { start -= 1 }
            var end = probe + 2
            while end < values.count, values[end].bitPattern == bits { end += 1 }
            if end - start >= ValueColumn.runLengthMin {
                for index in copied..<start { dense.append(values[index]) }
                dense.append(values[probe])
                runs.append(ValueRuns.Run(gap: start - copied, length: end - start))
                copied = end
            }
            while probe < end { probe += stride }
        }
        if runs.isEmpty { return }
        for index in copied..<values.count { dense.append(values[index]) }
    }
}

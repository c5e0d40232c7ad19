extension BlockCodec {
    /// The block of `eventStarts.count` beliefs.
    ///
    /// - Parameters:
    ///   - eventStarts: Shape `[n]`, µs since 1970 UTC, ascending. `1 <= n <= valueCountMax`, else
    ///     this traps.
    ///   - beliefTimes: Shape `[n]`, µs since 1970 UTC; those of one event ascend.
    ///   - values: Shape `[n]`, any bit patterns.
    ///   - scale: How the series' previous block was scaled, `nil` at first; receives how this one
    ///     is. Passing another series' scale costs time, never correctness.
    ///   - effort: How much time to take.
    /// - Returns: About 1 byte a belief for decimal measurements, at most 26 and a header of 64.
    package static func encode(
        eventStarts: Span<Int64>,
        beliefTimes: Span<Int64>,
        values: Span<Double>,
        scale: inout BlockScale?,
        effort: Effort
    ) -> [UInt8] {
        let count = values.count
        precondition(count >= 1, "a block has beliefs")
        precondition(count <= valueCountMax, "a longer block would be slow to read in part")
        precondition(eventStarts.count == count && beliefTimes.count == count)
        var keys = ByteWriter()
        EventColumn.append(eventStarts, to: &keys)
        BeliefColumn.append(beliefTimes, events: eventStarts, to: &keys)
        var isTile = false
        if let tile = tile(eventStarts, beliefTimes) {
            var tileKeys = ByteWriter()
            TileColumn.append(tile, to: &tileKeys)
            isTile = tileKeys.bytes.count < keys.bytes.count
            if isTile { keys = tileKeys }
        }
        return seal(keys: keys, values, isTile: isTile, scale: &scale, effort: effort)
    }

    /// The block of all beliefs of `columns`, or of those in `range`.
    package static func encode(
        _ columns: BlockColumns,
        range: Range<Int>? = nil,
        scale: inout BlockScale?,
        effort: Effort
    ) -> [UInt8] {
        let range = range ?? 0..<columns.count
        return encode(
            eventStarts: columns.eventStarts.span.extracting(range),
            beliefTimes: columns.beliefTimes.span.extracting(range),
            values: columns.values.span.extracting(range),
            scale: &scale,
            effort: effort
        )
    }

    /// The block of a tile of forecasts; `encode` makes the same from columns, in more time.
    ///
    /// `tile`: the posts, of at most `valueCountMax` cells together, else this traps. `values`:
    /// shape `[tile.cellCount]`, in cell order: by event, then by row. `scale` and `effort` as in
    /// `encode`.
    package static func encodeTile(
        _ tile: TileRows,
        values: Span<Double>,
        scale: inout BlockScale?,
        effort: Effort
    ) -> [UInt8] {
        precondition(tile.cellCount <= valueCountMax)
        precondition(values.count == tile.cellCount, "one value for each cell")
        var keys = ByteWriter()
        TileColumn.append(tile, to: &keys)
        return seal(keys: keys, values, isTile: true, scale: &scale, effort: effort)
    }

    /// Rows where at least one event has several beliefs; without, other kinds are smaller.
    private static func tile(_ events: Span<Int64>, _ beliefs: Span<Int64>) -> TileRows? {
        let isRevised = (1..<events.count).contains { events[$0] == events[$0 - 1] }
        return isRevised ? TileRows(eventStarts: events, beliefTimes: beliefs) : nil
    }

    private static func seal(
        keys: ByteWriter,
        _ values: Span<Double>,
        isTile: Bool,
        scale: inout BlockScale?,
        effort: Effort
    ) -> [UInt8] {
        var body = ByteWriter(byteCapacity: keys.bytes.count + 2 * values.count)
        body.append(varint: values.count)
        body.append(contentsOf: keys.bytes)
        ValueColumn.append(values, scale: &scale, thirds: effort == .compact, to: &body)
        return BlockFrame.seal(body.bytes, isTile: isTile, effort: effort)
    }
}

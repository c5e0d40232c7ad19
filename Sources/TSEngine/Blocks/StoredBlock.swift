internal import Model

/// A block as the store has it: its zone map and the encoded beliefs.
@dynamicMemberLookup
struct StoredBlock: Sendable {
    let zone: BlockZone
    /// As `BlockCodec` writes it.
    let payload: [UInt8]

    init(zone: BlockZone, payload: [UInt8]) {
        (self.zone, self.payload) = (zone, payload)
    }

    /// Encodes `columns` and makes their zone map.
    ///
    /// - Precondition: ascending, 1...`BlockCodec.valueCountMax` beliefs.
    init(series: SeriesKey, columns: BeliefColumns, blockID: Int64, scale: inout BlockScale?) {
        precondition(!columns.isEmpty, "a block holds at least one belief")
        let block = BlockColumns(
            eventStarts: columns.eventStarts,
            beliefTimes: columns.beliefTimes,
            values: columns.values
        )
        payload = BlockCodec.encode(block, scale: &scale, effort: .compact)
        zone = BlockZone(
            series: series,
            columns: columns,
            blockID: blockID,
            payloadCount: payload.count
        )
    }

    subscript<Value>(dynamicMember member: KeyPath<BlockZone, Value>) -> Value {
        zone[keyPath: member]
    }

    /// The beliefs.
    ///
    /// - Throws: `CodecError` if the payload is damaged.
    func columns() throws(CodecError) -> BeliefColumns {
        var block = BlockColumns()
        try BlockCodec.decode(payload, appendingTo: &block)
        guard block.count == zone.valueCount, block.eventStarts.first == zone.firstEvent,
            block.eventStarts.last == zone.lastEvent
        else { throw .counts }
        return BeliefColumns(
            eventStarts: block.eventStarts,
            beliefTimes: block.beliefTimes,
            values: block.values
        )
    }

    /// About how many bytes the block takes in memory, for the cache's budget.
    var byteCount: Int { payload.count + 200 }
}

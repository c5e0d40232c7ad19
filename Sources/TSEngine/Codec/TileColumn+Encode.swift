extension TileColumn {
    /// Appends EVENT kind 3 and BELIEF kind 4.
    static func append(_ tile: TileRows, to writer: inout ByteWriter) {
        let firstBelief = tile.rows[0].beliefTime
        let firstEvent = tile.rows.reduce(Int64.max) { min($0, $1.firstEvent) }
        let offsets = tile.rows.map { $0.beliefTime &- firstBelief }
        writer.append(byte: EventColumn.Kind.tile)
        writer.append(varint: tile.rows.count)
        writer.append(fixed: firstBelief)
        StreamEncoder.append(offsets.span, orderMax: 2, to: &writer)
        writer.append(fixed: firstEvent)
        writer.append(varint: Int(tile.step))
        let shape = tile.shape
        let shift = shape.starts.count > 1 ? shape.starts[1] : 0
        let length = shape.lengths[0]
        let isUniform = shape.starts.indices.allSatisfy { row in
            shape.lengths[row] == length
                && shift.multipliedReportingOverflow(by: row) == (shape.starts[row], false)
        }
        writer.append(byte: isUniform ? 1 : 0)
        if isUniform {
            writer.append(varint: shift)
            writer.append(varint: length)
        } else {
            // A span of an unnamed array makes the compiler (6.3.1) fail.
            let starts = shape.starts.map { Int64($0) }
            let lengths = shape.lengths.map { Int64($0) }
            StreamEncoder.append(starts.span, orderMax: 2, to: &writer)
            StreamEncoder.append(lengths.span, orderMax: 2, to: &writer)
        }
        writer.append(byte: BeliefColumn.Kind.tile)
    }
}

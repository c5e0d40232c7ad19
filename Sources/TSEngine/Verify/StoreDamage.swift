package import Model

/// One thing that is wrong in the engine's tables, and where.
package struct StoreDamage: Sendable, Hashable {
    /// What is wrong, for scripts.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Postgres cannot read the row.
        case unreadable
        /// The payload is not a block or segment, or the directory not one: checksum or structure.
        case payload
        /// Beliefs are not in order, or several are about one event in the current layer.
        case order
        /// A zone map, or a column of the row, does not agree with the payload.
        case zoneMap = "zone_map"
        /// A block or segment lies in the wrong partition.
        case partition
        /// Blocks of a series overlap in the current layer.
        case overlap
        /// A number that the commit sequence has not given out.
        case sequence
        /// A table or partition is missing, or no part of its parent.
        case table
        /// Beliefs of a sensor or source that the catalog does not have.
        case unknownID = "unknown_id"
    }

    package let kind: Kind
    /// The partition, or the table.
    package let table: String
    /// Of a damaged block.
    package var series: SeriesKey?
    /// The last sensor of a page whose blocks cannot be told.
    package var sensor: SensorID?
    /// The block's id, or the page's if its blocks cannot be told.
    package var block: Int64?
    /// The number of a damaged segment.
    package var segment: Int64?
    /// What was found; one sentence, lowercase.
    package let text: String

    package init(
        _ kind: Kind,
        table: String,
        series: SeriesKey? = nil,
        sensor: SensorID? = nil,
        block: Int64? = nil,
        segment: Int64? = nil,
        _ text: String
    ) {
        (self.kind, self.table, self.text) = (kind, table, text)
        (self.series, self.sensor, self.block) = (series, sensor, block)
        self.segment = segment
    }
}

/// What a look through the store found.
package struct StoreFindings: Sendable {
    package internal(set) var blockCount: Int64 = 0
    /// Beliefs in blocks that could be decoded.
    package internal(set) var blockValueCount: Int64 = 0
    package internal(set) var segmentCount: Int64 = 0
    /// Beliefs in segments that could be decoded.
    package internal(set) var segmentValueCount: Int64 = 0
    /// Payloads that were decoded, in bytes.
    package internal(set) var byteCount: Int64 = 0
    /// All damage, also what is not listed.
    package internal(set) var damageCount: Int64 = 0
    /// The first of it.
    package internal(set) var damage: [StoreDamage] = []

    /// More than a person reads; bounds the memory if everything is damaged.
    package static let damageCountMax = 1_000

    mutating func add(_ found: StoreDamage) {
        damageCount += 1
        if damage.count < Self.damageCountMax { damage.append(found) }
    }
}

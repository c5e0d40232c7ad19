/// The distinct values of a column, ascending, and each value's rank among them.
struct ValueDictionary {
    /// Fewest values for which a dictionary is tried.
    private static let valueCountMin = 64

    /// Distinct by bit pattern, ascending by `BlockScale.ordered`.
    let values: [Double]
    /// Index into `values`, one for each value of the column.
    let ranks: [Int64]

    /// `nil` unless there are at least two distinct values, but not more than a third of all; or
    /// three quarters, where one in eight is an exception of the scale and takes 9 bytes each time.
    init?(_ column: Span<Double>, exceptionCount: Int) {
        let count = column.count
        guard count >= ValueDictionary.valueCountMin else { return nil }
        let distinctCountMax = exceptionCount * 8 > count ? count * 3 / 4 : count / 3
        guard let (distinct, entries) = ValueDictionary.distinct(column, through: distinctCountMax)
        else { return nil }
        // The index in the lowest bits would need 77 bits with the value: so sort the indices.
        let order = distinct.indices.sorted { distinct[$0] < distinct[$1] }
        var rankOfEntry = [Int64](repeating: 0, count: distinct.count)
        for (rank, entry) in order.enumerated() { rankOfEntry[entry] = Int64(rank) }
        values = order.map { BlockScale.double(ordered: distinct[$0]) }
        ranks = entries.map { rankOfEntry[Int($0)] }
    }

    /// Distinct values in the order of appearance, as ordered integers, and for each value of the
    /// column the index of its own; `nil` as soon as they are too many.
    private static func distinct(
        _ column: Span<Double>,
        through distinctCountMax: Int
    ) -> ([Int64], [UInt16])? {
        // At most two thirds full, so that linear probing stays short. A slot is 16 bits, which is
        // enough for the values of a block that is written.
        let slotBitCount = UInt64(64 - (distinctCountMax * 3 / 2).leadingZeroBitCount)
        let mask = (1 << slotBitCount) - 1
        // The index in `distinct` plus one, 0 where free.
        var slots = [UInt16](repeating: 0, count: 1 << Int(slotBitCount))
        var distinct: [Int64] = []
        distinct.reserveCapacity(distinctCountMax)
        var entries: [UInt16] = []
        entries.reserveCapacity(column.count)
        for index in column.indices {
            let key = BlockScale.ordered(column[index])
            let hash = UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15
            var slot = Int(truncatingIfNeeded: hash &>> (64 - slotBitCount))
            while slots[slot] != 0, distinct[Int(slots[slot]) - 1] != key {
                slot = (slot + 1) & mask
            }
            if slots[slot] == 0 {
                guard distinct.count < distinctCountMax else { return nil }
                distinct.append(key)
                slots[slot] = UInt16(distinct.count)
            }
            entries.append(slots[slot] - 1)
        }
        return distinct.count > 1 ? (distinct, entries) : nil
    }
}

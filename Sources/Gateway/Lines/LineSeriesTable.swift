/// The series keys of one database by their bytes as clients send them: `measurement,tags field=`.
///
/// A value: whoever holds it decides about locks. A series has an entry for each spelling that was
/// sent; all of them have its number. Entries are in the order in which they came, so the entry
/// after the one of a line is most likely the one of the next line, which then costs one comparison
/// and no hashing.
///
/// Memory: 20 bytes an entry, 8 to 16 of the hash table, and the bytes of the key once.
struct LineSeriesTable: Sendable {
    /// One spelling of a series' key.
    struct Entry: BitwiseCopyable, Sendable {
        /// Where its bytes begin in `arena`.
        let offset: UInt32
        /// Of `measurement,tags`; one blank follows.
        let headCount: UInt16
        /// Of `field=`.
        let fieldCount: UInt16
        /// Upper bits of the key's hash.
        let hash: UInt32
        /// Equal for keys of one line, whose heads are equal. Others may have equal heads too.
        let head: UInt32
        let series: UInt32

        @inline(__always) var count: Int { Int(headCount) + 1 + Int(fieldCount) }
    }

    private(set) var entries: [Entry] = []
    /// The keys' bytes, one after the other.
    private(set) var arena: [UInt8] = []
    /// Entries by hash, open addressing; a position is an entry's index + 1, or 0. A power of two.
    private(set) var positions: [UInt32]
    /// Secret in this process, see `ByteKernels.hash`.
    let seed: UInt64
    private var headCount: UInt32 = 0

    /// Keys' bytes that fit; 32 bits address them.
    private static let arenaCountMax = Int(UInt32.max)
    static let none = UInt32.max

    init(seed: UInt64 = .random(in: .min ... .max)) {
        self.seed = seed
        positions = [UInt32](repeating: 0, count: 64)
    }

    /// The hash of a key from that of its head.
    @inline(__always)
    static func hash(head: UInt64, field: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        ByteKernels.hash(field, range, seed: head)
    }

    /// The entry of a key, or `none`. `field` includes the `=`.
    ///
    /// - Precondition: both ranges lie in `bytes`.
    @inline(__always)
    func find(
        _ bytes: Span<UInt8>,
        head: Range<Int>,
        field: Range<Int>,
        hash: UInt64
    ) -> UInt32 {
        let mask = positions.count - 1
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var index = Int(truncatingIfNeeded: hash) & mask
        while positions[index] != 0 {
            let number = positions[index] - 1
            let entry = entries[Int(number)]
            if entry.hash == tag, Int(entry.headCount) == head.count,
                Int(entry.fieldCount) == field.count,
                ByteKernels.areEqual(
                    arena.span,
                    at: Int(entry.offset),
                    bytes,
                    at: head.lowerBound,
                    count: head.count
                ),
                ByteKernels.areEqual(
                    arena.span,
                    at: Int(entry.offset) + head.count + 1,
                    bytes,
                    at: field.lowerBound,
                    count: field.count
                )
            {
                return number
            }
            index = (index + 1) & mask
        }
        return Self.none
    }

    /// The series of a key that lies in one piece, as `Entry` has it; nil if the table lacks it.
    func series(of key: [UInt8], headCount: Int) -> UInt32? {
        let found = find(
            key.span,
            head: 0..<headCount,
            field: (headCount + 1)..<key.count,
            hash: hash(of: key.span, headCount: headCount)
        )
        return found == Self.none ? nil : entries[Int(found)].series
    }

    /// Adds a key, in one piece, that the table does not have.
    ///
    /// `sharesHead`: whether the entry before comes from the same line.
    /// - Returns: false if the table is full or the key too long to be kept.
    @discardableResult
    mutating func add(
        _ key: Span<UInt8>,
        headCount: Int,
        series: UInt32,
        sharesHead: Bool
    ) -> Bool {
        add(
            key,
            head: 0..<headCount,
            field: (headCount + 1)..<key.count,
            hash: hash(of: key, headCount: headCount),
            series: series,
            sharesHead: sharesHead
        )
    }

    /// As above, for a key whose parts lie at `head` and `field`, with the hash that `find` takes.
    @discardableResult
    mutating func add(
        _ bytes: Span<UInt8>,
        head: Range<Int>,
        field: Range<Int>,
        hash: UInt64,
        series: UInt32,
        sharesHead: Bool
    ) -> Bool {
        guard let headLength = UInt16(exactly: head.count),
            let fieldLength = UInt16(exactly: field.count),
            arena.count + head.count + 1 + field.count <= Self.arenaCountMax,
            entries.count < Int(Self.none) - 1
        else { return false }
        if !sharesHead || entries.isEmpty { self.headCount &+= 1 }
        let entry = Entry(
            offset: UInt32(arena.count),
            headCount: headLength,
            fieldCount: fieldLength,
            hash: UInt32(truncatingIfNeeded: hash >> 32),
            head: self.headCount,
            series: series
        )
        arena.append(addingCapacity: head.count + 1 + field.count) { output in
            for index in head { output.append(bytes[index]) }
            output.append(LineByte.blank)
            for index in field { output.append(bytes[index]) }
        }
        entries.append(entry)
        // Two thirds full at most.
        if entries.count * 3 > positions.count * 2 { grow() }
        place(UInt32(entries.count), hash: hash)
        return true
    }

    /// Makes room for so many keys, of `byteCount` bytes each, in an empty table.
    mutating func reserve(_ count: Int, byteCount: Int) {
        guard entries.isEmpty else { return }
        var positionCount = positions.count
        while positionCount * 2 < count * 3 + 3 { positionCount *= 2 }
        positions = [UInt32](repeating: 0, count: positionCount)
        entries.reserveCapacity(count)
        arena.reserveCapacity(count * byteCount)
    }

    /// The bytes of an entry's key.
    func key(_ entry: Entry) -> ArraySlice<UInt8> {
        arena[Int(entry.offset)..<(Int(entry.offset) + entry.count)]
    }

    /// The hash of a key in one piece, that `find` takes.
    func hash(of key: Span<UInt8>, headCount: Int) -> UInt64 {
        let head = ByteKernels.hash(key, 0..<headCount, seed: seed)
        return Self.hash(head: head, field: key, (headCount + 1)..<key.count)
    }

    private mutating func place(_ position: UInt32, hash: UInt64) {
        let mask = positions.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while positions[index] != 0 { index = (index + 1) & mask }
        positions[index] = position
    }

    private mutating func grow() {
        positions = [UInt32](repeating: 0, count: positions.count * 2)
        // All but the newest, which the caller places.
        for index in 0..<(entries.count - 1) {
            let entry = entries[index]
            let start = Int(entry.offset)
            let head = start..<(start + Int(entry.headCount))
            let field = (head.upperBound + 1)..<(start + entry.count)
            let headHash = ByteKernels.hash(arena.span, head, seed: seed)
            let hash = Self.hash(head: headHash, field: arena.span, field)
            place(UInt32(index + 1), hash: hash)
        }
    }
}

extension LineSeriesTable {
    /// Whether the entry added last has the same head as this key.
    func lastHeadEquals(_ key: [UInt8], headCount: Int) -> Bool {
        guard let last = entries.last, Int(last.headCount) == headCount else { return false }
        return ByteKernels.areEqual(
            arena.span,
            at: Int(last.offset),
            key.span,
            at: 0,
            count: headCount
        )
    }
}

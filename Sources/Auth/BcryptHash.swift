/// A stored bcrypt hash, taken apart and checked before any work is done for it.
struct BcryptHash: Sendable, Equatable {
    /// What bcrypt reads of a phrase.
    static let phraseByteCountMax = 72
    /// Costs that are accepted of stored hashes. 4 is bcrypt's least; 14 takes a second of a core,
    /// and a row that says more would let one login hold a worker for minutes.
    static let costs = 4...14
    private static let byteCount = 60

    /// `a`, `b` or `y`: the versions that hash alike.
    let version: UInt8
    /// Binary logarithm of the number of rounds.
    let cost: Int
    /// The whole text.
    let bytes: [UInt8]

    /// Reads `$2b$12$<22 letters of salt><31 letters of digest>`.
    ///
    /// - Returns: nil for other methods, other lengths and costs outside `costs`.
    init?(_ bytes: [UInt8]) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard bytes.count == Self.byteCount,
            bytes.starts(with: Array("$2".utf8)), Array("aby".utf8).contains(bytes[2]),
            bytes[3] == UInt8(ascii: "$"), digits.contains(bytes[4]), digits.contains(bytes[5]),
            bytes[6] == UInt8(ascii: "$"), !bytes.contains(0)
        else { return nil }
        let cost = Int(bytes[4] - digits.lowerBound) * 10 + Int(bytes[5] - digits.lowerBound)
        guard Self.costs.contains(cost) else { return nil }
        (self.version, self.cost, self.bytes) = (bytes[2], cost, bytes)
    }

    /// Whether a login should replace it by one that is made today.
    func isOutdated(cost target: Int) -> Bool { cost < target || version != UInt8(ascii: "b") }
}

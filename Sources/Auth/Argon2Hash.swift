internal import CArgon2

/// A stored argon2id hash (RFC 9106, version 1.3), taken apart and bounded before any work is done
/// for it. FlexMeasures stores these; they verify here and are replaced by bcrypt at the next login.
@safe struct Argon2Hash: Sendable, Equatable {
    /// KiB that are accepted; FlexMeasures takes 65,536. More would let one row eat the machine.
    static let memoryKiB = 8...262_144
    /// Passes that are accepted; FlexMeasures takes 3.
    static let passes = 1...16
    /// Lanes that are accepted; FlexMeasures takes 4.
    static let lanes = 1...16
    private static let byteCountMax = 256

    let memoryKiB: Int
    let passes: Int
    let lanes: Int
    let salt: [UInt8]
    let digest: [UInt8]

    /// Reads `$argon2id$v=19$m=65536,t=3,p=4$<salt>$<digest>`, both in base64 without padding.
    ///
    /// - Returns: nil for other kinds, versions and parameters outside the bounds.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.byteCountMax, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0].isEmpty, fields[1] == "argon2id", fields[2] == "v=19",
            let salt = Self.decoded(fields[4]), let digest = Self.decoded(fields[5]),
            (8...64).contains(salt.count), (16...64).contains(digest.count)
        else { return nil }
        let costs = fields[3].split(separator: ",", omittingEmptySubsequences: false)
        guard costs.count == 3, let memory = Self.cost("m=", costs[0], Self.memoryKiB),
            let passes = Self.cost("t=", costs[1], Self.passes),
            let lanes = Self.cost("p=", costs[2], Self.lanes), memory >= 8 * lanes
        else { return nil }
        (memoryKiB, self.passes, self.lanes) = (memory, passes, lanes)
        (self.salt, self.digest) = (salt, digest)
    }

    /// Whether the hash is this phrase's, compared in constant time. Runs on the calling thread
    /// only, whatever the number of lanes: the hash is the same.
    func matches(_ phrase: [UInt8]) -> Bool {
        var (phrase, salt) = (phrase, salt)
        var computed = [UInt8](repeating: 0, count: digest.count)
        let status = unsafe computed.withUnsafeMutableBufferPointer { output in
            unsafe phrase.withUnsafeMutableBufferPointer { phrase in
                unsafe salt.withUnsafeMutableBufferPointer { salt in
                    var context = unsafe argon2_context()
                    unsafe context.out = output.baseAddress
                    unsafe context.outlen = UInt32(output.count)
                    unsafe context.pwd = phrase.baseAddress
                    unsafe context.pwdlen = UInt32(phrase.count)
                    unsafe context.salt = salt.baseAddress
                    unsafe context.saltlen = UInt32(salt.count)
                    unsafe context.t_cost = UInt32(passes)
                    unsafe context.m_cost = UInt32(memoryKiB)
                    unsafe context.lanes = UInt32(lanes)
                    unsafe context.threads = 1
                    unsafe context.version = ARGON2_VERSION_13.rawValue
                    return unsafe argon2_ctx(&context, Argon2_id)
                }
            }
        }
        return status == 0 && equalInConstantTime(computed, digest)
    }

    private static func decoded(_ text: Substring) -> [UInt8]? {
        let urlSafe = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            // Not of the standard alphabet: made a letter of none.
            case UInt8(ascii: "-"), UInt8(ascii: "_"): UInt8(ascii: "=")
            default: byte
            }
        }
        return Base64.decodeURL(urlSafe[...])
    }

    private static func cost(
        _ name: String,
        _ text: Substring,
        _ range: ClosedRange<Int>
    ) -> Int? {
        guard text.hasPrefix(name), let value = Int(text.dropFirst(name.count)),
            range.contains(value)
        else { return nil }
        return value
    }
}

/// The loops of `Crc32c`.
extension BlockKernels {
    /// CRC-32C by the tables of `Crc32c`; long inputs are folded first.
    static func crc32c(_ bytes: RawSpan, tables: Span<UInt32>) -> UInt32 {
        precondition(tables.count == 12 * 256)
        return unsafe tables.withUnsafeBufferPointer { tables in
            unsafe bytes.withUnsafeBytes { bytes in
                guard let table = tables.baseAddress, let base = bytes.baseAddress
                else { return 0 }
                var input = unsafe CrcInput(base, bytes.count)
                if bytes.count < crcFoldedByteCountMin {
                    return unsafe ~crc32c(input, table)
                }
                // The four words before the reach of the first level, then the message.
                let front = 32 &* crcReach
                return unsafe withUnsafeTemporaryAllocation(
                    byteCount: front &+ bytes.count,
                    alignment: 32
                ) { scratch in
                    guard let scratch = scratch.baseAddress else { return 0 }
                    if bytes.count >= crcWideByteCountMin {
                        unsafe input.fold(SIMD4<UInt64>.self, into: scratch + front)
                        let rest = unsafe UnsafeMutableRawPointer(mutating: input.base)
                        unsafe input.fold(SIMD2<UInt64>.self, into: rest)
                    } else {
                        unsafe input.fold(SIMD2<UInt64>.self, into: scratch + front)
                    }
                    return unsafe ~crc32c(input, table)
                }
            }
        }
    }

    /// How far folding moves a vector, in vectors.
    private static let crcReach = 79

    /// Below, folding saves nothing: 1,264 bytes are left of any input.
    private static let crcFoldedByteCountMin = 2_048

    /// Below, folding by vectors of four words saves nothing: it leaves twice as much.
    private static let crcWideByteCountMin = 6_144

    /// What is left of an input, and the checksum of what came before it.
    @safe private struct CrcInput {
        private(set) var base: UnsafeRawPointer
        private(set) var byteCount: Int
        /// At first the initial value of the checksum.
        private(set) var state = UInt32.max

        init(_ base: UnsafeRawPointer, _ byteCount: Int) {
            unsafe self.base = base
            self.byteCount = byteCount
        }

        /// Makes a shorter input with the same checksum, by exclusive or of whole vectors: the last
        /// 79 and what follows.
        ///
        /// With y = x^64, y^79 is the sum of y^75, y^71, y^58, y^18, y^12, y and 1 modulo the
        /// polynomial (found by search: no sum of seven has a lower degree). So a word may be left
        /// out if it is added to the words 4, 8, 21, 61, 67, 78 and 79 places behind it. Squaring
        /// both sides keeps the equation, so it holds for x^128 and x^256, vectors of two and four
        /// words, as well. Moving whole vectors, each load finds what one store has written.
        ///
        /// `target`: room for the input, which may stand there already, behind room for 79 vectors.
        @inline(__always)
        mutating func fold<Lanes: SIMD<UInt64>>(
            _ lanes: Lanes.Type,
            into target: UnsafeMutableRawPointer
        ) {
            let stride = MemoryLayout<Lanes>.size
            let reach = crcReach &* stride
            let foldedByteCount = max(0, byteCount &- reach) / (4 &* stride) &* 4 &* stride
            if foldedByteCount == 0 { return }
            unsafe (target - reach).initializeMemory(as: UInt8.self, repeating: 0, count: reach)
            // Only the first vector looks there: the state is an exclusive or with four bytes.
            unsafe (target - reach).storeBytes(of: UInt64(state).littleEndian, as: UInt64.self)
            // The last four stay in registers, because a load would wait for its store.
            let zero = Lanes(repeating: 0)
            var (first, second, third, fourth) = (zero, zero, zero, zero)
            var offset = 0
            while offset < foldedByteCount {
                unsafe crcStep(&first, base + offset, target + offset)
                offset &+= stride
                unsafe crcStep(&second, base + offset, target + offset)
                offset &+= stride
                unsafe crcStep(&third, base + offset, target + offset)
                offset &+= stride
                unsafe crcStep(&fourth, base + offset, target + offset)
                offset &+= stride
            }
            let rest = unsafe target + foldedByteCount
            let restByteCount = byteCount &- foldedByteCount
            if unsafe base != UnsafeRawPointer(target) {
                unsafe rest.copyMemory(from: base + foldedByteCount, byteCount: restByteCount)
            }
            // The last vectors are not folded any more: they take what comes from before them.
            for index in crcDistances.indices {
                let distance = crcDistances[index] &* stride
                offset = 0
                while offset < distance {
                    let from = unsafe (rest - distance).load(
                        fromByteOffset: offset,
                        as: Lanes.self
                    )
                    let sum = unsafe rest.load(fromByteOffset: offset, as: Lanes.self) ^ from
                    unsafe rest.storeBytes(of: sum, toByteOffset: offset, as: Lanes.self)
                    offset &+= stride
                }
            }
            unsafe base = UnsafeRawPointer(rest)
            byteCount = restByteCount
            state = 0
        }
    }

    /// How many places behind itself a vector is added.
    private static let crcDistances: InlineArray<7, Int> = [4, 8, 21, 61, 67, 78, 79]

    /// Folds one vector. `near`: the one four places before, and then this one.
    @inline(__always)
    private static func crcStep<Lanes: SIMD<UInt64>>(
        _ near: inout Lanes,
        _ source: UnsafeRawPointer,
        _ target: UnsafeMutableRawPointer
    ) {
        let stride = MemoryLayout<Lanes>.size
        let taps = unsafe (
            source.loadUnaligned(as: Lanes.self), (target - 8 &* stride).load(as: Lanes.self),
            (target - 21 &* stride).load(as: Lanes.self),
            (target - 61 &* stride).load(as: Lanes.self),
            (target - 67 &* stride).load(as: Lanes.self),
            (target - 78 &* stride).load(as: Lanes.self),
            (target - 79 &* stride).load(as: Lanes.self)
        )
        near ^= ((taps.6 ^ taps.5) ^ (taps.4 ^ taps.3)) ^ ((taps.2 ^ taps.0) ^ taps.1)
        unsafe target.storeBytes(of: near, as: Lanes.self)
    }

    /// The state after all of `input`: four stretches side by side, because one chain of
    /// look-ups waits for memory most of the time.
    private static func crc32c(_ input: CrcInput, _ table: UnsafePointer<UInt32>) -> UInt32 {
        let stretch = Crc32c.stretchByteCount
        var next = unsafe input.base
        var remaining = input.byteCount
        var crc = input.state
        while remaining >= 4 * stretch {
            var (first, second, third, fourth) = (crc, UInt32(0), UInt32(0), UInt32(0))
            for _ in 0..<stretch / 8 {
                unsafe first = crc32c(first, next, table)
                unsafe second = crc32c(second, next + stretch, table)
                unsafe third = crc32c(third, next + 2 &* stretch, table)
                unsafe fourth = crc32c(fourth, next + 3 &* stretch, table)
                unsafe next += 8
            }
            unsafe next += 3 &* stretch
            remaining &-= 4 &* stretch
            crc = unsafe crc32c(movedOverStretch: first, table) ^ second
            crc = unsafe crc32c(movedOverStretch: crc, table) ^ third
            crc = unsafe crc32c(movedOverStretch: crc, table) ^ fourth
        }
        while remaining >= 8 {
            crc = unsafe crc32c(crc, next, table)
            unsafe next += 8
            remaining &-= 8
        }
        while remaining > 0 {
            let byte = unsafe next.load(as: UInt8.self)
            crc = unsafe (crc >> 8) ^ table[Int((crc ^ UInt32(byte)) & 0xFF)]
            unsafe next += 1
            remaining &-= 1
        }
        return crc
    }

    /// One step of eight bytes.
    @inline(__always)
    private static func crc32c(
        _ crc: UInt32,
        _ bytes: UnsafeRawPointer,
        _ table: UnsafePointer<UInt32>
    ) -> UInt32 {
        let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
        let low = UInt32(truncatingIfNeeded: word)
        let high = UInt32(truncatingIfNeeded: word >> 32)
        return unsafe (table[1792 &+ Int(low & 0xFF)] ^ table[1536 &+ Int(low >> 8 & 0xFF)])
            ^ (table[1280 &+ Int(low >> 16 & 0xFF)] ^ table[1024 &+ Int(low >> 24)])
            ^ (table[768 &+ Int(high & 0xFF)] ^ table[512 &+ Int(high >> 8 & 0xFF)])
            ^ (table[256 &+ Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)])
    }

    @inline(__always)
    private static func crc32c(
        movedOverStretch crc: UInt32,
        _ table: UnsafePointer<UInt32>
    ) -> UInt32 {
        unsafe table[2048 &+ Int(crc & 0xFF)] ^ table[2304 &+ Int(crc >> 8 & 0xFF)]
            ^ table[2560 &+ Int(crc >> 16 & 0xFF)] ^ table[2816 &+ Int(crc >> 24)]
    }
}

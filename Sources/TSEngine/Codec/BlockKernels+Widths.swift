/// Unpacking by the narrow widths, which are most of all: each has code of its own, in which offsets
/// and distances are constants.
extension BlockKernels {
    /// Widths from 1 on that have code of their own; 2 KB each.
    static let fixedWidthMax = 16

    /// The 64 rows of a full mini-block: reads `32 * width` bytes, writes 2,048.
    ///
    /// - Precondition: `width` is in `1...fixedWidthMax`.
    static func unpackFixed(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ target: UnsafeMutableRawPointer
    ) {
        switch width {
        case 1: unsafe unpackRows(source, 1, target)
        case 2: unsafe unpackRows(source, 2, target)
        case 3: unsafe unpackRows(source, 3, target)
        case 4: unsafe unpackRows(source, 4, target)
        case 5: unsafe unpackRows(source, 5, target)
        case 6: unsafe unpackRows(source, 6, target)
        case 7: unsafe unpackRows(source, 7, target)
        case 8: unsafe unpackRows(source, 8, target)
        case 9: unsafe unpackRows(source, 9, target)
        case 10: unsafe unpackRows(source, 10, target)
        case 11: unsafe unpackRows(source, 11, target)
        case 12: unsafe unpackRows(source, 12, target)
        case 13: unsafe unpackRows(source, 13, target)
        case 14: unsafe unpackRows(source, 14, target)
        case 15: unsafe unpackRows(source, 15, target)
        case 16: unsafe unpackRows(source, 16, target)
        default: preconditionFailure("a width without code of its own")
        }
    }

    /// Written out, because the compiler (6.3.1) does not unroll a loop this long.
    @inline(__always)
    private static func unpackRows(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ target: UnsafeMutableRawPointer
    ) {
        unsafe unpackEight(source, width, 0, target)
        unsafe unpackEight(source, width, 8, target)
        unsafe unpackEight(source, width, 16, target)
        unsafe unpackEight(source, width, 24, target)
        unsafe unpackEight(source, width, 32, target)
        unsafe unpackEight(source, width, 40, target)
        unsafe unpackEight(source, width, 48, target)
        unsafe unpackEight(source, width, 56, target)
    }

    @inline(__always)
    private static func unpackEight(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ row: Int,
        _ target: UnsafeMutableRawPointer
    ) {
        unsafe unpackRow(source, width, row, target)
        unsafe unpackRow(source, width, row &+ 1, target)
        unsafe unpackRow(source, width, row &+ 2, target)
        unsafe unpackRow(source, width, row &+ 3, target)
        unsafe unpackRow(source, width, row &+ 4, target)
        unsafe unpackRow(source, width, row &+ 5, target)
        unsafe unpackRow(source, width, row &+ 6, target)
        unsafe unpackRow(source, width, row &+ 7, target)
    }

    @inline(__always)
    private static func unpackRow(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ row: Int,
        _ target: UnsafeMutableRawPointer
    ) {
        let bit = row &* width
        let shift = bit & 63
        let word = unsafe source + (bit &>> 6) &* 32
        var bits =
            unsafe word.loadUnaligned(as: SIMD4<UInt64>.self)
            &>> SIMD4(repeating: UInt64(truncatingIfNeeded: shift))
        if shift &+ width > 64 {
            let next = unsafe word.loadUnaligned(fromByteOffset: 32, as: SIMD4<UInt64>.self)
            bits |= next &<< SIMD4(repeating: UInt64(truncatingIfNeeded: 64 &- shift))
        }
        bits &= SIMD4(repeating: (1 &<< UInt64(truncatingIfNeeded: width)) &- 1)
        unsafe target.storeBytes(of: bits, toByteOffset: row &* 32, as: SIMD4<UInt64>.self)
    }
}

/// Reed-Solomon codes over GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1, as QR codes use
/// them (ISO/IEC 18004, section 7.5).
enum QRReedSolomon {
    /// The remainder of `data` by the generator polynomial: `count` error correction codewords.
    static func codewords(_ data: ArraySlice<UInt8>, count: Int) -> [UInt8] {
        let generator = generator(count)
        var remainder = [UInt8](repeating: 0, count: count)
        for byte in data {
            let factor = byte ^ remainder.removeFirst()
            remainder.append(0)
            for index in remainder.indices {
                remainder[index] ^= product(generator[index], factor)
            }
        }
        return remainder
    }

    /// (x - 1)(x - 2)(x - 4)… without its leading coefficient, highest power first.
    private static func generator(_ degree: Int) -> [UInt8] {
        var coefficients = [UInt8](repeating: 0, count: degree)
        coefficients[degree - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in coefficients.indices {
                coefficients[index] = product(coefficients[index], root)
                if index + 1 < degree { coefficients[index] ^= coefficients[index + 1] }
            }
            root = product(root, 2)
        }
        return coefficients
    }

    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var result: UInt8 = 0
        for bit in (0..<8).reversed() {
            result = (result << 1) ^ (result & 0x80 != 0 ? 0x1D : 0)
            if right >> UInt8(bit) & 1 != 0 { result ^= left }
        }
        return result
    }
}

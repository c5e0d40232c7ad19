/// How the bytes of a QR code of level M are divided (ISO/IEC 18004, table 9).
struct QRLayout: Sendable {
    let version: Int
    /// Data and error correction.
    private let codewordCount: Int
    private let blockCount: Int
    /// Error correction codewords of each block.
    private let checkCount: Int

    private static let all: [QRLayout] = [
        QRLayout(version: 1, codewordCount: 26, blockCount: 1, checkCount: 10),
        QRLayout(version: 2, codewordCount: 44, blockCount: 1, checkCount: 16),
        QRLayout(version: 3, codewordCount: 70, blockCount: 1, checkCount: 26),
        QRLayout(version: 4, codewordCount: 100, blockCount: 2, checkCount: 18),
        QRLayout(version: 5, codewordCount: 134, blockCount: 2, checkCount: 24),
        QRLayout(version: 6, codewordCount: 172, blockCount: 4, checkCount: 16),
        QRLayout(version: 7, codewordCount: 196, blockCount: 4, checkCount: 18),
        QRLayout(version: 8, codewordCount: 242, blockCount: 4, checkCount: 22),
        QRLayout(version: 9, codewordCount: 292, blockCount: 5, checkCount: 22),
        QRLayout(version: 10, codewordCount: 346, blockCount: 5, checkCount: 26),
    ]

    private var dataCount: Int { codewordCount - blockCount * checkCount }
    /// Bits of the number of bytes.
    private var lengthBitCount: Int { version < 10 ? 8 : 16 }

    /// The smallest version that holds so many bytes.
    static func fitting(byteCount: Int) -> QRLayout? {
        all.first { 4 + $0.lengthBitCount + 8 * byteCount <= 8 * $0.dataCount }
    }

    /// Rows and columns that alignment patterns are centered on.
    var alignmentCenters: [Int] {
        switch version {
        case 1: []
        case 2...6: [6, 4 * version + 10]
        default: [6, 2 * version + 8, 4 * version + 10]
        }
    }

    /// All codewords in their order in the code: data and error correction of the blocks, interleaved.
    func codewords(_ bytes: [UInt8]) -> [UInt8] {
        let data = data(bytes)
        let (shortLength, longCount) = data.count.quotientAndRemainder(dividingBy: blockCount)
        var blocks: [ArraySlice<UInt8>] = []
        var start = 0
        for number in 0..<blockCount {
            // The longer blocks come last.
            let length = shortLength + (number >= blockCount - longCount ? 1 : 0)
            blocks.append(data[start..<start + length])
            start += length
        }
        let checks = blocks.map { QRReedSolomon.codewords($0, count: checkCount) }
        var all: [UInt8] = []
        for index in 0...shortLength {
            for block in blocks where index < block.count {
                all.append(block[block.startIndex + index])
            }
        }
        for index in 0..<checkCount { all += checks.map { $0[index] } }
        return all
    }

    /// Mode (0100: bytes), number of bytes, bytes, end (0000), padding.
    private func data(_ bytes: [UInt8]) -> [UInt8] {
        var bits = QRBits()
        bits.append(4, count: 4)
        bits.append(bytes.count, count: lengthBitCount)
        for byte in bytes { bits.append(Int(byte), count: 8) }
        bits.append(0, count: min(4, 8 * dataCount - bits.count))
        var data = bits.bytes
        var isFirst = true
        while data.count < dataCount {
            data.append(isFirst ? 0xEC : 0x11)
            isFirst.toggle()
        }
        return data
    }
}

/// Bits, highest first; the last byte is filled with zeros.
private struct QRBits {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    mutating func append(_ value: Int, count added: Int) {
        for index in (0..<added).reversed() {
            if count % 8 == 0 { bytes.append(0) }
            if value >> index & 1 != 0 { bytes[count / 8] |= 0x80 >> UInt8(count % 8) }
            count += 1
        }
    }
}

/// How hard a masked code is to read (ISO/IEC 18004, section 7.8.3).
enum QRPenalty {
    static func of(_ code: QRCode) -> Int {
        var penalty = 0
        for line in 0..<code.size {
            penalty += ofLine((0..<code.size).map { code[line, $0] })
            penalty += ofLine((0..<code.size).map { code[$0, line] })
        }
        for row in 0..<code.size - 1 {
            for column in 0..<code.size - 1 {
                let isDark = code[row, column]
                if code[row, column + 1] == isDark, code[row + 1, column] == isDark,
                    code[row + 1, column + 1] == isDark
                {
                    penalty += 3
                }
            }
        }
        let darkCount = code.modules.count { $0 }
        let total = code.size * code.size
        return penalty + 10 * (abs(20 * darkCount - 10 * total) / total)
    }

    /// Runs of five or more, and what looks like a finder pattern.
    private static func ofLine(_ line: [Bool]) -> Int {
        var penalty = 0
        var start = 0
        for index in 1...line.count where index == line.count || line[index] != line[start] {
            if index - start >= 5 { penalty += index - start - 2 }
            start = index
        }
        let finder = [true, false, true, true, true, false, true]
        let blank = [Bool](repeating: false, count: 4)
        let padded = blank + line + blank
        for start in 0...(padded.count - 11) {
            let window = padded[start..<start + 11]
            if window.elementsEqual(finder + blank) || window.elementsEqual(blank + finder) {
                penalty += 40
            }
        }
        return penalty
    }
}

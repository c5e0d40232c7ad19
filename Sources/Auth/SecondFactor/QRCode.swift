/// A QR code (ISO/IEC 18004): bytes, error correction level M, versions 1 to 10; up to 213 bytes.
struct QRCode: Sendable, Equatable {
    /// Modules a side: 17 + 4 · version.
    let size: Int
    /// Dark modules, row by row.
    private(set) var modules: [Bool]
    /// Modules that are no data: masks leave them alone.
    private var isFixed: [Bool]
    let version: Int
    /// 0...7: the one with the least penalty.
    private(set) var mask = 0

    /// - Returns: nil for more than 213 bytes.
    init?(_ bytes: [UInt8]) {
        guard let layout = QRLayout.fitting(byteCount: bytes.count) else { return nil }
        version = layout.version
        size = 17 + 4 * version
        modules = [Bool](repeating: false, count: size * size)
        isFixed = modules
        drawPatterns(layout)
        place(layout.codewords(bytes))
        chooseMask()
    }

    subscript(row: Int, column: Int) -> Bool { modules[row * size + column] }

    private mutating func fix(_ row: Int, _ column: Int, _ isDark: Bool) {
        guard (0..<size).contains(row), (0..<size).contains(column) else { return }
        modules[row * size + column] = isDark
        isFixed[row * size + column] = true
    }

    // MARK: what is the same in every code of a version

    private mutating func drawPatterns(_ layout: QRLayout) {
        for index in 0..<size {
            fix(6, index, index % 2 == 0)
            fix(index, 6, index % 2 == 0)
        }
        for (row, column) in [(3, 3), (3, size - 4), (size - 4, 3)] { drawFinder(row, column) }
        let centers = layout.alignmentCenters
        for row in centers {
            for column in centers {
                let isFinder =
                    (row == 6 && (column == 6 || column == centers.last))
                    || (row == centers.last && column == 6)
                if !isFinder { drawAlignment(row, column) }
            }
        }
        drawFormat()
        drawVersion()
    }

    private mutating func drawFinder(_ row: Int, _ column: Int) {
        for down in -4...4 {
            for right in -4...4 {
                let distance = max(abs(down), abs(right))
                fix(row + down, column + right, distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignment(_ row: Int, _ column: Int) {
        for down in -2...2 {
            for right in -2...2 {
                fix(row + down, column + right, max(abs(down), abs(right)) != 1)
            }
        }
    }

    /// Level and mask: 5 bits, and 10 of a BCH code; twice.
    private mutating func drawFormat() {
        let bits = Self.formatBits(mask: mask)
        let bit = { (index: Int) in bits >> index & 1 != 0 }
        for index in 0..<6 { fix(index, 8, bit(index)) }
        fix(7, 8, bit(6))
        fix(8, 8, bit(7))
        fix(8, 7, bit(8))
        for index in 9..<15 { fix(8, 14 - index, bit(index)) }
        for index in 0..<8 { fix(8, size - 1 - index, bit(index)) }
        for index in 8..<15 { fix(size - 15 + index, 8, bit(index)) }
        fix(size - 8, 8, true)
    }

    /// 15 bits; level M is 00.
    static func formatBits(mask: Int) -> Int {
        var remainder = mask
        for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9) * 0x537 }
        return (mask << 10 | remainder) ^ 0x5412
    }

    /// 18 bits: the version and 12 of a Golay code, from version 7 on; twice.
    private mutating func drawVersion() {
        guard version >= 7 else { return }
        let bits = Self.versionBits(version)
        for index in 0..<18 {
            let (long, short) = (size - 11 + index % 3, index / 3)
            fix(long, short, bits >> index & 1 != 0)
            fix(short, long, bits >> index & 1 != 0)
        }
    }

    static func versionBits(_ version: Int) -> Int {
        var remainder = version
        for _ in 0..<12 { remainder = remainder << 1 ^ (remainder >> 11) * 0x1F25 }
        return version << 12 | remainder
    }

    // MARK: data

    /// Up and down in columns of two from the lower right, past the vertical timing pattern.
    private mutating func place(_ codewords: [UInt8]) {
        var index = 0
        for pair in stride(from: size - 1, through: 1, by: -2) {
            let right = pair <= 6 ? pair - 1 : pair
            let isUpward = (right + 1) & 2 == 0
            for step in 0..<size {
                let row = isUpward ? size - 1 - step : step
                for column in [right, right - 1] {
                    guard !isFixed[row * size + column], index < codewords.count * 8 else {
                        continue
                    }
                    let bit = codewords[index / 8] >> UInt8(7 - index % 8) & 1
                    modules[row * size + column] = bit != 0
                    index += 1
                }
            }
        }
    }

    // MARK: masks

    private mutating func chooseMask() {
        var best: (penalty: Int, code: QRCode)?
        for mask in 0..<8 {
            var code = self
            code.apply(mask)
            let penalty = QRPenalty.of(code)
            if best.map({ penalty < $0.penalty }) ?? true { best = (penalty, code) }
        }
        if let best { self = best.code }
    }

    private mutating func apply(_ mask: Int) {
        self.mask = mask
        for row in 0..<size {
            for column in 0..<size where !isFixed[row * size + column] {
                if Self.inverts(mask, row, column) { modules[row * size + column].toggle() }
            }
        }
        drawFormat()
    }

    private static func inverts(_ mask: Int, _ row: Int, _ column: Int) -> Bool {
        switch mask {
        case 0: (row + column) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (row + column) % 3 == 0
        case 4: (row / 2 + column / 3) % 2 == 0
        case 5: row * column % 2 + row * column % 3 == 0
        case 6: (row * column % 2 + row * column % 3) % 2 == 0
        default: ((row + column) % 2 + row * column % 3) % 2 == 0
        }
    }

    // MARK: output

    /// A picture with the quiet zone of four modules, black on white, of any size: one path, a
    /// rectangle for each run of dark modules.
    var svg: String {
        var path = ""
        for row in 0..<size {
            var column = 0
            while column < size {
                guard self[row, column] else {
                    column += 1
                    continue
                }
                var end = column
                while end < size, self[row, end] { end += 1 }
                path += "M\(column + 4) \(row + 4)h\(end - column)v1h-\(end - column)z"
                column = end
            }
        }
        let side = size + 8
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" \
            shape-rendering="crispEdges" role="img" aria-label="QR code">\
            <path fill="#fff" d="M0 0h\(side)v\(side)h-\(side)z"/><path d="\(path)"/></svg>
            """
    }
}

/// Reads the text of a unit, from left to right, each character once.
struct UnitParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    private static let depthMax = 8
    /// In either direction, also of one unit in a whole product.
    static let exponentMax = 12
    private static let digitCountMax = 15

    /// - Parameter scalars: At most `MeasurementUnit.lengthMax`.
    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    mutating func parse() throws(UnitParseError) -> UnitProduct {
        skipSpaces()
        guard position < scalars.count else { throw .empty }
        let product = try expression()
        guard position == scalars.count else { throw unexpected }
        guard product.namesUnit else { throw .noUnit }
        return product
    }

    // MARK: Products

    /// Terms, multiplied and divided in their order, until the end or a closing parenthesis.
    private mutating func expression() throws(UnitParseError) -> UnitProduct {
        skipSpaces()
        var product = UnitProduct()
        if next == "-" || next == "+" {
            let sign = next == "-" ? -1.0 : 1
            position += 1
            skipSpaces()
            product = try term()
            if product.zeroPoint == nil || sign < 0 {
                let factor = UnitProduct(number: UnitScale(numerator: sign))
                try product.multiply(by: factor, power: 1)
            }
        } else {
            product = try term()
        }
        skipSpaces()
        while let scalar = next, scalar != ")" {
            var power = 1
            switch scalar {
            case "*", "·", "⋅", "×": position += 1
            case "/":
                position += 1
                power = -1
            default: if take(word: "per") { power = -1 }
            }
            skipSpaces()
            try product.multiply(by: term(), power: power)
            skipSpaces()
        }
        return product
    }

    /// A number, a name or an expression in parentheses, and its power.
    private mutating func term() throws(UnitParseError) -> UnitProduct {
        var power = 1
        if take(word: "square") || take(word: "sq") { power = 2 }
        if take(word: "cubic") { power = 3 }
        skipSpaces()
        guard let scalar = next else { throw unexpected }
        var isPlainNumber = false
        let base: UnitProduct
        if scalar == "(" {
            base = try group()
        } else if Self.isDigit(scalar) || scalar == "." {
            let number = try number()
            isPlainNumber = number != UnitScale(numerator: 10)
            base = UnitProduct(number: isPlainNumber ? number : UnitScale(exponent: 1))
        } else {
            base = try unit()
        }
        guard let written = try exponent() else {
            return power == 1 ? base : try raised(base, power)
        }
        guard !isPlainNumber, power == 1 else { throw .exponent }
        return try raised(base, written)
    }

    private func raised(
        _ base: UnitProduct,
        _ power: Int
    ) throws(UnitParseError) -> UnitProduct {
        var product = UnitProduct()
        try product.multiply(by: base, power: power)
        return product
    }

    private mutating func group() throws(UnitParseError) -> UnitProduct {
        guard depth < Self.depthMax else { throw .nesting }
        depth += 1
        position += 1
        let product = try expression()
        guard next == ")" else { throw unexpected }
        position += 1
        depth -= 1
        return product
    }

    private mutating func unit() throws(UnitParseError) -> UnitProduct {
        let end = nameEnd
        guard end > position else { throw unexpected }
        let name = string(position..<end)
        guard let entry = UnitTable.entry(named: name) else { throw .unknown(name) }
        position = end
        return UnitProduct(entry)
    }

    // MARK: Numbers

    /// Decimal digits with a point and an exponent, such as `1.5e3`.
    private mutating func number() throws(UnitParseError) -> UnitScale {
        var (digits, digitCount, exponent) = (0.0, 0, 0)
        var (hasPoint, hasDigit) = (false, false)
        while let scalar = next {
            if scalar == ".", !hasPoint {
                hasPoint = true
            } else if Self.isDigit(scalar) {
                digits = digits * 10 + Double(scalar.value - 48)
                hasDigit = true
                if digits > 0 { digitCount += 1 }
                if hasPoint { exponent -= 1 }
            } else {
                break
            }
            position += 1
        }
        guard hasDigit else { throw unexpected }
        guard digits > 0, digitCount <= Self.digitCountMax else { throw .number }
        // Without a digit behind it, an `e` begins a name: 5 eV.
        if next == "e" || next == "E" {
            var end = position + 1
            let sign = end < scalars.count && scalars[end] == "-" ? -1 : 1
            if end < scalars.count, scalars[end] == "-" || scalars[end] == "+" { end += 1 }
            if end < scalars.count, Self.isDigit(scalars[end]) {
                position = end
                exponent += sign * (try wholeNumber())
            }
        }
        return UnitScale(numerator: digits, exponent: exponent)
    }

    /// `^2`, `**2`, `^(-2)`, `²`, `⁻²`, or the words `squared` and `cubed`; nil if there is none.
    private mutating func exponent() throws(UnitParseError) -> Int? {
        if let scalar = next, scalar == "⁻" || Self.digit(superscript: scalar) != nil {
            return try superscriptExponent()
        }
        let start = position
        skipSpaces()
        if take(word: "squared") { return 2 }
        if take(word: "cubed") { return 3 }
        if next == "^" {
            position += 1
        } else if next == "*", position + 1 < scalars.count, scalars[position + 1] == "*" {
            position += 2
        } else {
            position = start
            return nil
        }
        skipSpaces()
        let isEnclosed = next == "("
        if isEnclosed { position += 1 }
        let sign = next == "-" ? -1 : 1
        if next == "-" || next == "+" { position += 1 }
        guard let scalar = next, Self.isDigit(scalar) else { throw .exponent }
        let power = try wholeNumber()
        if isEnclosed {
            guard next == ")" else { throw unexpected }
            position += 1
        }
        return try Self.bounded(sign * power)
    }

    private mutating func superscriptExponent() throws(UnitParseError) -> Int {
        let isNegative = next == "⁻"
        if isNegative { position += 1 }
        var (power, count) = (0, 0)
        while let scalar = next, let digit = Self.digit(superscript: scalar), count < 3 {
            (power, count) = (power * 10 + digit, count + 1)
            position += 1
        }
        guard count > 0 else { throw .exponent }
        return try Self.bounded(isNegative ? -power : power)
    }

    /// Up to two digits.
    private mutating func wholeNumber() throws(UnitParseError) -> Int {
        var (number, count) = (0, 0)
        while let scalar = next, Self.isDigit(scalar) {
            (number, count) = (number * 10 + Int(scalar.value - 48), count + 1)
            position += 1
            guard count <= 2 else { throw .exponent }
        }
        return number
    }

    private static func bounded(_ power: Int) throws(UnitParseError) -> Int {
        guard power != 0, abs(power) <= exponentMax else { throw .exponent }
        return power
    }

    // MARK: Characters

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private var unexpected: UnitParseError { .unexpected(next, at: position) }

    private mutating func skipSpaces() {
        while next == " " { position += 1 }
    }

    /// Steps over `word` if it is the next name.
    private mutating func take(word: String) -> Bool {
        let end = nameEnd
        guard end - position == word.unicodeScalars.count,
            scalars[position..<end].elementsEqual(word.unicodeScalars)
        else { return false }
        position = end
        return true
    }

    /// The end of the name that begins here; `position` if none does.
    private var nameEnd: Int {
        guard let first = next, Self.isLetter(first) else { return position }
        guard first != "%", first != "‰" else { return position + 1 }
        var end = position + 1
        while end < scalars.count, Self.continuesName(scalars[end]) { end += 1 }
        // The one name with points.
        if end == position + 1, scalars[position...].starts(with: "a.u.".unicodeScalars) {
            return position + 4
        }
        return end
    }

    private func string(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range]))
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        (0x30...0x39).contains(scalar.value)
    }

    private static func digit(superscript scalar: Unicode.Scalar) -> Int? {
        UnitProduct.superscripts.firstIndex(of: scalar)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_", "%", "‰", "°": true
        default: !scalar.isASCII && scalar.properties.isAlphabetic
        }
    }

    private static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
        isDigit(scalar) || isLetter(scalar) && scalar != "%" && scalar != "‰"
    }
}

/// A version as Python packages write it, in PEP 440's order: 1.2.dev1 < 1.2a1 < 1.2 < 1.2.post1 <
/// 1.10.
package struct VersionNumber: Sendable, Comparable {
    private let epoch: Int
    /// Without trailing zeros, so that 1 and 1.0.0 are equal.
    private let release: [Int]
    /// The parts behind the release, each turned into numbers that compare as PEP 440 wants.
    private let suffix: [Int]
    private let local: [LocalPart]

    private enum LocalPart: Sendable, Equatable {
        case word(String), number(Int)
    }

    /// What a source without a version counts as.
    package static let zero = VersionNumber(epoch: 0, release: [], suffix: noSuffix, local: [])

    private static let noSuffix = suffix(pre: nil, post: nil, dev: nil)

    private init(epoch: Int, release: [Int], suffix: [Int], local: [LocalPart]) {
        (self.epoch, self.suffix, self.local) = (epoch, suffix, local)
        self.release = Array(release.reversed().drop { $0 == 0 }.reversed())
    }

    /// - Returns: nil if PEP 440 does not know the spelling, or a number has more than 18 digits.
    package init?(_ text: String) {
        var scanner = VersionScanner(text)
        scanner.skip("v")
        var epoch = 0
        guard var first = scanner.number() else { return nil }
        if scanner.skip("!") {
            epoch = first
            guard let number = scanner.number() else { return nil }
            first = number
        }
        var release = [first]
        while let number = scanner.number(after: ".") { release.append(number) }
        let pre = scanner.pre()
        let post = scanner.post()
        let dev = scanner.tagged(["dev"]).map(\.number)
        var local: [LocalPart] = []
        if scanner.skip("+") {
            repeat {
                let word = scanner.word()
                guard !word.isEmpty else { return nil }
                guard word.allSatisfy(VersionScanner.isDigit) else {
                    local.append(.word(word))
                    continue
                }
                guard word.utf8.count <= VersionScanner.digitCountMax, let number = Int(word) else {
                    return nil
                }
                local.append(.number(number))
            } while scanner.skipSeparator()
        }
        guard scanner.isAtEnd else { return nil }
        self.init(
            epoch: epoch,
            release: release,
            suffix: Self.suffix(pre: pre, post: post, dev: dev),
            local: local
        )
    }

    package static func < (left: VersionNumber, right: VersionNumber) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        if left.release != right.release {
            return left.release.lexicographicallyPrecedes(right.release)
        }
        if left.suffix != right.suffix {
            return left.suffix.lexicographicallyPrecedes(right.suffix)
        }
        return left.local.lexicographicallyPrecedes(right.local) { left, right in
            switch (left, right) {
            case (.word(let left), .word(let right)): left < right
            case (.number(let left), .number(let right)): left < right
            case (.word, .number): true
            case (.number, .word): false
            }
        }
    }

    /// A missing part counts as PEP 440 says: a release without `pre` is above all of its `pre`s,
    /// except when it has nothing but `dev`, which is below them; no `post` is below any, no `dev`
    /// above any.
    private static func suffix(
        pre: (letter: Int, number: Int)?,
        post: Int?,
        dev: Int?
    ) -> [Int] {
        let isDevOnly = pre == nil && post == nil && dev != nil
        return [
            pre?.letter ?? (isDevOnly ? -1 : 3), pre?.number ?? 0, post ?? -1, dev ?? .max,
        ]
    }
}

/// Reads a version from left to right; letters in lower case.
private struct VersionScanner {
    /// What surely fits an `Int`.
    static let digitCountMax = 18

    private var rest: Substring

    init(_ text: String) {
        let isSpace = { (character: Character) in character.isWhitespace }
        var trimmed = text.lowercased().drop(while: isSpace)
        while let last = trimmed.last, isSpace(last) { trimmed.removeLast() }
        rest = trimmed
    }

    var isAtEnd: Bool { rest.isEmpty }

    static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }

    @discardableResult
    mutating func skip(_ prefix: String) -> Bool {
        guard rest.hasPrefix(prefix) else { return false }
        rest = rest.dropFirst(prefix.count)
        return true
    }

    mutating func skipSeparator() -> Bool { skip(".") || skip("-") || skip("_") }

    mutating func number() -> Int? {
        let digits = rest.prefix(while: Self.isDigit)
        guard digits.utf8.count <= Self.digitCountMax, let number = Int(digits) else { return nil }
        rest = rest.dropFirst(digits.count)
        return number
    }

    mutating func number(after separator: String) -> Int? {
        let start = rest
        if skip(separator), let number = number() { return number }
        rest = start
        return nil
    }

    /// Letters and digits.
    mutating func word() -> String {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    /// A tag with an optional number, separators allowed around the tag: `.dev3`, `-rc_1`, `a`.
    mutating func tagged(_ tags: [String]) -> (tag: String, number: Int)? {
        let start = rest
        _ = skipSeparator()
        guard let tag = tags.first(where: { rest.hasPrefix($0) }) else {
            rest = start
            return nil
        }
        skip(tag)
        let afterTag = rest
        _ = skipSeparator()
        if let number = number() { return (tag, number) }
        rest = afterTag
        return (tag, 0)
    }

    mutating func pre() -> (letter: Int, number: Int)? {
        // Longer spellings first, as `rc` begins with the `r` of no other but `c` ends it.
        let tags = ["alpha", "beta", "preview", "pre", "rc", "a", "b", "c"]
        guard let (tag, number) = tagged(tags) else { return nil }
        return (["alpha": 0, "a": 0, "beta": 1, "b": 1][tag] ?? 2, number)
    }

    mutating func post() -> Int? {
        // `1.0-1` is short for `1.0.post1`.
        number(after: "-") ?? tagged(["post", "rev", "r"]).map(\.number)
    }
}

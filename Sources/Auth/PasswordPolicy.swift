internal import Foundation

/// Which new passwords are refused: short ones, and those that are guessed first. No rule about
/// kinds of characters; any length up to `Password.byteCountMax` is welcome.
///
/// Characters are counted in NFKC, so that a letter counts once however it was typed. What is
/// hashed is `Password`'s own form: two texts have the same NFKC exactly if they have the same NFKD.
package struct PasswordPolicy: Sendable {
    /// Whose password it is to be: what must not be most of it.
    package struct Context: Sendable {
        let words: Set<String>

        package init(email: String, username: String = "") {
            let local = email.prefix { $0 != "@" }
            let host = email.drop { $0 != "@" }.dropFirst().prefix { $0 != "." }
            let parts = [local, host, username[...]].flatMap { text in
                [text.lowercased()]
                    + text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
            }
            words = Set(parts + [email.lowercased()]).filter { $0.count >= 4 }
        }
    }

    /// Lists of common passwords, one a line, read at the start where they are installed.
    package struct Files: Sendable {
        /// In this order; default: those of Debian's packages `john-data` and `cracklib-runtime`.
        package var paths: [String]
        /// Longer files are left out; default 16 MiB.
        package var byteCountMax: Int

        package init(
            paths: [String] = ["/usr/share/john/password.lst", "/usr/share/dict/cracklib-small"],
            byteCountMax: Int = 16 << 20
        ) {
            (self.paths, self.byteCountMax) = (paths, byteCountMax)
        }
    }

    /// The embedded words only.
    package static let embedded = PasswordPolicy(listed: [])

    /// Whole passwords, in lower case.
    private let listed: Set<String>

    /// Reads the lists. A file that is not there, or that is no text, is left out.
    package init(_ files: Files) {
        var listed: Set<String> = []
        for path in files.paths {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            guard let size = attributes?[.size] as? Int, size <= files.byteCountMax,
                let text = try? String(contentsOfFile: path, encoding: .utf8)
            else { continue }
            for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#!") {
                if line.count >= Password.characterCountMin { listed.insert(line.lowercased()) }
            }
        }
        self.init(listed: listed)
    }

    private init(listed: Set<String>) { self.listed = listed }

    /// How many passwords came from files.
    package var listedCount: Int { listed.count }

    /// What is wrong with a new password; nil if nothing is. The text never quotes it.
    package func problem(of text: String, for context: Context) -> String? {
        let form = text.precomposedStringWithCompatibilityMapping
        guard form.count >= Password.characterCountMin else {
            return "must have at least \(Password.characterCountMin) characters"
        }
        let plain = form.lowercased()
        if listed.contains(plain) || isCommon(plain) || isCommon(Leet.undone(plain)) {
            return "is one of the most common passwords"
        }
        if Pattern.isRegular(plain) { return "is a pattern that is guessed first" }
        if isMostly(context.words.union(["penstock", "flexmeasures"]), plain) {
            return "is made of the e-mail address, the user name or the product's name"
        }
        return nil
    }

    /// Whether the text is a common word, or two of them in a row, with few digits and signs around.
    private func isCommon(_ text: String) -> Bool {
        let words = PasswordPolicyWords.all
        if words.contains(text) || listed.contains(text) { return true }
        let isFiller = { (character: Character) in !character.isLetter }
        let start = text.drop(while: isFiller)
        let core = String(start.reversed().drop(while: isFiller).reversed())
        guard core.count >= 4, text.count - core.count <= 6 else { return false }
        if words.contains(core) || listed.contains(core) { return true }
        return Self.isRow(Array(core.filter(\.isLetter)), of: words)
    }

    /// Whether the letters are two words of the list in a row, up to 20 letters. Three are welcome.
    private static func isRow(_ letters: [Character], of words: Set<String>) -> Bool {
        guard letters.count <= 20 else { return false }
        // least[i]: fewest words that the first i letters are made of.
        var least = [Int?](repeating: nil, count: letters.count + 1)
        least[0] = 0
        for end in stride(from: 4, through: letters.count, by: 1) {
            for start in 0...(end - 4) {
                guard let before = least[start], before < 2,
                    words.contains(String(letters[start..<end]))
                else { continue }
                least[end] = min(least[end] ?? .max, before + 1)
            }
        }
        return least[letters.count] != nil
    }

    /// Whether little is left beside these words: fewer than five characters, or digits and signs
    /// only. Words may overlap.
    private func isMostly(_ words: Set<String>, _ text: String) -> Bool {
        var rest = Array(text).map { Optional($0) }
        for word in words {
            for range in text.ranges(of: word) {
                let start = text.distance(from: text.startIndex, to: range.lowerBound)
                for index in start..<start + word.count { rest[index] = nil }
            }
        }
        let left = rest.compactMap { $0 }
        guard left.count < rest.count else { return false }
        return left.count < 5 || (left.count <= 8 && !left.contains(where: \.isLetter))
    }
}

/// Digits and signs that stand for letters.
private enum Leet {
    private static let letters: [Character: Character] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i",
        "|": "l", "8": "b",
    ]

    /// Undone inside the text only: digits at its end are more often a number.
    static func undone(_ text: String) -> String {
        let isTail = { (character: Character) in character.isNumber || character == "!" }
        let tail = String(text.reversed().prefix(while: isTail).reversed())
        let head = text.dropLast(tail.count)
        return String(head.map { letters[$0] ?? $0 }) + tail
    }
}

/// Texts that follow a rule: one that is told in a word is guessed in a moment.
private enum Pattern {
    /// The rows of keyboards, the alphabet, the digits, both ways.
    private static let rows: [[Character]] = [
        "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm",
        "1234567890", "abcdefghijklmnopqrstuvwxyz", "!@#$%^&*()", "qazwsxedcrfvtgbyhnujmikolp",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p",
    ].flatMap { [Array($0), $0.reversed()] }

    /// Few different characters, a repeated piece, a date, or only runs of rows of the keyboard, the
    /// alphabet or the digits.
    static func isRegular(_ text: String) -> Bool {
        let letters = Array(text)
        if Set(letters).count <= 3 && letters.count <= 16 { return true }
        if repeatsItself(letters) { return true }
        if letters.allSatisfy(\.isNumber), letters.count <= 10 { return true }
        return isRuns(letters)
    }

    private static func repeatsItself(_ letters: [Character]) -> Bool {
        for length in 1...max(1, letters.count / 2) where length <= 6 {
            let isRepeat = letters.indices.allSatisfy { letters[$0] == letters[$0 % length] }
            if isRepeat { return true }
        }
        return false
    }

    /// Whether the whole text falls into runs of three or more neighbours, forward or backward, or
    /// of equal characters; up to two characters may belong to none.
    private static func isRuns(_ letters: [Character]) -> Bool {
        guard letters.count <= 64 else { return false }
        var index = 0
        var looseCount = 0
        while index < letters.count {
            let length = runLength(letters, from: index)
            if length < 3 { looseCount += 1 }
            index += length < 3 ? 1 : length
        }
        return looseCount <= 2
    }

    private static func runLength(_ letters: [Character], from start: Int) -> Int {
        var longest = 1
        while start + longest < letters.count, letters[start + longest] == letters[start] {
            longest += 1
        }
        for row in rows {
            for place in row.indices where row[place] == letters[start] {
                var length = 1
                while start + length < letters.count, place + length < row.count,
                    letters[start + length] == row[place + length]
                {
                    length += 1
                }
                longest = max(longest, length)
            }
        }
        return longest
    }
}

internal import Foundation

/// A password as it was typed, in the one form that is hashed.
///
/// Unicode spells many characters in several ways, and keyboards differ in which one they send. All
/// paths (token requests, forms, command line) bring a password to NFKD first, the form that
/// FlexMeasures' pages use, so that hashes imported from there verify.
package struct Password: Sendable, CustomStringConvertible {
    /// Fewest characters of a new password, as in FlexMeasures' forms.
    package static let characterCountMin = 8
    /// Most bytes of any password, before normalization. Longer ones are refused unhashed.
    package static let byteCountMax = 4_096

    /// UTF-8 of the NFKD form.
    let normalized: Secret<[UInt8]>

    /// A password that is to be compared with a stored one.
    ///
    /// - Throws: a problem of the field `password` if it is longer than `byteCountMax`.
    package init(toCheck text: String) throws(AuthError) {
        guard text.utf8.count <= Self.byteCountMax else {
            throw .invalid([Self.tooLong])
        }
        self.init(unchecked: text)
    }

    /// A password that is to be stored.
    ///
    /// - Throws: a problem of the field `password` if it is too short or too long.
    package init(toStore text: String) throws(AuthError) {
        try self.init(toCheck: text)
        guard text.count >= Self.characterCountMin else {
            let message = "must have at least \(Self.characterCountMin) characters"
            throw .invalid([FieldProblem("password", message)])
        }
    }

    /// A password that is to be stored, if the policy lets it pass.
    ///
    /// - Throws: a problem of the field `password`.
    init(
        toStore text: String,
        policy: PasswordPolicy,
        for context: PasswordPolicy.Context
    ) throws(AuthError) {
        // The length in bytes first: the policy looks at every character.
        try self.init(toCheck: text)
        if let problem = policy.problem(of: text, for: context) {
            throw .invalid([FieldProblem("password", problem)])
        }
    }

    /// A random password of 24 letters and digits without look-alikes: 139 bits.
    static func generate() -> (text: String, password: Password) {
        let alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
        let text = RandomBytes.text(count: 24, of: alphabet)
        return (text, Password(unchecked: text))
    }

    private init(unchecked text: String) {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let form = isASCII ? text : text.decomposedStringWithCompatibilityMapping
        normalized = Secret(Array(form.utf8))
    }

    package var description: String { normalized.description }

    private static let tooLong =
        FieldProblem("password", "must have at most \(byteCountMax) bytes")
}

/// What an e-mail and a user name may look like.
enum UserFields {
    /// Longest e-mail and user name, as in FlexMeasures' table.
    static let byteCountMax = 255
    static let tooLong = "must have at most \(byteCountMax) bytes"

    /// What is wrong with them, in the order e-mail, user name.
    static func problems(email: String, username: String) -> [FieldProblem] {
        [
            problem(ofEmail: email).map { FieldProblem("email", $0) },
            problem(ofUsername: username).map { FieldProblem("username", $0) },
        ].compactMap { $0 }
    }

    /// One `@` with something on both sides, no blanks and no control characters (a line break
    /// would add headers to a mail). Whether mail arrives there is not looked at.
    private static func problem(ofEmail email: String) -> String? {
        guard email.utf8.count <= byteCountMax else { return tooLong }
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            return "must have one @ between a name and a host"
        }
        let isClean = email.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && !isControl(scalar)
                && !["<", ">", ",", ";", ":", "\"", "(", ")", "\\"].contains(scalar)
        }
        return isClean ? nil : "must not contain blanks, control characters or mail syntax"
    }

    private static func problem(ofUsername username: String) -> String? {
        guard username.utf8.count <= byteCountMax else { return tooLong }
        guard username.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            return "must not be blank"
        }
        return username.unicodeScalars.contains(where: isControl)
            ? "must not contain control characters" : nil
    }

    /// Controls and the marks that reorder text, which would forge what a log shows.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}

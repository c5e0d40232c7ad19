/// A statement and its bound values. Interpolation binds; it never splices text.
///
///     let sql: SQL = "SELECT id FROM sensor WHERE name = \(name)"   // text: … name = $1
package struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
    package private(set) var text: String
    package private(set) var binds: [PostgresValue]

    package init(stringLiteral value: String) { (text, binds) = (value, []) }

    package init(stringInterpolation parts: StringInterpolation) {
        (text, binds) = (parts.text, parts.binds)
    }

    /// Collects the text and what is bound to it.
    package struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var binds: [PostgresValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            binds.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: PostgresValue) {
            binds.append(value)
            text += "$\(binds.count)"
        }
        package mutating func appendInterpolation(_ value: String?) {
            appendInterpolation(value.map(PostgresValue.text) ?? .null)
        }
        package mutating func appendInterpolation(_ value: Int64?) {
            appendInterpolation(value.map(PostgresValue.int) ?? .null)
        }
        package mutating func appendInterpolation(_ value: Int) {
            appendInterpolation(PostgresValue.int(Int64(value)))
        }
        package mutating func appendInterpolation(_ value: Double?) {
            appendInterpolation(value.map(PostgresValue.double) ?? .null)
        }
        package mutating func appendInterpolation(_ value: Bool) {
            appendInterpolation(PostgresValue.bool(value))
        }
        /// Splices the text of another statement, with its values renumbered.
        package mutating func appendInterpolation(_ sql: SQL) {
            var index = 0
            for part in sql.text.split(separator: "$", omittingEmptySubsequences: false) {
                defer { index += 1 }
                guard index > 0 else {
                    text += part
                    continue
                }
                let digits = part.prefix { $0.isNumber }
                guard let number = Int(digits), sql.binds.indices.contains(number - 1) else {
                    text += "$" + part
                    continue
                }
                appendInterpolation(sql.binds[number - 1])
                text += part.dropFirst(digits.count)
            }
        }
        /// The one way to splice text. The label is loud so that reviewers and `grep` find it.
        package mutating func appendInterpolation(unescaped value: String) { text += value }
    }
}

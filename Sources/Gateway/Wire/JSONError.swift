/// Why bytes are not an acceptable JSON document.
package enum JSONError: Error, Equatable {
    /// Not the grammar of RFC 8259, or nothing at all.
    case malformed
    /// Not UTF-8, or an escape that is half of a surrogate pair.
    case invalidEncoding
    /// Nested deeper than `JSONScanner.depthMax`.
    case tooDeep
    /// The same name twice in one object.
    case duplicateName(String)
    /// `NaN`, `Infinity`, `-Infinity` or a number beyond the doubles.
    case specialNumber
}

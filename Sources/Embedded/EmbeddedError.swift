internal import Glibc

/// Why the private servers cannot run, for the person at the terminal: one line each.
package enum EmbeddedError: Error, Hashable, CustomStringConvertible {
    /// A program is not installed. The text names the package that has it.
    case missingProgram(String)
    /// The data directory cannot be used as it is: not ours, not permitted, or of another version.
    case directory(String)
    /// Someone else works on the directory. Retryable.
    case busy(String)
    /// A server did not start. The text quotes the last line of its log and names the log.
    case start(String)

    package var description: String {
        switch self {
        case .missingProgram(let text), .directory(let text), .busy(let text), .start(let text):
            text
        }
    }
}

/// The text of `errno`, as strerror(3) gives it.
func systemErrorText(_ number: Int32 = errno) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}

/// Why a file is refused: one sentence that names the place, for the person who made the file.
struct UploadFault: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }

    /// `line`: of a text file, or row of a sheet; from 1.
    init(line: Int, _ text: String) { self.init("line \(line): \(text)") }

    /// What a person wrote, cut so that an answer repeats little of it.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        return scalars.count <= 60
            ? "`\(text)`" : "`\(String(String.UnicodeScalarView(scalars.prefix(60))))…`"
    }
}

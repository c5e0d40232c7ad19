/// What a request to upload files says, before any file is read.
struct UploadForm: Sendable {
    struct File: Sendable {
        /// As the client calls it.
        let name: String
        /// Where in the body it is.
        let range: Range<Int>
    }

    let files: [File]
    /// Of the values in all files; nil for the sensor's own.
    let unit: String?
    /// Whether the events were known as soon as they had ended; else they are known since now.
    let isMeasuredInstantly: Bool

    static let location = "combined_sensor_data_upload"
    static let filesField = "uploaded-files"
    private static let instantlyField = "belief-time-measured-instantly"

    /// - Throws: `.badRequest` for a body that is no form though its type says so; `.unprocessable`
    ///   with every fault of every field.
    init(_ body: RequestBody, contentType: String) throws(RequestRefusal) {
        let form = try MultipartForm(body.bytes, contentType: contentType)
        var errors = FieldErrors(location: Self.location)
        var fields: [String: String] = [:]
        var files: [MultipartForm.Part] = []
        for part in form.parts {
            switch part.name {
            case Self.filesField: files.append(part)
            // The path says it.
            case "id": break
            case "unit", Self.instantlyField:
                guard
                    let text = String(validating: body.bytes[part.range], as: UTF8.self),
                    text.utf8.count <= SensorDataMessage.unitByteCountMax
                else {
                    errors.add(part.name, FieldTexts.notAString)
                    break
                }
                if fields.updateValue(text, forKey: part.name) != nil {
                    errors.add(part.name, FieldTexts.duplicate)
                }
            default: errors.add(part.name, FieldTexts.unknown)
            }
        }
        for (index, file) in files.enumerated() { Self.check(file, index, &errors) }
        isMeasuredInstantly = Self.flag(fields[Self.instantlyField], &errors)
        if files.isEmpty, errors.isEmpty { errors.add(Self.filesField, FieldTexts.missing) }
        try RequestRefusal.check(errors)
        self.files = files.map { File(name: $0.filename ?? "", range: $0.range) }
        unit = fields["unit"]
    }

    private static func flag(_ text: String?, _ errors: inout FieldErrors) -> Bool {
        switch text {
        case nil, "off", "false", "False", "0": return false
        case "on", "true", "True", "1": return true
        default:
            errors.add(instantlyField, "Not a valid boolean.")
            return false
        }
    }

    private static let extensions: Set<String> = [
        "csv", "CSV", "xlsx", "XLSX", "xls", "XLS", "xlsm", "XLSM", "json", "JSON",
    ]
    /// In the order of FlexMeasures' message.
    private static let contentTypes = [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/x-csv",
        "text/plain", "text/csv", "application/vnd.ms-excel",
    ]

    private static func check(_ file: MultipartForm.Part, _ index: Int, _ errors: inout FieldErrors)
    {
        let name = file.filename ?? ""
        let suffix = name.split(separator: ".").last.map(String.init) ?? ""
        if name.isEmpty {
            errors.add(filesField, index: index, "Filename is missing.")
        } else if !extensions.contains(suffix) {
            errors.add(
                filesField,
                index: index,
                "Invalid filename: \(clipped(name)). Only CSV or Excel files are accepted."
            )
        }
        let type = file.contentType
        let isJSON = type == "application/json" && suffix.lowercased() == "json"
        if !isJSON, !contentTypes.contains(type ?? "") {
            let list = contentTypes.map { "'\($0)'" }.joined(separator: ", ")
            errors.add(
                filesField,
                index: index,
                "Invalid content type: \(clipped(type ?? "None")). Only the following content types "
                    + "are accepted: {\(list)}."
            )
        }
    }

    /// Answers and the audit log repeat at most this much of what a client sent.
    static func clipped(_ text: String) -> String {
        text.unicodeScalars.count <= 200
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))) + "…"
    }
}

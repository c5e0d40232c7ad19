import Gateway

/// Prints objects: as JSON, or a line each with the fields that tell them apart.
enum Output {
    static func print(_ document: JSONObject, json: Bool) {
        if json {
            write(.object(document))
        } else {
            Swift.print(line(document))
        }
    }

    static func print(_ documents: [JSONObject], json: Bool) {
        if json {
            write(.array(documents.map(JSONValue.object)))
        } else {
            for document in documents { Swift.print(line(document)) }
        }
    }

    private static func write(_ value: JSONValue) {
        Swift.print(String(decoding: JSONWriter.document(value), as: UTF8.self), terminator: "")
    }

    private static func line(_ document: JSONObject) -> String {
        document.names.compactMap { name in
            switch document[name] ?? .null {
            case .string(let text): text == "{}" || text == "[]" ? nil : "\(name)=\(text)"
            case .integer(let number): "\(name)=\(number)"
            case .number(let number): "\(name)=\(number)"
            case .bool(let flag): "\(name)=\(flag)"
            case .array(let values): values.isEmpty ? nil : "\(name)=\(values.count)"
            case .null, .object: nil
            }
        }.joined(separator: "  ")
    }
}

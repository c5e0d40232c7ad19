/// What is wrong with the fields of a request: all of it at once, as the API answers with 422.
///
/// The body is `{"message": {<location>: {<field>: [texts]}}, "result": "Rejected", "status":
/// "UNPROCESSABLE_ENTITY"}`; a list field has `{<index>: [texts]}` for its elements, and what
/// concerns several fields stands under `_schema`.
package struct FieldErrors: Error, Sendable, Equatable {
    /// Texts of one field: about all of it, or by the index of an element.
    package enum Details: Sendable, Equatable {
        case texts([String])
        case elements([(index: Int, text: String)])

        package static func == (left: Details, right: Details) -> Bool {
            switch (left, right) {
            case (.texts(let left), .texts(let right)): left == right
            case (.elements(let left), .elements(let right)):
                left.elementsEqual(right) { $0.index == $1.index && $0.text == $1.text }
            default: false
            }
        }
    }

    /// Which part of the request the fields are of, such as `json`.
    package private(set) var location: String
    /// In the order in which the faults were found.
    package private(set) var fields: [(name: String, details: Details)] = []

    package init(location: String) {
        self.location = location
    }

    /// One fault of one field.
    package init(location: String, field: String, _ text: String) {
        self.init(location: location)
        add(field, text)
    }

    package var isEmpty: Bool { fields.isEmpty }

    /// Notes a text about a field, behind others that it has, unless it has the same already.
    package mutating func add(_ field: String, _ text: String) {
        guard let position = position(of: field) else { return }
        if case .texts(let texts) = fields[position].details {
            // A body can repeat a fault as often as it has room; nobody needs to hear it twice.
            if !texts.contains(text) { fields[position].details = .texts(texts + [text]) }
        } else {
            fields[position].details = .texts([text])
        }
    }

    /// Notes a text about the element `index` of a list field. Elements come in ascending order; one
    /// may have several texts.
    package mutating func add(_ field: String, index: Int, _ text: String) {
        guard let position = position(of: field) else { return }
        switch fields[position].details {
        case .elements(var elements):
            guard elements.count < Self.elementCountMax else { return }
            fields[position].details = .texts([])
            elements.append((index, text))
            fields[position].details = .elements(elements)
        case .texts(let texts) where texts.isEmpty:
            fields[position].details = .elements([(index, text)])
        case .texts: break
        }
    }

    /// The same faults, said of another part of the request.
    package func moved(to location: String) -> FieldErrors {
        var copy = self
        copy.location = location
        return copy
    }

    /// Notes what concerns no single field.
    package mutating func addSchema(_ text: String) { add("_schema", text) }

    package func contains(_ field: String) -> Bool { fields.contains { $0.name == field } }

    private mutating func position(of field: String) -> Int? {
        if let position = fields.firstIndex(where: { $0.name == field }) { return position }
        guard fields.count < Self.fieldCountMax else { return nil }
        fields.append((field, .texts([])))
        return fields.count - 1
    }

    package static func == (left: FieldErrors, right: FieldErrors) -> Bool {
        left.location == right.location
            && left.fields.elementsEqual(right.fields) {
                $0.name == $1.name && $0.details == $1.details
            }
    }

    /// Nobody reads more than this, and an answer must not outgrow its request by much.
    package static let elementCountMax = 100
    package static let fieldCountMax = 100

    /// The answer's JSON.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("message")
        writer.beginObject()
        writer.name(location)
        writer.beginObject()
        for field in fields.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            writer.name(field.name)
            switch field.details {
            case .texts(let texts): writer.value(.array(texts.map { .string($0) }))
            case .elements(let elements):
                writer.beginObject()
                var rest = elements[...]
                while let index = rest.first?.index {
                    let texts = rest.prefix { $0.index == index }
                    writer.member(String(index), .array(texts.map { .string($0.text) }))
                    rest = rest.dropFirst(texts.count)
                }
                writer.endObject()
            }
        }
        writer.endObject()
        writer.endObject()
        writer.member("result", .string("Rejected"))
        writer.member("status", .string("UNPROCESSABLE_ENTITY"))
        writer.endObject()
        return writer.finished()
    }
}

internal import Catalog
internal import Model

/// The query part of a request about structure. Unknown parameters are not looked at.
struct StructureQuery {
    private let values: [String: String]
    private(set) var errors = FieldErrors(location: "query")

    /// `aliases`: other names of parameters, by the name that the API calls right. Names may always
    /// be written with `_` for `-`.
    init(_ call: Call, aliases: [String: String] = [:]) {
        var values: [String: String] = [:]
        for parameter in call.query {
            let name = aliases[parameter.name] ?? parameter.name
            let canonical = Self.kebab.contains(name.replacing("_", with: "-"))
            let key = canonical ? name.replacing("_", with: "-") : name
            if values[key] == nil { values[key] = parameter.value }
        }
        self.values = values
    }

    private static let kebab: Set<String> = ["per-page", "sort-by", "sort-dir"]

    subscript(name: String) -> String? { values[name] }

    mutating func fault(_ name: String, _ text: String) { errors.add(name, text) }

    /// - Throws: 422 if anything was wrong.
    func check() throws { try RequestRefusal.check(errors) }

    mutating func flag(_ name: String, default value: Bool = false) -> Bool {
        guard let text = values[name] else { return value }
        guard let flag = Self.flag(text) else {
            errors.add(name, "Not a valid boolean.")
            return value
        }
        return flag
    }

    /// As marshmallow reads a boolean.
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "t", "yes", "y", "on", "1": true
        case "false", "f", "no", "n", "off", "0": false
        default: nil
        }
    }

    mutating func integer(_ name: String, min: Int64? = nil) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let integer = Int64(text.trimmingASCIISpace()) else {
            errors.add(name, "Not a valid integer.")
            return nil
        }
        if let min, integer < min {
            errors.add(name, "Must be greater than or equal to \(min).")
            return nil
        }
        return integer
    }

    /// The words of `filter`; nil without one.
    mutating func terms() -> [String]? {
        guard let text = values["filter"] else { return nil }
        guard let terms = SearchTerms.split(text) else {
            errors.add("filter", "No closing quotation")
            return nil
        }
        return terms
    }

    /// Page and order. `keys`: what may be sorted by.
    mutating func paging(sortedBy keys: [String] = []) -> Paging {
        var paging = Paging()
        paging.page = integer("page", min: 1).map { Int(clamping: $0) }
        paging.perPage = integer("per-page", min: 1).map { Int(clamping: $0) } ?? 10
        if let key = values["sort-by"], !keys.isEmpty {
            if keys.contains(key) {
                paging.sortKey = key
            } else {
                errors.add("sort-by", "Must be one of: \(keys.joined(separator: ", ")).")
            }
        }
        if let direction = values["sort-dir"] {
            if direction != "asc", direction != "desc" {
                errors.add("sort-dir", "Must be one of: asc, desc.")
            }
            paging.isDescending = direction == "desc"
        }
        return paging
    }
}

/// Which part of a list is wanted, and in which order.
struct Paging {
    /// From 1; nil for all.
    var page: Int?
    var perPage = 10
    var sortKey: String?
    var isDescending = false

    /// How many come before the page.
    var offset: Int {
        let product = ((page ?? 1) - 1).multipliedReportingOverflow(by: perPage)
        return product.overflow ? .max : product.partialValue
    }

    /// Puts rows in order: by `key`, then by their former order.
    func sorted<Row, Key: Comparable>(_ rows: [Row], by key: (Row) -> Key) -> [Row] {
        let keyed = rows.enumerated().map {
            (key: key($0.element), place: $0.offset, row: $0.element)
        }
        return keyed.sorted { left, right in
            if left.key == right.key { return left.place < right.place }
            return isDescending ? left.key > right.key : left.key < right.key
        }.map(\.row)
    }

    /// All rows as a bare list, or a page of them with the counts.
    ///
    /// - Throws: 404 for a page beyond the end.
    func answer<Row>(
        _ rows: [Row],
        count: Int,
        _ document: (Row) -> JSONObject
    ) throws -> Answer {
        guard page != nil else { return Answer(list: rows.map { .object(document($0)) }) }
        let start = min(offset, rows.count)
        let part = rows[start...].prefix(perPage)
        guard !part.isEmpty || page == 1 else { throw Refusal.unknownPath }
        return Self.page(part.map(document), count: count, filtered: rows.count)
    }

    static func page(_ documents: [JSONObject], count: Int, filtered: Int) -> Answer {
        Answer(
            200,
            [
                "data": .array(documents.map { .object($0) }),
                "filtered-records": .integer(Int64(filtered)),
                "num-records": .integer(Int64(count)), "status": 200,
            ]
        )
    }
}

/// What people type to find something.
enum SearchTerms {
    /// Words at blanks; quotes group them, a backslash takes the next character as it is.
    ///
    /// - Returns: nil if a quote is not closed.
    static func split(_ text: String) -> [String]? {
        var terms: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open {
                    quote = nil
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { terms.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if quote != nil || isEscaped { return nil }
        if let word { terms.append(word) }
        return terms
    }

    /// Whether one of the terms is in one of the names, capitals aside, or begins the number.
    static func match(_ terms: [String]?, names: [String?], number: Int64) -> Bool {
        guard let terms, !terms.isEmpty else { return true }
        return terms.contains { term in
            let wanted = term.lowercased()
            if names.contains(where: { $0?.lowercased().contains(wanted) == true }) { return true }
            let isNumber = !term.isEmpty && term.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return isNumber && String(number).hasPrefix(term)
        }
    }
}

import Model

/// Rows by id, in memory: O(1) to look up and to change, ascending to walk through.
///
/// Rows lie in pages of neighbouring ids. As ids come from a sequence, pages are mostly full: the
/// hash table stays small, and no change ever moves more than a page and the list of page numbers.
struct CatalogTable<Row: Identifiable & Sendable>: Sendable where Row.ID: EntityID {
    private struct Page: Sendable {
        /// Shape `[pageRowCount]`; nil where no row has the id.
        var rows: ContiguousArray<Row?>
        var count: Int
    }

    /// 64 rows: 1 M sensors need 16 k hash entries, and a lone row wastes at most some KiB.
    private static var pageShift: Int64 { 6 }
    private static var pageRowCount: Int { 1 << pageShift }

    private var pages: [Int64: Page] = [:]
    /// INVARIANT: the keys of `pages`, ascending.
    private var pageNumbers: [Int64] = []
    private(set) var count = 0

    subscript(id: Row.ID) -> Row? {
        pages[id.rawValue >> Self.pageShift]?.rows[Self.offset(of: id.rawValue)]
    }

    /// Puts the row in place of what has its id.
    ///
    /// - Returns: what had it.
    @discardableResult
    mutating func update(_ row: Row) -> Row? {
        let id = row.id.rawValue
        let number = id >> Self.pageShift
        let offset = Self.offset(of: id)
        if pages[number] == nil {
            let empty = ContiguousArray<Row?>(repeating: nil, count: Self.pageRowCount)
            pages[number] = Page(rows: empty, count: 0)
            pageNumbers.insert(number, at: pageNumbers.lowerBound(of: number))
        }
        let old = pages[number]?.rows[offset]
        pages[number]?.rows[offset] = row
        if old == nil {
            pages[number]?.count += 1
            count += 1
        }
        return old
    }

    /// - Returns: what had the id.
    @discardableResult
    mutating func remove(_ id: Row.ID) -> Row? {
        guard let old = self[id] else { return nil }
        let number = id.rawValue >> Self.pageShift
        pages[number]?.rows[Self.offset(of: id.rawValue)] = nil
        pages[number]?.count -= 1
        count -= 1
        if pages[number]?.count == 0 {
            pages[number] = nil
            pageNumbers.remove(at: pageNumbers.lowerBound(of: number))
        }
        return old
    }

    /// Rows by ascending id, at most `limit` of those above `id`.
    func rows(after id: Row.ID?, limit: Int) -> [Row] {
        let first = id.map { $0.rawValue + 1 } ?? Int64.min
        var found: [Row] = []
        var page = pageNumbers.lowerBound(of: first >> Self.pageShift)
        while page < pageNumbers.count, found.count < limit {
            for case let row? in pages[pageNumbers[page]]?.rows ?? []
            where row.id.rawValue >= first {
                if found.count == limit { break }
                found.append(row)
            }
            page += 1
        }
        return found
    }

    private static func offset(of id: Int64) -> Int {
        Int(id & Int64(pageRowCount - 1))
    }
}

extension Array where Element: Comparable {
    /// The index of the first element that is not below `element`, in an ascending array.
    func lowerBound(of element: Element) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Puts `element` into an ascending array that does not have it yet.
    mutating func insertSorted(_ element: Element) {
        // Ids mostly come in order.
        if let last, last < element { return append(element) }
        let index = lowerBound(of: element)
        if index == count || self[index] != element { insert(element, at: index) }
    }

    /// Takes `element` out of an ascending array, if it is there.
    mutating func removeSorted(_ element: Element) {
        let index = lowerBound(of: element)
        if index < count, self[index] == element { remove(at: index) }
    }
}

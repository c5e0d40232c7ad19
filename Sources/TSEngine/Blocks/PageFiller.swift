internal import Model
internal import Postgres

/// Puts blocks on pages, in the order of their sensors, and pages into copied data.
///
/// What fills a page by itself gets one. The rest goes to an open page, one block after the other; a
/// block that meets the page's end is cut there if it comes from the end of its series, so that pages
/// are full whatever sizes the blocks have. A page ends with its `SensorGroup`.
struct PageFiller {
    /// Only current blocks are cut: parts are new blocks, and of history blocks that overlap the newest
    /// counts.
    private let table: BlockTable
    /// The rows so far; `finish` ends them.
    private(set) var copy = CopyBuffer()
    private(set) var pageCount = 0
    private var blocks: [StoredBlock] = []
    private var directory = PageDirectory.Writer()
    private var payloadByteCount = 0

    /// A page with less room than this ends without a part of the next block.
    private static let roomMin = 320
    /// About what a part of a block takes beside its values: keys, headers and checksum.
    private static let partByteCount = 45
    /// Fewest values of a part of a block.
    private static let partValueCountMin = 256

    init(_ table: BlockTable) { self.table = table }

    /// Adds the end of a current series, to which more is to be expected: one full block after the other, and
    /// the rest.
    mutating func add(
        tail columns: BeliefColumns,
        of series: SeriesKey,
        _ maker: inout BlockMaker
    ) {
        var (first, countMax) = (0, BlockCodec.valueCountMax)
        while first < columns.count {
            var count = min(countMax, columns.count - first)
            var next = maker.block(of: columns.slice(first..<first + count), series)
            while let fitting = next.fittingCount(permille: 992), fitting < count {
                count = fitting
                next = maker.block(of: columns.slice(first..<first + count), series)
            }
            // The next one is much like this one.
            countMax = next.nextCount(permille: 996) ?? BlockCodec.valueCountMax
            if next.fillsPage {
                add(next, &maker)
            } else {
                add(next, cutting: columns.slice(first..<first + count), &maker)
            }
            first += count
        }
    }

    /// Adds a block whole.
    mutating func add(_ block: StoredBlock, _ maker: inout BlockMaker) {
        if block.fillsPage {
            var alone = PageDirectory.Writer()
            alone.append(block.zone)
            write([block], alone, &maker)
            return
        }
        place(block, &maker)
    }

    /// Puts a block on the open page, or on the next one.
    private mutating func place(_ block: StoredBlock, _ maker: inout BlockMaker) {
        if put(block, &maker) { return }
        close(&maker)
        // An empty page takes any.
        _ = put(block, &maker)
    }

    /// Adds a block, a first part of it to the open page if it does not fit.
    private mutating func add(
        _ block: StoredBlock,
        cutting columns: BeliefColumns,
        _ maker: inout BlockMaker
    ) {
        if put(block, &maker) { return }
        // Less an entry of the directory.
        let room = BlockPage.contentByteCountMax - contentByteCount - 30
        if room >= Self.roomMin {
            let overhead = Self.partByteCount
            var count =
                columns.count * (room - overhead) / max(1, block.payload.count - overhead)
            while count >= Self.partValueCountMin, count < columns.count {
                let part = maker.block(of: columns.slice(0..<count), block.series)
                if put(part, &maker) {
                    let rest = maker.block(
                        of: columns.slice(count..<columns.count),
                        block.series
                    )
                    close(&maker)
                    place(rest, &maker)
                    return
                }
                // By what it is too long, and a little.
                let excess = max(0, part.payload.count - room) + 8
                count -= max(8, count * excess / part.payload.count)
            }
        }
        place(block, &maker)
    }

    /// Adds a block to the open page; false if it does not fit. An empty page takes any.
    private mutating func put(_ block: StoredBlock, _ maker: inout BlockMaker) -> Bool {
        if let last = blocks.last,
            SensorGroup.number(of: last.series.sensor)
                != SensorGroup.number(of: block.series.sensor)
        {
            closeGroup(&maker)
        }
        directory.append(block.zone)
        payloadByteCount += block.payload.count
        if !blocks.isEmpty, contentByteCount > BlockPage.contentByteCountMax {
            directory.undo()
            payloadByteCount -= block.payload.count
            return false
        }
        blocks.append(block)
        return true
    }

    private var contentByteCount: Int { directory.byteCount + payloadByteCount }

    /// Ends the data.
    mutating func finish(_ maker: inout BlockMaker) {
        closeGroup(&maker)
        copy.finish()
    }

    private mutating func close(_ maker: inout BlockMaker) {
        guard !blocks.isEmpty else { return }
        write(blocks, directory, &maker)
        (blocks, directory, payloadByteCount) = ([], PageDirectory.Writer(), 0)
    }

    private mutating func write(
        _ blocks: [StoredBlock],
        _ directory: PageDirectory.Writer,
        _ maker: inout BlockMaker
    ) {
        maker.page(blocks).write(directory: directory.finished(), to: &copy)
        pageCount += 1
    }

    /// Ends the last page of a group. No other group's blocks will fill it, and a row of five eighths of
    /// a page would have it for itself: three of a quarter each have company.
    private mutating func closeGroup(_ maker: inout BlockMaker) {
        let byteCount = contentByteCount
        guard let rowCount = Self.friendlyRowCount(byteCount) else { return close(&maker) }
        var rest = Array(blocks.reversed())
        (blocks, directory, payloadByteCount) = ([], PageDirectory.Writer(), 0)
        let target = byteCount / rowCount
        while let block = rest.popLast() {
            let (size, room) = (block.payload.count, max(0, target - contentByteCount))
            // What is a little too much stays together.
            if size > room + target / 16 {
                let count = block.valueCount * room / size
                if table == .current,
                    min(count, block.valueCount - count) >= Self.partValueCountMin,
                    let columns = try? block.columns()
                {
                    place(maker.block(of: columns.slice(0..<count), block.series), &maker)
                    close(&maker)
                    let left = columns.slice(count..<columns.count)
                    rest.append(maker.block(of: left, block.series))
                    continue
                }
                if room < size / 2 { close(&maker) }
            }
            place(block, &maker)
        }
        close(&maker)
    }

    /// In how many rows what is too much for half a page, and too little for a whole one, takes the
    /// least of pages; nil for one.
    private static func friendlyRowCount(_ byteCount: Int) -> Int? {
        guard byteCount > BlockPage.halfByteCount, byteCount < BlockPage.contentByteCountMax * 7 / 8
        else { return nil }
        var (best, bestPages) = (1, 1.0)
        for rowCount in 2...3 {
            // Smaller blocks are a little larger together, and each row has a header.
            let row = byteCount * 103 / (100 * rowCount) + 88
            let rowsInPage = (BlockPage.tupleByteCountMax + 4) / row
            let pages = Double(rowCount) / Double(rowsInPage)
            if pages < bestPages * 0.95 { (best, bestPages) = (rowCount, pages) }
        }
        return best > 1 ? best : nil
    }
}

extension StoredBlock {
    /// Fewest values for which a block is made smaller so that it fits into a page.
    private static let valueCountMin = 2_048

    /// Whether the block is put on a page of its own.
    var fillsPage: Bool { payload.count > BlockPage.payloadByteCountMax * 15 / 16 }

    /// How many values like these make a payload of `permille` of the largest that has a page; nil if
    /// this one fits, or if the block would become too small.
    func fittingCount(permille: Int) -> Int? {
        payload.count > BlockPage.payloadByteCountMax ? likeCount(permille: permille) : nil
    }

    /// The same of a block that may fit; nil also if it is not nearly that large.
    func nextCount(permille: Int) -> Int? {
        payload.count > BlockPage.payloadByteCountMax * 3 / 4 ? likeCount(permille: permille) : nil
    }

    private func likeCount(permille: Int) -> Int? {
        let count =
            zone.valueCount * BlockPage.payloadByteCountMax * permille / (1_000 * payload.count)
        return count < Self.valueCountMin ? nil : min(count, BlockCodec.valueCountMax)
    }
}

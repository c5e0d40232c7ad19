package import Model

/// How a series' superseded beliefs are cut into blocks of the history layer.
///
/// Forecasts come as posts: many events, one belief time, and each post revises most of the one
/// before. Posts that follow each other share a block, a tile, which the codec stores event by
/// event: revisions of one event are neighbours there, and a post costs a row instead of a belief
/// time for each value. What is no post, such as corrections of measurements, goes to blocks of its
/// own.
///
/// Posts are taken in the order of belief times, oldest first, so the cuts do not depend on how
/// many compactions the beliefs came in: only the newest block of a series is ever rewritten.
package enum HistoryTiles {
    /// Whether a series' newest history block is to be split anew together with new beliefs. A block
    /// that is not stays as it is: it is full enough, or fills half a page of Postgres.
    package static func isOpen(valueCount: Int, payloadByteCount: Int = 0) -> Bool {
        valueCount < closedValueCount && payloadByteCount < BlockPage.halfPayloadByteCount * 9 / 10
    }

    /// How many beliefs a tile should take, if they take `payloadByteCount` / `valueCount` bytes each:
    /// so many that rows fill a page, or half of one, and leave no gap in it.
    static func tileValueCount(valueCount: Int, payloadByteCount: Int) -> Int {
        guard valueCount > 0, payloadByteCount > 0 else { return BlockCodec.valueCountMax }
        for page in [BlockPage.halfPayloadByteCount, BlockPage.payloadByteCountMax] {
            let count = valueCount * page / payloadByteCount * 93 / 100
            if count >= tileValueCountMin { return min(count, BlockCodec.valueCountMax) }
        }
        return BlockCodec.valueCountMax
    }

    /// Cuts `columns`, which must ascend by (event, belief time), into blocks.
    ///
    /// - Returns: At most `BlockCodec.valueCountMax` beliefs each, ascending; together exactly
    ///   `columns`. The last one is the newest block for `isOpen`.
    /// - Complexity: O(n) and the sorting of the posts.
    ///
    /// `tileValueCountMax`: beliefs that a tile of many posts takes.
    package static func split(
        _ columns: BeliefColumns,
        tileValueCountMax: Int = BlockCodec.valueCountMax
    ) -> [BeliefColumns] {
        HistoryCut(beliefTimes: columns.beliefTimes, tileValueCountMax).pieces.map { cells in
            BeliefColumns(
                eventStarts: cells.map { columns.eventStarts[$0] },
                beliefTimes: cells.map { columns.beliefTimes[$0] },
                values: cells.map { columns.values[$0] }
            )
        }
    }

    /// The same for the codec's columns.
    package static func split(_ columns: BlockColumns) -> [BlockColumns] {
        HistoryCut(beliefTimes: columns.beliefTimes, BlockCodec.valueCountMax).pieces.map { cells in
            BlockColumns(
                eventStarts: cells.map { columns.eventStarts[$0] },
                beliefTimes: cells.map { columns.beliefTimes[$0] },
                values: cells.map { columns.values[$0] }
            )
        }
    }

    /// Beliefs from which a block takes no more: three quarters of the maximum, so that a block is
    /// not rewritten for the last few posts. 32 posts of 192 events.
    static let closedValueCount = BlockCodec.valueCountMax * 3 / 4

    /// Smaller tiles lose more by their few posts than they gain by filling a page.
    private static let tileValueCountMin = 2_048

    /// Fewest events of a post; the codec makes no tile of rows that are shorter on average.
    static let postLengthMin = 3

    /// Fewest posts that share a tile, if need be by cutting their events: with less than these
    /// there are too few revisions of an event side by side.
    static let tilePostCountMin = 8
}

/// One cut: which beliefs go to which block, by index.
private struct HistoryCut {
    /// For each block the indices of its beliefs, ascending.
    private(set) var pieces: [[Int]] = []

    init(beliefTimes: [Int64], _ tileValueCountMax: Int) {
        // What fits one block anyway is not parted before it has to be: it stays open.
        if beliefTimes.count <= min(BlockCodec.valueCountTarget, tileValueCountMax) {
            if !beliefTimes.isEmpty { pieces = [Array(beliefTimes.indices)] }
            return
        }
        let posts = PostTable(beliefTimes: beliefTimes)
        let (tileOfPost, tileCounts) = HistoryCut.tiles(of: posts, tileValueCountMax)
        var tiles = tileCounts.map { count -> [Int] in
            var cells: [Int] = []
            cells.reserveCapacity(count)
            return cells
        }
        var others: [Int] = []
        for cell in posts.postOfCell.indices {
            let tile = tileOfPost[Int(posts.postOfCell[cell])]
            if tile >= 0 { tiles[tile].append(cell) } else { others.append(cell) }
        }
        // A few others as short rows of the newest tile are better than a small block of their own.
        if let newest = tiles.last, others.count * 8 <= newest.count,
            newest.count + others.count <= BlockCodec.valueCountMax
        {
            tiles[tiles.count - 1] = (newest + others).sorted()
            others = []
        }
        let otherPieces = HistoryCut.even(others, countMax: BlockCodec.valueCountTarget * 3 / 2)
        let tilePieces = tiles.flatMap {
            HistoryCut.even($0, countMax: BlockCodec.valueCountMax)
        }
        // The last block is the one that may be opened again.
        let isTileOpen = tilePieces.last.map { HistoryTiles.isOpen(valueCount: $0.count) } ?? false
        pieces = isTileOpen ? otherPieces + tilePieces : tilePieces + otherPieces
    }

    /// Tiles of posts in the order of belief times.
    ///
    /// - Returns: The tile of each post, -1 for what is too short to be one; and the tiles' cells.
    private static func tiles(
        of posts: PostTable,
        _ valueCountMax: Int
    ) -> (tileOfPost: [Int], counts: [Int]) {
        var tileOfPost = [Int](repeating: -1, count: posts.counts.count)
        var counts: [Int] = []
        var postCount = 0
        let order = posts.counts.indices.filter { posts.counts[$0] >= HistoryTiles.postLengthMin }
            .sorted { posts.times[$0] < posts.times[$1] }
        for post in order {
            let count = (counts.last ?? 0) + posts.counts[post]
            if !counts.isEmpty,
                count <= valueCountMax || postCount < HistoryTiles.tilePostCountMin
            {
                counts[counts.count - 1] = count
                postCount += 1
            } else {
                counts.append(posts.counts[post])
                postCount = 1
            }
            tileOfPost[post] = counts.count - 1
        }
        return (tileOfPost, counts)
    }

    /// `cells` in as few equal parts as `countMax` allows.
    private static func even(_ cells: [Int], countMax: Int) -> [[Int]] {
        if cells.isEmpty { return [] }
        let partCount = (cells.count + countMax - 1) / countMax
        if partCount == 1 { return [cells] }
        return (0..<partCount).map { part in
            let first = cells.count * part / partCount
            return Array(cells[first..<cells.count * (part + 1) / partCount])
        }
    }
}

/// The belief times that occur, and how often.
private struct PostTable {
    /// By post, in the order in which they appear.
    private(set) var times: [Int64] = []
    /// Beliefs of each post.
    private(set) var counts: [Int] = []
    /// The post of each belief.
    private(set) var postOfCell: [Int32] = []

    /// - Parameter beliefTimes: in the order of (event, belief time).
    ///
    /// Mostly the posts of an event are those of the event before, in the same order, so a walk
    /// along these finds them; only what the walk misses is looked up.
    init(beliefTimes: [Int64]) {
        postOfCell.reserveCapacity(beliefTimes.count)
        var posts: [Int64: Int32] = [:]
        /// Where the cells of the event before start, and where its walk is; it ends at `first`.
        var (previousFirst, candidate, first) = (0, 0, 0)
        for cell in beliefTimes.indices {
            let time = beliefTimes[cell]
            // Within an event belief times ascend; a new event mostly starts with an earlier one.
            // If not, the walk misses a little more.
            if cell > first, time <= beliefTimes[cell - 1] {
                (previousFirst, first) = (first, cell)
                candidate = previousFirst
            }
            while candidate < first, beliefTimes[candidate] < time { candidate += 1 }
            let post: Int32
            if candidate < first, beliefTimes[candidate] == time {
                post = postOfCell[candidate]
            } else if let known = posts[time] {
                post = known
            } else {
                post = Int32(times.count)
                posts[time] = post
                times.append(time)
                counts.append(0)
            }
            counts[Int(post)] += 1
            postOfCell.append(post)
        }
    }
}

internal import Model

/// Encodes a compaction's blocks, and numbers blocks and pages.
struct BlockMaker {
    private let generation: Int64
    private var blockCount: Int64 = 0
    private var pageCount: Int64 = 0
    /// Scale of the last block written, which is tried first for the next: also for the next series,
    /// as a site's series mostly have the same number of digits.
    private var scale: BlockScale?

    /// `generation`: number of the compaction.
    init(generation: Int64) { self.generation = generation }

    /// - Precondition: ascending, 1...`BlockCodec.valueCountMax` beliefs.
    mutating func block(of columns: BeliefColumns, _ series: SeriesKey) -> StoredBlock {
        blockCount += 1
        // Numbers that were given twice would hide blocks: better not to write any.
        precondition(blockCount < 1 << 24, "a compaction writes less than 2^24 blocks")
        return StoredBlock(
            series: series,
            columns: columns,
            blockID: generation << 24 | blockCount,
            scale: &scale
        )
    }

    mutating func page(_ blocks: [StoredBlock]) -> BlockPage {
        pageCount += 1
        return BlockPage(pageID: generation << 24 | pageCount, blocks: blocks)
    }
}

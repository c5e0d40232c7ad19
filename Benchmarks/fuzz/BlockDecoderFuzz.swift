// A libFuzzer target: no bytes may make the block decoder trap, hang or read outside.
//
// Compiled with the codec's sources as one module, so that it needs no package:
//
//   swiftc -O -parse-as-library -package-name penstock -sanitize=fuzzer,address \
//       -I Sources/CLZ4 Sources/TSEngine/Codec/*.swift Benchmarks/fuzz/BlockDecoderFuzz.swift \
//       -o .build/block-fuzz
//   SWIFT_BACKTRACE=enable=no .build/block-fuzz -max_len=4096 -max_total_time=60 CORPUS
//
// CORPUS starts as a copy of Benchmarks/fuzz/corpus: blocks without the checksum flag, so that
// changes of the fuzzer are not all refused at the door.

/// Decodes the input. What decodes must survive another round trip.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBlockDecoder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    var columns = BlockColumns()
    var values: [Double] = []
    _ = try? BlockCodec.decodeValues(input, appendingTo: &values)
    do {
        try BlockCodec.decode(input, appendingTo: &columns)
    } catch {
        precondition(columns.eventStarts.isEmpty && columns.beliefTimes.isEmpty)
        precondition(columns.values.isEmpty)
        return 0
    }
    precondition(values.map(\.bitPattern) == columns.values.map(\.bitPattern))
    guard columns.count <= BlockCodec.valueCountMax else { return 0 }
    var scale: BlockScale?
    let block = BlockCodec.encode(columns, scale: &scale, effort: .compact)
    var again = BlockColumns()
    do {
        try BlockCodec.decode(block, appendingTo: &again)
    } catch {
        preconditionFailure("cannot read what was written: \(error)")
    }
    precondition(again.isIdentical(to: columns), "a block changed on its second way")
    return 0
}

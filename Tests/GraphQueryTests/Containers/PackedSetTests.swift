@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct PackedSetTests {
  /// Both forms, codes that repeat inside a batch and between batches, and the code 0.
  @Test(arguments: [(3, 40), (12, 5_000), (20, 3_000), (34, 20_000), (64, 60_000)])
  func findsWhatIsNew(bits: Int, total: Int) {
    let seed = UInt64(bits * 1_000 + total)
    var random = SeededGenerator(seed: seed)
    var set = PackedSet(bits: bits)
    var model: Set<UInt64> = []
    let limit = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
    let codes = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let added = Column<UInt32>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(codes, added) }
    var inserted = 0
    while inserted < total {
      let count = Int.random(in: 1...Batch.capacity, using: &random)
      let spread = min(limit, UInt64(total) * 2)
      for i in 0..<count { codes[i] = UInt64.random(in: 0...spread, using: &random) }
      codes[0] = inserted % 3 == 0 ? 0 : limit
      let new = set.insert(codes.words, count: count, added: added.words)
      var expected: [UInt32] = []
      for i in 0..<count where model.insert(codes[i]).inserted { expected.append(UInt32(i)) }
      #expect((0..<new).map { added[$0] } == expected, "seed \(seed)")
      #expect(set.count == model.count)
      inserted += count
    }
    for i in 0..<Batch.capacity { codes[i] = UInt64.random(in: 0...limit, using: &random) }
    for present in [true, false] {
      let kept = set.select(
        codes.words, count: Batch.capacity, present: present, into: added.words)
      let expected = (0..<Batch.capacity).filter { model.contains(codes[$0]) == present }
      #expect((0..<kept).map { Int(added[$0]) } == expected, "seed \(seed)")
    }
    #expect(codes.words.count == Batch.capacity && set.contains(limit) == model.contains(limit))
  }

  @Test func isABitmapWhereThatIsSmaller() {
    #expect(PackedSet(bits: 10).isBitmap)
    #expect(!PackedSet(bits: 30).isBitmap)
    #expect(PackedSet(bits: 30, capacity: 20_000_000).isBitmap)
  }
}

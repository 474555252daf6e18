import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct RadixSortTests {
  /// Around the sizes at which the way of sorting changes.
  @Test(arguments: [0, 1, 2, 24, 25, 300, 8191, 8192, 20_000])
  func sortsLikeTheStandardLibrary(_ count: Int) {
    let room = RadixSort.Room()
    let larger = Column((0..<UInt64(30_000)).reversed())
    let largerNumbers = Column<UInt32>(unspecified: 30_000)
    defer { keepAlive(larger, largerNumbers) }
    RadixSort.sort(larger.words, with: largerNumbers.words, in: room)
    for (seed, mask) in [(1, UInt64.max), (2, 0xFF), (3, 0x3F_0000_001F), (4, 1 << 63 | 1)]
      as [(UInt64, UInt64)]
    {
      var random = SeededGenerator(seed: seed)
      let values = (0..<count).map { _ in random.next() & mask }
      let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
      let keys = Column(values)
      let numbers = Column(values.indices.map { UInt32($0) })
      RadixSort.sort(keys, with: numbers)
      // A part between others, in memory that was used for more.
      let around = Column([UInt64.max] + values + [0])
      let aroundNumbers = Column([7] + values.indices.map { UInt32($0) } + [8])
      RadixSort.sort(
        around.words.slice(1, count), with: aroundNumbers.words.slice(1, count), in: room)
      #expect(around[0] == .max && around[count + 1] == 0, "seed \(seed)")
      #expect(aroundNumbers[0] == 7 && aroundNumbers[count + 1] == 8, "seed \(seed)")
      #expect((0..<count).allSatisfy { around[$0 + 1] == values[order[$0]] }, "seed \(seed)")
      #expect((0..<count).allSatisfy { Int(aroundNumbers[$0 + 1]) == order[$0] }, "seed \(seed)")
      #expect((0..<count).allSatisfy { keys[$0] == values[order[$0]] }, "seed \(seed)")
      #expect((0..<count).allSatisfy { Int(numbers[$0]) == order[$0] }, "seed \(seed)")
      let alone = Column(values)
      RadixSort.sort(alone)
      #expect((0..<count).allSatisfy { alone[$0] == keys[$0] }, "seed \(seed)")
      let upper = values.indices.sorted { (values[$0] >> 32, $0) < (values[$1] >> 32, $1) }
      let partly = Column(values)
      RadixSort.sort(partly, from: 32)
      // Where all keys ascend already nothing is moved, which sorts the upper bits as well.
      #expect(
        (0..<count).allSatisfy { partly[$0] >> 32 == values[upper[$0]] >> 32 }, "seed \(seed)")
      if !values.isEmpty && values != values.sorted() {
        #expect((0..<count).allSatisfy { partly[$0] == values[upper[$0]] }, "seed \(seed)")
      }
    }
  }

  /// By several workers, with digits in which all agree, keys that ascend and keys that do so in each worker's part.
  @Test(arguments: [2, 3], [UInt64.max, 0xFF, 0x3F_0000_001F, 1 << 63 | 1, 0] as [UInt64])
  func severalWorkersSortAlike(workers: Int, mask: UInt64) {
    var random = SeededGenerator(seed: mask ^ UInt64(workers))
    let group = Workers(count: workers)
    for count in [(1 << 16) - 1, 1 << 16 | 1] {
      let drawn = (0..<count).map { _ in random.next() & mask }
      let ascending = drawn.sorted()
      let turned = Array(ascending[(count / 2)...] + ascending[..<(count / 2)])
      for values in [drawn, ascending, turned] {
        let (keys, numbers) = (Column(values), Column(values.indices.map { UInt32($0) }))
        let (others, otherNumbers) = (Column(values), Column(values.indices.map { UInt32($0) }))
        defer { keepAlive(keys, numbers, others, otherNumbers) }
        RadixSort.sort(keys, with: numbers, group)
        RadixSort.sort(others, with: otherNumbers)
        let isAlike = (0..<count).allSatisfy {
          keys[$0] == others[$0] && numbers[$0] == otherNumbers[$0]
        }
        #expect(isAlike, "\(count) keys")
      }
    }
  }
}

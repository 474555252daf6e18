@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct RowLinksTests {
  /// Links that two workers find, each worker taking those to targets of its own.
  @Test(arguments: [0, 5, 40, 9000]) func targetsHaveTheirSources(_ count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    var expected: [Int: [Int]] = [:]
    let found = [RowLinks(), RowLinks()]
    for source in 0..<count {
      let targets = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        UInt32.random(in: 0..<3000, using: &generator)
      }
      let left = Int.random(in: 0..<3000, using: &generator)
      let column = Column(targets + [UInt32(left)])
      found[source * 2 / count].add(source, to: column.words, but: left)
      for target in targets where Int(target) != left {
        expected[Int(target), default: []].append(source)
      }
      keepAlive(column)
    }
    var result: [Int: [Int]] = [:]
    for worker in 0..<2 {
      let own = RowLinks()
      for links in found { own.take(links, of: worker, among: 2) }
      own.sort()
      while let (target, links) = own.next() {
        #expect(RowTable.owner(of: UInt32(target), among: 2) == worker)
        #expect(result.updateValue(links.map(own.source), forKey: target) == nil)
      }
      #expect(!own.hasMore)
    }
    #expect(result == expected, "seed \(count)")
  }
}

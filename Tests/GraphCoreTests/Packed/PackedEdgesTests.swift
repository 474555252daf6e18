import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// Edges that lie packed are those that were packed, whichever way they are read; damaged ones are
/// reported.
@Suite struct PackedEdgesTests {
  /// What was found damaged.
  private final class Findings {
    var errors: [FormatError] = []
  }

  private func pack(_ pairs: [(UInt32, UInt32)], termCount: Int) -> [UInt8] {
    let keys = Column<UInt64>()
    for (source, target) in pairs { keys.append(UInt64(source) << 32 | UInt64(target)) }
    var encoder = PackedColumnEncoder()
    let ranks = Column<UInt32>(repeating: 0, count: termCount)
    return withExtendedLifetime(keys) {
      EdgeSection.pack(keys.words, &encoder, ranks: ranks).bytes
    }
  }

  private func open(
    _ bytes: [UInt8], count: Int, isDistinct: Bool, termCount: Int, _ findings: Findings
  ) -> PackedEdges {
    let content = GuardedBytes(ByteView(copying: bytes), checksums: nil)
    let section = PackedSection({ content }) { findings.errors.append($0) }
    return PackedEdges(section, count: count, isDistinct: isDistinct, termCount: termCount)
  }

  /// Pairs in ascending order whose sources have so many edges each as `degree` says.
  private func edges(
    count: Int, termCount: Int, gap: UInt64, _ random: inout SeededGenerator,
    degree: (inout SeededGenerator) -> Int
  ) -> [(UInt32, UInt32)] {
    var result: [(UInt32, UInt32)] = []
    var source: UInt64 = 0
    while result.count < count && source < UInt64(termCount) {
      let size = min(degree(&random), count - result.count)
      let targets = (0..<size).map { _ in UInt32(random.next() % UInt64(termCount)) }
      result += targets.sorted().map { (UInt32(source), $0) }
      source += 1 + random.next() % gap
    }
    return result
  }

  @Test func everyWayOfReadingAgrees() throws {
    var random = SeededGenerator(seed: 31)
    let degrees: [(inout SeededGenerator) -> Int] = [
      { _ in 1 }, { 1 + Int($0.next() % 3) }, { $0.next() % 40 == 0 ? 1500 : 1 },
      { 1 + Int($0.next() % 9) },
    ]
    for count in [0, 1, 127, 128, 129, 1024, 1025, 4000] {
      for (number, degree) in degrees.enumerated() {
        let termCount = 5000
        let gap: UInt64 = number % 2 == 0 ? 1 : 4
        let pairs = edges(
          count: count, termCount: termCount, gap: gap, &random, degree: degree)
        try check(pairs, termCount: termCount, "\(pairs.count) edges, degrees \(number)")
      }
    }
  }

  private func check(_ pairs: [(UInt32, UInt32)], termCount: Int, _ what: String) throws {
    let findings = Findings()
    let isDistinct = zip(pairs, pairs.dropFirst()).allSatisfy { $0 != $1 }
    let bytes = pack(pairs, termCount: termCount)
    let packed = open(
      bytes, count: pairs.count, isDistinct: isDistinct, termCount: termCount, findings)
    let (sources, targets) = packed.unpack()
    try #require(sources.count == pairs.count && targets.count == pairs.count)
    #expect(
      pairs.indices.allSatisfy { (sources[$0], targets[$0]) == pairs[$0] }, "unpacked: \(what)")
    // Single nodes are read from the blocks at first, then from the directory.
    let outgoing = Dictionary(grouping: pairs) { $0.0 }
    let incoming = Dictionary(grouping: pairs) { $0.1 }
    for _ in 0..<2 {
      for node in stride(from: UInt32(0), to: UInt32(termCount), by: 17) {
        expect(packed, node, .outgoing, (outgoing[node] ?? []).map { $0.1 }, what)
        expect(packed, node, .incoming, (incoming[node] ?? []).map { $0.0 }, what)
      }
    }
    #expect(pairs.isEmpty || packed.directoryByteCount > 0)
    for (place, pair) in pairs.enumerated() where place % 97 == 0 {
      #expect(packed.ends(at: place) == pair)
      #expect(packed.places(from: pair.0, to: pair.1).contains(place))
    }
    #expect(findings.errors == [], "\(what)")
  }

  private func expect(
    _ packed: PackedEdges, _ node: UInt32, _ direction: EdgeDirection, _ ends: [UInt32],
    _ what: String
  ) {
    let range = packed.range(of: node, direction)
    var found: [UInt32] = []
    packed.withEnds(range, direction) { words in
      for place in 0..<words.count { found.append(words[place]) }
    }
    #expect(found == ends, "\(direction) of \(node): \(what)")
  }

  /// Far ends that descend within a node are refused wherever they are, also across chunks.
  @Test func endsThatDescendAreRefused() {
    for place in [0, 3, 125, 126, 127, 500, 1021, 1022, 1023, 1500] {
      var pairs = (0..<2000).map { (UInt32($0 < 1700 ? 3 : $0), UInt32($0)) }
      pairs.swapAt(place, place + 1)
      let findings = Findings()
      let packed = open(
        pack(pairs, termCount: 2000), count: 2000, isDistinct: true, termCount: 2000, findings)
      let (sources, _) = packed.unpack()
      #expect(findings.errors == [FormatError("edges do not ascend")], "\(place)")
      #expect((0..<2000).allSatisfy { sources[$0] == 0 })
    }
  }

  @Test func damagedBytesNeverCrash() {
    var random = SeededGenerator(seed: 32)
    let pairs = edges(count: 700, termCount: 900, gap: 2, &random) { 1 + Int($0.next() % 4) }
    let bytes = pack(pairs, termCount: 900)
    var refused = 0
    for _ in 0..<1500 {
      var damaged = bytes
      for _ in 0..<(1 + random.next() % 2) {
        damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      let findings = Findings()
      let packed = open(
        damaged, count: pairs.count, isDistinct: false, termCount: 900, findings)
      let (sources, targets) = packed.unpack()
      #expect((0..<sources.count).allSatisfy { sources[$0] < 900 && targets[$0] < 900 })
      for node in 0..<20 as Range<UInt32> {
        packed.withEnds(packed.range(of: node, .outgoing), .outgoing) { _ in }
        packed.withEnds(packed.range(of: node, .incoming), .incoming) { _ in }
      }
      if !findings.errors.isEmpty { refused += 1 }
    }
    #expect(refused > 300)
  }
}

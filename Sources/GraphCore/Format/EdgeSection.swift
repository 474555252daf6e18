/// Packs the edges of a type; `PackedEdges` reads them.
enum EdgeSection {
  /// Packs edges that are sorted by source and target. O(edges).
  ///
  /// - Parameter ranks: room for a number for each term; what it holds does not matter.
  static func pack(
    _ keys: Words<UInt64>, _ encoder: inout PackedColumnEncoder, ranks: Column<UInt32>
  ) -> (bytes: [UInt8], statistics: GraphStatistics.EdgeType) {
    let count = keys.count
    var statistics = GraphStatistics.EdgeType()
    statistics.edgeCount = count
    statistics.pairCount = count
    for row in 1..<max(count, 1) where keys[row - 1] == keys[row] { statistics.pairCount -= 1 }
    let turned = Column<UInt64>(minimumCapacity: count)
    turned.grow(by: count)
    let reverse = turned.words
    for row in 0..<count { reverse[row] = keys[row] << 32 | keys[row] >> 32 }
    // They are sorted by source already, which stays so among those with one target.
    RadixSort.sort(turned, from: 32)
    var writer = ByteWriter()
    writer.u64(UInt64(count))
    let reached = Owners(turned.words)
    let owners = Owners(keys)
    for (own, other, rows) in [(owners, reached, keys), (reached, owners, turned.words)] {
      let known = ranks.words
      let names = other.names.words
      for rank in 0..<names.count { known[Int(names[rank])] = UInt32(truncatingIfNeeded: rank) }
      let far = Column<UInt32>(minimumCapacity: count)
      far.grow(by: count)
      let places = far.words
      for row in 0..<count { places[row] = known[Int(rows[row] & 0xFFFF_FFFF)] }
      SectionCoding.append(encoder.encode(own.names.words), to: &writer)
      SectionCoding.append(encoder.encode(own.offsets.words), to: &writer)
      SectionCoding.append(encoder.encode(far.words), to: &writer)
      keepAlive(far)
    }
    keepAlive(turned, owners, reached)
    statistics.distinctSources = owners.names.count
    statistics.distinctTargets = reached.names.count
    statistics.maximumOutgoing = owners.maximumCount
    statistics.maximumIncoming = reached.maximumCount
    return (writer.bytes, statistics)
  }

  /// The distinct upper halves of sorted keys, and where each begins.
  private struct Owners {
    let names = Column<UInt32>()
    let offsets = Column<UInt32>()

    init(_ keys: Words<UInt64>) {
      var former = UInt64.max
      for row in 0..<keys.count {
        let name = keys[row] >> 32
        if name != former {
          names.append(UInt32(truncatingIfNeeded: name))
          offsets.append(UInt32(truncatingIfNeeded: row))
          former = name
        }
      }
      offsets.append(UInt32(keys.count))
    }

    /// The most keys of one owner.
    var maximumCount: Int {
      var result = 0
      for rank in 0..<names.count { result = max(result, Int(offsets[rank + 1] - offsets[rank])) }
      return result
    }
  }
}

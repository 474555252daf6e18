extension GraphStatistics {
  /// Writes the counts.
  ///
  /// ```
  ///  varint nodes   varint edges
  ///  varint labels           for each: text label, varint nodes
  ///  varint edge types       for each: text type, varint edges, pairs, sources, targets,
  ///                          most outgoing, most incoming,
  ///                          varint keys, for each: text key, varint distinct values
  ///  varint node properties  for each: text key, varint nodes, varint distinct values
  /// ```
  func write(to writer: inout ByteWriter) {
    func sorted<V>(_ entries: [String: V]) -> [(key: String, value: V)] {
      entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
    writer.varint(UInt64(nodeCount))
    writer.varint(UInt64(edgeCount))
    writer.varint(UInt64(nodeCounts.count))
    for (label, count) in sorted(nodeCounts) {
      writer.text(label)
      writer.varint(UInt64(count))
    }
    writer.varint(UInt64(edgeTypes.count))
    for (type, counts) in sorted(edgeTypes) {
      writer.text(type)
      for count in [
        counts.edgeCount, counts.pairCount, counts.distinctSources, counts.distinctTargets,
        counts.maximumOutgoing, counts.maximumIncoming, counts.distinctValues.count,
      ] {
        writer.varint(UInt64(count))
      }
      for (key, count) in sorted(counts.distinctValues) {
        writer.text(key)
        writer.varint(UInt64(count))
      }
    }
    writer.varint(UInt64(nodeProperties.count))
    for (key, counts) in sorted(nodeProperties) {
      writer.text(key)
      writer.varint(UInt64(counts.count))
      writer.varint(UInt64(counts.distinct))
    }
  }

  /// Reads the counts.
  init(_ reader: inout ByteReader) throws(FormatError) {
    self.init()
    func count() throws(FormatError) -> Int { Int(try reader.varint() & 0xFFFF_FFFF_FFFF) }
    nodeCount = try count()
    edgeCount = try count()
    for _ in 0..<(try reader.count()) {
      let label = try reader.text()
      nodeCounts[label] = try count()
    }
    for _ in 0..<(try reader.count()) {
      let type = try reader.text()
      var counts = EdgeType()
      counts.edgeCount = try count()
      counts.pairCount = try count()
      counts.distinctSources = try count()
      counts.distinctTargets = try count()
      counts.maximumOutgoing = try count()
      counts.maximumIncoming = try count()
      for _ in 0..<(try reader.count()) {
        let key = try reader.text()
        counts.distinctValues[key] = try count()
      }
      edgeTypes[type] = counts
    }
    for _ in 0..<(try reader.count()) {
      let key = try reader.text()
      nodeProperties[key] = (try count(), try count())
    }
  }
}

/// Writes and reads what has changed in a table since its base was written.
///
/// ```
///  dead places, ascending
///  nodes of later rows (of edges: sources), in the order of arrival
///  edges:                     targets
///  edges, node properties:    u64 number of properties; for each u32 key, u16 codec, u16 0,
///                             the later rows that have it, ascending, and their values
///  edges, labels:             rows, documents + 1, lines + 1 of citations
/// ```
///
/// Everything but the property heads is packed columns, each followed by zeros up to a multiple of
/// eight. Rows of citations below the length of the base are places in it; later rows follow.
struct DeltaCoding {
  let kind: SectionKind
  /// How many rows lie in the base.
  let total: Int
  let termCount: Int

  private var hasTargets: Bool { kind == .edgeChanges }
  private var hasProperties: Bool { kind == .edgeChanges || kind == .nodePropertyChanges }
  private var hasCitations: Bool { kind == .edgeChanges || kind == .labelChanges }

  func encode(_ delta: TableDelta, _ encoder: inout PackedColumnEncoder) -> [UInt8] {
    var writer = ByteWriter()
    SectionCoding.append(encoder.encode(delta.dead), to: &writer)
    SectionCoding.append(encoder.encode(delta.nodes.words), to: &writer)
    if hasTargets { SectionCoding.append(encoder.encode(delta.targets.words), to: &writer) }
    if hasProperties {
      writer.u64(UInt64(delta.properties.count))
      for property in delta.properties {
        writer.u32(property.key)
        writer.u16(UInt16(property.type.rawValue) | (property.isDeclared ? 256 : 0))
        writer.u16(0)
        SectionCoding.append(encoder.encode(property.places.words), to: &writer)
        SectionCoding.append(
          values: property.words, type: property.type, &encoder, to: &writer)
      }
    }
    if hasCitations {
      // None is the highest number in memory and 0 in a file.
      let said = delta.citations.map(\.said)
      SectionCoding.append(encoder.encode(delta.citations.map { UInt64($0.row) }), to: &writer)
      SectionCoding.append(encoder.encode(said.map { $0.source &+ 1 }), to: &writer)
      SectionCoding.append(encoder.encode(said.map { $0.lines &+ 1 }), to: &writer)
    }
    return writer.bytes
  }

  func decode(
    _ bytes: ByteView, removed: Int, count: Int
  ) throws(FormatError) -> TableDelta {
    var reader = ByteReader(bytes)
    let terms = UInt64(termCount)
    var result = TableDelta()
    let dead = try SectionCoding.set(&reader, below: total)
    guard dead.count == removed else { throw FormatError("removed rows are missing") }
    result.dead = (0..<removed).map { dead[$0] }
    result.nodes = try SectionCoding.next(&reader).decode(below: terms)
    if hasTargets { result.targets = try SectionCoding.next(&reader).decode(below: terms) }
    guard result.nodes.count == count, !hasTargets || result.targets.count == count else {
      throw FormatError("rows are missing")
    }
    if hasProperties {
      let properties = try reader.length()
      guard properties <= reader.remaining / 32 else { throw FormatError("properties are missing") }
      for _ in 0..<properties { result.properties.append(try property(&reader, count)) }
    }
    if hasCitations { result.citations = try citations(&reader, rows: total + count) }
    return result
  }

  private func property(
    _ reader: inout ByteReader, _ count: Int
  ) throws(FormatError) -> TableDelta.Property {
    let key = try reader.u32()
    let codec = try reader.u16()
    _ = try reader.u16()
    guard let type = ValueType(rawValue: UInt8(codec & 255)), Int(key) < termCount else {
      throw FormatError("a type of values is unknown")
    }
    let places = try SectionCoding.set(&reader, below: count)
    let words = try SectionCoding.values(
      &reader, count: places.count, type: type, termCount: termCount)
    return TableDelta.Property(
      key: key, type: type, isDeclared: codec & 256 != 0, places: places, words: words)
  }

  private func citations(
    _ reader: inout ByteReader, rows: Int
  ) throws(FormatError) -> [(row: Int, said: StagedCitation)] {
    let owners: Column<UInt64> = try SectionCoding.next(&reader).decode(below: UInt64(rows))
    let limit = UInt64(termCount) + 1
    let sources: Column<UInt32> = try SectionCoding.next(&reader).decode(below: limit)
    let lines: Column<UInt32> = try SectionCoding.next(&reader).decode(below: limit)
    guard sources.count == owners.count, lines.count == owners.count else {
      throw FormatError("citations are missing")
    }
    return (0..<owners.count).map {
      (Int(owners[$0]), StagedCitation(source: sources[$0] &- 1, lines: lines[$0] &- 1))
    }
  }
}

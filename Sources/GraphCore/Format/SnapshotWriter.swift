import Synchronization

/// Writes the sections of a graph, one after the other, to whoever takes them: all of them, or those
/// of what has changed since the graph was last written.
///
/// What has changed in a table is written as a section of changes beside the table's own, anew with
/// each seal and as a whole, until the changes are more than an eighth of the table; then the table
/// is written anew. So a table is read from two places at most, and every row is written some ten
/// times in its life.
struct SnapshotWriter {
  /// What has been written anew as a whole, by the terms of names.
  struct Rewritten {
    var labels: [UInt32] = []
    var edges: [UInt32] = []
    var properties: [UInt32] = []
    var hasNodes = false
  }

  private let graph: Graph
  private let numbering: TermNumbering
  private let packer: TablePacker
  private let ranks: Column<UInt32>
  private var encoder = PackedColumnEncoder()
  private var statistics = GraphStatistics()
  /// Whether the statistics are those of all sections.
  private var hasStatistics = true
  /// The sections of the file, where only changes are written.
  private let former: FileSections?
  private(set) var rewritten = Rewritten()

  /// A writer of a whole graph.
  ///
  /// - Parameter dictionary: the section of the texts that keep their numbers; `nil` to sort all
  ///   texts and number them anew.
  init(_ graph: Graph, keeping dictionary: (entry: SectionEntry, bytes: [UInt8])? = nil) {
    self.graph = graph
    numbering = dictionary == nil ? TermNumbering(graph) : TermNumbering(keeping: graph)
    packer = TablePacker(numbering: numbering)
    ranks = Column(repeating: 0, count: numbering.count)
    former = nil
    kept = dictionary
  }

  /// A writer of what has changed in a graph since it was written to a file.
  init(changesOf graph: Graph, since file: GraphFile) {
    self.graph = graph
    numbering = TermNumbering(keeping: graph)
    packer = TablePacker(numbering: numbering)
    ranks = Column(repeating: 0, count: numbering.count)
    former = FileSections(file.entries)
    kept = nil
    hasStatistics = graph.sealedStatistics != nil
  }

  private let kept: (entry: SectionEntry, bytes: [UInt8])?
  /// The texts in the order of their new numbers, until they are indexed.
  private var renumbered: PackedDictionary?
  /// What several workers have packed together, until it is written.
  private var prepared = Prepared()

  /// Writes everything, or what has changed. O(facts written).
  mutating func write(to file: GraphFileWriter) throws(StoreError) {
    if former == nil { prepare() }
    try writeTexts(file)
    try writeTextIndex(file)
    try writeNodes(file)
    for table in graph.labelTables { try write(table, file) }
    for table in graph.edgeTables { try write(table, file) }
    for table in graph.nodeProperties { try write(table, file) }
    for (key, index) in graph.indexes.sorted(by: { $0.key < $1.key })
    where graph.nodeProperty(TermID(raw: key)) == nil {
      try write(index, numbering.number(key), Column(), file)
    }
    try writeRest(file)
    statistics.nodeCount = graph.nodeCount
    statistics.edgeCount = graph.edgeCount
    if hasStatistics {
      var writer = ByteWriter()
      statistics.write(to: &writer)
      try file.append(SectionEntry(.statistics), writer.bytes)
    }
  }

  /// The statistics that were written, if they were.
  var writtenStatistics: GraphStatistics? { hasStatistics ? statistics : nil }

  // MARK: - Packing together

  /// Sections that are packed before they are written.
  private struct Prepared {
    var texts: [UInt8]?
    var edges: [UInt32: TablePacker.PackedTable] = [:]
  }

  /// From how many edges on several workers pack.
  private static let sharedEdgeCount = 1 << 17

  /// Packs the texts and the edges of a large graph with all processors, the largest tables first.
  ///
  /// Only what lies in memory: a file is read by one thread.
  private mutating func prepare() {
    let tables = graph.edgeTables.filter { $0.base == nil }.sorted { $0.count > $1.count }
    let isTextShared = kept == nil && !graph.dictionary.isPacked
    guard tables.reduce(0, { $0 + $1.count }) >= SnapshotWriter.sharedEdgeCount else { return }
    let workers = Workers(count: ProcessControl.processorCount)
    guard workers.count > 1 else { return }
    let results = PreparedList(count: tables.count)
    let (packer, numbering, dictionary) = (packer, numbering, graph.dictionary)
    let places = ChunkDispenser(total: tables.count + 1, size: 1)
    workers.run { _ in
      var encoder = PackedColumnEncoder()
      let ranks = Column<UInt32>(repeating: 0, count: numbering.count)
      while let place = places.next()?.lowerBound {
        if place > 0 {
          results.set(packer.pack(tables[place - 1], &encoder, ranks: ranks), at: place - 1)
        } else if isTextShared {
          results.set(texts: SnapshotWriter.pack(numbering, dictionary))
        }
      }
    }
    prepared.texts = results.texts
    for (place, table) in tables.enumerated() {
      prepared.edges[table.type.raw] = results.tables[place]
    }
  }

  /// Where workers lay what they have packed, each in its place.
  private final class PreparedList: @unchecked Sendable {
    private let lock = Mutex(())
    private(set) var texts: [UInt8]?
    private(set) var tables: [TablePacker.PackedTable?]

    init(count: Int) { tables = Array(repeating: nil, count: count) }

    func set(_ table: TablePacker.PackedTable, at place: Int) {
      lock.withLock { _ in tables[place] = table }
    }

    func set(texts: [UInt8]) { lock.withLock { _ in self.texts = texts } }
  }

  // MARK: - Texts

  private mutating func writeTexts(_ file: GraphFileWriter) throws(StoreError) {
    let dictionary = graph.dictionary
    if let former {
      if let base = former.entry(.dictionary) { file.keep(base) }
      // New texts go with the sections before them that are not much larger, so that there are few
      // sections and a text is seldom written again.
      var added = former.added
      var first = Int(former.entry(.dictionary)?.count ?? 0)
      for entry in added { first += Int(entry.count) }
      guard first < dictionary.count else { return added.forEach(file.keep) }
      while let last = added.last, Int(last.count) < 2 * (dictionary.count - first) {
        first -= Int(last.count)
        added.removeLast()
      }
      added.forEach(file.keep)
      try writeAdded(from: first, file)
    } else if let kept {
      try file.append(kept.entry, kept.bytes)
      if Int(kept.entry.count) < dictionary.count {
        try writeAdded(from: Int(kept.entry.count), file)
      }
    } else {
      let bytes = prepared.texts ?? SnapshotWriter.pack(numbering, dictionary)
      prepared.texts = nil
      try file.append(SectionEntry(.dictionary, count: numbering.order.count), bytes)
      if graph.hasTextIndex { renumbered = try? PackedDictionary(ByteView(copying: bytes)) }
    }
  }

  /// Keeps the index of texts, as long as few texts are not in it, or writes one of all texts.
  private mutating func writeTextIndex(_ file: GraphFileWriter) throws(StoreError) {
    guard graph.hasTextIndex else { return }
    let count = numbering.count
    if let old = former?.entry(.textIndex), !graph.unsealed.hasTextIndex,
      !PackedTextIndex.isStale(Int(old.second), of: count)
    {
      return file.keep(old)
    }
    let bits = PackedTextIndex.bits(forBytes: graph.dictionary.byteCount)
    let values = PackedTextIndex.values(
      of: PackedTextIndex.Texts(
        dictionary: graph.dictionary, renumbered: renumbered, count: count), bits: bits)
    renumbered = nil
    var entry = SectionEntry(.textIndex, 0, UInt32(count), count: values.count)
    entry.codec = UInt16(bits)
    try file.append(entry, encoder.encode(values.words))
  }

  private static func pack(_ numbering: TermNumbering, _ dictionary: TermDictionary) -> [UInt8] {
    let order = numbering.order
    return unsafe PackedDictionaryWriter.pack(count: order.count, isSorted: true) { place, body in
      dictionary.approach(order.words, behind: place)
      unsafe dictionary.withBuffer(of: order[place], body)
    }
  }

  private func writeAdded(from first: Int, _ file: GraphFileWriter) throws(StoreError) {
    let entry = SectionEntry(.addedTexts, count: graph.dictionary.count - first)
    try file.append(entry, AddedTexts.pack(graph.dictionary, from: first))
  }

  // MARK: - Changes

  /// Keeps the sections of a table that has not changed, or writes its changes beside them; says
  /// whether that was enough.
  private mutating func isKept(
    _ kind: SectionKind, _ companions: [SectionKind], _ changesKind: SectionKind, _ name: UInt32,
    isChanged: Bool, _ changes: () -> TableDelta?, _ file: GraphFileWriter
  ) throws(StoreError) -> Bool {
    guard let former, let base = former.entry(kind, name) else { return false }
    let delta = isChanged ? changes() : nil
    if isChanged {
      guard let delta, (delta.dead.count + delta.nodes.count) * 8 <= Int(base.count),
        delta.citations.count * 4 <= Int(base.count)
      else { return false }
    }
    file.keep(base)
    for companion in companions { former.entries(companion, name).forEach(file.keep) }
    guard let delta else {
      if let old = former.entry(changesKind, name) {
        file.keep(old)
        hasStatistics = false
      }
      return true
    }
    let coding = DeltaCoding(
      kind: changesKind, total: Int(base.count), termCount: numbering.count)
    var entry = SectionEntry(changesKind, name, count: delta.nodes.count)
    entry.removed = UInt32(delta.dead.count)
    try file.append(entry, coding.encode(delta, &encoder))
    hasStatistics = false
    return true
  }

  // MARK: - Nodes and labels

  private mutating func writeNodes(_ file: GraphFileWriter) throws(StoreError) {
    let table = graph.nodeTable
    if try isKept(
      .nodes, [], .nodeChanges, 0, isChanged: true, { table.changes }, file)
    {
      return
    }
    rewritten.hasNodes = true
    let (nodes, _) = packer.sorted(table.ids)
    try file.append(SectionEntry(.nodes, count: nodes.count), encoder.encode(nodes.words))
  }

  private mutating func write(
    _ table: LabelTable, _ file: GraphFileWriter
  ) throws(StoreError) {
    let name = graph.dictionary.text(of: table.label.raw)
    statistics.nodeCounts[name] = table.count
    if try isKept(
      .label, [.labelCitations], .labelChanges, table.label.raw,
      isChanged: graph.unsealed.labels.contains(table.label.raw), { table.changes }, file)
    {
      return
    }
    rewritten.labels.append(table.label.raw)
    let label = numbering.number(table.label.raw)
    let (nodes, rows) = packer.sorted(table.nodes)
    try file.append(SectionEntry(.label, label, count: nodes.count), encoder.encode(nodes.words))
    if table.citations.count > 0 {
      try file.append(
        SectionEntry(.labelCitations, label, count: table.citations.count),
        packer.pack(table.citations, rows, &encoder))
    }
  }

  // MARK: - Edges and properties

  private mutating func write(
    _ table: EdgeTable, _ file: GraphFileWriter
  ) throws(StoreError) {
    let name = graph.dictionary.text(of: table.type.raw)
    if try isKept(
      .edges, [.edgeProperty, .edgeCitations], .edgeChanges, table.type.raw,
      isChanged: graph.unsealed.edges.contains(table.type.raw), { table.changes }, file)
    {
      statistics.edgeTypes[name] = graph.sealedStatistics?.edgeTypes[name]
      return
    }
    rewritten.edges.append(table.type.raw)
    try writeWhole(table, name, file)
  }

  private mutating func writeWhole(
    _ table: EdgeTable, _ name: String, _ file: GraphFileWriter
  ) throws(StoreError) {
    let packed =
      prepared.edges.removeValue(forKey: table.type.raw)
      ?? packer.pack(table, &encoder, ranks: ranks)
    var counts = packed.counts
    for (key, count) in packed.distinctValues {
      counts.distinctValues[graph.dictionary.text(of: key)] = count
    }
    statistics.edgeTypes[name] = counts
    for section in packed.sections { try file.append(section.entry, section.bytes) }
  }

  private mutating func write(
    _ table: PropertyTable, _ file: GraphFileWriter
  ) throws(StoreError) {
    let name = graph.dictionary.text(of: table.key.raw)
    let isReindexed = graph.unsealed.indexes.contains(table.key.raw)
    if !isReindexed,
      try isKept(
        .nodeProperty, [.valueIndex], .nodePropertyChanges, table.key.raw,
        isChanged: graph.unsealed.properties.contains(table.key.raw), { table.changes }, file)
    {
      statistics.nodeProperties[name] = graph.sealedStatistics?.nodeProperties[name]
      return
    }
    rewritten.properties.append(table.key.raw)
    table.values.unpack()
    let (nodes, rows) = packer.sorted(table.nodes)
    let values = Column<UInt64>(minimumCapacity: nodes.count)
    for row in 0..<rows.count { values.append(packer.word(table.values, Int(rows[row]))) }
    var entry = SectionEntry(
      .nodeProperty, numbering.number(table.key.raw), count: nodes.count)
    entry.codec = packer.codec(table.values)
    statistics.nodeProperties[name] = (nodes.count, packer.distinctCount(values))
    if let index = graph.indexes[table.key.raw] {
      // Packing turns the words over.
      try write(index, numbering.number(table.key.raw), values, file)
    }
    try file.append(entry, packer.pack(nodes, values, table.type, &encoder))
  }

  private mutating func write(
    _ index: PropertyIndex, _ key: UInt32, _ values: Column<UInt64>, _ file: GraphFileWriter
  ) throws(StoreError) {
    var entry = SectionEntry(.valueIndex, key, count: values.count)
    entry.codec = UInt16(index.rawValue)
    try file.append(entry, PackedValueIndex.pack(values, &encoder))
  }

  // MARK: - The rest

  private mutating func writeRest(_ file: GraphFileWriter) throws(StoreError) {
    let changed = graph.unsealed
    if let former, !changed.hasAliases {
      former.entries(.aliases).forEach(file.keep)
    } else {
      try writeAliases(file)
    }
    if let former, !changed.hasSchema {
      former.entries(.schema).forEach(file.keep)
    } else if !graph.schema.isEmpty {
      var writer = ByteWriter()
      graph.schema.write(to: &writer)
      try file.append(
        SectionEntry(.schema, count: graph.nodeSchemas.count + graph.edgeSchemas.count),
        writer.bytes)
    }
    if let former, !changed.hasDocuments {
      former.entries(.documents).forEach(file.keep)
    } else if !graph.documents.isEmpty {
      var writer = ByteWriter()
      writer.varint(UInt64(graph.documents.count))
      for name in graph.documentNames {
        writer.text(name)
        writer.text(graph.documents[name] ?? "")
      }
      try file.append(SectionEntry(.documents, count: graph.documents.count), writer.bytes)
    }
    if let former, changed.tables.isEmpty {
      former.entries(.table).forEach(file.keep)
    } else {
      for table in graph.storedTables { try write(table, file) }
    }
  }

  private mutating func writeAliases(_ file: GraphFileWriter) throws(StoreError) {
    let table = graph.aliasTable
    guard table.count > 0 else { return }
    var writer = ByteWriter()
    for column in [table.aliases, table.nodes] {
      let numbers = Column<UInt32>(minimumCapacity: column.count)
      for row in 0..<column.count { numbers.append(numbering.number(column[row])) }
      SectionCoding.append(encoder.encode(numbers.words), to: &writer)
    }
    let rows = Column<UInt32>((0..<UInt32(table.count)).map { $0 })
    writer.append(packer.pack(table.citations, rows, &encoder))
    try file.append(SectionEntry(.aliases, count: table.count), writer.bytes)
  }

  private mutating func write(_ table: StoredTable, _ file: GraphFileWriter) throws(StoreError) {
    var writer = ByteWriter()
    writer.text(table.name)
    writer.varint(UInt64(table.columns.count))
    for column in table.columns {
      writer.text(column.name)
      writer.u8(column.type.rawValue)
    }
    writer.pad(to: 8)
    for column in table.columns {
      let words = Column<UInt64>(minimumCapacity: table.rowCount)
      for row in 0..<table.rowCount {
        let word = column.words[row]
        words.append(
          column.type == .symbol
            ? UInt64(numbering.number(UInt32(truncatingIfNeeded: word))) : word)
      }
      SectionCoding.append(values: words, type: column.type, &encoder, to: &writer)
    }
    try file.append(SectionEntry(.table, count: table.rowCount), writer.bytes)
  }
}

/// The sections of a file by kind and term.
struct FileSections {
  private var byName: [UInt64: [SectionEntry]] = [:]
  /// The sections of added texts, in their order.
  private(set) var added: [SectionEntry] = []

  init(_ entries: [SectionEntry]) {
    for entry in entries {
      if entry.kind == SectionKind.addedTexts.rawValue { added.append(entry) }
      byName[UInt64(entry.kind) << 32 | UInt64(entry.first), default: []].append(entry)
    }
  }

  func entries(_ kind: SectionKind, _ name: UInt32 = 0) -> [SectionEntry] {
    byName[UInt64(kind.rawValue) << 32 | UInt64(name)] ?? []
  }

  func entry(_ kind: SectionKind, _ name: UInt32 = 0) -> SectionEntry? {
    entries(kind, name).first
  }
}

/// Makes a graph of the sections of a file. Nothing but the schema and other small texts is read
/// before somebody asks for it.
struct SnapshotReader {
  private let file: GraphFile
  private let monitor: DamageMonitor
  private var termCount = 0
  /// The sections that belong to others, by kind and term.
  private var entries: [UInt64: SectionEntry] = [:]
  private var properties: [UInt32: [SectionEntry]] = [:]

  /// The graph of a file. Damage that shows later is told to the monitor.
  static func graph(_ file: GraphFile, _ monitor: DamageMonitor) throws(StoreError) -> Graph {
    var reader = SnapshotReader(file, monitor)
    let dictionary = try reader.dictionary()
    let graph = Graph(dictionary: dictionary)
    monitor.dictionary = dictionary
    for entry in file.entries { reader.add(entry, to: graph) }
    graph.sealedStatistics = graph.statisticsCache
    return graph
  }

  /// A reader of single tables of a file whose texts are known.
  init(_ file: GraphFile, _ monitor: DamageMonitor, termCount: Int) {
    self.init(file, monitor)
    self.termCount = termCount
  }

  private init(_ file: GraphFile, _ monitor: DamageMonitor) {
    self.file = file
    self.monitor = monitor
    for entry in file.entries {
      if entry.kind == SectionKind.edgeProperty.rawValue {
        properties[entry.first, default: []].append(entry)
      } else {
        entries[SnapshotReader.key(entry.kind, entry.first)] = entry
      }
    }
  }

  private static func key(_ kind: UInt16, _ first: UInt32) -> UInt64 {
    UInt64(kind) << 32 | UInt64(first)
  }

  private func entry(_ kind: SectionKind, _ first: UInt32 = 0) -> SectionEntry? {
    entries[SnapshotReader.key(kind.rawValue, first)]
  }

  // MARK: - Texts

  private mutating func dictionary() throws(StoreError) -> TermDictionary {
    guard let entry = entry(.dictionary) else { return TermDictionary() }
    let monitor = monitor
    do throws(FormatError) {
      let packed = try PackedDictionary(file.guardedSection(entry)) { monitor.note(entry, $0) }
      guard packed.count == Int(entry.count) else { throw FormatError("texts are missing") }
      termCount = packed.count
      var added: [AddedTexts] = []
      for entry in file.entries where entry.kind == SectionKind.addedTexts.rawValue {
        let texts = try AddedTexts(file.guardedSection(entry)) { monitor.note(entry, $0) }
        guard texts.count == Int(entry.count) else { throw FormatError("texts are missing") }
        termCount += texts.count
        added.append(texts)
      }
      guard termCount < Int(UInt32.max) / 2 else { throw FormatError("there are too many texts") }
      return TermDictionary(sealed: packed, added: added)
    } catch {
      guard monitor.isTolerant else {
        throw StoreError(
          .damaged, "the dictionary is damaged", path: file.path, underlying: error.reason)
      }
      termCount = 0
      monitor.note(entry, error)
      return TermDictionary()
    }
  }

  private func isInRange(_ entry: SectionEntry) -> Bool {
    switch SectionKind(rawValue: entry.kind) {
    case .label, .labelCitations, .labelChanges, .edges, .edgeCitations, .edgeChanges,
      .nodeProperty, .nodePropertyChanges, .valueIndex:
      Int(entry.first) < termCount
    case .edgeProperty: Int(entry.first) < termCount && Int(entry.second) < termCount
    case .textIndex: Int(entry.second) <= termCount
    case .dictionary, .addedTexts, .nodes, .nodeChanges, .aliases, .schema, .documents, .table,
      .statistics, nil:
      true
    }
  }

  private func add(_ entry: SectionEntry, to graph: Graph) {
    guard isInRange(entry) else {
      return monitor.note(entry, FormatError("it belongs to a text that is not there"))
    }
    switch SectionKind(rawValue: entry.kind) {
    case .nodes: graph.nodeTable = nodeTable() ?? NodeTable()
    case .label:
      if let table = labelTable(entry.first) { graph.labelSet.set(table, for: entry.first) }
    case .edges:
      if let table = edgeTable(entry.first) { graph.edgeSet.set(table, for: entry.first) }
    case .nodeProperty:
      if let table = propertyTable(entry.first) { graph.propertySet.set(table, for: entry.first) }
    case .valueIndex:
      graph.indexes[entry.first] = PropertyIndex(rawValue: UInt8(truncatingIfNeeded: entry.codec))
    case .textIndex:
      graph.hasTextIndex = true
      graph.textIndex = textIndex()
    case .aliases: addAliases(entry, to: graph)
    case .schema:
      read(entry, ()) { reader throws(FormatError) in
        graph.schema = try GraphSchema(&reader, graph.dictionary)
      }
    case .documents:
      read(entry, ()) { reader throws(FormatError) in
        for _ in 0..<(try reader.count()) {
          let name = try reader.text()
          graph.documents[name] = try reader.text()
        }
      }
    case .table: addTable(entry, to: graph)
    case .statistics:
      read(entry, ()) { reader throws(FormatError) in
        graph.statisticsCache = try GraphStatistics(&reader)
      }
    case .nodeChanges, .labelChanges, .edgeChanges, .nodePropertyChanges:
      if !hasBase(entry) {
        monitor.note(entry, FormatError("what it changes is not there"))
      }
    case .dictionary, .addedTexts, .labelCitations, .edgeProperty, .edgeCitations, nil: break
    }
  }

  private func hasBase(_ changes: SectionEntry) -> Bool {
    switch SectionKind(rawValue: changes.kind) {
    case .nodeChanges: entry(.nodes) != nil
    case .labelChanges: entry(.label, changes.first) != nil
    case .edgeChanges: entry(.edges, changes.first) != nil
    case .nodePropertyChanges: entry(.nodeProperty, changes.first) != nil
    default: true
    }
  }

  /// Reads a section; where it is damaged, the monitor is told and `otherwise` takes its place.
  private func read<R>(
    _ entry: SectionEntry, _ otherwise: @autoclosure () -> R,
    _ body: (inout ByteReader) throws(FormatError) -> R
  ) -> R {
    do throws(FormatError) {
      var reader = ByteReader(try file.section(entry))
      return try body(&reader)
    } catch {
      monitor.note(entry, error)
      return otherwise()
    }
  }

  /// A section that is looked at when somebody asks for it.
  private func section(_ entry: SectionEntry) -> PackedSection {
    let file = file
    let monitor = monitor
    return PackedSection(
      { () throws(FormatError) in try file.guardedSection(entry) }, pages: file.pages
    ) { monitor.note(entry, $0) }
  }

  /// Whether a section can hold so many rows: a block of 128 takes four bytes at least, unless its
  /// numbers ascend evenly, and then they are terms or rows.
  private func isPlausible(_ entry: SectionEntry, rows: Int) -> Bool {
    let isSound = entry.count <= UInt64(Int(entry.length) * 32 + rows)
    if !isSound { monitor.note(entry, FormatError("it has more rows than it can hold")) }
    return isSound
  }

  // MARK: - Tables

  /// The nodes of the graph.
  func nodeTable() -> NodeTable? {
    guard let entry = entry(.nodes), isPlausible(entry, rows: termCount) else { return nil }
    return NodeTable(
      base: set(entry), rows: BaseRows(total: Int(entry.count)), delta: delta(.nodeChanges, entry))
  }

  private func set(_ entry: SectionEntry) -> PackedSet {
    PackedSet(section(entry), count: Int(entry.count), below: termCount)
  }

  /// The nodes of a label.
  func labelTable(_ label: UInt32) -> LabelTable? {
    guard let entry = entry(.label, label), isPlausible(entry, rows: termCount) else { return nil }
    let rows = BaseRows(total: Int(entry.count))
    return LabelTable(
      label: TermID(raw: label), members: NodeTable(base: set(entry), rows: rows),
      citations: citationList(.labelCitations, entry), delta: delta(.labelChanges, entry))
  }

  /// The edges of a type.
  func edgeTable(_ type: UInt32) -> EdgeTable? {
    guard let entry = entry(.edges, type), isPlausible(entry, rows: termCount) else { return nil }
    let rows = BaseRows(total: Int(entry.count))
    let base = PackedEdges(
      section(entry), count: rows.total, isDistinct: entry.codec & 1 == 1, termCount: termCount)
    let columns = (properties[type] ?? []).compactMap { edgeProperty($0, rows) }
    return EdgeTable(
      type: TermID(raw: type), base: base, rows: rows, columns: columns,
      citations: citationList(.edgeCitations, entry), delta: delta(.edgeChanges, entry))
  }

  private func edgeProperty(_ entry: SectionEntry, _ rows: BaseRows) -> PropertyColumn? {
    guard let type = ValueType(rawValue: UInt8(entry.codec & 255)),
      entry.count <= UInt64(rows.total), Int(entry.second) < termCount
    else {
      monitor.note(entry, FormatError("it has a wrong header"))
      return nil
    }
    let base = PackedProperty(
      section(entry), type: type, count: Int(entry.count), below: rows.total,
      termCount: termCount)
    return PropertyColumn(
      key: TermID(raw: entry.second), isDeclared: entry.codec & 256 != 0, base: base,
      isFull: false, rows: rows)
  }

  /// The values of a node property.
  func propertyTable(_ key: UInt32) -> PropertyTable? {
    guard let entry = entry(.nodeProperty, key) else { return nil }
    guard let type = ValueType(rawValue: UInt8(entry.codec & 255)),
      entry.count <= UInt64(termCount)
    else {
      monitor.note(entry, FormatError("it has a wrong header"))
      return nil
    }
    let rows = BaseRows(total: Int(entry.count))
    let base = PackedProperty(
      section(entry), type: type, count: rows.total, below: termCount, termCount: termCount)
    let column = PropertyColumn(
      key: TermID(raw: key), isDeclared: entry.codec & 256 != 0, base: base, isFull: true,
      rows: rows)
    return PropertyTable(
      owners: NodeTable(base: base.places, rows: rows), values: column,
      delta: delta(.nodePropertyChanges, entry), index: valueIndex(key, base))
  }

  private func valueIndex(
    _ key: UInt32, _ base: PackedProperty
  ) -> (index: PackedValueIndex, base: PackedProperty)? {
    guard let entry = entry(.valueIndex, key) else { return nil }
    guard entry.count == UInt64(base.count) else {
      monitor.note(entry, FormatError("an index has another length"))
      return nil
    }
    return (PackedValueIndex(section(entry), count: base.count), base)
  }

  /// The index of texts.
  func textIndex() -> PackedTextIndex? {
    guard let entry = entry(.textIndex), isPlausible(entry, rows: termCount) else { return nil }
    guard PackedTextIndex.bitRange.contains(Int(entry.codec)) else {
      monitor.note(entry, FormatError("it has a wrong header"))
      return nil
    }
    return PackedTextIndex(
      section(entry), count: Int(entry.count), textCount: Int(entry.second),
      bits: Int(entry.codec))
  }

  private func citationList(_ kind: SectionKind, _ owner: SectionEntry) -> CitationList {
    let rows = BaseRows(total: Int(owner.count))
    guard let entry = entry(kind, owner.first), isPlausible(entry, rows: rows.total + 1 << 20)
    else { return CitationList(base: nil, rows: rows) }
    return CitationList(
      base: PackedCitations(
        section(entry), count: Int(entry.count), rows: rows.total, termCount: termCount),
      rows: rows)
  }

  /// What has changed in the table of a section.
  private func delta(_ kind: SectionKind, _ base: SectionEntry) -> PendingDelta? {
    guard let entry = entry(kind, base.first) else { return nil }
    guard entry.removed <= base.count, isPlausible(entry, rows: termCount) else {
      monitor.note(entry, FormatError("more rows are gone than there were"))
      return nil
    }
    let removed = Int(entry.removed)
    let count = Int(entry.count)
    let coding = DeltaCoding(kind: kind, total: Int(base.count), termCount: termCount)
    let type = ValueType(rawValue: UInt8(base.codec & 255))
    return PendingDelta(removed: removed, count: count) { [self] in
      read(entry, TableDelta.damaged(removed: removed, count: count)) {
        reader throws(FormatError) in
        let delta = try coding.decode(reader.bytes, removed: removed, count: count)
        if kind == .nodePropertyChanges {
          guard let values = delta.properties.first, values.type == type,
            values.places.count == count
          else { throw FormatError("values are missing") }
        }
        try checkTypes(of: delta, base.first, kind)
        return delta
      }
    }
  }

  /// Values of later rows have the types of those in the base.
  private func checkTypes(
    of delta: TableDelta, _ type: UInt32, _ kind: SectionKind
  ) throws(FormatError) {
    guard kind == .edgeChanges else { return }
    for property in delta.properties {
      let base = properties[type]?.first { $0.second == property.key }
      if let base, UInt8(base.codec & 255) != property.type.rawValue {
        throw FormatError("values have another type than those before")
      }
    }
  }

  private func addAliases(_ entry: SectionEntry, to graph: Graph) {
    let count = Int(entry.count)
    graph.aliasTable = AliasTable { [self] table in
      read(entry, ()) { reader throws(FormatError) in try fill(table, &reader, count) }
    }
  }

  private func fill(
    _ table: AliasTable, _ reader: inout ByteReader, _ count: Int
  ) throws(FormatError) {
    let limit = UInt64(termCount)
    let aliases: Column<UInt32> = try SectionCoding.next(&reader).decode(below: limit)
    let nodes: Column<UInt32> = try SectionCoding.next(&reader).decode(below: limit)
    guard aliases.count == count, nodes.count == count else {
      throw FormatError("aliases are missing")
    }
    let owners: Column<UInt32> = try SectionCoding.next(&reader).decode(below: UInt64(count))
    let sources: Column<UInt32> = try SectionCoding.next(&reader).decode(below: limit + 1)
    let lines: Column<UInt32> = try SectionCoding.next(&reader).decode(below: limit + 1)
    guard sources.count == owners.count, lines.count == owners.count else {
      throw FormatError("citations are missing")
    }
    for row in 0..<count {
      guard
        table.add(aliases[row], of: nodes[row], citation: StagedCitation(), ordinal: 0)
      else { throw FormatError("an alias is double") }
    }
    for index in 0..<owners.count {
      table.citations.add(
        StagedCitation(source: sources[index] &- 1, lines: lines[index] &- 1),
        to: Int(owners[index]))
    }
  }

  private func addTable(_ entry: SectionEntry, to graph: Graph) {
    let count = Int(entry.count)
    let termCount = termCount
    guard isPlausible(entry, rows: 1 << 20) else { return }
    read(entry, ()) { reader throws(FormatError) in
      let name = try reader.text()
      var heads: [(name: String, type: ValueType)] = []
      for _ in 0..<(try reader.count()) {
        let column = try reader.text()
        guard let type = ValueType(rawValue: try reader.u8()) else {
          throw FormatError("a type of values is unknown")
        }
        heads.append((column, type))
      }
      while reader.offset % 8 != 0 { _ = try reader.u8() }
      let start = reader.offset
      graph.tables[name] = StoredTable(name: name, rowCount: count) { [self] in
        let nothing = heads.map {
          StoredTable.Column(
            name: $0.name, type: $0.type, words: Column(repeating: 0, count: count))
        }
        return read(entry, nothing) { reader throws(FormatError) in
          _ = try reader.view(start)
          var columns: [StoredTable.Column] = []
          for head in heads {
            let words = try SectionCoding.values(
              &reader, count: count, type: head.type, termCount: termCount)
            columns.append(StoredTable.Column(name: head.name, type: head.type, words: words))
          }
          return columns
        }
      }
    }
  }
}

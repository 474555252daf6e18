/// Writes the sections of a whole graph, one after the other, to whoever takes them.
struct SnapshotWriter {
  /// Takes a section; the place in the file is not yet in the entry.
  typealias Sink = (SectionEntry, [UInt8]) throws(StoreError) -> Void

  private let graph: Graph
  private let numbering: TermNumbering
  private let ranks: Column<UInt32>
  private var encoder = PackedColumnEncoder()

  init(_ graph: Graph) {
    self.graph = graph
    numbering = TermNumbering(graph)
    ranks = Column(repeating: 0, count: numbering.order.count)
  }

  /// Writes everything. O(facts).
  mutating func write(_ sink: Sink) throws(StoreError) {
    try writeDictionary(sink)
    try writeNodes(sink)
    for table in graph.labelTables { try write(table, sink) }
    for table in graph.edgeTables { try write(table, sink) }
    for table in graph.nodeProperties { try write(table, sink) }
    try writeAliases(sink)
    try writeRest(sink)
  }

  private func writeDictionary(_ sink: Sink) throws(StoreError) {
    let order = numbering.order
    let dictionary = graph.dictionary
    let bytes = unsafe PackedDictionaryWriter.pack(count: order.count, isSorted: true) {
      place, body in
      unsafe dictionary.withBuffer(of: order[place], body)
    }
    try sink(SectionEntry(.dictionary, count: order.count), bytes)
  }

  private mutating func writeNodes(_ sink: Sink) throws(StoreError) {
    let (nodes, _) = sorted(graph.nodeTable.ids)
    try sink(SectionEntry(.nodes, count: nodes.count), encoder.encode(nodes.words))
  }

  /// Terms under their new numbers in ascending order, and the row that each comes from.
  private func sorted(_ terms: Column<UInt32>) -> (Column<UInt32>, rows: Column<UInt32>) {
    let keys = Column<UInt64>(minimumCapacity: terms.count)
    let rows = Column<UInt32>(minimumCapacity: terms.count)
    for row in 0..<terms.count {
      keys.append(UInt64(numbering.number(terms[row])))
      rows.append(UInt32(row))
    }
    RadixSort.sort(keys, with: rows)
    let result = Column<UInt32>(minimumCapacity: terms.count)
    for row in 0..<keys.count { result.append(UInt32(truncatingIfNeeded: keys[row])) }
    return (result, rows)
  }

  private mutating func write(_ table: LabelTable, _ sink: Sink) throws(StoreError) {
    let label = numbering.number(table.label.raw)
    let (nodes, rows) = sorted(table.nodes)
    try sink(SectionEntry(.label, label, count: nodes.count), encoder.encode(nodes.words))
    if table.citations.count > 0 {
      try sink(
        SectionEntry(.labelCitations, label, count: table.citations.count),
        pack(table.citations, rows))
    }
  }

  private mutating func write(_ table: EdgeTable, _ sink: Sink) throws(StoreError) {
    let type = numbering.number(table.type.raw)
    let count = table.count
    let keys = Column<UInt64>(minimumCapacity: count)
    let rows = Column<UInt32>(minimumCapacity: count)
    let sources = table.sources.words
    let targets = table.targets.words
    let numbers = numbering.numbers.words
    for row in 0..<count {
      keys.append(
        UInt64(numbers[Int(sources[row])]) << 32 | UInt64(numbers[Int(targets[row])]))
      rows.append(UInt32(row))
    }
    RadixSort.sort(keys, with: rows)
    let (bytes, isDistinct) = EdgeSection.pack(keys.words, &encoder, ranks: ranks)
    var entry = SectionEntry(.edges, type, count: count)
    entry.codec = isDistinct ? 1 : 0
    try sink(entry, bytes)
    for column in table.properties {
      let present = Column<UInt32>()
      let values = Column<UInt64>()
      for row in 0..<count where column.isPresent(Int(rows[row])) {
        present.append(UInt32(row))
        values.append(word(column, Int(rows[row])))
      }
      var entry = SectionEntry(
        .edgeProperty, type, numbering.number(column.key.raw), count: present.count)
      entry.codec = codec(column)
      try sink(entry, pack(present, values, column.type))
    }
    if table.citations.count > 0 {
      try sink(
        SectionEntry(.edgeCitations, type, count: table.citations.count),
        pack(table.citations, rows))
    }
  }

  private mutating func write(_ table: PropertyTable, _ sink: Sink) throws(StoreError) {
    let (nodes, rows) = sorted(table.nodes)
    let values = Column<UInt64>(minimumCapacity: nodes.count)
    for row in 0..<rows.count { values.append(word(table.values, Int(rows[row]))) }
    var entry = SectionEntry(
      .nodeProperty, numbering.number(table.key.raw), count: nodes.count)
    entry.codec = codec(table.values)
    try sink(entry, pack(nodes, values, table.type))
  }

  private func codec(_ column: PropertyColumn) -> UInt16 {
    UInt16(column.type.rawValue) | (column.isDeclared ? 256 : 0)
  }

  private func word(_ column: PropertyColumn, _ row: Int) -> UInt64 {
    column.type == .symbol
      ? UInt64(numbering.number(column.narrow[row])) : column.word(row)
  }

  private mutating func pack(
    _ rows: Column<UInt32>, _ values: Column<UInt64>, _ type: ValueType
  ) -> [UInt8] {
    var writer = ByteWriter()
    SectionCoding.append(encoder.encode(rows.words), to: &writer)
    SectionCoding.append(values: values, type: type, &encoder, to: &writer)
    return writer.bytes
  }

  /// Citations of rows that have moved: `moved[new]` is the old row.
  private mutating func pack(_ list: CitationList, _ moved: Column<UInt32>) -> [UInt8] {
    let places = Column<UInt32>(repeating: 0, count: moved.count)
    for row in 0..<moved.count { places[Int(moved[row])] = UInt32(row) }
    let keys = Column<UInt64>(minimumCapacity: list.count)
    let order = Column<UInt32>(minimumCapacity: list.count)
    for index in 0..<list.count {
      keys.append(UInt64(places[Int(list.rows[index])]))
      order.append(UInt32(index))
    }
    RadixSort.sort(keys, with: order)
    let sources = Column<UInt64>(minimumCapacity: list.count)
    let lines = Column<UInt64>(minimumCapacity: list.count)
    func text(_ term: UInt32) -> UInt64 {
      term == TermID.none.raw ? 0 : UInt64(numbering.number(term)) + 1
    }
    for place in 0..<order.count {
      sources.append(text(list.sources[Int(order[place])]))
      lines.append(text(list.lines[Int(order[place])]))
    }
    var writer = ByteWriter()
    for column in [keys, sources, lines] {
      SectionCoding.append(encoder.encode(column.words), to: &writer)
    }
    return writer.bytes
  }

  private mutating func writeAliases(_ sink: Sink) throws(StoreError) {
    let table = graph.aliasTable
    guard table.count > 0 else { return }
    var writer = ByteWriter()
    for column in [table.aliases, table.nodes] {
      let numbers = Column<UInt32>(minimumCapacity: column.count)
      for row in 0..<column.count { numbers.append(numbering.number(column[row])) }
      SectionCoding.append(encoder.encode(numbers.words), to: &writer)
    }
    let rows = Column<UInt32>((0..<UInt32(table.count)).map { $0 })
    writer.append(pack(table.citations, rows))
    try sink(SectionEntry(.aliases, count: table.count), writer.bytes)
  }

  private mutating func writeRest(_ sink: Sink) throws(StoreError) {
    if !graph.schema.isEmpty {
      var writer = ByteWriter()
      graph.schema.write(to: &writer)
      try sink(
        SectionEntry(.schema, count: graph.nodeSchemas.count + graph.edgeSchemas.count),
        writer.bytes)
    }
    if !graph.documents.isEmpty {
      var writer = ByteWriter()
      writer.varint(UInt64(graph.documents.count))
      for name in graph.documentNames {
        writer.text(name)
        writer.text(graph.documents[name] ?? "")
      }
      try sink(SectionEntry(.documents, count: graph.documents.count), writer.bytes)
    }
    for table in graph.storedTables {
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
      try sink(SectionEntry(.table, count: table.rowCount), writer.bytes)
    }
  }
}

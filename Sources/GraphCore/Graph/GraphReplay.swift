/// Does again what a `GraphJournal` has written down.
struct GraphReplay {
  private var reader: ByteReader
  private let graph: Graph
  private var terms: [UInt32] = []
  /// Whether the record has only added facts.
  private var isAddition = true
  private static let additions: Set<GraphJournal.Operation> = [.addLabel, .addEdge, .setProperty]

  /// Applies records to a graph, each of which was a write. Records that only add facts to a graph
  /// without aliases are one write: their order makes no difference, and a write has its price.
  ///
  /// - Throws: `FormatError`, which names the record.
  static func apply(_ records: [ByteView], to graph: Graph) throws(FormatError) {
    var next = 0
    graph.isReplaying = true
    defer { graph.isReplaying = false }
    while next < records.count {
      let first = next
      try GraphReplay.write(to: graph) { depth throws(FormatError) in
        var isAlone = graph.aliasTable.count > 0
        repeat {
          do throws(FormatError) {
            var replay = GraphReplay(records[next], graph)
            try replay.run()
            guard graph.transactions.count == depth else {
              throw FormatError("a write has no end")
            }
            isAlone = isAlone || !replay.isAddition
          } catch {
            throw FormatError("record \(next + 1) does not apply: \(error.reason)")
          }
          next += 1
        } while !isAlone && next < records.count
      }
      assert(next > first)
    }
  }

  /// Runs a write that is undone if it fails.
  private static func write(
    to graph: Graph, _ body: (Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    graph.begin()
    let depth = graph.transactions.count
    do throws(FormatError) {
      try body(depth)
      guard graph.transactions.count == depth else { throw FormatError("a write has no end") }
      guard (try? graph.commit()) != nil else { throw FormatError("a record does not apply") }
    } catch {
      while graph.transactions.count >= depth { graph.rollback() }
      throw error
    }
  }

  private init(_ record: ByteView, _ graph: Graph) {
    reader = ByteReader(record)
    self.graph = graph
  }

  private mutating func run() throws(FormatError) {
    let depth = graph.transactions.count
    for _ in 0..<(try reader.count()) {
      let text = try reader.view(reader.count())
      terms.append(text.withBytes { graph.dictionary.intern($0) })
    }
    var writer = graph.writer()
    while !reader.isAtEnd {
      guard let kind = GraphJournal.Operation(rawValue: try reader.u8()) else {
        throw FormatError("an operation is unknown")
      }
      switch kind {
      case .begin:
        graph.begin()
        writer = graph.writer()
      case .commit:
        guard graph.transactions.count > depth else { throw FormatError("a write has no begin") }
        guard (try? graph.commit()) != nil else { throw FormatError("a record does not apply") }
        writer = graph.writer()
      default:
        isAddition = isAddition && GraphReplay.additions.contains(kind)
        try apply(kind, &writer)
      }
    }
  }

  private mutating func apply(
    _ kind: GraphJournal.Operation, _ writer: inout GraphWriter
  ) throws(FormatError) {
    let ordinal = writer.ordinal
    writer.ordinal += 1
    switch kind {
    case .begin, .commit: break
    case .addLabel:
      writer.addLabel(
        try term(), to: try term(), citation: try citation(), ordinal: ordinal)
    case .addEdge:
      let type = try term()
      let source = try term()
      let target = try term()
      let properties = try properties()
      writer.addEdge(
        type: type, from: source, to: target, properties: properties, citation: try citation(),
        ordinal: ordinal)
    case .setProperty:
      let node = try term()
      writer.setProperty(try property(), of: node, ordinal: ordinal)
    case .replaceProperty:
      let node = try term()
      writer.replaceProperty(try property(), of: node, ordinal: ordinal)
    case .addAlias:
      writer.addAlias(try term(), of: try term(), citation: try citation(), ordinal: ordinal)
    case .declareNode: writer.declare(try GraphSchema.node(&reader), ordinal: ordinal)
    case .declareEdge: writer.declare(try GraphSchema.edge(&reader), ordinal: ordinal)
    case .removeEdges: try removeEdges(&writer)
    case .removeLabel:
      let label = try term()
      writer.removeLabel(label, from: try nodes())
    case .removeProperty:
      let key = try term()
      writer.removeProperty(key, of: try nodes())
    case .removeAliases:
      var pairs: [(alias: UInt32, node: UInt32)] = []
      for _ in 0..<(try reader.count()) { pairs.append((try term(), try term())) }
      writer.removeAliases(pairs)
    case .document:
      let name = try reader.text()
      writer.setDocument(name, to: try reader.u8() == 0 ? nil : try reader.text())
    case .table: try setTable(&writer)
    case .index:
      let key = try reader.text()
      writer.setIndex(PropertyIndex(rawValue: try reader.u8()), onNodeProperty: key)
    case .schema:
      let schema = try GraphSchema(&reader, graph.dictionary)
      writer.replace(schema, ordinal: ordinal)
    case .textIndex: writer.setTextIndex(try reader.u8() != 0)
    }
  }

  private mutating func removeEdges(_ writer: inout GraphWriter) throws(FormatError) {
    let type = try term()
    var rows: [Int] = []
    for _ in 0..<(try reader.count()) {
      let source = try term()
      let target = try term()
      guard
        let row = graph.edgeSet[type]?.lookup(
          source, target, try properties(), graph.dictionary)
      else { throw FormatError("an edge to remove is not there") }
      rows.append(row)
    }
    writer.removeEdges(ofType: type, rows: rows)
  }

  private mutating func setTable(_ writer: inout GraphWriter) throws(FormatError) {
    let name = try reader.text()
    guard try reader.u8() != 0 else { return writer.setTable(name, to: nil) }
    let columnCount = try reader.count()
    let rowCount = try reader.count()
    var columns: [StoredTable.Column] = []
    for _ in 0..<columnCount {
      let columnName = try reader.text()
      let type = try type()
      let words = Column<UInt64>()
      for _ in 0..<rowCount { words.append(try word(type)) }
      columns.append(StoredTable.Column(name: columnName, type: type, words: words))
    }
    writer.setTable(name, to: StoredTable(name: name, columns: columns))
  }

  private mutating func term() throws(FormatError) -> UInt32 {
    let place = try reader.varint()
    guard place < UInt64(terms.count) else { throw FormatError("a text is missing") }
    return terms[Int(place)]
  }

  private mutating func nodes() throws(FormatError) -> [UInt32] {
    var result: [UInt32] = []
    for _ in 0..<(try reader.count()) { result.append(try term()) }
    return result
  }

  private mutating func citation() throws(FormatError) -> StagedCitation {
    var result = StagedCitation()
    if try reader.u8() != 0 { result.source = try term() }
    if try reader.u8() != 0 { result.lines = try term() }
    return result
  }

  private mutating func properties() throws(FormatError) -> [StagedProperty] {
    var result: [StagedProperty] = []
    for _ in 0..<(try reader.count()) { result.append(try property()) }
    return result
  }

  private mutating func property() throws(FormatError) -> StagedProperty {
    let key = try term()
    let type = try type()
    return StagedProperty(key: key, type: type, word: try word(type))
  }

  private mutating func type() throws(FormatError) -> ValueType {
    guard let type = ValueType(rawValue: try reader.u8()) else {
      throw FormatError("a type of values is unknown")
    }
    return type
  }

  private mutating func word(_ type: ValueType) throws(FormatError) -> UInt64 {
    switch type {
    case .symbol: return UInt64(try term())
    case .boolean: return min(try reader.varint(), 1)
    case .unsigned: return try reader.varint()
    case .number:
      let word = try reader.varint()
      return (word >> 1) ^ (0 &- (word & 1))
    case .float: return Double(bitPattern: try reader.u64()).canonical.bitPattern
    }
  }
}

/// Writes down what a write does to a graph, so that it can be done again on another day.
///
/// A record names every text it speaks of, and edges by what they are rather than by their rows: it
/// means the same whatever ids and rows the graph has that it is applied to.
///
/// ```
///  varint texts     for each: varint bytes, UTF-8
///  operations       u8 kind and its fields; terms are places in the texts, as varints
/// ```
///
/// Fields are listed at `Operation`. A write that grows beyond the limit is no longer written down;
/// whoever keeps the graph then has to store it as a whole.
final class GraphJournal {
  /// What can happen to a graph.
  enum Operation: UInt8, CaseIterable {
    /// label, node, citation
    case addLabel = 1
    /// type, source, target, properties, citation
    case addEdge = 2
    /// node, property
    case setProperty = 3
    /// node, property
    case replaceProperty = 4
    /// alias, node, citation
    case addAlias = 5
    /// a label's declaration, as in the schema
    case declareNode = 6
    /// an edge type's declaration, as in the schema
    case declareEdge = 7
    /// type, varint edges, for each: source, target, properties
    case removeEdges = 8
    /// label, varint nodes, nodes
    case removeLabel = 9
    /// key, varint nodes, nodes
    case removeProperty = 10
    /// varint pairs, for each: alias, node
    case removeAliases = 11
    /// a write inside the write begins
    case begin = 12
    /// it ends
    case commit = 13
    /// text name, u8 whether there is a text, text
    case document = 14
    /// text name, u8 whether there is a table, the table
    case table = 15
    /// text key of a node property, u8 0 no index, 1 an index, 2 a unique key
    case index = 16
    /// all that is declared, as in the schema, in place of what was
    case schema = 17
    /// u8 whether texts are indexed
    case textIndex = 18
  }

  /// Makes a record durable; `nil` stands for a write that was too long to be written down.
  let persist: ([UInt8]?) throws(StoreError) -> Void
  private let limit: Int
  private var writer = ByteWriter()
  private var texts: [UInt32] = []
  private var places: [UInt32: Int] = [:]
  private var marks: [(bytes: Int, texts: Int)] = []
  /// Whether the write has grown beyond the limit, and what it does is no longer written down.
  private(set) var isOverflowing = false
  private var lastTerm: (term: UInt32, place: Int)?
  private var lastType: (term: UInt32, place: Int)?

  init(limit: Int, persist: @escaping ([UInt8]?) throws(StoreError) -> Void) {
    self.limit = limit
    self.persist = persist
  }

  // MARK: - Writes

  func begin() {
    if marks.isEmpty { reset() }
    marks.append((writer.count, texts.count))
    if marks.count > 1 { operation(.begin) }
  }

  /// Forgets the innermost write.
  func rollback() {
    guard let mark = marks.popLast() else { return }
    guard !isOverflowing else { return }
    writer.truncate(to: mark.bytes)
    while texts.count > mark.texts {
      if let term = texts.popLast() { places[term] = nil }
    }
    lastTerm = nil
    lastType = nil
  }

  /// Ends the innermost write; the outermost one is made durable.
  func commit(_ graph: Graph, hasChanges: Bool) throws(StoreError) {
    if marks.count > 1 {
      marks.removeLast()
      operation(.commit)
      return
    }
    if hasChanges { try persist(record(graph.dictionary)) }
    marks.removeAll()
    reset()
  }

  /// What has been written down; nothing where it is longer than anybody wants it.
  private func record(_ dictionary: TermDictionary) -> [UInt8]? {
    if isOverflowing { return nil }
    var length = writer.count
    for term in texts {
      length += dictionary.length(of: term)
      if length > limit { return nil }
    }
    var result = ByteWriter()
    result.varint(UInt64(texts.count))
    var bytes: [UInt8] = []
    for term in texts {
      bytes.removeAll(keepingCapacity: true)
      dictionary.append(term, to: &bytes)
      result.varint(UInt64(bytes.count))
      result.append(bytes)
    }
    result.append(writer.bytes)
    return result.bytes
  }

  private func reset() {
    writer = ByteWriter()
    texts = []
    places = [:]
    isOverflowing = false
    lastTerm = nil
    lastType = nil
  }

  // MARK: - Fields

  private func operation(_ kind: Operation) {
    if writer.count > limit && !isOverflowing {
      reset()
      isOverflowing = true
    }
    if !isOverflowing { writer.u8(kind.rawValue) }
  }

  private func term(_ term: UInt32) {
    if let lastTerm, lastTerm.term == term { return writer.varint(UInt64(lastTerm.place)) }
    let place: Int
    if let known = places[term] {
      place = known
    } else {
      place = texts.count
      places[term] = place
      texts.append(term)
    }
    lastTerm = (term, place)
    writer.varint(UInt64(place))
  }

  private func citation(_ citation: StagedCitation) {
    for part in [citation.source, citation.lines] {
      writer.u8(part == TermID.none.raw ? 0 : 1)
      if part != TermID.none.raw { term(part) }
    }
  }

  private func property(_ property: StagedProperty) {
    term(property.key)
    writer.u8(property.type.rawValue)
    word(property.word, property.type)
  }

  private func word(_ word: UInt64, _ type: ValueType) {
    switch type {
    case .symbol: term(UInt32(truncatingIfNeeded: word))
    case .boolean, .unsigned: writer.varint(word)
    case .number:
      let number = Int64(bitPattern: word)
      writer.varint(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    case .float: writer.u64(word)
    }
  }

  private func properties(_ properties: [StagedProperty]) {
    writer.varint(UInt64(properties.count))
    for item in properties { property(item) }
  }

  // MARK: - Operations

  func record(label: UInt32, of node: UInt32, _ said: StagedCitation) {
    operation(.addLabel)
    if isOverflowing { return }
    term(label)
    term(node)
    citation(said)
  }

  func record(
    edge type: UInt32, _ source: UInt32, _ target: UInt32, _ given: [StagedProperty],
    _ said: StagedCitation
  ) {
    operation(.addEdge)
    if isOverflowing { return }
    term(type)
    term(source)
    term(target)
    properties(given)
    citation(said)
  }

  func record(_ kind: Operation, _ given: StagedProperty, of node: UInt32) {
    operation(kind)
    if isOverflowing { return }
    term(node)
    property(given)
  }

  func record(alias: UInt32, of node: UInt32, _ said: StagedCitation) {
    operation(.addAlias)
    if isOverflowing { return }
    term(alias)
    term(node)
    citation(said)
  }

  func record(_ schema: NodeSchema) {
    operation(.declareNode)
    if isOverflowing { return }
    writer.text(schema.label)
    GraphSchema().write(schema.properties, to: &writer)
  }

  func record(_ schema: EdgeSchema) {
    operation(.declareEdge)
    if isOverflowing { return }
    GraphSchema().write(schema, to: &writer)
  }

  func record(_ schema: GraphSchema) {
    operation(.schema)
    if isOverflowing { return }
    schema.write(to: &writer)
  }

  func record(removed rows: [Int], of table: EdgeTable) {
    operation(.removeEdges)
    if isOverflowing { return }
    term(table.type.raw)
    writer.varint(UInt64(rows.count))
    for row in rows {
      let (source, target) = table.ends(of: row)
      term(source)
      term(target)
      properties(
        table.columns.filter { $0.isPresent(row) }.map {
          StagedProperty(key: $0.key.raw, type: $0.type, word: $0.word(row))
        })
    }
  }

  /// Notes nodes that lose a label or a property.
  func record(_ kind: Operation, _ name: UInt32, of nodes: [UInt32]) {
    operation(kind)
    if isOverflowing { return }
    term(name)
    writer.varint(UInt64(nodes.count))
    for node in nodes { term(node) }
  }

  func record(removedAliases pairs: [(alias: UInt32, node: UInt32)]) {
    operation(.removeAliases)
    if isOverflowing { return }
    writer.varint(UInt64(pairs.count))
    for pair in pairs {
      term(pair.alias)
      term(pair.node)
    }
  }

  func record(document name: String, _ text: String?) {
    operation(.document)
    if isOverflowing { return }
    writer.text(name)
    writer.u8(text == nil ? 0 : 1)
    if let text { writer.text(text) }
  }

  func record(index: PropertyIndex?, _ key: String) {
    operation(.index)
    if isOverflowing { return }
    writer.text(key)
    writer.u8(index?.rawValue ?? 0)
  }

  func record(textIndex isOn: Bool) {
    operation(.textIndex)
    if isOverflowing { return }
    writer.u8(isOn ? 1 : 0)
  }

  func record(table name: String, _ table: StoredTable?, _ dictionary: TermDictionary) {
    operation(.table)
    if isOverflowing { return }
    writer.text(name)
    writer.u8(table == nil ? 0 : 1)
    guard let table else { return }
    writer.varint(UInt64(table.columns.count))
    writer.varint(UInt64(table.rowCount))
    for column in table.columns {
      writer.text(column.name)
      writer.u8(column.type.rawValue)
      for row in 0..<table.rowCount { word(column.words[row], column.type) }
    }
  }
}

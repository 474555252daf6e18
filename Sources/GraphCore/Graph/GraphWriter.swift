/// Where in the documents a fact is said.
///
/// Citations are equal where their texts have the same bytes.
public struct Citation: Sendable {
  /// The document, if it is known.
  public var source: String?
  /// The lines, such as `"120-124"` or `"99, 105-107"`, if they are known.
  public var lines: String?

  public init(source: String? = nil, lines: String? = nil) {
    self.source = source
    self.lines = lines
  }
}

extension Citation: Hashable {
  private var texts: [ExactText?] { [source, lines].map { $0.map(ExactText.init) } }

  public static func == (left: Citation, right: Citation) -> Bool { left.texts == right.texts }

  public func hash(into hasher: inout Hasher) { hasher.combine(texts) }
}

/// The hands that change a graph, lent to the closure of `Graph.write`.
///
/// ```swift
/// try graph.write { writer in
///   writer.declare(EdgeSchema(type: "supplies", properties: [("amount", .float)]))
///   writer.addEdge("supplies", from: "A", to: "B", properties: [("amount", 12)])
///   writer.addAlias("甲", of: "A")
/// }
/// ```
///
/// Facts take effect at once and can be read back inside the closure, but nothing holds before the
/// write has succeeded. Each call is a fact with a number, counted from 0, by which violations name
/// it.
///
/// No call throws: what is wrong is collected, each with its number, and thrown as
/// `GraphWriteError` when the closure has returned. A fact costs O(length of its texts) beside what
/// is said of each call.
///
/// A property has one type in all nodes, or in all edges of a type: that which is declared, else
/// that of the first value. Whole numbers become floats when the first float comes, if none is
/// rounded by it; that costs O(values) once. A value that still does not fit is a violation.
public struct GraphWriter: ~Copyable {
  let graph: Graph
  let transaction: GraphTransaction
  var labelTable: LabelTable?
  var edgeTable: EdgeTable?
  /// Aliases that facts of this write have used.
  var followed: [UInt32: UInt32] = [:]
  /// The number of the next fact. Whoever sets it has violations speak of lines or rows of its own.
  public var ordinal = 0
  /// Whether numbers are those of rows, each of several facts, and whoever writes gives them.
  var numbersRows = false

  init(graph: Graph) {
    guard let transaction = graph.transactions.last else {
      preconditionFailure("there is no write in progress")
    }
    self.graph = graph
    self.transaction = transaction
  }

  /// Adds a label to a node, which need not be there yet: `writer.addLabel("company", to: "大运集团")`.
  /// A label that the node has already gets only the citation. Amortised O(1).
  public mutating func addLabel(_ label: String, to node: String, citation: Citation? = nil) {
    addLabel(term(label), to: term(node), citation: stage(citation), ordinal: next())
  }

  /// Adds an edge; its ends need not be there yet. An edge of the same ends and properties gets
  /// only the citation, one with other properties stands beside it. Amortised O(properties).
  ///
  /// Properties named `source` and `lines` are taken as the citation; `id` is refused.
  public mutating func addEdge(
    _ type: String, from source: String, to target: String,
    properties: [(key: String, value: Value)] = [], citation: Citation? = nil
  ) {
    let ordinal = next()
    var citation = citation
    var staged: [StagedProperty] = []
    for (key, value) in properties {
      switch (key, value) {
      case ("source", .text(let text)):
        citation = Citation(source: text, lines: citation?.lines)
      case ("lines", .text(let text)):
        citation = Citation(source: citation?.source, lines: text)
      case ("source", _), ("lines", _), ("id", _):
        transaction.report(ordinal, .reservedProperty(key: key))
      default:
        staged.append(stage(key, value))
      }
    }
    addEdge(
      type: term(type), from: term(source), to: term(target), properties: staged,
      citation: stage(citation), ordinal: ordinal)
  }

  /// Gives a node a property; a node that has another value already is a violation. Amortised O(1).
  public mutating func setProperty(_ key: String, of node: String, to value: Value) {
    setProperty(stage(key, value), of: term(node), ordinal: next())
  }

  /// Gives a node a property in place of the value that it has. O(values of the property) the first
  /// time in a write.
  public mutating func replaceProperty(_ key: String, of node: String, with value: Value) {
    replaceProperty(stage(key, value), of: term(node), ordinal: next())
  }

  /// Makes a name another name of a node. Several nodes may share an alias. Amortised O(1).
  ///
  /// An alias that names one node and has facts of its own is merged with it when the write ends;
  /// `WriteSummary.merges` says so.
  public mutating func addAlias(_ alias: String, of node: String, citation: Citation? = nil) {
    addAlias(term(alias), of: term(node), citation: stage(citation), ordinal: next())
  }

  /// Declares the properties of a label, in place of what was declared of it before.
  ///
  /// Facts that are there already must fit as well. O(declared properties), and O(values) for each
  /// property whose type was another, or not declared.
  public mutating func declare(_ schema: NodeSchema) {
    let ordinal = next()
    declare(schema, ordinal: ordinal)
  }

  /// Declares an edge type, in place of what was declared of it before.
  ///
  /// Edges that are there already must fit as well. O(edges of the type) where they have properties
  /// whose types were others, or not declared.
  public mutating func declare(_ schema: EdgeSchema) {
    let ordinal = next()
    declare(schema, ordinal: ordinal)
  }

  /// Declares the properties of a label; facts that come later find them.
  package mutating func declare(_ schema: NodeSchema, ordinal: Int) {
    graph.journal?.record(schema)
    for conflict in graph.schema.declare(schema, graph.dictionary) {
      transaction.report(
        ordinal, .schemaConflict(key: conflict.key, old: conflict.old, new: conflict.new))
    }
    noteSchema(ordinal)
  }

  /// Declares an edge type; facts that come later find it.
  package mutating func declare(_ schema: EdgeSchema, ordinal: Int) {
    graph.journal?.record(schema)
    graph.schema.declare(schema, graph.dictionary)
    noteSchema(ordinal)
  }

  /// Removes the edges of a type for which the closure holds, and returns how many. O(edges).
  @discardableResult
  public mutating func removeEdges(
    ofType type: String, where isRemoved: (GraphEdge) throws -> Bool
  ) rethrows -> Int {
    guard let term = graph.term(type), graph.edgeTable(term) != nil else { return 0 }
    let rows = try graph.edges(ofType: type).filter(isRemoved).map(\.row)
    removeEdges(ofType: term.raw, rows: rows)
    return rows.count
  }

  /// Removes the edges of a type from some nodes to others for which the closure holds, and returns how many. Each pair is
  /// given once. O(edges that have changed), and what `Graph.edges(ofType:from:to:)` takes for each pair.
  @discardableResult
  public mutating func removeEdges(
    ofType type: String, between pairs: some Sequence<(source: String, target: String)>,
    where isRemoved: (GraphEdge) throws -> Bool
  ) rethrows -> Int {
    guard let term = graph.term(type), graph.edgeTable(term) != nil else { return 0 }
    var rows: [Int] = []
    for (source, target) in pairs {
      rows += try graph.edges(ofType: type, from: source, to: target).filter(isRemoved).map(\.row)
    }
    removeEdges(ofType: term.raw, rows: rows.sorted())
    return rows.count
  }

  /// Takes a label from a node; nothing happens where it has none. O(nodes of the label).
  public mutating func removeLabel(_ label: String, from node: String) {
    removeLabel(label, from: CollectionOfOne(node))
  }

  /// Takes a label from nodes, where they have it. O(nodes of the label).
  public mutating func removeLabel(_ label: String, from nodes: some Sequence<String>) {
    guard let label = graph.term(label) else { return }
    removeLabel(label.raw, from: ids(of: nodes))
  }

  /// Takes a property from a node; nothing happens where it has none. O(nodes with the property).
  public mutating func removeProperty(_ key: String, of node: String) {
    removeProperty(key, of: CollectionOfOne(node))
  }

  /// Takes a property from nodes, where they have it. O(nodes with the property).
  public mutating func removeProperty(_ key: String, of nodes: some Sequence<String>) {
    guard let key = graph.term(key) else { return }
    removeProperty(key.raw, of: ids(of: nodes))
  }

  /// Forgets that a name is an alias of a node. O(aliases).
  public mutating func removeAlias(_ alias: String, of node: String) {
    removeAliases(CollectionOfOne((alias: alias, node: node)))
  }

  /// Forgets that names are aliases of nodes. O(aliases).
  public mutating func removeAliases(_ pairs: some Sequence<(alias: String, node: String)>) {
    var terms: [(alias: UInt32, node: UInt32)] = []
    for pair in pairs {
      guard let alias = graph.term(pair.alias), let node = graph.term(pair.node) else { continue }
      terms.append((alias.raw, node.raw))
    }
    removeAliases(terms)
  }

  /// Removes a node with its labels, properties, edges and other names; an alias will do as its
  /// name. O(facts).
  public mutating func removeNode(_ name: String) { removeNodes(CollectionOfOne(name)) }

  /// Removes nodes with all that is said of them; aliases will do as their names. O(facts), however many they are.
  public mutating func removeNodes(_ names: some Sequence<String>) {
    removeNodes(ids(of: names))
  }

  /// The nodes of some names, where there are any.
  private func ids(of names: some Sequence<String>) -> [UInt32] {
    names.compactMap { graph.node($0)?.id.raw }
  }

  /// Declares this and nothing else.
  mutating func replace(_ schema: GraphSchema, ordinal: Int) {
    graph.journal?.record(schema)
    graph.schema = schema
    graph.releaseTypes()
    noteSchema(ordinal)
  }

  private mutating func noteSchema(_ ordinal: Int) {
    transaction.schemaOrdinal = ordinal
    graph.unsealed.hasSchema = true
    graph.transactionSerial += 1
    transaction.hasOwnChanges = true
    graph.adoptSchema(transaction)
    edgeTable = nil
    labelTable = nil
  }

  /// The number of a fact that comes with none.
  mutating func next() -> Int {
    if numbersRows { return ordinal }
    defer { ordinal += 1 }
    return ordinal
  }

  /// The id of a text. Where there is no room for it the write fails, and the empty text stands for it until then.
  private func term(_ text: String) -> UInt32 {
    if graph.dictionary.hasRoom(forText: text.utf8.count) { return intern(text) }
    if let known = graph.dictionary.lookup(text) { return known }
    transaction.reportNoRoom(max(0, ordinal - 1))
    return intern("")
  }

  private func stage(_ citation: Citation?) -> StagedCitation {
    var result = StagedCitation()
    if let source = citation?.source { result.source = term(source) }
    if let lines = citation?.lines { result.lines = term(lines) }
    return result
  }

  private func stage(_ key: String, _ value: Value) -> StagedProperty {
    let key = term(key)
    switch value {
    case .text(let text): return StagedProperty(key: key, text: term(text))
    case .integer(let number): return StagedProperty(key: key, integer: number)
    case .unsigned(let number): return StagedProperty(key: key, unsigned: number)
    case .float(let number): return StagedProperty(key: key, float: number)
    case .boolean(let flag): return StagedProperty(key: key, boolean: flag)
    }
  }
}

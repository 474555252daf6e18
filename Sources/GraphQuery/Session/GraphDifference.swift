@_spi(Columns) public import GraphCore

/// What is in a graph and was not before, and the other way round: enough to undo a change.
public struct GraphDifference: Sendable {
  public struct Edge: Sendable, Hashable {
    public var type: String
    public var source: String
    public var target: String
    public var properties: [Property]
    public var citations: [GraphCore.Citation]
  }

  public struct Property: Sendable, Hashable {
    public var key: String
    public var value: Value
  }

  public struct Label: Sendable, Hashable {
    public var label: String
    public var node: String
    public var citations: [GraphCore.Citation]
  }

  public struct NodeProperty: Sendable, Hashable {
    public var node: String
    public var key: String
    /// Nil where the node had, or has, no such property.
    public var old: Value?
    public var new: Value?

    /// Whether the value is the same thing as another type.
    fileprivate var hasOtherType: Bool {
      if let old, let new { old.type != new.type } else { false }
    }
  }

  public struct Alias: Sendable, Hashable {
    public var alias: String
    public var node: String
  }

  public var addedEdges: [Edge] = []
  public var removedEdges: [Edge] = []
  public var addedLabels: [Label] = []
  public var removedLabels: [Label] = []
  /// Edges and labels that are said in other places than before, as they were.
  public var recitedEdges: [Edge] = []
  public var recitedLabels: [Label] = []
  public var properties: [NodeProperty] = []
  public var addedAliases: [Alias] = []
  public var removedAliases: [Alias] = []
  public var addedNodeCount = 0
  public var removedNodeCount = 0

  public var isEmpty: Bool {
    addedEdges.isEmpty && removedEdges.isEmpty && addedLabels.isEmpty && removedLabels.isEmpty
      && recitedEdges.isEmpty && recitedLabels.isEmpty && properties.isEmpty
      && addedAliases.isEmpty && removedAliases.isEmpty
  }
}

/// The tables of a graph and their lengths at one moment.
///
/// Rows of a table are only ever appended, and whatever else changes puts a new table in the place of
/// the old one. So what was there is what the old tables hold up to their old lengths.
struct GraphMarks {
  private let nodes: NodeTable
  private let nodeCount: Int
  private let labels: [UInt32: (table: LabelTable, count: Int, citationCount: Int)]
  private let edges: [UInt32: (table: EdgeTable, count: Int, citationCount: Int)]
  private let properties: [UInt32: (table: PropertyTable, count: Int)]
  private let aliases: AliasTable
  private let aliasCount: Int

  init(_ graph: Graph) {
    nodes = graph.nodeTable
    nodeCount = nodes.count
    labels = Dictionary(
      uniqueKeysWithValues: graph.labelTables.map {
        ($0.label.raw, ($0, $0.count, $0.citations.count))
      })
    edges = Dictionary(
      uniqueKeysWithValues: graph.edgeTables.map {
        ($0.type.raw, ($0, $0.count, $0.citations.count))
      })
    properties = Dictionary(
      uniqueKeysWithValues: graph.nodeProperties.map { ($0.key.raw, ($0, $0.count)) })
    aliases = graph.aliasTable
    aliasCount = aliases.count
  }

  /// What has changed since. O(rows of the tables that were replaced, and rows that were added).
  func difference(to graph: Graph) -> GraphDifference {
    var result = GraphDifference()
    compareEdges(graph, &result)
    compareLabels(graph, &result)
    compareProperties(graph, &result)
    compareAliases(graph, &result)
    let present = graph.nodeTable
    if present === nodes {
      result.addedNodeCount = present.count - nodeCount
    } else {
      for row in 0..<present.count where !wasNode(present.ids[row]) { result.addedNodeCount += 1 }
      for row in 0..<nodeCount where !present.contains(nodes.ids[row]) {
        result.removedNodeCount += 1
      }
    }
    return result
  }

  /// Whether a table of before held a node; rows that were appended later do not count.
  private func wasNode(_ id: UInt32) -> Bool {
    guard nodes.contains(id) else { return false }
    return !(nodeCount..<max(nodeCount, nodes.count)).contains { nodes.ids[$0] == id }
  }

  // MARK: Edges

  private func compareEdges(_ graph: Graph, _ result: inout GraphDifference) {
    let present = graph.edgeTables
    for table in present {
      guard let before = edges[table.type.raw] else {
        result.addedEdges += (0..<table.count).map { record(table, $0, graph) }
        continue
      }
      if before.table === table {
        result.addedEdges += (before.count..<max(before.count, table.count)).map {
          record(table, $0, graph)
        }
        for row in recited(table.citations, before.citationCount, below: before.count) {
          result.recitedEdges.append(
            record(table, row, graph, citationCount: before.citationCount))
        }
        continue
      }
      var old: [[UInt64]: Int] = [:]
      for row in 0..<before.count { old[identity(before.table, row)] = row }
      for row in 0..<table.count {
        guard let former = old.removeValue(forKey: identity(table, row)) else {
          result.addedEdges.append(record(table, row, graph))
          continue
        }
        let edge = record(before.table, former, graph, citationCount: before.citationCount)
        if Set(edge.citations) != Set(record(table, row, graph).citations) {
          result.recitedEdges.append(edge)
        }
      }
      result.removedEdges += old.values.sorted().map { record(before.table, $0, graph) }
    }
    let kept = Set(present.map(\.type.raw))
    for (type, before) in edges.sorted(by: { $0.key < $1.key }) where !kept.contains(type) {
      result.removedEdges += (0..<before.count).map { record(before.table, $0, graph) }
    }
  }

  private func identity(_ table: EdgeTable, _ row: Int) -> [UInt64] {
    var words = [UInt64(table.sources[row]), UInt64(table.targets[row])]
    for column in table.properties.sorted(by: { $0.key.raw < $1.key.raw })
    where column.isPresent(row) {
      words += [UInt64(column.key.raw), column.word(row)]
    }
    return words
  }

  /// Rows of before that have got citations since.
  private func recited(_ citations: CitationList, _ mark: Int, below count: Int) -> [Int] {
    var rows: Set<Int> = []
    for index in mark..<max(mark, citations.count) where Int(citations.rows[index]) < count {
      rows.insert(Int(citations.rows[index]))
    }
    return rows.sorted()
  }

  /// The citations of a row among the first so many of the list.
  private func citations(of row: Int, in list: CitationList, first limit: Int?, _ graph: Graph)
    -> [GraphCore.Citation]
  {
    let all = list.citations(of: row).map { graph.citation(of: $0) }
    guard let limit, limit < list.count else { return all }
    let later = (limit..<list.count).count { Int(list.rows[$0]) == row }
    return Array(all.dropLast(later))
  }

  private func record(
    _ table: EdgeTable, _ row: Int, _ graph: Graph, citationCount: Int? = nil
  ) -> GraphDifference.Edge {
    GraphDifference.Edge(
      type: graph.text(table.type.raw), source: graph.text(table.sources[row]),
      target: graph.text(table.targets[row]),
      properties: table.properties.compactMap { column in
        guard column.isPresent(row) else { return nil }
        return GraphDifference.Property(
          key: graph.text(column.key.raw), value: graph.value(column.word(row), as: column.type))
      }, citations: citations(of: row, in: table.citations, first: citationCount, graph))
  }

  // MARK: Labels, properties, aliases

  private func compareLabels(_ graph: Graph, _ result: inout GraphDifference) {
    func record(_ table: LabelTable, _ row: Int, _ citationCount: Int? = nil)
      -> GraphDifference.Label
    {
      GraphDifference.Label(
        label: graph.text(table.label.raw), node: graph.text(table.nodes[row]),
        citations: citations(of: row, in: table.citations, first: citationCount, graph))
    }
    let present = graph.labelTables
    for table in present {
      let before = labels[table.label.raw]
      if let before, before.table === table {
        for row in before.count..<max(before.count, table.count) {
          result.addedLabels.append(record(table, row))
        }
        for row in recited(table.citations, before.citationCount, below: before.count) {
          result.recitedLabels.append(record(table, row, before.citationCount))
        }
        continue
      }
      var old: [UInt32: Int] = [:]
      if let before { for row in 0..<before.count { old[before.table.nodes[row]] = row } }
      for row in 0..<table.count {
        guard let former = old.removeValue(forKey: table.nodes[row]), let before else {
          result.addedLabels.append(record(table, row))
          continue
        }
        let label = record(before.table, former, before.citationCount)
        if Set(label.citations) != Set(record(table, row).citations) {
          result.recitedLabels.append(label)
        }
      }
      if let before { result.removedLabels += old.values.sorted().map { record(before.table, $0) } }
    }
    let kept = Set(present.map(\.label.raw))
    for (label, before) in labels.sorted(by: { $0.key < $1.key }) where !kept.contains(label) {
      result.removedLabels += (0..<before.count).map { record(before.table, $0) }
    }
  }

  private func compareProperties(_ graph: Graph, _ result: inout GraphDifference) {
    let keys = Set(properties.keys).union(graph.nodeProperties.map(\.key.raw)).sorted()
    for key in keys {
      let before = properties[key]
      let after = graph.nodeProperty(TermID(raw: key))
      var old: [UInt32: Value] = [:]
      if let before, before.table !== after {
        for row in 0..<before.count {
          old[before.table.nodes[row]] = graph.value(
            before.table.values.word(row), as: before.table.type)
        }
      }
      let start = before.map { $0.table === after ? $0.count : 0 } ?? 0
      for row in start..<max(start, after?.count ?? 0) {
        guard let after else { break }
        let node = after.nodes[row]
        let new = graph.value(after.values.word(row), as: after.type)
        let former = old.removeValue(forKey: node)
        if former != new {
          result.properties.append(
            GraphDifference.NodeProperty(
              node: graph.text(node), key: graph.text(key), old: former, new: new))
        }
      }
      for (node, value) in old.sorted(by: { $0.key < $1.key }) {
        result.properties.append(
          GraphDifference.NodeProperty(
            node: graph.text(node), key: graph.text(key), old: value, new: nil))
      }
    }
  }

  private func compareAliases(_ graph: Graph, _ result: inout GraphDifference) {
    let table = graph.aliasTable
    func record(_ table: AliasTable, _ row: Int) -> GraphDifference.Alias {
      GraphDifference.Alias(
        alias: graph.text(table.aliases[row]), node: graph.text(table.nodes[row]))
    }
    if table === aliases {
      result.addedAliases += (aliasCount..<max(aliasCount, table.count)).map { record(table, $0) }
      return
    }
    let old = Set((0..<aliasCount).map { record(aliases, $0) })
    let new = Set((0..<table.count).map { record(table, $0) })
    result.addedAliases = (0..<table.count).map { record(table, $0) }.filter { !old.contains($0) }
    result.removedAliases = (0..<aliasCount).map { record(aliases, $0) }.filter {
      !new.contains($0)
    }
  }
}

extension Graph {
  func text(_ term: UInt32) -> String { dictionary.text(of: term) }

  func citation(of staged: StagedCitation) -> GraphCore.Citation {
    GraphCore.Citation(
      source: staged.source == TermID.none.raw ? nil : text(staged.source),
      lines: staged.lines == TermID.none.raw ? nil : text(staged.lines))
  }
}

extension GraphDifference {
  /// Takes the change back, with what was declared before it. What it does to the graph is one more
  /// write, so that a file that follows the graph follows this too.
  func undo(in writer: inout GraphWriter, restoring declarations: GraphDeclarations) {
    // An alias makes facts of its name those of its node, so it goes first and comes back last.
    for alias in addedAliases { writer.removeAlias(alias.alias, of: alias.node) }
    // A citation goes only with its fact, so what is said elsewhere now goes and comes back.
    for (type, edges) in Dictionary(grouping: addedEdges + recitedEdges, by: \.type) {
      let wanted = Dictionary(grouping: edges) { Ends(source: $0.source, target: $0.target) }
      writer.removeEdges(ofType: type) { edge in
        let same = wanted[Ends(source: edge.source.name, target: edge.target.name)] ?? []
        let properties = Set(edge.properties.map { Property(key: $0.key, value: $0.value) })
        return same.contains { Set($0.properties) == properties }
      }
    }
    for label in addedLabels + recitedLabels { writer.removeLabel(label.label, from: label.node) }
    for property in properties where property.new != nil {
      if let old = property.old, !property.hasOtherType {
        writer.replaceProperty(property.key, of: property.node, with: old)
      } else {
        writer.removeProperty(property.key, of: property.node)
      }
    }
    // Columns that are empty now take the types that they had before the change declared others.
    writer.restore(declarations)
    for edge in removedEdges + recitedEdges {
      for citation in edge.citations.isEmpty ? [GraphCore.Citation()] : edge.citations {
        writer.addEdge(
          edge.type, from: edge.source, to: edge.target,
          properties: edge.properties.map { ($0.key, $0.value) }, citation: citation)
      }
    }
    for label in removedLabels + recitedLabels {
      for citation in label.citations.isEmpty ? [GraphCore.Citation()] : label.citations {
        writer.addLabel(label.label, to: label.node, citation: citation)
      }
    }
    for property in properties where property.new == nil || property.hasOtherType {
      if let old = property.old { writer.setProperty(property.key, of: property.node, to: old) }
    }
    for alias in removedAliases { writer.addAlias(alias.alias, of: alias.node) }
  }

  private struct Ends: Hashable {
    var source: String
    var target: String
  }
}

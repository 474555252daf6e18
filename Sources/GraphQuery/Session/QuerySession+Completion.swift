@_spi(Columns) import GraphCore

/// What may stand at a place of a statement, for completion.
extension QuerySession {
  /// The named arguments of a relation: properties, or the columns of a declaration, with a few words
  /// on each.
  package func argumentNames(of relation: String) -> [(name: String, note: String)] {
    let terms = termSpace()
    let environment = environment(terms: terms)
    let catalog = environment.catalog
    var result: [(name: String, note: String)] = []
    func add(_ name: String, _ note: String) {
      if !result.contains(where: { $0.name == name }) { result.append((name, note)) }
    }
    if let own = program.declared[relation]?.last {
      for attribute in own.attributes { add(attribute.name, attribute.type.name) }
    }
    guard let term = catalog.term(relation) else { return result }
    if catalog.isEdgeType(term) {
      for property in catalog.edgeProperties(term) where !property.isGone {
        add(property.name, property.type?.name ?? "")
      }
    }
    if catalog.isLabel(term) {
      for property in graph.declaredSchema(ofLabel: relation)?.properties ?? [] {
        add(property.key, property.type.description)
      }
      for name in catalog.nodePropertyNames { add(name, "property of nodes") }
    }
    if catalog.isEdgeType(term) || catalog.isLabel(term) {
      add("source", "document of a citation")
      add("lines", "lines of a citation")
    }
    if catalog.isEdgeType(term) { add("id", "the edge itself") }
    return result
  }

  /// The names of nodes that stand in a place of a relation, each once, as they come; as many as are
  /// found in `seconds`.
  package func nodeNames(in relation: String, argument: Int, seconds: Double = 0.1) -> [String] {
    let deadline = MonotonicClock.moment(after: seconds)
    guard let term = graph.term(relation) else { return [] }
    var seen = Bitmap()
    var names: [String] = []
    func add(_ ids: Column<UInt32>) {
      for row in 0..<ids.count {
        if row & 0xFFF == 0xFFF, MonotonicClock.nanoseconds > deadline { return }
        if seen.insert(Int(ids[row])) { names.append(graph.text(ids[row])) }
      }
    }
    if argument == 0, let table = graph.labelTable(term) { add(table.nodes) }
    if let table = graph.edgeTable(term) { add(argument == 0 ? table.sources : table.targets) }
    return names
  }
}

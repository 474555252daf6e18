import GraphCore

/// A graph as sets of facts: slow, obvious, and what the real one is compared with.
struct GraphModel: Equatable {
  struct Edge: Hashable {
    var type: String
    var from: String
    var to: String
    var properties: [String: String]
  }

  struct Label: Hashable {
    var label: String
    var node: String
  }

  struct Alias: Hashable {
    var alias: String
    var node: String
  }

  enum Fact {
    case label(String, String, Citation?)
    case edge(String, String, String, [(key: String, value: Value)], Citation?)
    case property(String, String, Value)
    case alias(String, String, Citation?)
    case removeEdges(String, from: String)
    case removeLabel(String, String)
    case removeNode(String)
  }

  var labels: [Label: Set<Citation>] = [:]
  var edges: [Edge: Set<Citation>] = [:]
  var properties: [String: [String: String]] = [:]
  var aliases: [Alias: Set<Citation>] = [:]

  init() {}

  /// What a graph holds.
  init(_ graph: Graph) {
    for node in graph.nodes {
      for label in node.labels {
        labels[Label(label: label, node: node.name)] = Set(node.citations(ofLabel: label))
      }
      for (key, value) in node.properties {
        properties[node.name, default: [:]][key] = value.description
      }
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        let properties = edge.properties.map { ($0.key, $0.value.description) }
        let key = Edge(
          type: type, from: edge.source.name, to: edge.target.name,
          properties: Dictionary(uniqueKeysWithValues: properties))
        edges[key] = Set(edge.citations)
      }
    }
    for alias in graph.aliases {
      aliases[Alias(alias: alias.alias, node: alias.node)] = Set(alias.citations)
    }
  }

  /// The facts that only one of the two has, in words.
  func differences(from other: GraphModel) -> [String] {
    let mine = lines
    let theirs = other.lines
    return mine.subtracting(theirs).map { "+ \($0)" }.sorted()
      + theirs.subtracting(mine).map { "- \($0)" }.sorted()
  }

  private var lines: Set<String> {
    func text(_ citations: Set<Citation>) -> String {
      citations.map { "\($0.source ?? "-"):\($0.lines ?? "-")" }.sorted().joined(separator: " ")
    }
    var result: Set<String> = []
    for (key, value) in labels { result.insert("\(key.label)(\(key.node)) \(text(value))") }
    for (key, value) in edges {
      let properties = key.properties.map { "\($0)=\($1)" }.sorted()
      result.insert("\(key.type)(\(key.from),\(key.to)) \(properties) \(text(value))")
    }
    for (node, values) in properties {
      for (key, value) in values { result.insert("\(node).\(key)=\(value)") }
    }
    for (key, value) in aliases { result.insert("\(key.alias)~\(key.node) \(text(value))") }
    return result
  }

  var nodes: Set<String> {
    Set(labels.keys.map(\.node)).union(properties.keys)
      .union(edges.keys.flatMap { [$0.from, $0.to] })
  }

  func targets(_ name: String) -> Set<String> {
    var found: Set<String> = []
    var seen: Set<String> = [name]
    var pending = [name]
    while let next = pending.popLast() {
      let named = aliases.keys.filter { $0.alias == next }.map(\.node)
      if named.isEmpty { found.insert(next) }
      for node in named where seen.insert(node).inserted { pending.append(node) }
    }
    return found.isEmpty ? [name] : found
  }

  /// Applies a batch; `false` and no change where it contradicts itself or the model.
  mutating func apply(_ facts: [Fact]) -> Bool {
    let before = self
    var isRight = true
    var newAliases: Set<String> = []
    let nodesBefore = nodes
    // What the write removes of the aliases of before is followed no longer.
    var former = GraphModel()
    former.aliases = aliases
    func follow(_ name: String) -> String {
      let targets = former.targets(name)
      guard !nodesBefore.contains(name), targets.count == 1, let target = targets.first else {
        return name
      }
      return target
    }
    for fact in facts {
      switch fact {
      case .label(let label, let node, let citation):
        labels[Label(label: label, node: follow(node)), default: []]
          .formUnion(citation.map { [$0] } ?? [])
      case .edge(let type, let from, let to, let given, let citation):
        let pairs = given.map { ($0.key, $0.value.description) }
        let edge = Edge(
          type: type, from: follow(from), to: follow(to),
          properties: Dictionary(uniqueKeysWithValues: pairs))
        edges[edge, default: []].formUnion(citation.map { [$0] } ?? [])
      case .property(let key, let node, let value):
        let node = follow(node)
        if let old = properties[node]?[key], old != value.description { isRight = false }
        properties[node, default: [:]][key] = value.description
      case .alias(let alias, let node, let citation):
        if alias != node {
          let isNew = aliases[Alias(alias: alias, node: node)] == nil
          aliases[Alias(alias: alias, node: node), default: []]
            .formUnion(citation.map { [$0] } ?? [])
          if isNew { newAliases.insert(alias) }
        }
      case .removeEdges(let type, let from):
        edges = edges.filter { $0.key.type != type || $0.key.from != from }
      case .removeLabel(let label, let node):
        labels[Label(label: label, node: node)] = nil
      case .removeNode(let node):
        remove(node)
        former.remove(node)
      }
    }
    for alias in newAliases where aliases.keys.contains(where: { $0.alias == alias }) {
      if targets(alias) == [alias] { isRight = false }
    }
    isRight = mergeAliases() && isRight
    if !isRight { self = before }
    return isRight
  }

  private mutating func remove(_ node: String) {
    labels = labels.filter { $0.key.node != node }
    edges = edges.filter { $0.key.from != node && $0.key.to != node }
    properties[node] = nil
    // So do the aliases of its aliases.
    let names = aliases.keys.filter { $0.alias == node || targets($0.node) == [node] }
    aliases = aliases.filter { $0.key.node != node && !names.contains($0.key) }
  }

  private mutating func mergeAliases() -> Bool {
    var isRight = true
    var names: [String: String] = [:]
    for alias in Set(aliases.keys.map(\.alias)) where nodes.contains(alias) {
      let targets = targets(alias)
      guard targets.count == 1, let target = targets.first, target != alias else {
        isRight = false
        continue
      }
      names[alias] = target
    }
    var labels: [Label: Set<Citation>] = [:]
    for (key, citations) in self.labels {
      labels[Label(label: key.label, node: names[key.node] ?? key.node), default: []]
        .formUnion(citations)
    }
    var edges: [Edge: Set<Citation>] = [:]
    for (key, citations) in self.edges {
      var edge = key
      edge.from = names[key.from] ?? key.from
      edge.to = names[key.to] ?? key.to
      edges[edge, default: []].formUnion(citations)
    }
    var properties: [String: [String: String]] = [:]
    for (node, values) in self.properties {
      for (key, value) in values {
        if let old = properties[names[node] ?? node]?[key], old != value { isRight = false }
        properties[names[node] ?? node, default: [:]][key] = value
      }
    }
    self.labels = labels
    self.edges = edges
    self.properties = properties
    return isRight
  }
}

extension GraphWriter {
  /// Writes a fact of the model.
  mutating func apply(_ fact: GraphModel.Fact, to graph: Graph) {
    switch fact {
    case .label(let label, let node, let citation):
      addLabel(label, to: node, citation: citation)
    case .edge(let type, let from, let to, let properties, let citation):
      addEdge(type, from: from, to: to, properties: properties, citation: citation)
    case .property(let key, let node, let value): setProperty(key, of: node, to: value)
    case .alias(let alias, let node, let citation):
      addAlias(alias, of: node, citation: citation)
    case .removeEdges(let type, let from):
      removeEdges(ofType: type) { $0.source.name == from }
    case .removeLabel(let label, let node):
      if let label = graph.term(label), let node = graph.term(node) {
        removeLabel(label.raw, from: [node.raw])
      }
    case .removeNode(let node):
      if let node = graph.term(node) { removeNodes([node.raw]) }
    }
  }
}

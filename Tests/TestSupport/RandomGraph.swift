package import GraphCore

/// Graphs with difficult names and values, within what an exchange format can hold. Among them are some that only
/// their bytes tell apart.
package struct RandomGraph: RandomDraws {
  /// What a format can say.
  package struct Limits {
    package var hasAliases = true
    package var hasCitations = true
    /// Whether each label of a node has citations of its own.
    package var citesLabelsApart = true
    package var hasInfinities = true
    /// Whether types are written with values; otherwise texts must not look like numbers.
    package var writesTypes = true
    /// Whether an unsigned number that a signed one could be is told from it.
    package var marksUnsigned = true
    /// Characters that names and texts must not have.
    package var forbidden: Set<Character> = []
    /// Characters that labels and sources must not have.
    package var forbiddenInLists: Set<Character> = []

    package init() {}
  }

  package var random: SeededGenerator
  private let limits: Limits

  package init(seed: UInt64, limits: Limits = Limits()) {
    random = SeededGenerator(seed: seed)
    self.limits = limits
  }

  private static let texts = [
    "大运集团", "a", "", " b ", "c,d", "\"q\"", "x;y", "l\nm", "t\tu", "r\rs", "e\r\nf", "🙂", "007",
    "true", "12", "-3.5", "nan", "<&>", "a\\b", "'", "%41", "#x", "_:b0", "http://x/y#z", "null",
    "`k`", "\u{301}é", "é", "e\u{301}", "\u{1F}", "@ 3", "//", "{}", "[1]", "．", "“”", "a.b", "\\n",
    "\u{FEFF}z",
  ]
  private static let names = [
    "company", "位于", "has part", "x-y", "count", "http://x/k", "Ünï", "U\u{308}nï", "type",
  ]

  private mutating func text() -> String {
    let allowed = Self.texts.filter { text in !text.contains { limits.forbidden.contains($0) } }
    return pick(allowed) + (chance(50) ? "\(random.next() % 6)" : "")
  }

  private mutating func listed() -> String {
    while true {
      let text = text()
      if !text.isEmpty && !text.contains(where: { limits.forbiddenInLists.contains($0) }) {
        return text
      }
    }
  }

  private mutating func value(_ type: ValueType) -> Value {
    switch type {
    case .symbol: return .text(limits.writesTypes ? text() : "text " + text())
    case .number:
      return .integer(pick([0, 1, -1, 1987, .max, .min, 4_294_967_296]))
    case .unsigned:
      let large: [UInt64] = [1 << 63, 1 << 63 + 1, .max]
      return .unsigned(pick(limits.marksUnsigned ? [0, 1987, 1 << 63 - 1] + large : large))
    case .float:
      let plain = [0.5, -1.25, 1e300, 2.2250738585072014e-308, 0.1]
      return .float(
        pick(
          limits.writesTypes
            ? plain + [3] + (limits.hasInfinities ? [.infinity, .nan] : []) : plain))
    case .boolean: return .boolean(chance(50))
    }
  }

  private mutating func properties() -> [(key: String, value: Value)] {
    var result: [(key: String, value: Value)] = []
    for (key, type) in [
      ("amount", ValueType.float), ("founded", .number), ("unit", .symbol), ("planned", .boolean),
      ("http://x/p q", .symbol), ("备注", .symbol), ("votes", .unsigned), ("é", .symbol),
      ("e\u{301}", .number),
    ] where chance(35) {
      result.append((key, value(type)))
    }
    return result
  }

  private mutating func citations() -> [Citation] {
    guard limits.hasCitations, chance(50) else { return [] }
    return (0..<(1 + random.next() % 3)).map { place in
      Citation(
        source: "\(place)" + listed(), lines: chance(60) ? "\(1 + random.next() % 9)-12" : nil)
    }
  }

  private func distinct(_ texts: [String]) -> [String] {
    Set(texts.map(ExactText.init)).map(\.text).sorted {
      TextOrder.precedes($0.utf8.span, $1.utf8.span)
    }
  }

  package mutating func graph() throws -> Graph {
    let graph = Graph()
    let nodes = distinct((0..<8).map { _ in text() })
    var plan: [(node: String, labels: [String], properties: [(key: String, value: Value)])] = []
    for node in nodes {
      plan.append(
        (node, distinct((0..<(random.next() % 3)).map { _ in pick(Self.names) }), properties()))
    }
    try graph.write { writer in
      for entry in plan {
        var cited = citations()
        for label in entry.labels {
          if limits.citesLabelsApart { cited = citations() }
          if cited.isEmpty { writer.addLabel(label, to: entry.node) }
          for citation in cited { writer.addLabel(label, to: entry.node, citation: citation) }
        }
        for (key, value) in entry.properties {
          writer.setProperty(key, of: entry.node, to: value)
        }
      }
      for _ in 0..<(random.next() % 20) {
        let type = pick(Self.names)
        let from = pick(nodes)
        let to = pick(nodes)
        var properties = properties()
        // The same key has values of another type in edges of another.
        if chance(35) {
          let place = Self.names.firstIndex(of: type) ?? 0
          properties.append(("mixed", value(ValueType.allCases[place % ValueType.allCases.count])))
        }
        let cited = citations()
        if cited.isEmpty { writer.addEdge(type, from: from, to: to, properties: properties) }
        for citation in cited {
          writer.addEdge(type, from: from, to: to, properties: properties, citation: citation)
        }
      }
    }
    if limits.hasAliases {
      let targets = graph.nodes.map(\.name)
      if !targets.isEmpty {
        try graph.write { writer in
          for place in 0..<(random.next() % 3) {
            let alias = "alias \(place)" + text()
            if !targets.contains(alias) { writer.addAlias(alias, of: pick(targets)) }
          }
        }
      }
    }
    return graph
  }
}

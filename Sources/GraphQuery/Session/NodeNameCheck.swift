import GraphCore

/// Finds variables that are called like a node: a name whose quotes were forgotten.
///
/// `?- located_in(c, 祁县经济开发区).` asks for all places, in a column of that name, and looks like an answer. Short names
/// are letters that anybody takes for a variable, and one that stands twice is meant as one where it is Latin.
struct NodeNameCheck {
  private let graph: Graph
  private(set) var diagnostics: [Diagnostic] = []

  init(graph: Graph) { self.graph = graph }

  mutating func check(_ statements: [Statement]) {
    guard graph.nodeCount > 0 else { return }
    for statement in statements {
      switch statement {
      case .query(let query): check(query.body, beside: (query.head ?? []).map(\.expression))
      case .constraint(let body, _): check(body, beside: [])
      case .clause(let clause):
        guard let body = clause.body else { continue }
        check(body, beside: clause.heads.flatMap { $0.atom.arguments + $0.atom.named.map(\.value) })
      default: break
      }
    }
  }

  private mutating func check(_ body: Formula, beside expressions: [Expression]) {
    var uses: [String: (count: Int, first: SourceSpan)] = [:]
    func note(_ expression: Expression) -> Expression? {
      if case .variable(let name) = expression {
        uses[name.text, default: (0, name.span)].count += 1
      }
      return nil
    }
    _ = body.mapping(note)
    for expression in expressions { _ = expression.mapping(note) }
    for (name, use) in uses.sorted(by: { $0.value.first.lower < $1.value.first.lower })
    where Self.isTelling(name, useCount: use.count) && isNode(name) {
      diagnostics.append(
        Diagnostic(
          .variableLikeNode, "`\(name)` is a variable here, and stands for any value",
          at: use.first, severity: .warning,
          help: "the node of that name is written in quotes: \(ASTPrinter.quotedText(name))"))
    }
  }

  /// Whether a variable of a node's name is most likely the node.
  private static func isTelling(_ name: String, useCount: Int) -> Bool {
    let length = name.unicodeScalars.count
    let isLatin = name.utf8.allSatisfy { $0 < 0x80 }
    return useCount == 1 ? length > 2 || !isLatin : length > 3 && !isLatin
  }

  private func isNode(_ name: String) -> Bool {
    switch graph.resolve(name) {
    case .node, .alias, .ambiguous: true
    case .unknown: false
    }
  }
}

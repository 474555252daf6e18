public import GraphCore

/// Why something holds, or why it does not: a statement with what it rests on.
public struct Proof: Sendable {
  /// What a node of the proof stands for.
  public enum Kind: String, Sendable {
    /// A rule derives it from its children.
    case rule
    /// It is stored in the graph or given as a fact.
    case fact
    /// A comparison or a test of texts that holds for its values.
    case test
    /// There is nothing of the kind.
    case absence
    /// A number over the children.
    case aggregate
    /// The steps of a path are the children.
    case path
    /// It is proved elsewhere in the same tree.
    case repeated
    /// It does not hold; the children say why.
    case failure
    /// A remark on what would hold.
    case remark
  }

  public var kind: Kind
  /// The fact or condition with its values.
  public var statement: String
  /// Where the rule stands, or what else is to be said.
  public var remark: String
  /// Where a fact is said.
  public var citations: [GraphCore.Citation]
  /// What it rests on, in the order of the conditions.
  public var children: [Proof]

  public init(
    _ kind: Kind, _ statement: String, remark: String = "", citations: [GraphCore.Citation] = [],
    children: [Proof] = []
  ) {
    self.kind = kind
    self.statement = statement
    self.remark = remark
    self.citations = citations
    self.children = children
  }

  /// How many rules stand above one another. O(size of the proof).
  public var height: Int {
    let below = children.map(\.height).max() ?? 0
    return kind == .rule ? below + 1 : below
  }
}

/// An error in what a proof was asked of, or why there is none.
public enum ProofFailure: Error, Sendable {
  case diagnostics([Diagnostic])
  /// The statement does not hold.
  case doesNotHold
  /// Time or size ran out before a proof was found.
  case tooLarge
}

extension Proof {
  /// The proof as a picture: statements above what they rest on.
  public var picture: DOTGraph {
    var picture = DOTGraph()
    _ = add(to: &picture)
    return picture
  }

  private func add(to picture: inout DOTGraph) -> String {
    let name = "\(picture.nodes.count)"
    let places = citations.map { [$0.source, $0.lines].compactMap { $0 }.joined(separator: ":") }
    let second = ([remark] + places).filter { !$0.isEmpty }.joined(separator: "\n")
    picture.nodes.append(
      DOTGraph.Node(
        name: name, text: second.isEmpty ? statement : "\(statement)\n\(second)",
        labels: [kind.rawValue], tooltip: statement))
    for child in children {
      let below = child.add(to: &picture)
      picture.edges.append(DOTGraph.Edge(from: name, to: below, type: "", tooltip: " "))
    }
    return name
  }
}

public import GraphCore

/// A label or an edge type that bears the name of a built-in relation, which it hides from questions.
public struct HidingName: Hashable, Sendable {
  /// What bears the name; the raw value is how messages call it.
  public enum Kind: String, Sendable {
    case label
    case edgeType = "edge type"
  }

  public var name: String
  public var kind: Kind

  /// The warning that the graph has such a name now.
  ///
  /// - Parameter renaming: where facts get the name from, as advice; otherwise it is the fact itself.
  public func diagnostic(at span: SourceSpan?, renaming: String? = nil) -> Diagnostic {
    let meaning =
      kind == .label
      ? "`\(name)` now means the nodes of this label" : "`\(name)` now means these edges alone"
    return Diagnostic(
      .hiddenBuiltin,
      "the \(kind.rawValue) `\(name)` hides the built-in relation of that name", at: span,
      severity: .warning, help: "\(meaning); " + (renaming ?? "name them otherwise to keep both"))
  }
}

extension QuerySession {
  /// The labels and edge types of the graph that hide a built-in relation. O(1).
  public var hidingNames: [HidingName] {
    var result: [HidingName] = []
    for name in BuiltinRelation.allCases.map(\.rawValue) {
      guard let term = graph.term(name) else { continue }
      if graph.labelTable(term) != nil || graph.isDeclaredLabel(term) {
        result.append(HidingName(name: name, kind: .label))
      }
      if graph.edgeTable(term) != nil || graph.isDeclaredEdgeType(term) {
        result.append(HidingName(name: name, kind: .edgeType))
      }
    }
    return result
  }
}

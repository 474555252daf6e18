public import GraphCore

/// Writing all that a session holds as one text that can be loaded again.
extension QuerySession {
  /// Whether there is anything for `programText` to write. O(declared relations).
  public var hasProgram: Bool { !program.written.isEmpty || declaredFactCount > 0 }

  /// The declarations, rules, constraints and facts of declared relations as a text, each statement
  /// once; the facts of the graph are written by `FactsFormat`, and both together are the session.
  ///
  /// - Returns: nothing, with an error for each reason, where one text would mean something else.
  public func programText() -> (text: String?, diagnostics: [Diagnostic]) {
    var problems = keptConflicts() + deepRecords()
    let declared = program.declared.keys.sorted().compactMap { name in
      keptDeclaration(name).map { (name, $0) }
    }
    let graphNames = Set(graph.labels + graph.edgeTypes)
    for (name, declaration) in declared {
      if graphNames.contains(name) {
        problems.append(
          Diagnostic(
            .duplicateDeclaration,
            "`\(name)` is a declared relation and has facts of the graph too, so that one text cannot "
              + "hold both", at: declaration.span, help: "give the relation a name of its own"))
      }
    }
    guard problems.isEmpty else { return (nil, problems) }
    let (rules, constraints) = keptTexts()
    var text = declarationsOfGone() + (rules ?? "")
    for (_, declaration) in declared where declaration.fitsTable {
      guard let relation = facts[declaration.key] else { continue }
      text += factTexts(of: relation, declaration).map { $0 + "\n" }.joined()
    }
    return (text + (constraints ?? ""), [])
  }
}

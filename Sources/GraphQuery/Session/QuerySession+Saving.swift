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
    var problems = keptConflicts()
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
      } else if let facts = facts[declaration.key], facts.liveCount > 0 {
        problems += recordProblems(declaration)
      }
    }
    guard problems.isEmpty else { return (nil, problems) }
    let (rules, constraints) = keptTexts()
    var text = rules ?? ""
    for (name, declaration) in declared {
      guard let relation = facts[declaration.key] else { continue }
      append(relation, as: name, declaration, to: &text)
    }
    return (text + (constraints ?? ""), [])
  }

  private func append(
    _ relation: Relation, as name: String, _ declaration: DeclaredRelation, to text: inout String
  ) {
    let terms = termSpace()
    for row in 0..<relation.rowCount where !relation.isDead(row) {
      let values = declaration.attributes.indices.map { column in
        let word = relation.word(row: row, column: column)
        let literal: Expression =
          relation.types[column] == .unsigned
          ? .integer(word, isUnsigned: true, declaration.span)
          : Expression(relation.types[column].value(word, terms), declaration.span)
        return ASTPrinter.text(literal)
      }
      text += "\(name)(\(values.joined(separator: ", "))).\n"
    }
  }
}

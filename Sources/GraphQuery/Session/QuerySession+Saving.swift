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
    var text = declarationsOfGoneNames() + (rules ?? "")
    for (_, declaration) in declared where declaration.fitsTable {
      guard let relation = facts[declaration.key] else { continue }
      text += factTexts(of: relation, declaration).map { $0 + "\n" }.joined()
    }
    return (text + (constraints ?? ""), [])
  }

  /// Declarations of the labels and edge types that rules speak of and that no fact or schema names any more. The session
  /// still knows them, and so must who reads the text.
  private func declarationsOfGoneNames() -> String {
    if program.assumedNames.isEmpty { return "" }
    let environment = environment(terms: termSpace())
    let (knownLabels, knownTypes) = (Set(graph.knownLabels), Set(graph.knownEdgeTypes))
    var (labels, types): (Set<String>, Set<String>) = ([], [])
    for written in program.written {
      func note(_ name: Identifier, _ arity: Int) {
        guard program.assumedNames.contains(name.text) else { return }
        switch environment.resolve(name.text, positional: arity, unit: written.unit) {
        case .label where !knownLabels.contains(name.text): labels.insert(name.text)
        case .edgeType where !knownTypes.contains(name.text): types.insert(name.text)
        case .label, .edgeType, .declared, .defined, .builtin, nil: break
        }
      }
      _ = written.statement.mappingBodies { body in
        body.mappingAtoms { atom in
          note(atom.name, atom.arguments.count)
          return atom
        } paths: { path in
          path.mappingSteps { step in
            note(step, 2)
            return step
          }
        }
      }
    }
    return labels.sorted().map { ".node \(ASTPrinter.quotedName($0))()\n" }.joined()
      + types.sorted().map { ".edge \(ASTPrinter.quotedName($0))(_, _)\n" }.joined()
  }
}

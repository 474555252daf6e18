public import GraphCore

/// The same program for an engine that speaks SQL.
extension QuerySession {
  /// The loaded program as a script of SQL statements, with which another engine computes what `runProgram` does. Its
  /// `.input` files are read, and its outputs written, by that engine; nothing is run here.
  ///
  /// ```swift
  /// let session = QuerySession()
  /// session.requiresDeclarations = true
  /// session.load([SourceText(name: "reach.dl", text: program)])
  /// let (script, diagnostics) = session.sql(.duckdb)
  /// ```
  ///
  /// - Returns: nothing, and every reason, where a rule says what SQL cannot: a minimum inside a recursion, a rule
  ///   that reads its own recursion twice, records, `eqrel`, …
  public func sql(_ dialect: SQLDialect) -> (script: String?, diagnostics: [Diagnostic]) {
    let terms = termSpace()
    let lowered = loweredProgram(terms)
    guard !lowered.diagnostics.contains(where: { $0.severity == .error }) else {
      return (nil, lowered.diagnostics)
    }
    let (core, strata) = addingRelationsWithoutRules(lowered.core, lowered.strata)
    var translation = SQLTranslation(
      core, strata, dialect: dialect, terms: terms, facts: facts,
      directives: fileDirectives)
    let (statements, failures) = translation.translate()
    guard failures.isEmpty else {
      return (nil, lowered.diagnostics + failures.map(\.diagnostic))
    }
    return (statements.joined(separator: "\n\n") + "\n", lowered.diagnostics)
  }

  /// The program with the outputs that no rule reads or fills, whose rows are given; where there are no outputs,
  /// with all such relations.
  private func addingRelationsWithoutRules(_ program: CoreProgram, _ strata: Strata)
    -> (CoreProgram, Strata)
  {
    var (program, strata) = (program, strata)
    let outputs = fileDirectives.filter { $0.kind != .input }.map(\.relation)
    let declarations = self.program.declared.values.compactMap(\.last).filter {
      !$0.isInline && (outputs.isEmpty || outputs.contains($0.name))
    }
    for declaration in declarations.sorted(by: { $0.span.lower < $1.span.lower })
    where !program.relations.contains(where: { $0.name == declaration.name }) {
      var columns: [CoreRelation.Column] = []
      for attribute in declaration.attributes {
        columns.append(
          CoreRelation.Column(name: attribute.name, slot: TypeSlot(index: program.types.count)))
        program.types.append(attribute.type)
      }
      let id = program.add(
        CoreRelation(
          name: declaration.name, origin: .declared(declaration.key), columns: columns,
          span: declaration.span))
      strata.components.append([id])
      strata.isRecursive.append(false)
    }
    return (program, strata)
  }
}

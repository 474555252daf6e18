@_spi(Columns) public import GraphCore

/// The texts that a database keeps beside its graph.
enum KeptTexts {
  static let rules = "rules"
  static let constraints = "constraints"
}

/// Rules, constraints and facts of declared relations that are kept with a database.
///
/// Two documents of the file hold them as text: `constraints` what must not be, `rules` everything
/// else. On opening the two are loaded as one text.
extension QuerySession {
  // MARK: Opening

  /// Takes what the file keeps. A name that no fact has any more is an empty relation.
  func loadKept() throws(StoreError) {
    guard let store else { return }
    try loadKept(from: store.path)
  }

  /// A session on what was saved of a damaged file, with what is kept in it; what of that is lost is named.
  package static func salvaged(
    _ graph: Graph, from path: String
  ) -> (session: QuerySession, lost: [Finding]) {
    let session = QuerySession(graph: graph)
    var lost: [Finding] = []
    do throws(StoreError) { try session.loadKept(from: path) } catch {
      lost.append(
        Finding(
          section: "the rules and constraints",
          message: "they cannot be read" + (error.underlying.map { " (\($0))" } ?? "")))
    }
    for table in graph.storedTables where session.program.declared[table.name] == nil {
      lost.append(Finding(section: "table \(table.name)", message: "its declaration is lost"))
    }
    return (session, lost)
  }

  private func loadKept(from path: String) throws(StoreError) {
    let texts = [KeptTexts.rules, KeptTexts.constraints].compactMap { name in
      graph.document(name).map { SourceText(name: "\(path):\(name)", text: $0) }
    }
    program.unitCount += 1
    let unit = program.unitCount
    program.keptUnit = unit
    guard !texts.isEmpty else { return }
    let parsed = texts.map { text -> ParsedUnit in
      let id = sources.add(text)
      program.keptSources.insert(id)
      return ParsedUnit(unit: unit, parsed: parse(text, id, mode: .program))
    }
    var result = LoadResult(diagnostics: parsed.flatMap(\.parsed.diagnostics))
    // What rules define must be known before a fact of it comes, which would make a label otherwise.
    for part in [parsed.map(\.withoutFacts), parsed.map(\.withoutStatements)] where result.isLoaded
    {
      merge(part, into: &result)
    }
    if let problem = result.diagnostics.first(where: { $0.severity == .error }) {
      throw StoreError(
        .unsupported, "keeps rules that cannot be read", path: path,
        underlying: problem.message)
    }
    assumeKnown(goneSince: unit)
    noteKeptNames()
    for table in graph.storedTables { load(table, unit: unit) }
  }

  private func load(_ table: StoredTable, unit: Int) {
    guard
      let declaration = program.declared[table.name]?.first(where: { $0.unit == unit }),
      declaration.fits(table)
    else { return }
    let relation = Relation(
      name: table.name, types: declaration.attributes.map(\.type),
      terms: termSpace())
    for row in 0..<table.rowCount { relation.insert(table.columns.map { $0.words[row] }) }
    relation.settle()
    facts[declaration.key] = relation
  }

  // MARK: Saving

  /// Keeps the declarations, rules and constraints of the session with the database, the facts of
  /// the declared relations that are named, and those that no table can hold; what is added to these later is
  /// kept as well. Where a relation has facts that are not kept, a warning says so.
  public func keep(relations names: [String] = []) -> (
    change: SessionChange?, diagnostics: [Diagnostic]
  ) {
    if let path = names.first(where: { $0.hasSuffix(".graph") && program.declared[$0] == nil }) {
      return (
        nil,
        [
          Diagnostic(
            .invalidDirective, "`.save` writes no database, and `\(path)` is no relation", at: nil,
            help: "`.save FILE.dl` writes graph and rules as a program, `graphsh backup` copies a "
              + "database")
        ]
      )
    }
    guard let store else {
      return (
        nil,
        [
          Diagnostic(
            .invalidDirective, "no database is open that could keep rules", at: nil,
            help: "`.save FILE.dl` writes graph and rules as a program")
        ]
      )
    }
    guard !isReadOnly else { return (nil, [.readOnly(at: nil)]) }
    var problems = keptConflicts() + names.flatMap(nameProblems) + deepRecords()
    if usesAnswers {
      problems.append(
        Diagnostic(
          .invalidDirective, "a rule uses `last`, the last answer of this session", at: nil,
          help: "define a relation that derives these rows and use it in place of `last`"))
    }
    guard problems.isEmpty else { return (nil, problems) }
    let (rules, constraints) = keptTexts()
    let (change, diagnostics) = change(title: "save the rules in \(store.path)") {
      self.noteKeptNames()
      return self.attempt { writer in
        writer.setDocument(KeptTexts.rules, to: rules)
        writer.setDocument(KeptTexts.constraints, to: constraints)
        for name in names { self.keepTable(name, in: &writer) }
      }
    }
    return (change, diagnostics + (change == nil ? [] : remarksOnUnkeptFacts()))
  }

  /// Forgets the rules, declarations and facts of relations, or for `constraints` all constraints, in
  /// the session and in the database.
  public func forget(_ names: [String]) -> (change: SessionChange?, diagnostics: [Diagnostic]) {
    var known = Set(program.declared.keys).union(ruleNames)
    if !program.constraints.isEmpty { known.insert("constraints") }
    for name in names where !known.contains(name) {
      let nearest = NameSuggestions.nearest(to: name, among: known.sorted(), limit: 1).first
      return (
        nil,
        [
          Diagnostic(
            .unknownRelation, "there are no rules of `\(name)`", at: nil,
            help: nearest.map { "did you mean `\($0)`?" })
        ]
      )
    }
    return change(title: "forget \(names.joined(separator: " "))") {
      for name in names { self.remove(name) }
      guard
        self.graph.document(KeptTexts.rules) != nil
          || self.graph.document(KeptTexts.constraints) != nil
      else { return [] }
      return self.attempt { writer in
        for name in [KeptTexts.rules, KeptTexts.constraints] {
          writer.setDocument(name, to: self.keptText(name, withoutRelations: Set(names)))
        }
        for name in names { writer.setTable(name, to: nil) }
      }
    }
  }

  /// The names that some rule defines or adds to.
  private var ruleNames: Set<String> {
    Set(program.rules.values.joined().flatMap { $0.clause.heads.map(\.atom.name.text) })
  }

  private func remove(_ name: String) {
    for key in program.rules.keys {
      program.rules[key]?.removeAll { Self.isRule($0.clause, of: [name]) }
      if program.rules[key]?.isEmpty == true { program.rules[key] = nil }
    }
    for declaration in program.declared[name] ?? [] { facts[declaration.key] = nil }
    program.declared[name] = nil
    program.keptNames.remove(name)
    program.defined[name] = nil
    if name == "constraints" { program.constraints = [] }
    program.written.removeAll { Self.isForgotten($0.statement, [name]) }
  }

  private static func isRule(_ clause: Clause, of names: Set<String>) -> Bool {
    clause.heads.contains { names.contains($0.atom.name.text) }
  }

  private static func isForgotten(_ statement: Statement, _ names: Set<String>) -> Bool {
    switch statement {
    case .clause(let clause): isRule(clause, of: names)
    case .relation(let relation): relation.names.contains { names.contains($0.text) }
    case .constraint: names.contains("constraints")
    case .subsumption(let subsumption): names.contains(subsumption.lesser.name.text)
    case .directive(let directive): directive.relations.contains { names.contains($0.text) }
    case .type, .functor, .lattice, .component, .instantiation, .overriding, .pragma, .nodeSchema,
      .edgeSchema, .index, .source, .query:
      false
    }
  }

  /// A text of the database without the statements about some relations.
  private func keptText(_ name: String, withoutRelations names: Set<String>) -> String? {
    guard let text = graph.document(name) else { return nil }
    let source = SourceText(name: name, text: text)
    let parsed = parse(source, sources.add(source), mode: .program)
    var result = ""
    for statement in parsed.statements where !Self.isForgotten(statement, names) {
      result += ASTPrinter.text(statement) + "\n"
    }
    for fact in parsed.facts.facts {
      let clause = parsed.facts.clause(fact)
      if !Self.isRule(clause, of: names) { result += ASTPrinter.text(.clause(clause)) + "\n" }
    }
    return result.isEmpty ? nil : result
  }

  /// The statements of the session, and the facts that no table holds, as two texts, each statement once.
  func keptTexts() -> (rules: String?, constraints: String?) {
    var seen: Set<[UInt8]> = []
    var rules = ""
    var constraints = ""
    // What is kept already comes first.
    let kept = program.written.filter { $0.unit == program.keptUnit }
    let others = program.written.filter { $0.unit != program.keptUnit }
    for written in kept + others {
      let text = ASTPrinter.text(written.statement)
      guard seen.insert(Array(text.utf8)).inserted else { continue }
      if case .constraint = written.statement {
        constraints += text + "\n"
      } else {
        rules += text + "\n"
      }
    }
    for name in program.declared.keys.sorted() {
      for text in factTexts(of: name) where seen.insert(Array(text.utf8)).inserted {
        rules += text + "\n"
      }
    }
    return (rules.isEmpty ? nil : rules, constraints.isEmpty ? nil : constraints)
  }

  /// Declarations that would mean something else if all that was written were one text.
  func keptConflicts() -> [Diagnostic] {
    let environment = environment(terms: termSpace())
    let units = Set(program.written.map(\.unit))
    var problems: [Diagnostic] = []
    for name in program.declared.keys.sorted() {
      let declarations = (program.declared[name] ?? []).filter { units.contains($0.unit) }
      for declaration in declarations {
        let first = declarations[0]
        if sources.text(first.span) == sources.text(declaration.span),
          first.attributes.map(\.name) == declaration.attributes.map(\.name),
          first.attributes.map(\.type) == declaration.attributes.map(\.type),
          first.qualifiers == declaration.qualifiers,
          units.allSatisfy({ unit in
            let found = environment.resolve(
              name, positional: declaration.attributes.count, unit: unit)
            if case .declared? = found { return true } else { return false }
          })
        {
          continue
        }
        problems.append(
          Diagnostic(
            .duplicateDeclaration,
            "`\(name)` means one thing where it is declared and another elsewhere, so that the rules "
              + "cannot be kept as one text", at: declaration.span,
            help: "give the relation a name of its own"))
      }
    }
    return problems
  }

  // MARK: What was written

  /// Notes statements that a database can keep: everything but questions, facts of the graph and its
  /// schema, which are in the graph, and what is only for `graphsh run`.
  func note(_ units: [ParsedUnit], except refused: Set<SourceSpan>) {
    for unit in units {
      for statement in unit.parsed.statements {
        switch statement {
        case .type, .relation, .functor, .lattice, .subsumption, .component, .instantiation,
          .overriding, .constraint:
          break
        case .clause(let clause): if refused.contains(clause.span) { continue }
        case .directive(let directive): if directive.kind != .limitsize { continue }
        case .pragma, .nodeSchema, .edgeSchema, .index, .source, .query: continue
        }
        program.written.append(WrittenStatement(unit: unit.unit, statement: statement))
      }
    }
  }
}

import GraphCore

/// Taking parsed texts into the session, all or nothing.
extension QuerySession {
  /// Adds declarations, facts and rules. If anything is wrong the session and the graph are as
  /// before, and `result` holds every mistake.
  func merge(_ written: [ParsedUnit], into result: inout LoadResult, checksQueries: Bool = false) {
    program.lowered = nil
    let before = state
    let hidden = hidingNames
    // The outer transaction is undone if a rule turns out to be wrong after the facts held.
    graph.begin()
    let units = expandComponents(of: written, &result)
    var declarations = DeclarationReader(program: program, recordTypes: records.types)
    for unit in written { declarations.checkNames(unit.parsed.statements) }
    for unit in units { declarations.read(unit) }
    program = declarations.program
    adoptKeptFacts(since: before)
    result.diagnostics += declarations.diagnostics
    result.directives += declarations.directives
    result.queryCount += units.reduce(0) { $0 + $1.queries.count }

    graph.begin()
    var loader = FactLoader(session: self, units: units, writer: graph.writer())
    loader.load()
    result.diagnostics += loader.diagnostics
    let spans = loader.spans
    let refused = loader.refusedClauses
    if requiresDeclarations { result.diagnostics += undeclaredHeads(of: units) }
    let hasRefiled = refileRules()
    addRules(of: units, except: refused)
    result.diagnostics += unknownSubsumptions(of: units)
    note(written, except: refused)
    func check() {
      result.diagnostics +=
        cancelToken.isCancelled
        ? [Self.interruption]
        : checkRules(units, checksQueries: checksQueries, checksOthers: hasRefiled)
    }
    do {
      // Refused facts take the labels and types they make with them, so rules that use these are looked at before.
      result.summary = try graph.commit(beforeUndoing: check)
      check()
    } catch {
      result.diagnostics += diagnostics(of: error, spans)
    }
    for name in hidingNames where !hidden.contains(name) {
      result.diagnostics.append(
        name.diagnostic(at: spans.first(named: name.name) ?? Self.schemaSpan(of: name, in: units)))
    }
    remarkOnNewNames(&result, spans)
    remarkOnMerges(&result)
    result.diagnostics.sortByPlace()

    if result.isLoaded {
      do {
        let summary = try graph.commit()
        // The inner write counted what is new; the outer one gave the version.
        result.summary.version = summary.version
        for unit in units where unit.unit == 0 {
          for case .source(let document, _) in unit.parsed.statements { currentDocument = document }
        }
        return
      } catch {
        result.diagnostics += diagnostics(of: error, spans)
      }
    } else {
      graph.rollback()
    }
    restore(before)
    result.summary = WriteSummary()
  }

  /// The units with every component instance written out.
  private func expandComponents(of units: [ParsedUnit], _ result: inout LoadResult) -> [ParsedUnit]
  {
    var expander = ComponentExpander(components: program.components)
    let expanded = units.map { unit in
      var unit = unit
      unit.parsed.statements = expander.expand(unit.parsed.statements)
      return unit
    }
    program.components = expander.components
    program.brokenNames = expander.broken
    for unit in units { program.brokenNames.relations.formUnion(unit.parsed.brokenNames) }
    result.diagnostics += expander.diagnostics
    return expanded
  }

  /// Soufflé's mode: no rule defines a relation that is not declared.
  private func undeclaredHeads(of units: [ParsedUnit]) -> [Diagnostic] {
    var result: [Diagnostic] = []
    for unit in units {
      for case .clause(let clause) in unit.parsed.statements {
        for head in clause.heads where program.declared[head.atom.name.text] == nil {
          report(undeclared: head.atom.name, in: &result)
        }
      }
    }
    return result
  }

  /// Rows that give way are those of a relation that is there.
  private func unknownSubsumptions(of units: [ParsedUnit]) -> [Diagnostic] {
    var result: [Diagnostic] = []
    let names = namesOfRelations()
    for unit in units {
      for case .subsumption(let subsumption) in unit.parsed.statements {
        let atom = subsumption.lesser
        let known = names.resolve(atom, unit: unit.unit)
        if known == nil { report(undeclared: atom.name, in: &result) }
      }
    }
    return result
  }

  private func report(undeclared name: Identifier, in result: inout [Diagnostic]) {
    if program.brokenNames.hold(name.text) { return }
    let nearest = NameSuggestions.best(
      for: name.text, among: program.declared.keys, after: result.count)
    result.append(
      Diagnostic(
        .unknownRelation, "`\(name.text)` is not declared", at: name.span,
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "declare it with `.decl \(name.text)(...)`"))
  }

  /// Files the rules of a relation that only they defined under the label or edge type that facts or a schema have
  /// made of its name meanwhile, as if these had come first. Returns whether there is such a relation. O(such relations).
  private func refileRules() -> Bool {
    if program.defined.isEmpty { return false }
    var names = namesOfRelations()
    names.defined = [:]
    var hasRefiled = false
    for (name, definition) in program.defined {
      let unit = program.rules[name]?.first?.unit ?? 0
      guard let resolved = names.resolve(name, positional: definition.arity, unit: unit) else {
        continue
      }
      switch resolved {
      case .label where definition.arity == 1, .edgeType where definition.arity == 2: break
      case .label, .edgeType, .builtin, .declared, .defined: continue
      }
      hasRefiled = true
      let key = Environment.ruleKey(resolved)
      program.defined[name] = nil
      program.rules[key, default: []] += program.rules.removeValue(forKey: name) ?? []
      if let others = program.subsumptions.removeValue(forKey: name) {
        program.subsumptions[key, default: []] += others
      }
    }
    return hasRefiled
  }

  /// Files each rule under the relation its head adds to.
  private func addRules(of units: [ParsedUnit], except refused: Set<SourceSpan>) {
    var names = namesOfRelations()
    let statementCount = units.reduce(0) { $0 + $1.parsed.statements.count }
    // Facts alone leave the rules as they are.
    guard statementCount > 0 else { return }
    program.rules.reserveCapacity(program.rules.count + statementCount)
    for unit in units {
      for statement in unit.parsed.statements {
        switch statement {
        case .clause(let clause):
          if refused.contains(clause.span) { continue }
          add(UnitClause(clause: clause, unit: unit.unit), &names)
        case .subsumption(let subsumption): add(subsumption, unit: unit.unit, names)
        case .constraint(let body, let span):
          program.constraints.append((body, span, unit.unit))
        case .query(let query): if unit.unit > 0 { program.queries.append((query, unit.unit)) }
        case .type, .relation, .functor, .lattice, .directive, .component, .instantiation,
          .overriding, .pragma, .nodeSchema, .edgeSchema, .index, .source:
          break
        }
      }
    }
  }

  func add(_ unitClause: UnitClause) {
    var names = namesOfRelations()
    add(unitClause, &names)
  }

  /// An environment that knows names only, so that filing a rule copies no other.
  private func namesOfRelations() -> Environment {
    var names = Environment(catalog: catalog(termSpace()))
    names.declared = program.declared
    names.defined = program.defined
    return names
  }

  private func add(_ unitClause: UnitClause, _ names: inout Environment) {
    var filed: Set<String> = []
    for head in unitClause.clause.heads {
      let atom = head.atom
      let resolved: ResolvedRelation
      if let found = names.resolve(atom, unit: unitClause.unit) {
        resolved = found
      } else {
        let definition = DefinedRelation(
          name: atom.name.text, arity: atom.arguments.count, span: atom.name.span)
        program.defined[atom.name.text] = definition
        names.defined[atom.name.text] = definition
        resolved = .defined(definition)
      }
      // A rule with two heads of one relation is filed once; lowering goes through all its heads.
      let key = Environment.ruleKey(resolved)
      if filed.insert(key).inserted { program.rules[key, default: []].append(unitClause) }
    }
  }

  private func add(_ subsumption: Subsumption, unit: Int, _ names: Environment) {
    let atom = subsumption.lesser
    guard
      let resolved = names.resolve(atom, unit: unit)
    else { return }
    program.subsumptions[Environment.ruleKey(resolved), default: []].append(
      UnitSubsumption(subsumption: subsumption, unit: unit))
  }

  /// The mistakes in the rules of the session, if some units have any or others are to be looked at; queries are looked
  /// at only if asked.
  private func checkRules(_ units: [ParsedUnit], checksQueries: Bool, checksOthers: Bool)
    -> [Diagnostic]
  {
    let hasRules =
      checksOthers
      || units.contains { unit in
        unit.parsed.statements.contains {
          switch $0 {
          case .clause, .constraint, .subsumption: true
          case .query: checksQueries
          case .type, .relation, .functor, .lattice, .directive, .component, .instantiation,
            .overriding, .pragma, .nodeSchema, .edgeSchema, .index, .source:
            false
          }
        }
      }
    guard hasRules else { return [] }
    let environment = environment(
      terms: TermSpace(graph.dictionary, records: records, keepsAll: requiresDeclarations))
    var collector = DiagnosticCollector()
    let (core, problems) = Lowering.lowerAll(in: environment)
    let errors = problems.filter { $0.severity == .error }
    // Rules of the database were right when they were saved; facts that they speak of may have gone.
    func isStale(_ problem: Diagnostic) -> Bool {
      problem.span.map { program.keptSources.contains($0.source) } ?? false
    }
    if units.contains(where: { $0.unit == program.keptUnit }) {
      staleProblems += errors.filter(isStale)
    }
    collector.add(contentsOf: errors.filter { !isStale($0) })
    // What is wrong elsewhere takes no condition out of a cycle.
    let (strata, cycles) = Stratification.stratify(core)
    let isSound = !collector.hasErrors
    collector.add(contentsOf: cycles)
    if isSound {
      var checks = ProgramChecks(environment: environment)
      checks.checkSubtypes()
      checks.checkRecursion(core, strata)
      collector.add(contentsOf: checks.diagnostics)
      if requiresDeclarations {
        program.lowered = LoweredProgram(core: core, strata: strata, diagnostics: problems + cycles)
      }
    }
    for unit in units {
      for statement in unit.parsed.statements {
        let query: Query
        switch statement {
        case .query(let own) where checksQueries: query = own
        case .constraint(let body, let span): query = Query(head: nil, body: body, span: span)
        default: continue
        }
        let (core, problems) = Lowering.lower(query: query, unit: unit.unit, in: environment)
        let errors = problems.filter { $0.severity == .error }
        if unit.unit == program.keptUnit {
          staleProblems += errors
        } else {
          collector.add(contentsOf: errors)
        }
        if !problems.contains(where: { $0.severity == .error }) {
          collector.add(contentsOf: Stratification.stratify(core).diagnostics)
        }
      }
    }
    return collector.all
  }

  // MARK: Remarks

  /// Where a name is declared as a label or an edge type.
  private static func schemaSpan(of name: HidingName, in units: [ParsedUnit]) -> SourceSpan? {
    for statement in units.lazy.flatMap(\.parsed.statements) {
      switch statement {
      case .nodeSchema(let schema) where name.kind == .label && schema.label.text == name.name:
        return schema.label.span
      case .edgeSchema(let schema) where name.kind == .edgeType && schema.type.text == name.name:
        return schema.type.span
      default: continue
      }
    }
    return nil
  }

  /// Says which labels and edge types are new, where a graph was there before. That is a warning where
  /// the new name may be a slip: a known one is near, or the other kind has one of that name. Of names that all come
  /// with one load, those are slips that hardly any fact has, and are a letter away from one that many have.
  private func remarkOnNewNames(_ result: inout LoadResult, _ spans: FactSpans) {
    let newLabels = result.summary.newLabelNames
    let newTypes = result.summary.newEdgeTypes
    // Only new names are compared with all that are known.
    if newLabels.isEmpty && newTypes.isEmpty { return }
    let declaredLabels = Set(graph.nodeSchemas.map(\.label))
    let declaredTypes = Set(graph.edgeSchemas.map(\.type))
    let knownLabels = declaredLabels.union(graph.labels).subtracting(newLabels)
    let knownTypes = declaredTypes.union(graph.edgeTypes).subtracting(newTypes)
    result.diagnostics += remarks(
      on: newLabels.filter { !declaredLabels.contains($0) }, kind: "label", known: knownLabels,
      others: knownTypes, otherKind: "edge type", help: "an edge has two text arguments", spans)
    result.diagnostics += remarks(
      on: newTypes.filter { !declaredTypes.contains($0) }, kind: "edge type", known: knownTypes,
      others: knownLabels, otherKind: "label", help: "a label has one text argument", spans)
    if knownLabels.isEmpty {
      result.diagnostics += slips(among: newLabels, declaredLabels, "a label", spans) {
        graph.nodes(labelled: $0).count
      }
    }
    if knownTypes.isEmpty {
      result.diagnostics += slips(among: newTypes, declaredTypes, "an edge type", spans) {
        graph.edges(ofType: $0).count
      }
    }
  }

  private func remarkOnMerges(_ result: inout LoadResult) {
    for merge in result.summary.merges {
      result.diagnostics.append(
        Diagnostic(
          .mergedNodes,
          "\"\(merge.alias)\" is now an alias of \"\(merge.node)\": their facts are merged",
          at: nil, severity: merge.wasKnown ? .warning : .note,
          help: merge.wasKnown ? undoHelp : nil))
    }
  }

  private var undoHelp: String? { offersUndo ? "`.undo` takes this back" : nil }

  private func remarks(
    on names: [String], kind: String, known: Set<String>, others: Set<String>, otherKind: String,
    help: String, _ spans: FactSpans
  ) -> [Diagnostic] {
    // A text that brings hundreds of names means them; a slip is found among a few.
    let limit = 20
    var remarks: [Diagnostic] = []
    for name in names.prefix(limit) {
      if others.contains(name) {
        remarks.append(
          Diagnostic(
            .newName, "`\(name)` is a new \(kind) beside the \(otherKind) of that name",
            at: spans.first(named: name), severity: .warning,
            help: [help, undoHelp].compactMap { $0 }.joined(separator: "; ")))
      } else if !known.isEmpty {
        let nearest = NameSuggestions.nearest(to: name, among: known.sorted(), limit: 1).first
        remarks.append(
          Diagnostic(
            .newName, "`\(name)` is a new \(kind)",
            at: nearest == nil ? nil : spans.first(named: name),
            severity: nearest == nil ? .note : .warning,
            help: nearest.map { "did you mean `\($0)`?" + (undoHelp.map { " \($0)" } ?? "") }))
      }
    }
    if names.count > limit, !known.isEmpty {
      remarks.append(
        Diagnostic(
          .newName, "and \(names.count - limit) more names of the kind \(kind) are new",
          at: nil, severity: .note))
    }
    return remarks
  }

  /// Names that one or two facts have, a letter away from a name that is declared or that many facts have.
  private func slips(
    among names: [String], _ declared: Set<String>, _ kind: String, _ spans: FactSpans,
    _ factCount: (String) -> Int
  ) -> [Diagnostic] {
    guard names.count > 1 else { return [] }
    let counts = names.map(factCount)
    var result: [Diagnostic] = []
    for (name, count) in zip(names, counts) where count <= 2 && !declared.contains(name) {
      let meant = names.indices.first {
        (counts[$0] >= 10 * count || declared.contains(names[$0]))
          && NameSuggestions.isSlip(name, of: names[$0])
      }
      guard let meant else { continue }
      result.append(
        Diagnostic(
          .newName, "only \(count == 1 ? "one fact makes" : "two facts make") `\(name)` \(kind)",
          at: spans.first(named: name), severity: .warning,
          help: "did you mean `\(names[meant])`?"))
    }
    return result
  }

  func diagnostics(of error: GraphWriteError, _ spans: FactSpans) -> [Diagnostic] {
    switch error {
    case .violations(let violations): diagnostics(of: violations, spans)
    case .store(let failure): [Diagnostic(.unreadableFile, failure.description, at: nil)]
    }
  }

  /// A report for each violation; a property that a schema does not know is one mistake, however many
  /// facts have it.
  private func diagnostics(of violations: [GraphViolation], _ spans: FactSpans) -> [Diagnostic] {
    var result: [Diagnostic] = []
    var places: [String: (place: Int, count: Int)] = [:]
    for violation in violations {
      guard case .unknownProperty = violation.kind else {
        result.append(diagnostic(violation, spans))
        continue
      }
      if places[violation.description] == nil {
        places[violation.description] = (result.count, 0)
        result.append(diagnostic(violation, spans))
      } else {
        places[violation.description]?.count += 1
      }
    }
    for (place, count) in places.values where count > 0 {
      result[place].notes.append(count == 1 ? "so has 1 more fact" : "so have \(count) more facts")
    }
    return result
  }

  /// Whether a schema says what a property holds.
  private func isDeclared(_ key: String, _ spans: FactSpans) -> Bool {
    spans.declaredKeys.contains(key)
      || graph.nodeSchemas.contains { $0.properties.contains { $0.key == key } }
      || graph.edgeSchemas.contains { $0.properties.contains { $0.key == key } }
  }

  /// A refused fact in the words and at the place of its text.
  private func diagnostic(_ violation: GraphViolation, _ spans: FactSpans) -> Diagnostic {
    var span = spans[violation.ordinal]
    let code: DiagnosticCode
    var help: String?
    switch violation.kind {
    case .typeMismatch(let key, let expected, let found):
      code = .invalidPropertyType
      span = spans.value(of: key, ordinal: violation.ordinal) ?? span
      help =
        expected == .symbol
        ? "write the value of `\(key)` in quotes, as a text"
        : found == .symbol
          ? isDeclared(key, spans)
            ? "the schema says that `\(key)` is \(Wording.withArticle("\(expected)")): write the value without quotes"
            : "declare `\(key): symbol` in a schema if it may hold texts" : nil
    case .rounded(let key, _):
      code = .invalidPropertyType
      span = spans.value(of: key, ordinal: violation.ordinal) ?? span
      help = "declare `\(key): symbol` in a schema to keep every digit"
    case .notUnique(let key, _, _):
      code = .propertyConflict
      span = spans.value(of: key, ordinal: violation.ordinal) ?? span
    case .propertyConflict(_, let key, _, _):
      code = .propertyConflict
      span = spans.value(of: key, ordinal: violation.ordinal) ?? span
      help = "a node's property holds one value; correct one of the two facts"
    case .duplicateProperty(let key), .reservedProperty(let key):
      code = .invalidFact
      span = spans.name(of: key, ordinal: violation.ordinal) ?? span
    case .noRoom: code = .limitReached
    case .unknownProperty(let key, _, let known):
      code = .unknownProperty
      span = spans.name(of: key, ordinal: violation.ordinal) ?? span
      help = NameSuggestions.nearest(to: key, among: known, limit: 1).first.map {
        "did you mean `\($0)`?"
      }
    case .labelNotAllowed(_, _, let node, let expected, let found):
      code = .schemaViolation
      if found.isEmpty, let label = expected.first {
        help =
          "state a label of it in the same file or in a statement before, as "
          + "`\(label)(\"\(node)\").`"
      }
    case .ambiguousAlias(_, let nodes):
      code = .ambiguousAlias
      help = "write one of " + Wording.list(nodes.map { "\"\($0)\"" })
    case .ambiguousNode(let node, let nodes):
      code = .ambiguousAlias
      help =
        "`.merge \"\(node)\" into \(nodes.first.map { "\"\($0)\"" } ?? "…")` gives its facts to one of "
        + Wording.list(nodes.map { "\"\($0)\"" })
    case .aliasCycle:
      code = .ambiguousAlias
      help = "an alias comes down to a node; leave one of these out"
    case .schemaConflict: code = .duplicateDeclaration
    }
    return Diagnostic(code, violation.description, at: span, help: help)
  }
}

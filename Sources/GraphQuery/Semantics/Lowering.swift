package import GraphCore

/// Turns clauses and queries into core rules.
///
/// Lowering starts from what is asked and follows the names it meets, so that only the rules an
/// answer depends on are looked at. Types are inferred while it goes; groundedness is checked rule
/// by rule; whatever is wrong is collected, each mistake once.
package struct Lowering {
  let environment: Environment
  var program = CoreProgram()
  var solver: TypeSolver
  var inliner: Inliner
  /// Which columns of the relations that rules define hold nodes.
  var nodeColumns: NodeColumns
  var scoping = AggregateScoping()
  /// Records whose type is not known yet.
  var openRecords: [OpenRecord] = []
  /// Integer literals with a minus, which no unsigned number is.
  var negativeLiterals: [(slot: TypeSlot, span: SourceSpan)] = []
  /// What was found wrong so far, in the order in which rules were looked at.
  package var diagnostics: [Diagnostic] = []
  /// Relations made so far, by a key that names their origin.
  private var relationIDs: [String: RelationID] = [:]
  /// Relations whose rules are still to be lowered.
  private var pending: [(key: String, id: RelationID)] = []
  private var auxiliaryCount = 0
  /// Aggregates that stand in the present rule and, as its demand, in relations made for it, by
  /// their numbers: a group's value is the same wherever it is asked for. What narrows the groups forgets them.
  var loweredAggregates: [Int: LoweredAggregate] = [:]
  /// The texts of the query that others may stand for, where it is lowered for more than once.
  var givenTexts: GivenTexts?
  /// Aliases that a constant was replaced through, so that each is remarked on once.
  private var remarkedAliases: Set<String> = []

  package init(environment: Environment) {
    self.environment = environment
    solver = TypeSolver(recordTypes: environment.recordTypes)
    inliner = Inliner(environment: environment)
    nodeColumns = NodeColumns(environment, inliner)
    diagnostics += inliner.diagnostics
  }

  var recordTypes: RecordTypes { environment.recordTypes }

  // MARK: Entry points

  /// Lowers a query and every rule it depends on.
  package static func lower(query: Query, unit: Int, in environment: Environment)
    -> (program: CoreProgram, diagnostics: [Diagnostic])
  {
    var none: GivenTexts?
    return lower(query: query, unit: unit, in: environment, given: &none)
  }

  /// The same, with places left open where `given` allows for it; it then knows which they are.
  static func lower(
    query: Query, unit: Int, in environment: Environment, given: inout GivenTexts?
  ) -> (program: CoreProgram, diagnostics: [Diagnostic]) {
    var lowering = Lowering(environment: environment)
    lowering.givenTexts = given
    lowering.lowerQuery(query, unit: unit)
    lowering.lowerPendingRules()
    given = lowering.givenTexts
    return lowering.finish()
  }

  /// Lowers every rule of the session, to check them or to derive all of their relations.
  package static func lowerAll(in environment: Environment)
    -> (program: CoreProgram, diagnostics: [Diagnostic])
  {
    var lowering = Lowering(environment: environment)
    lowering.relationIDs.reserveCapacity(environment.declared.count + environment.defined.count)
    for key in environment.rules.keys.sorted() {
      for clause in environment.rules[key] ?? [] {
        for head in clause.clause.heads {
          guard
            let resolved = lowering.resolve(
              head.atom.name, positional: head.atom.arguments.count, unit: clause.unit)
          else { continue }
          let key = Environment.ruleKey(resolved)
          if lowering.inliner.isInlined(key) {
            lowering.checkInlined(clause, key, resolved)
          } else {
            _ = lowering.relation(for: resolved)
          }
        }
      }
    }
    for key in environment.subsumptions.keys.sorted() {
      for entry in environment.subsumptions[key] ?? [] {
        let atom = entry.subsumption.lesser
        _ = lowering.resolve(atom.name, positional: atom.arguments.count, unit: entry.unit).map {
          lowering.relation(for: $0)
        }
      }
    }
    for name in environment.declared.keys.sorted() {
      for declaration in environment.declared[name] ?? [] where declaration.hasOwnMeaning {
        _ = lowering.relation(for: .declared(declaration))
      }
    }
    lowering.lowerPendingRules()
    return lowering.finish()
  }

  /// The finished program. A condition that is also lowered as the demand of an aggregate is reported
  /// on once.
  private mutating func finish() -> (program: CoreProgram, diagnostics: [Diagnostic]) {
    settleRecords()
    typeOpenRecords()
    for literal in negativeLiterals where solver.known(literal.slot) == .unsigned {
      diagnostics.append(.negativeUnsigned(at: literal.span))
    }
    program.types = solver.solution()
    DemandedAggregates.mark(&program)
    RecursiveSums.mark(&program)
    var distinct = DiagnosticCollector()
    distinct.add(contentsOf: Self.eachNameOnce(diagnostics))
    return (program, distinct.all)
  }

  // MARK: Relations

  mutating func resolve(_ name: Identifier, positional: Int, unit: Int) -> ResolvedRelation? {
    if let found = environment.resolve(name.text, positional: positional, unit: unit) {
      return found
    }
    if environment.brokenNames.hold(name.text) { return nil }
    let nearest = NameSuggestions.best(
      for: name.text, among: environment.relationNames, after: diagnostics.count)
    diagnostics.append(
      Diagnostic(
        .unknownRelation, "unknown relation `\(name.text)`", at: name.span,
        help: name.text.lowercased() == "not"
          ? "negation is written `!`"
          : optionalStep(name.text) ?? GraphAlgorithm(rawValue: name.text).map {
            "an algorithm is asked of a graph: `\($0.rawValue)[type](x, \($0.resultName))` with an edge type in brackets"
          } ?? nearest.map { "did you mean `\($0)`?" } ?? propertyHelp(name.text)
            ?? "declare it with `.decl \(name.text)(...)` or define it by a rule"))
    return nil
  }

  /// A name that is not known is one mistake, however often it is used: the first use is reported.
  private static func eachNameOnce(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var result: [Diagnostic] = []
    var known: [String: (place: Int, uses: Set<SourceSpan>)] = [:]
    for diagnostic in diagnostics {
      guard diagnostic.code == .unknownRelation, let span = diagnostic.span else {
        result.append(diagnostic)
        continue
      }
      guard let (place, uses) = known[diagnostic.message] else {
        known[diagnostic.message] = (result.count, [span])
        result.append(diagnostic)
        continue
      }
      known[diagnostic.message]?.uses.insert(span)
      if let first = result[place].span, !uses.contains(span),
        (span.source, span.lower) < (first.source, first.lower)
      {
        result[place].span = span
      }
    }
    for (place, uses) in known.values where uses.count > 1 {
      let more = uses.count - 1
      result[place].notes.append("it is used in \(more) more \(more == 1 ? "place" : "places")")
    }
    return result
  }

  /// What to write for `r?(x, y)`, whose `?` belongs to the name.
  private func optionalStep(_ name: String) -> String? {
    guard name.hasSuffix("?"), environment.relationNames.contains(String(name.dropLast())) else {
      return nil
    }
    let step = ASTPrinter.quotedName(String(name.dropLast()))
    return "no step or one is written `\(step){0,1}(x, y)` or `(\(step))?(x, y)`"
  }

  /// What to write where a property was taken for a relation.
  private func propertyHelp(_ name: String) -> String? {
    let catalog = environment.catalog
    if catalog.nodePropertyNames.contains(name) {
      return "a property is a named argument, as in `node(x, \(name): y)`"
    }
    for type in catalog.edgeTypes
    where catalog.edgeProperties(type).contains(where: { $0.name == name }) {
      return "a property is a named argument, as in `\(catalog.text(type))(x, y, \(name): z)`"
    }
    return nil
  }

  /// The core relation of a resolved name, made on first use.
  mutating func relation(for resolved: ResolvedRelation) -> RelationID {
    let key = Environment.ruleKey(resolved)
    if let id = relationIDs[key] { return id }
    let relation: CoreRelation
    switch resolved {
    case .declared(let declaration):
      relation = CoreRelation(
        name: declaration.name, origin: .declared(declaration.key),
        columns: declaration.attributes.map {
          CoreRelation.Column(name: $0.name, slot: solver.fresh($0.type))
        }, span: declaration.span)
    case .defined(let definition):
      relation = CoreRelation(
        name: definition.name, origin: .derived,
        columns: (0..<definition.arity).map {
          CoreRelation.Column(name: "\($0 + 1)", slot: solver.fresh())
        }, span: definition.span)
    case .label(let term):
      relation = symbols(environment.catalog.text(term), .label(term), ["node"])
    case .edgeType(let term):
      relation = symbols(environment.catalog.text(term), .edgePairs(term), ["source", "target"])
    case .builtin(let builtin):
      let origin: CoreRelation.Origin =
        switch builtin {
        case .node: .nodes
        case .label: .nodeLabels
        case .edge: .allEdges
        case .property: .allProperties
        case .alias: .aliases
        }
      relation = symbols(builtin.rawValue, origin, builtin.columns.map(\.name))
    }
    let id = add(relation, key: key)
    if environment.rules[key] != nil || environment.subsumptions[key] != nil {
      pending.append((key, id))
    }
    if case .declared(let declaration) = resolved { addMeaning(of: declaration, id) }
    if case .builtin(let builtin) = resolved { addDerivedRows(to: builtin, id) }
    return id
  }

  /// Registers a relation under a key.
  mutating func add(_ relation: CoreRelation, key: String) -> RelationID {
    let id = RelationID(index: program.relations.count)
    program.relations.append(relation)
    relationIDs[key] = id
    return id
  }

  /// The relation registered under a key, or the one that `make` describes.
  mutating func relation(key: String, make: (inout Lowering) -> CoreRelation) -> RelationID {
    if let id = relationIDs[key] { return id }
    let relation = make(&self)
    return add(relation, key: key)
  }

  func existingRelation(key: String) -> RelationID? { relationIDs[key] }

  mutating func symbols(_ name: String, _ origin: CoreRelation.Origin, _ columns: [String])
    -> CoreRelation
  {
    CoreRelation(
      name: name, origin: origin,
      columns: columns.map { CoreRelation.Column(name: $0, slot: solver.fresh(.symbol)) })
  }

  /// A relation that only lowering knows: one column per slot.
  mutating func auxiliary(_ purpose: String, slots: [TypeSlot], span: SourceSpan) -> RelationID {
    auxiliaryCount += 1
    let relation = CoreRelation(
      name: "\(purpose) \(auxiliaryCount)", origin: .derived,
      columns: slots.enumerated().map { CoreRelation.Column(name: "\($0 + 1)", slot: $1) },
      span: span, isAuxiliary: true)
    return add(relation, key: "auxiliary \(auxiliaryCount)")
  }

  /// Rules may add to labels and edge types; `node`, `label` and `edge` show those rows too.
  private mutating func addDerivedRows(to builtin: BuiltinRelation, _ id: RelationID) {
    guard builtin == .node || builtin == .label || builtin == .edge else { return }
    for term in environment.catalog.labels
    where environment.rules[Environment.ruleKey(.label(term))] != nil && builtin != .edge {
      let label = relation(for: .label(term))
      guard let span = environment.rules[Environment.ruleKey(.label(term))]?.first?.clause.span
      else { continue }
      var builder = RuleBuilder(unit: 0)
      let node = builder.hiddenVariable(span, &solver, like: program[label].columns[0].slot)
      var terms: [CoreExpression] = [.variable(node)]
      if builtin == .label { terms.append(.constant(.term(term), program[id].columns[1].slot)) }
      builder.literals.append(
        .atom(CoreAtom(relation: label, arguments: [argument(0, .variable(node))], span: span)))
      emit(builder, head: id, terms: terms, span: span)
    }
    for term in environment.catalog.edgeTypes
    where environment.rules[Environment.ruleKey(.edgeType(term))] != nil && builtin != .label {
      let edge = relation(for: .edgeType(term))
      guard let span = environment.rules[Environment.ruleKey(.edgeType(term))]?.first?.clause.span
      else { continue }
      var builder = RuleBuilder(unit: 0)
      let ends = (0..<2).map { column in
        let variable = builder.hiddenVariable(
          span, &solver, like: program[edge].columns[column].slot)
        return variable
      }
      builder.literals.append(
        .atom(
          CoreAtom(
            relation: edge,
            arguments: [argument(0, .variable(ends[0])), argument(1, .variable(ends[1]))],
            span: span)))
      if builtin == .edge {
        emit(
          builder, head: id,
          terms: [
            .constant(.term(term), program[id].columns[0].slot), .variable(ends[0]),
            .variable(ends[1]),
          ], span: span)
      } else {
        for end in ends { emit(builder, head: id, terms: [.variable(end)], span: span) }
      }
    }
  }

  func argument(_ column: Int, _ value: CoreArgument) -> CoreAtom.Argument {
    CoreAtom.Argument(column: column, value: value)
  }

  /// Adds a finished rule.
  mutating func emit(
    _ builder: RuleBuilder, head: RelationID, terms: [CoreExpression],
    effect: CoreRule.Effect = .derive, span: SourceSpan
  ) {
    program.rules.append(
      CoreRule(
        head: head, headTerms: terms, effect: effect, body: builder.literals,
        variables: builder.variables, span: span))
  }

  // MARK: Clauses

  private mutating func lowerPendingRules() {
    while let next = pending.popLast() {
      for unitClause in environment.rules[next.key] ?? [] {
        lower(unitClause, into: next)
      }
      for entry in environment.subsumptions[next.key] ?? [] {
        lower(entry.subsumption, unit: entry.unit, into: next.id)
      }
    }
  }

  /// Lowers a clause for those of its heads that add to one relation.
  private mutating func lower(_ unitClause: UnitClause, into target: (key: String, id: RelationID))
  {
    let clause = unitClause.clause
    for head in clause.heads {
      // The least of all is the least of what the alternatives have; counts and sums are of the whole body.
      let isTotal = head.aggregates.contains { $0.function != .min && $0.function != .max }
      guard
        let resolved = environment.resolve(
          head.atom.name.text, positional: head.atom.arguments.count, unit: unitClause.unit),
        Environment.ruleKey(resolved) == target.key,
        let alternatives = alternatives(
          of: clause.body, unit: unitClause.unit, span: clause.span,
          naming: isTotal ? .all : .none)
      else { continue }
      guard let arguments = headArguments(head.atom, resolved) else { continue }
      let bodies = scopedBodies(
        alternatives, beside: arguments, unit: unitClause.unit, isOne: isTotal)
      for body in bodies { lower(head: head, body, unitClause, resolved, into: target.id) }
    }
  }

  /// The alternatives of a body; a fact has one without conditions.
  mutating func alternatives(
    of body: Formula?, unit: Int, span: SourceSpan, naming: RowNaming = .none
  ) -> [[Formula]]? {
    guard var body else { return [[]] }
    body = inliner.expand(body, unit: unit, inAggregate: naming != .none)
    body = namingRows(body, naming, unit: unit)
    guard let alternatives = Alternatives.of(body) else {
      diagnostics.append(
        Diagnostic(
          .nestingTooDeep, "the body has too many alternatives", at: span,
          help: "give a part of it a name by a rule of its own"))
      return nil
    }
    return alternatives
  }

  /// Looks for mistakes in a rule that is only ever written into others. What it is written for gives
  /// the arguments of its head their values, as the head does here when it stands in the body too.
  private mutating func checkInlined(
    _ clause: UnitClause, _ key: String, _ resolved: ResolvedRelation
  ) {
    var trial = self
    trial.diagnostics = []
    trial.inliner.leaveAlone(key)
    for head in clause.clause.heads {
      var clause = clause
      clause.clause.heads = [head]
      let use = Formula.atom(head.atom)
      clause.clause.body = .conjunction([use] + (clause.clause.body.map { [$0] } ?? []))
      let id = trial.relation(for: resolved)
      trial.pending = []
      trial.lower(clause, into: (key, id))
    }
    diagnostics += trial.diagnostics
  }

  private mutating func lower(
    head: Head, _ body: AggregateScoping.Body, _ unitClause: UnitClause,
    _ resolved: ResolvedRelation, into id: RelationID
  ) {
    let conditions = body.conditions
    let positional = body.expressions
    loweredAggregates = [:]
    var builder = RuleBuilder(unit: unitClause.unit, context: conditions)
    if conditions.contains(where: Self.looksOutward)
      || positional.contains(where: VariableNames.hasAggregate)
    {
      for argument in positional {
        VariableNames.collect(argument, inAggregates: false, into: &builder.outerNames)
      }
      for condition in conditions {
        VariableNames.collect(condition, inAggregates: false, into: &builder.outerNames)
      }
      guard checkOrder(of: conditions) else { return }
    }
    // Aggregates in a head count bindings as those in a body do.
    builder.countsWildcards = !head.aggregates.isEmpty
    lowerBody(conditions, unitClause.clause.span, &builder)

    let columns = program[id].columns
    var terms: [CoreExpression] = []
    for (column, expression) in positional.enumerated() {
      let isNode = nodeColumns.holdsNodes(column, of: resolved)
      let function = head.aggregates.first { $0.argument == column }?.function
      // What is counted has a type of its own; the column holds the count.
      let (term, inner) = lowerExpression(
        expression, &builder, isNode: isNode)
      let slot = aggregateResult(function, of: inner, at: expression.span)
      unifyArgument(slot, columns[column].slot, expression, column, id, head.atom.name.text)
      terms.append(term)
    }
    finishBody(&builder)
    guard checkGrounded(&builder, terms: terms, head: head.atom) else { return }

    if let aggregate = head.aggregates.first {
      lowerAggregated(
        head, aggregate, builder, terms: terms, into: id, span: unitClause.clause.span)
    } else {
      emit(builder, head: id, terms: terms, span: unitClause.clause.span)
    }
  }

  /// Whether a condition has parts that are lowered by themselves and must know what the rest names.
  private static func looksOutward(_ condition: Formula) -> Bool {
    switch condition {
    case .atom, .comparison: VariableNames.hasAggregate(condition)
    case .boolean: false
    case .path, .textTest, .negation, .conjunction, .disjunction: true
    }
  }

  // MARK: Reports

  mutating func reportArity(_ atom: Atom, expected: Int, _ declaration: SourceSpan?) {
    let found = atom.arguments.count
    let declared = environment.declared[atom.name.text]?.last
    let name = declared?.shownName ?? atom.name.text
    diagnostics.append(
      .wrongArity(
        "`\(name)`", expected, found: found, at: atom.span, declaration: declaration,
        verb: declared.map { $0.isAnswer ? "answered" : "declared" } ?? "defined",
        help: found < expected
          ? "give each argument a value; in a condition `_` stands for any"
          : "leave out \(found - expected), or define `\(name)` with more"))
  }

  mutating func reportUnknownArgument(_ name: Identifier, of declaration: DeclaredRelation) {
    let known = declaration.attributes.map(\.name)
    let nearest = NameSuggestions.nearest(to: name.text, among: known, limit: 1)
    diagnostics.append(
      Diagnostic(
        .unknownArgument, "`\(declaration.shownName)` has no argument `\(name.text)`",
        at: name.span,
        labels: [
          .init(
            span: declaration.span,
            text: declaration.isAnswer ? "answered here" : "declared here")
        ],
        help: nearest.first.map { "did you mean `\($0)`?" }
          ?? "its arguments are \(known.map { "`\($0)`" }.joined(separator: ", "))"))
  }

  /// Unites two slots or reports the mismatch in the words of `message(expected, found)`, unless one of
  /// them is disputed; false if they differ.
  @discardableResult
  mutating func unify(
    _ found: TypeSlot, _ expected: TypeSlot, at span: SourceSpan,
    help: ((String, String) -> String?)? = nil, message: (String, String) -> String
  ) -> Bool {
    guard !solver.unite(expected, found) else { return true }
    guard !solver.isDisputed(found), !solver.isDisputed(expected) else { return false }
    let (expectedName, foundName) = (solver.describe(expected), solver.describe(found))
    diagnostics.append(
      Diagnostic(
        .typeMismatch, message(expectedName, foundName), at: span,
        help: help?(expectedName, foundName)
          ?? Self.conversionHelp(from: foundName, to: expectedName)))
    return false
  }

  /// A whole number becomes a float where the two meet: the other way round its fraction would be lost.
  static func floatHelp(_ expected: String, _ found: String) -> String? {
    [expected, found].contains("float") && ![expected, found].contains("symbol")
      ? "write `to_float(…)` around the side that is no float" : nil
  }

  static func dateHelp(_ date: String) -> String {
    "this is a subtraction; a date is written in quotes: \(ASTPrinter.quotedText(date))"
  }

  static func conversionHelp(from found: String, to expected: String) -> String? {
    switch expected {
    case "number": "convert it with `to_number(...)`"
    case "float": "convert it with `to_float(...)`"
    case "unsigned": "convert it with `to_unsigned(...)`"
    case "symbol":
      found == "number"
        ? "write a text in quotes, or convert with `to_string(...)`"
        : "convert it with `to_string(...)`"
    default: nil
    }
  }

  mutating func remark(alias: String, node: UInt32, at span: SourceSpan) {
    guard remarkedAliases.insert(alias).inserted else { return }
    diagnostics.append(
      Diagnostic(
        .aliasResolved,
        "\"\(alias)\" is an alias of \"\(environment.catalog.text(node))\"", at: span,
        severity: .note))
  }
}

extension Diagnostic {
  /// What has a number of parts is given another number of them.
  static func wrongArity(
    _ owner: String, _ expected: Int, _ part: String = "argument", found: Int, at span: SourceSpan,
    declaration: SourceSpan? = nil, verb: String = "declared", help: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      .wrongArity,
      "\(owner) has \(expected) \(expected == 1 ? part : part + "s"), "
        + "but \(found) \(found == 1 ? "is" : "are") given",
      at: span, labels: declaration.map { [Label(span: $0, text: "\(verb) here")] } ?? [],
      help: help)
  }

  static func negativeUnsigned(at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      .typeMismatch, "an unsigned number is expected, but this one is negative", at: span,
      help: "declare the column as `number`, or compute the value with `to_unsigned(...)`")
  }
}

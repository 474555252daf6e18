import GraphCore

/// Relations whose rules have been carried out as far as a question asks for them, as plain tables beside the graph.
///
/// Of a relation that the question's values lead to there are the rows that they ask for, and with each all that it
/// can be derived from (`DemandPass` with `keepingColumns`); other relations are whole.
///
/// Questions about derivations are then joins over finished relations: no rule runs again. Every
/// relation that rules add to has a second name here, which no program can write, and atoms are
/// rewritten to it.
final class CompletedProgram {
  let session: QuerySession
  let terms: TermSpace
  /// Names with their rules, as the program says it.
  let original: Environment
  /// The same names without rules, and the finished relations beside them.
  private(set) var environment: Environment
  private(set) var facts: [String: Relation]
  private var namesByKey: [String: String] = [:]
  private(set) var typesByKey: [String: [ColumnType]] = [:]
  /// The keys of equivalences, with those of the pairs that facts and rules give them.
  private(set) var givenPairs: [String: String] = [:]
  /// Which columns of relations hold nodes, and relations that are written into the rules that use them.
  private var nodeColumns: NodeColumns
  private var inliner: Inliner
  /// What has kept a question from being answered, as a limit does.
  private(set) var problems: [Diagnostic] = []

  /// The unit of the second names, which no text has.
  private static let unit = -2

  /// Carries out the rules that a query depends on, for what it asks of them.
  init(
    session: QuerySession, query: Query, unit: Int, cheapRows: Int = DemandPass.defaultCheapRows
  ) throws(ProofFailure) {
    self.session = session
    terms = session.termSpace()
    original = Self.evaluated(session.environment(terms: terms))
    environment = original
    inliner = Inliner(environment: original)
    nodeColumns = NodeColumns(original, inliner)
    facts = session.facts
    let (core, problems) = Lowering.lower(query: query, unit: unit, in: original)
    let (strata, cycles) = Stratification.stratify(core)
    let errors = (problems + cycles).filter { $0.severity == .error }
    guard errors.isEmpty else { throw .diagnostics(errors) }
    let finished = Self.named(in: core, original)
    let (reduced, reducedStrata) = Self.demanded(core, strata, in: session, cheapRows)
    let versions = Self.versions(in: reduced)
    let engine = Engine(
      program: reduced, graph: session.graph, terms: terms, facts: session.facts,
      limits: session.limits, token: session.cancelToken, options: session.optimizations)
    let relations: [Relation]
    do {
      let wanted = finished.flatMap { index, _ in [index] + (versions[index] ?? []) }
      relations = try engine.run(Self.part(of: reducedStrata, that: wanted, in: reduced))
    } catch {
      throw .diagnostics([error.diagnostic])
    }
    environment.rules = [:]
    for (index, resolved) in finished {
      let relation = core.relations[index]
      let key = Environment.ruleKey(resolved)
      add(
        versions[index].map { $0.map { relations[$0] } } ?? [relations[index]], key: key,
        name: relation.name, columns: relation.columns.map(\.name),
        nodeColumns: Set(
          relation.columns.indices.filter { nodeColumns.holdsNodes($0, of: resolved) }))
      if relation.isEquivalence { givenPairs[key] = "\(key)'given" }
    }
    for (key, relation) in session.facts where namesByKey[key] != nil {
      let name = Self.baseName(key)
      declare(name, columns: relation.types.indices.map { "\($0)" }, relation)
    }
  }

  /// The program as far as the answer asks for it.
  private static func demanded(
    _ core: CoreProgram, _ strata: Strata, in session: QuerySession, _ cheapRows: Int
  ) -> (CoreProgram, Strata) {
    guard session.optimizations.contains(.demand), let answer = core.answer else {
      return (core, strata)
    }
    let reduced = DemandPass.apply(
      to: core, outputs: [answer], cheapRows: cheapRows, keepingColumns: true
    ) { $0.rowCount(in: session.facts) }
    return (reduced, Stratification.stratify(reduced).strata)
  }

  /// The versions of each relation that has any.
  private static func versions(in program: CoreProgram) -> [Int: [Int]] {
    var result: [Int: [Int]] = [:]
    for (index, relation) in program.relations.enumerated() {
      if let part = relation.part, part.kind == .versions {
        result[part.whole.index, default: []].append(index)
      }
    }
    return result
  }

  /// Names without `inline`, where a relation of that kind can be evaluated as others are: a proof then
  /// shows its rows. Those of which the rule that uses them gives a value stay as they are.
  private static func evaluated(_ environment: Environment) -> Environment {
    var result = environment
    for (name, declarations) in environment.declared {
      for (place, declaration) in declarations.enumerated() where declaration.isInline {
        var trial = result
        trial.declared[name]?[place].qualifiers.remove("inline")
        let span = declaration.span
        let atom = Atom(
          name: Identifier(name, span),
          arguments: declaration.attributes.map { _ in .wildcard(span) }, span: span)
        let query = Query(head: nil, body: .atom(atom), span: span)
        let problems = Lowering.lower(query: query, unit: declaration.unit, in: trial).diagnostics
        if !problems.contains(where: { $0.severity == .error }) { result = trial }
      }
    }
    return result
  }

  /// A body without the relations that stay `inline`.
  func expanded(_ body: Formula, unit: Int) -> Formula {
    inliner.expand(body, unit: unit, inAggregate: false)
  }

  /// The relations that programs can name and that have rows beside those that are given: by rules, or
  /// as equivalences; in order.
  private static func named(in core: CoreProgram, _ environment: Environment)
    -> [(index: Int, resolved: ResolvedRelation)]
  {
    let heads = Set(core.rules.map(\.head.index))
    return core.relations.indices.compactMap { index in
      let relation = core.relations[index]
      guard heads.contains(index) || relation.isEquivalence, core.answer?.index != index,
        !relation.isAuxiliary
      else { return nil }
      return resolved(relation, in: environment).map { (index, $0) }
    }
  }

  /// The strata that some relations need. What the question alone needs is left out: a path in it is
  /// walked, and its closure might not fit into any memory.
  private static func part(of strata: Strata, that wanted: [Int], in core: CoreProgram) -> Strata {
    var sources: [Int: Set<Int>] = [:]
    for rule in core.rules {
      for literal in rule.body {
        switch literal {
        case .atom(let atom), .negated(let atom), .aggregate(let atom, _):
          sources[rule.head.index, default: []].insert(atom.relation.index)
        case .comparison, .test, .range, .never: break
        }
      }
    }
    var needed: Set<Int> = []
    var waiting = wanted
    while let index = waiting.popLast() {
      guard needed.insert(index).inserted else { continue }
      waiting += sources[index] ?? []
    }
    var part = Strata(components: [], isRecursive: [])
    for (component, isRecursive) in zip(strata.components, strata.isRecursive)
    where component.contains(where: { needed.contains($0.index) }) {
      part.components.append(component)
      part.isRecursive.append(isRecursive)
    }
    return part
  }

  /// What programs call a relation, for relations that may have rules.
  private static func resolved(_ relation: CoreRelation, in environment: Environment)
    -> ResolvedRelation?
  {
    switch relation.origin {
    case .declared(let key):
      environment.declared[relation.name]?.first { $0.key == key }.map { .declared($0) }
    case .derived: environment.defined[relation.name].map { .defined($0) }
    case .label(let term): .label(term)
    case .edgePairs(let term): .edgeType(term)
    case .nodes: .builtin(.node)
    case .nodeLabels: .builtin(.label)
    case .allEdges: .builtin(.edge)
    case .edges, .edgeCitations, .labelCitations, .nodeProperty, .allProperties, .aliases,
      .aliasCitations, .texts:
      nil
    }
  }

  /// Makes the rows of a relation, or of its versions, one table.
  private func add(
    _ parts: [Relation], key: String, name: String, columns: [String], nodeColumns: Set<Int>
  ) {
    var relation = parts[0]
    if parts.count > 1 || relation.hasDeadRows || relation.lattice != nil {
      let copy = Relation(name: name, types: relation.types, terms: terms)
      for part in parts { copy.insert(contentsOf: part) }
      copy.settle()
      relation = copy
    }
    let second = "\(name)'\(key)"
    namesByKey[key] = second
    typesByKey[key] = relation.types
    declare(second, columns: columns, relation, nodeColumns: nodeColumns)
  }

  /// Makes a table known under a name.
  private func declare(
    _ name: String, columns: [String], _ relation: Relation, nodeColumns: Set<Int> = []
  ) {
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    var declaration = DeclaredRelation(
      name: name, unit: Self.unit, attributes: Array(zip(columns, relation.types)), span: span)
    declaration.nodeColumns = nodeColumns
    environment.declared[name] = [declaration]
    facts[declaration.key] = relation
  }

  /// A table of its own for some rows.
  func declare(_ name: String, types: [ColumnType], rows: [[UInt64]]) {
    let relation = Relation(name: name, types: types, terms: terms)
    for row in rows { relation.insert(row) }
    relation.settle()
    declare(name, columns: types.indices.map { "\($0)" }, relation)
  }

  static func baseName(_ key: String) -> String { "base'\(key)" }

  /// Makes the pairs that facts and rules give an equivalence a relation of its own, by which its other
  /// rows are proved.
  func addGivenPairs(of key: String, as given: String, by rules: [PreparedRule]) {
    guard let types = typesByKey[key], typesByKey[given] == nil, let second = namesByKey[key] else {
      return
    }
    var rows: [[UInt64]] = []
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    for rule in rules where rule.aggregate == nil {
      guard let answer = answer(rule.head, rule.asked, unit: rule.unit, span: rule.span ?? span)
      else { continue }
      for row in 0..<answer.rowCount {
        rows.append(types.indices.map { answer.word(row: row, column: $0) })
      }
    }
    typesByKey[given] = types
    namesByKey[given] = "\(second)'given"
    declare("\(second)'given", types: types, rows: rows)
  }

  /// The name of a finished relation, which no program can write.
  func secondName(_ key: String) -> String? { namesByKey[key] }

  /// What users call the relation of a second name.
  static func writtenName(_ second: String) -> String {
    second.split(separator: "'").first.map(String.init) ?? second
  }

  /// Arguments of an atom as values of the rows that a goal has: an alias is its node.
  func arguments(_ arguments: [Expression], ofRowsOf key: String) -> [Expression] {
    let nodes = namesByKey[key].flatMap { environment.declared[$0]?.last?.nodeColumns } ?? []
    return arguments.enumerated().map { column, argument in
      guard nodes.contains(column), case .text(let text, let span) = argument,
        case .alias(let node) = original.catalog.resolve(text)
      else { return argument }
      return .text(terms.text(node), span)
    }
  }

  /// The key under which an atom's relation has rules, if it has any.
  func derivedKey(of atom: Atom, unit: Int) -> String? {
    // A derived row has no properties, so an atom that names one speaks of stored edges.
    guard
      let resolved = original.resolve(atom, unit: unit)
    else { return nil }
    switch resolved {
    case .label, .edgeType: guard atom.named.isEmpty else { return nil }
    case .declared, .defined, .builtin: break
    }
    let key = Environment.ruleKey(resolved)
    return namesByKey[key] == nil ? nil : key
  }

  /// The formula with second names in place of those of derived relations.
  func rewritten(_ formula: Formula, unit: Int) -> Formula {
    formula.mappingAtoms { atom in
      guard let name = self.derivedKey(of: atom, unit: unit).flatMap({ self.namesByKey[$0] })
      else { return atom }
      var copy = atom
      copy.name.text = name
      return copy
    } paths: { path in
      self.rewritten(path, unit: unit)
    }
  }

  private func rewritten(_ path: PathExpression, unit: Int) -> PathExpression {
    path.mappingSteps { name in
      guard let resolved = self.original.resolve(name.text, positional: 2, unit: unit),
        let second = self.namesByKey[Environment.ruleKey(resolved)]
      else { return name }
      return Identifier(second, name.span)
    }
  }

  /// The finished relation under a second name.
  func relation(named name: String) -> Relation? {
    environment.declared[name]?.last.flatMap { facts[$0.key] }
  }

  /// Answers expressions over conditions that are written in second names.
  func answer(_ columns: [Expression], _ conditions: [Formula], unit: Int, span: SourceSpan)
    -> Answer?
  {
    let (answer, diagnostics) = session.evaluate(
      QuerySession.query(columns, conditions, span), unit: unit, in: environment, facts: facts,
      limits: session.limits)
    if answer == nil { problems += diagnostics.filter { $0.severity == .error } }
    return answer
  }
}

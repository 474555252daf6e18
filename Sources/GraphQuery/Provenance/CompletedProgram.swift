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
    original = session.environment(terms: terms)
    environment = original
    facts = session.facts
    let (core, problems) = Lowering.lower(query: query, unit: unit, in: original)
    let (strata, cycles) = Stratification.stratify(core)
    let errors = (problems + cycles).filter { $0.severity == .error }
    guard errors.isEmpty else { throw .diagnostics(errors) }
    let finished = Self.namedHeads(of: core)
    let (reduced, reducedStrata) = Self.demanded(core, strata, in: session, cheapRows)
    let versions = Self.versions(in: reduced)
    let engine = Engine(
      program: reduced, graph: session.graph, terms: terms, facts: session.facts,
      limits: session.limits, token: session.cancelToken, options: session.optimizations)
    let relations: [Relation]
    do {
      let wanted = finished.flatMap { [$0.index] + (versions[$0.index] ?? []) }
      relations = try engine.run(Self.part(of: reducedStrata, that: wanted, in: reduced))
    } catch {
      throw .diagnostics([error.diagnostic])
    }
    environment.rules = [:]
    for (index, key) in finished {
      let relation = core.relations[index]
      add(
        versions[index].map { $0.map { relations[$0] } } ?? [relations[index]], key: key,
        name: relation.name, columns: relation.columns.map(\.name))
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

  /// The relations with rules that programs can name, in order.
  private static func namedHeads(of core: CoreProgram) -> [(index: Int, key: String)] {
    Set(core.rules.map(\.head.index)).sorted().compactMap { index in
      let relation = core.relations[index]
      guard core.answer?.index != index, !relation.isAuxiliary else { return nil }
      return key(of: relation).map { (index, $0) }
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

  /// The key of a relation's rules, for relations that have any.
  private static func key(of relation: CoreRelation) -> String? {
    switch relation.origin {
    case .declared(let key): key
    case .derived: relation.name
    case .label(let term): "label \(term)"
    case .edgePairs(let term): "edge \(term)"
    case .nodes: "builtin node"
    case .nodeLabels: "builtin label"
    case .allEdges: "builtin edge"
    default: nil
    }
  }

  /// Makes the rows of a relation, or of its versions, one table.
  private func add(_ parts: [Relation], key: String, name: String, columns: [String]) {
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
    declare(second, columns: columns, relation)
  }

  /// Makes a table known under a name.
  func declare(_ name: String, columns: [String], _ relation: Relation) {
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    let declaration = DeclaredRelation(
      name: name, unit: Self.unit, attributes: Array(zip(columns, relation.types)), span: span)
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
    switch path {
    case .step(let name):
      guard let resolved = original.resolve(name.text, positional: 2, unit: unit),
        let second = namesByKey[Environment.ruleKey(resolved)]
      else { return path }
      return .step(Identifier(second, name.span))
    case .inverse(let inner, let span): return .inverse(rewritten(inner, unit: unit), span)
    case .alternative(let parts): return .alternative(parts.map { rewritten($0, unit: unit) })
    case .repetition(let inner, let least, let most, let span):
      return .repetition(rewritten(inner, unit: unit), least: least, most: most, span)
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

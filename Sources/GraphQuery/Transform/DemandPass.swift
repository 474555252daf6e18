import GraphCore

/// Computes of a relation only what is asked for.
///
/// ```
/// path(x, y) :- edge(x, y).                      before
/// path(x, z) :- path(x, y), edge(y, z).
/// ?(y) :- path("a", y).
///
/// found(y) :- edge("a", y).                      after
/// found(z) :- found(y), edge(y, z).
/// ?(y) :- found(y).
/// ```
///
/// The pass starts from the outputs and follows the rules. An atom with constants, or with variables
/// that constants lead to, gets a version of its relation for these values: by `ArgumentReduction` where
/// that works, else by magic sets, where a relation of seeds guards each rule (Bancilhon, Maier, Sagiv
/// and Ullman, "Magic sets and other strange ways to implement logic programs", 1986). Seeds flow through
/// positive atoms alone. Any version holds only rows of its relation and all that have the asked values,
/// so it may stand under a negation, and groups of an aggregate are whole.
///
/// Everything else is computed in whole, as without the pass: relations that are asked for without such
/// values anywhere, that choose among their rows or count them, those listed under `obstacles`, and those
/// that cost less than asking (`cheapRelations`).
/// Rules that no output depends on go.
///
/// Who wants to see how the rows came about, and not the outputs alone, leaves argument reduction out
/// (`keepingColumns`): versions then have the columns of their relations (`CoreRelation.Part`), and with a row they
/// have every row that it can be derived from.
struct DemandPass {
  let source: CoreProgram
  let rulesByHead: [[Int]]
  /// The recursion that a relation of the source belongs to; those it depends on have lower numbers.
  let component: [Int]
  let componentSizes: [Int]
  let isRecursive: [Bool]
  /// Recursions of binary relations, which have evaluators that magic sets would keep away.
  let isBinary: [Bool]
  /// Relations that must be computed in whole.
  let whole: Set<Int>
  /// Stored relations so small beside others that their rows are worth starting from.
  let small: Set<Int>
  /// Whether versions have all columns of their relations.
  private let keepsColumns: Bool

  var result: CoreProgram
  /// Relations of the source whose rules are in the result as they are.
  private var taken: Set<Int> = []
  private var versions: [DemandVersion.Key: DemandVersion] = [:]
  var patterns: [Int: Set<[Int]>] = [:]
  /// How many versions each relation has for values that are asked for together.
  var collectiveVersions: [Int: Int] = [:]
  private var constantVersions: [Int: Int] = [:]
  /// The relation of the source that a relation of the result is a version of.
  private(set) var home: [Int: Int] = [:]
  /// Relations that are known to hold little, because constants lead to their rows.
  private(set) var restricted: Set<RelationID> = []
  private var storedCopies: [Int: RelationID] = [:]
  private var guarded: [GuardedAtom: RelationID] = [:]
  /// What the result should have computed in whole.
  private var conflicts: Set<Int> = []
  var pending: [Job] = []

  /// A rule that is to be looked through; `guardRelation` is what its first literal reads.
  struct Job {
    var rule: CoreRule
    var version: DemandVersion?
  }

  /// `a(x, y)` restricted to values of a column that are asked for.
  private struct GuardedAtom: Hashable {
    var seeds: RelationID
    var relation: RelationID
    var column: Int
  }

  /// Rewrites a program; the outputs keep their rows. With `keepingColumns` they are there to be explained. A constant number of looks at each rule, once
  /// again for every set of relations that turns out to be better computed in whole.
  static func apply(
    to program: CoreProgram, outputs: Set<RelationID>, cheapRows: Int = defaultCheapRows,
    keepingColumns: Bool = false, rowCounts: (CoreRelation) -> Int?
  ) -> CoreProgram {
    var whole = obstacles(program).union(cheapRelations(program, rowCounts, least: cheapRows))
    let small = smallRelations(program, rowCounts)
    for _ in 0...program.relations.count {
      var pass = DemandPass(program, whole: whole, small: small, keepsColumns: keepingColumns)
      pass.run(outputs)
      let more = pass.conflicts.union(pass.entangled()).subtracting(whole)
      if more.isEmpty { return pass.result }
      whole.formUnion(more)
    }
    return program
  }

  /// Relations that mean something else where only a part of their rows is derived.
  private static func obstacles(_ program: CoreProgram) -> Set<Int> {
    var result: Set<Int> = []
    for (index, relation) in program.relations.enumerated() {
      if !relation.choiceKeys.isEmpty || relation.sizeLimit != nil || relation.isEquivalence
        || relation.isSelection
      {
        result.insert(index)
      }
      if let watched = relation.deltaOf { result.formUnion([index, watched.index]) }
    }
    for rule in program.rules {
      if rule.isDominance || rule.countsRows || rule.demandLiteral != nil || rule.accumulates
        || rule.algorithm != nil
      {
        result.insert(rule.head.index)
      }
      // What such an aggregate is asked for comes from its own recursion.
      if let position = rule.demandLiteral, let atom = rule.body[position].positiveAtom {
        result.insert(atom.relation.index)
      }
    }
    return result
  }

  /// Stored relations with a small part of the rows that the largest one has: asking for each of their
  /// values alone costs less than asking for everything.
  private static func smallRelations(
    _ program: CoreProgram, _ rowCounts: (CoreRelation) -> Int?
  ) -> Set<Int> {
    let heads = Set(program.rules.map(\.head.index))
    let counts = program.relations.map(rowCounts)
    let limit = (counts.compactMap { $0 }.max() ?? 0) / 256
    return Set(
      counts.indices.filter { index in
        !heads.contains(index) && (counts[index].map { $0 <= limit } ?? false)
      })
  }

  private init(_ program: CoreProgram, whole: Set<Int>, small: Set<Int>, keepsColumns: Bool) {
    source = program
    self.keepsColumns = keepsColumns
    self.whole = whole
    self.small = small
    var rulesByHead: [[Int]] = Array(repeating: [], count: program.relations.count)
    var edges: [[Int]] = Array(repeating: [], count: program.relations.count)
    for (index, rule) in program.rules.enumerated() {
      rulesByHead[rule.head.index].append(index)
      for target in rule.body.compactMap(\.relation) { edges[rule.head.index].append(target.index) }
    }
    self.rulesByHead = rulesByHead
    let components = Stratification.stronglyConnected(edges)
    var component = Array(repeating: 0, count: program.relations.count)
    for (number, members) in components.enumerated() {
      for member in members { component[member] = number }
    }
    self.component = component
    componentSizes = components.map(\.count)
    isRecursive = components.map { members in
      members.contains { member in edges[member].contains { members.contains($0) } }
    }
    isBinary = components.map { members in
      members.allSatisfy { member in
        program.relations[member].columns.count == 2 && program.relations[member].lattice == nil
          && rulesByHead[member].allSatisfy { program.rules[$0].isBinary }
      }
    }
    result = program
    result.rules = []
  }

  private mutating func run(_ outputs: Set<RelationID>) {
    for output in outputs.sorted(by: { $0.index < $1.index }) { takeWhole(output) }
    while let job = pending.popLast() { rewrite(job) }
  }

  /// Puts a relation's rules into the result, for all of its rows.
  mutating func takeWhole(_ id: RelationID) {
    guard taken.insert(id.index).inserted else { return }
    // Whoever needs all rows needs no versions beside them.
    if patterns[id.index] != nil { conflicts.insert(id.index) }
    for index in rulesByHead[id.index] {
      pending.append(Job(rule: source.rules[index], version: nil))
    }
    // What shows the rounds of a relation goes with it.
    for (index, relation) in source.relations.enumerated() where relation.deltaOf == id {
      takeWhole(RelationID(index: index))
    }
  }

  // MARK: Requests

  func isDerived(_ id: RelationID) -> Bool {
    id.index < rulesByHead.count && !rulesByHead[id.index].isEmpty
  }

  func canRestrict(_ id: RelationID) -> Bool {
    isDerived(id) && !whole.contains(id.index) && !taken.contains(id.index)
  }

  /// The atom to read in place of one whose columns `bound` have values; `seedBody` gives the
  /// conditions that lead to them.
  mutating func request(
    _ atom: CoreAtom, bound: [Int], in rule: CoreRule, seedBody: (Set<Int>) -> [CoreLiteral]
  ) -> CoreAtom {
    let id = atom.relation
    let bound = bound.filter { keepsValue($0, id) }
    let values = bound.compactMap { atom.argument($0) }
    guard canRestrict(id), !bound.isEmpty, values.count == bound.count else {
      takeWhole(id)
      return atom
    }
    let isConstant = values.allSatisfy { $0.variable == nil }
    if isConstant, let version = constantVersion(of: atom, bound) { return version.atom(for: atom) }
    guard let version = version(of: id, bound) else {
      conflicts.insert(id.index)
      takeWhole(id)
      return atom
    }
    addSeeds(version, values, rule, seedBody)
    return version.atom(for: atom)
  }

  /// A lattice's value is known only when the relation is complete.
  private func keepsValue(_ column: Int, _ id: RelationID) -> Bool {
    let isAggregate = rulesByHead[id.index].contains { source.rules[$0].isAggregate }
    return !((source[id].lattice != nil || isAggregate) && column == source[id].columns.count - 1)
  }

  private mutating func addSeeds(
    _ version: DemandVersion, _ values: [CoreArgument], _ rule: CoreRule,
    _ seedBody: (Set<Int>) -> [CoreLiteral]
  ) {
    guard let seeds = version.seeds else { return }
    let body = seedBody(Set(values.compactMap(\.variable)))
    if body.count == 1, let atom = body[0].positiveAtom, atom.relation == seeds,
      atom.arguments.map(\.value.variable) == values.map(\.variable),
      !values.contains(where: { $0.variable == nil })
    {
      return
    }
    result.rules.append(
      CoreRule(
        head: seeds, headTerms: values.map(\.expression), body: body, variables: rule.variables,
        span: rule.span))
  }

  // MARK: Versions

  /// A version for constants, if the relation can do without the columns that these stand in.
  private mutating func constantVersion(of atom: CoreAtom, _ bound: [Int]) -> DemandVersion? {
    // All columns at once would leave nothing to carry through a recursion.
    var candidates = [bound]
    if bound.count > 1 { candidates += bound.map { [$0] } }
    let id = atom.relation
    for columns in candidates {
      if columns.count == source[id].columns.count && isRecursive[component[id.index]] { continue }
      let constants = columns.compactMap { column -> CoreConstant? in
        if case .constant(let constant, _)? = atom.argument(column) { constant } else { nil }
      }
      let key = DemandVersion.Key(relation: id, bound: columns, constants: constants)
      if let known = versions[key] { return known }
      guard constantVersions[id.index, default: 0] < 8, let reduction = reduction(of: id, columns)
      else { continue }
      constantVersions[id.index, default: 0] += 1
      patterns[id.index, default: []].insert([])
      let arguments = columns.compactMap { atom.argument($0) }
      let version = reduced(reduction, constants: arguments)
      versions[key] = version
      return version
    }
    return nil
  }

  /// A version for the values that seeds will hold.
  private mutating func version(of id: RelationID, _ bound: [Int]) -> DemandVersion? {
    let key = DemandVersion.Key(relation: id, bound: bound, constants: nil)
    if let known = versions[key] { return known }
    // Three ways of asking for one relation are answered by all of it.
    if patterns[id.index, default: []].count >= 3 { return nil }
    let version: DemandVersion
    if let reduction = reduction(of: id, bound) {
      version = reduced(reduction, constants: nil)
    } else {
      // A lattice in a recursion has an evaluator of its own, and all of its values are soon there.
      if source[id].lattice != nil { return nil }
      version = makeGuarded(id, bound)
    }
    patterns[id.index, default: []].insert(bound)
    versions[key] = version
    return version
  }

  func reduction(of id: RelationID, _ bound: [Int]) -> ArgumentReduction? {
    guard componentSizes[component[id.index]] == 1, !keepsColumns else { return nil }
    return ArgumentReduction(of: id, bound: bound, rules: rules(of: id), in: source)
  }

  /// The rules of a relation; rows that it has without any are one that copies them.
  private func rules(of id: RelationID) -> [CoreRule] {
    var result = rulesByHead[id.index].map { source.rules[$0] }
    if source[id].origin != .derived {
      let span = result.first?.span ?? SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
      var rule = CoreRule(head: id, headTerms: [], body: [], variables: [], span: span)
      let columns = source[id].columns.map { rule.addVariable($0.slot) }
      rule.headTerms = columns.map { .variable($0) }
      rule.body = [
        .atom(
          CoreAtom(
            relation: DemandPass.stored(id),
            arguments: columns.enumerated().map {
              CoreAtom.Argument(column: $0, value: .variable($1))
            }, span: span))
      ]
      result.append(rule)
    }
    return result
  }

  /// Stands for the rows that a relation has without rules, until these have a relation of their own.
  private static func stored(_ id: RelationID) -> RelationID { RelationID(index: -1 - id.index) }

  mutating func resolveStored(_ rule: CoreRule) -> CoreRule {
    var rule = rule
    for position in rule.body.indices {
      guard case .atom(var atom) = rule.body[position], atom.relation.index < 0 else { continue }
      let id = RelationID(index: -1 - atom.relation.index)
      if let known = storedCopies[id.index] {
        atom.relation = known
      } else {
        var copy = source[id]
        copy.lattice = nil
        copy.name += " stored"
        copy.isAuxiliary = true
        copy.part = CoreRelation.Part(whole: id, kind: .stored)
        atom.relation = result.add(copy)
        storedCopies[id.index] = atom.relation
      }
      rule.body[position] = .atom(atom)
    }
    return rule
  }

  /// A relation that no program names, with some columns of another.
  mutating func addPart(
    of id: RelationID, _ kind: CoreRelation.Part.Kind, columns: [Int],
    lattice: CoreRelation.Lattice? = nil
  ) -> RelationID {
    let part = result.addPart(
      kind, of: id, columns: columns.map { source[id].columns[$0] }, lattice: lattice)
    home[part.index] = id.index
    restricted.insert(part)
    return part
  }

  private mutating func reduced(_ reduction: ArgumentReduction, constants: [CoreArgument]?)
    -> DemandVersion
  {
    let id = reduction.relation
    let carried = constants == nil ? reduction.bound : []
    let layout = carried + reduction.free
    let found = addPart(of: id, .found, columns: layout, lattice: source[id].lattice)
    let here =
      reduction.movesBound ? addPart(of: id, .here, columns: carried + reduction.bound) : nil
    let seeds = constants == nil ? addPart(of: id, .seeds, columns: reduction.bound) : nil
    let targets = ArgumentReduction.Targets(
      here: here, found: found, asked: seeds.map { .apart($0) } ?? .constants(constants ?? []))
    for rule in reduction.rules(for: targets, in: source) {
      pending.append(Job(rule: resolveStored(rule), version: nil))
    }
    return DemandVersion(
      relation: id, rows: found, seeds: seeds, bound: reduction.bound,
      layout: layout,
      isGuarded: false)
  }

  /// A version by magic sets: every rule looks first whether its head is asked for.
  private mutating func makeGuarded(_ id: RelationID, _ bound: [Int]) -> DemandVersion {
    let layout = Array(source[id].columns.indices)
    let version = DemandVersion(
      relation: id, rows: addPart(of: id, .versions, columns: layout),
      seeds: addPart(of: id, .seeds, columns: bound), bound: bound, layout: layout, isGuarded: true
    )
    for rule in rules(of: id) {
      var rule = resolveStored(rule)
      rule.head = version.rows
      pending.append(Job(rule: rule, version: version))
    }
    return version
  }

  func version(withRows id: RelationID) -> DemandVersion? {
    home[id.index] == nil ? nil : versions.values.first { $0.rows == id }
  }

  // MARK: Guards

  /// Moves the guard of a chain of binary atoms into one of them, so that the rule stays a chain:
  /// `found(x, y) :- seeds(x), up(x, z), ...` becomes `found(x, y) :- guarded(x, z), ...` with
  /// `guarded(x, z) :- seeds(x), up(x, z).`
  mutating func foldGuard(_ rule: CoreRule, _ version: DemandVersion) -> CoreRule? {
    guard let seeds = version.seeds, version.bound.count == 1,
      let guardAtom = rule.body.first?.positiveAtom, guardAtom.relation == seeds,
      let asked = guardAtom.argument(0)?.variable
    else { return nil }
    for position in rule.body.indices.dropFirst() {
      guard let atom = rule.body[position].positiveAtom, atom.arguments.count == 2,
        home[atom.relation.index].map({ component[$0] }) != component[version.relation.index],
        let argument = atom.arguments.first(where: { $0.value.variable == asked }),
        atom.variables.count == 2
      else { continue }
      let key = GuardedAtom(seeds: seeds, relation: atom.relation, column: argument.column)
      let folded: RelationID
      if let known = guarded[key] {
        folded = known
      } else {
        var relation = result[atom.relation]
        relation.origin = .derived
        relation.lattice = nil
        relation.isAuxiliary = true
        relation.name += " guarded"
        relation.part = CoreRelation.Part(whole: atom.relation, kind: .guarded)
        folded = result.add(relation)
        guarded[key] = folded
        var copy = CoreRule(head: folded, headTerms: [], body: [], variables: [], span: rule.span)
        let columns = relation.columns.map { copy.addVariable($0.slot) }
        func whole(_ id: RelationID) -> CoreLiteral {
          .atom(
            CoreAtom(
              relation: id,
              arguments: columns.enumerated().map {
                CoreAtom.Argument(column: $0, value: .variable($1))
              }, span: rule.span))
        }
        copy.headTerms = columns.map { .variable($0) }
        copy.body = [
          .atom(
            CoreAtom(
              relation: seeds,
              arguments: [
                CoreAtom.Argument(column: 0, value: .variable(columns[argument.column]))
              ], span: rule.span)), whole(atom.relation),
        ]
        result.rules.append(copy)
      }
      var folding = rule
      var replaced = atom
      replaced.relation = folded
      folding.body[position] = .atom(replaced)
      folding.body.removeFirst()
      return folding
    }
    return nil
  }
}

/// A relation in place of another, for some values in some of its columns.
struct DemandVersion {
  struct Key: Hashable {
    var relation: RelationID
    var bound: [Int]
    /// The values, where they are constants.
    var constants: [CoreConstant]?
  }

  var relation: RelationID
  var rows: RelationID
  /// The values that are asked for, unless they are constants.
  var seeds: RelationID?
  var bound: [Int]
  /// Which columns of the relation the version has, in order.
  var layout: [Int]
  /// Made by magic sets.
  var isGuarded: Bool

  /// The atom over the version that stands for one over the relation.
  func atom(for atom: CoreAtom) -> CoreAtom {
    CoreAtom(
      relation: rows,
      arguments: layout.enumerated().compactMap { place, column in
        atom.argument(column).map { CoreAtom.Argument(column: place, value: $0) }
      }, span: atom.span)
  }
}

extension CoreRule {
  /// Whether the body is made of atoms of two variables alone.
  fileprivate var isBinary: Bool {
    body.allSatisfy { literal in
      guard let atom = literal.positiveAtom else { return false }
      return atom.arguments.count == 2 && atom.variables.count == 2
    }
  }
}

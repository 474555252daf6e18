import GraphCore

/// Asking for many values at once, where nobody wants to know which of them led to an answer.
///
/// ```
/// reached(x) :- start(s), path(s, x).               before
///
/// reached(x) :- path found(x).                      after
/// path seeds(s) :- start(s).
/// path found(x) :- path seeds(s), edge(s, x).
/// path found(y) :- path found(x), edge(x, y).
/// ```
///
/// The conditions that lead to the asked values share no variable with the head or the rest of the body,
/// so the values need not be carried along: what is left is the set of nodes that some seed reaches, which
/// costs one look at each edge however many seeds there are.
extension DemandPass {
  /// Replaces such atoms of a rule, and takes the conditions that lead to them out of its body.
  mutating func seedTogether(_ rule: inout CoreRule) {
    // The places of such a rule's literals have a meaning, or its bindings are counted.
    guard case .derive = rule.effect, !rule.countsRows, rule.demandLiteral == nil else { return }
    var position = 0
    while position < rule.body.count {
      guard let atom = rule.body[position].positiveAtom, canSeed(atom),
        let seeding = seeding(of: position, in: rule)
      else {
        position += 1
        continue
      }
      let version = collective(seeding.reduction)
      collectiveVersions[atom.relation.index, default: 0] += 1
      var seeds = CoreRule(
        head: version.seeds, headTerms: [], body: seeding.literals.map { rule.body[$0] },
        variables: rule.variables, span: rule.span)
      seeds.headTerms = seeding.reduction.bound.compactMap { atom.argument($0)?.expression }
      pending.append(Job(rule: seeds, version: nil))
      rule.body[position] = .atom(
        CoreAtom(
          relation: version.found,
          arguments: seeding.reduction.free.enumerated().compactMap { place, column in
            atom.argument(column).map { CoreAtom.Argument(column: place, value: $0) }
          }, span: atom.span))
      let moved = Set(seeding.literals)
      rule.body = rule.body.indices.filter { !moved.contains($0) }.map { rule.body[$0] }
      position = 0
    }
  }

  private func canSeed(_ atom: CoreAtom) -> Bool {
    let index = atom.relation.index
    return canRestrict(atom.relation) && isRecursive[component[index]]
      && source[atom.relation].lattice == nil && collectiveVersions[index, default: 0] < 8
  }

  private struct Seeding {
    /// The conditions that lead to the asked values.
    var literals: [Int]
    var reduction: ArgumentReduction
  }

  /// A part of the body that leads to some columns of an atom and to nothing else.
  private func seeding(of position: Int, in rule: CoreRule) -> Seeding? {
    guard let atom = rule.body[position].positiveAtom else { return nil }
    for part in parts(of: rule, without: position) {
      let variables = part.reduce(into: Set<Int>()) { $0.formUnion(rule.body[$1].variables) }
      let bound = atom.arguments.filter { argument in
        argument.value.variable.map { variables.contains($0) } ?? false
      }.map(\.column).sorted()
      let asked = Set(bound.compactMap { atom.argument($0)?.variable })
      let grounded = Groundedness.grounded(by: part.map { rule.body[$0] })
      guard !bound.isEmpty, asked.count == bound.count, bound.count < atom.arguments.count,
        asked.allSatisfy({ grounded.contains($0) }),
        let reduction = reduction(of: atom.relation, bound)
      else { continue }
      return Seeding(literals: part, reduction: reduction)
    }
    return nil
  }

  /// The parts of a body, without one literal, that share no variable with each other or the head.
  private func parts(of rule: CoreRule, without position: Int) -> [[Int]] {
    var rest = rule
    rest.body[position] = .never(rule.body[position].span)
    return rest.partsApartFromHead()
  }

  private mutating func collective(_ reduction: ArgumentReduction) -> (
    found: RelationID, seeds: RelationID
  ) {
    let id = reduction.relation
    let seeds = addPart(of: id, .seeds, columns: reduction.bound)
    var targets = ArgumentReduction.Targets(
      found: addPart(of: id, .found, columns: reduction.free), asked: .together(seeds))
    if reduction.movesBound { targets.here = addPart(of: id, .here, columns: reduction.bound) }
    patterns[id.index, default: []].insert([])
    for rule in reduction.rules(for: targets, in: source) {
      pending.append(Job(rule: resolveStored(rule), version: nil))
    }
    return (targets.found, seeds)
  }
}

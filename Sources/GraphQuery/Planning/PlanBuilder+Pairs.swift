import GraphCore

/// Atoms of relations in compact form, whose pairs lie by one of their values, the near one.
extension PlanBuilder {
  /// Takes the near values first, each once, where that lets more comparisons say which far values are looked at:
  ///
  /// ```
  /// close(x, y) :- same(x, y), x < y, y < x + 30.   each x, then those of its class up to x + 30
  /// ```
  ///
  /// Nothing is added where the pairs as they come are as good.
  mutating func addPairs(
    _ literal: Int, _ remaining: inout [Int], _ recursive: Set<RelationID>
  ) -> Bool {
    guard case .atom(let atom) = rule.body[literal],
      let pairs = planner.boundedPairs(atom, rule, bound, among: remaining, recursive)
    else { return false }
    let relation = atom.relation.index
    let within = takeBounds(on: [(pairs.nearColumn, pairs.near)], of: relation, &remaining)
    let values = RulePlan.Join(
      relation: relation, range: .all, keyColumns: [], keySources: [],
      outputs: [(pairs.nearColumn, pairs.near)], required: [0, 1], within: within)
    (values.distinctBy, values.groupedBy) = (pairs.nearColumn, pairs.nearColumn)
    steps.append(.join(values))
    bound.insert(pairs.near)
    let type = planner.program.type(rule.variables[pairs.far].slot)
    let isExtension =
      planner.options.contains(.intersections) && type != .float
      && planner.relations[relation].canGroup(by: pairs.nearColumn)
    // A value that is only left out is no end of a range.
    let comparisons = pairs.comparisons.filter { isExtension || $0.relation != .notEqual }
    let bounds = take(comparisons, type, &remaining)
    let near = RulePlan.Source.register(pairs.near)
    if isExtension {
      steps.append(
        .extend(
          RulePlan.Extension(
            register: pairs.far,
            neighbours: [
              RulePlan.Extension.Neighbours(
                relation: relation, nearColumn: pairs.nearColumn, near: near)
            ], bounds: bounds)))
    } else {
      let farColumn = 1 - pairs.nearColumn
      steps.append(
        .join(
          RulePlan.Join(
            relation: relation, range: .all, keyColumns: [pairs.nearColumn], keySources: [near],
            outputs: [(farColumn, pairs.far)], required: [0, 1],
            within: RulePlan.ColumnBounds(column: farColumn, bounds: bounds))))
    }
    bound.insert(pairs.far)
    return true
  }

  /// The column of a relation in compact form of which a row for each value is enough, as nobody needs the other.
  func distinctColumn(of join: RulePlan.Join, _ needed: VariableSet) -> Int? {
    guard planner.options.contains(.existence), ignoresRounds, case .all = join.range,
      join.keyColumns.count <= 1, let rows = planner.relations[join.relation].compactRows
    else { return nil }
    let wanted = join.outputs.filter { needed.contains($0.register) }.map(\.column)
    guard let near = join.keyColumns.first ?? wanted.first, rows.isNear(near),
      wanted.allSatisfy({ $0 == near }), join.groupedBy ?? near == near
    else { return nil }
    return near
  }
}

extension Planner {
  /// An atom of whose pairs each near value is best taken before the far ones.
  struct BoundedPairs {
    var nearColumn: Int
    var near: Int
    var far: Int
    /// Those of the far value, once the near one is known.
    var comparisons: [KnownComparison]
  }

  /// Nothing where not more comparisons bound the pairs so than if these are taken as they come.
  func boundedPairs(
    _ atom: CoreAtom, _ rule: CoreRule, _ bound: VariableSet, among literals: [Int],
    _ recursive: Set<RelationID>
  ) -> BoundedPairs? {
    let relation = relations[atom.relation.index]
    guard options.contains(.ranges), !recursive.contains(atom.relation),
      let rows = relation.compactRows, relation.stable == relation.rowCount,
      let first = atom.argument(0)?.variable, let second = atom.argument(1)?.variable,
      first != second, !bound.contains(first), !bound.contains(second)
    else { return nil }
    func known(_ variable: Int) -> Int {
      let known = KnownValues(rule: rule, program: program, bound: bound) { _ in nil }
      return literals.count { literal in
        KnownComparison(literal, of: variable, known).map { $0.relation != .notEqual } ?? false
      }
    }
    let type = program.type(rule.variables[first].slot)
    guard type == .number || type == .unsigned || type == .float else { return nil }
    let (firstKnown, secondKnown) = (known(first), known(second))
    var (best, bestCount) = (nil as BoundedPairs?, max(firstKnown, secondKnown))
    for column in 0..<2 where rows.isNear(column) {
      let (near, far) = column == 0 ? (first, second) : (second, first)
      var bound = bound
      bound.insert(near)
      let known = KnownValues(rule: rule, program: program, bound: bound) {
        $0 == near || $0 == far ? Double(rows.highestWord) : nil
      }
      let comparisons = literals.compactMap { KnownComparison($0, solvedFor: far, known) }
      let count =
        (column == 0 ? firstKnown : secondKnown)
        + comparisons.count { $0.relation != .notEqual }
      if count > bestCount {
        (best, bestCount) = (
          BoundedPairs(nearColumn: column, near: near, far: far, comparisons: comparisons), count
        )
      }
    }
    return best
  }
}

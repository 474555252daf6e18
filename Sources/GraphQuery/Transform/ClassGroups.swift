import GraphCore

/// Takes an aggregate over what is equivalent once for each class, not once for each of its members.
///
/// ```
/// min(a, min b) :- eq(a, b), p(b).                           before
///
/// min of classes(r, min b) :- eq class(b, r), p(b).          after
/// min(a, m) :- eq class(a, r), min of classes(r, m).
/// ```
///
/// The members of a class have the same rows beside them, so that a class of n takes n steps in place of n². This is how
/// what stands for a class is chosen, or how large it is: `m = min b : { eq(a, b) }`. `eq class` leads from each member to
/// the one that stands for its class. What else speaks of `a` alone says which classes are asked for:
///
/// ```
/// min(a, min b) :- eq(a, b), asked(a).                       before
///
/// asked(r) :- eq class(a, r), asked(a).                      after
/// min of classes(r, min b) :- eq class(b, r), asked(r).
/// min(a, m) :- eq class(a, r), asked(a), min of classes(r, m).
/// ```
enum ClassGroups {
  /// O(rules · conditions).
  static func apply(to program: inout CoreProgram) {
    guard program.relations.contains(where: \.isEquivalence) else { return }
    var ruleCounts: [RelationID: Int] = [:]
    for rule in program.rules { ruleCounts[rule.head, default: 0] += 1 }
    for index in program.rules.indices {
      let rule = program.rules[index]
      guard rule.isAggregate, rule.demandLiteral == nil, !rule.accumulates, !rule.countsRows,
        ruleCounts[rule.head] == 1, program[rule.head].lattice == nil,
        let group = group(of: rule, program)
      else { continue }
      rewrite(index, group, &program)
    }
  }

  /// A column of a group whose values are members of a class, and nothing else.
  private struct Group {
    /// The column of the head.
    var column: Int
    var variable: Int
    /// The literal of the equivalence, and its end that is no group.
    var literal: Int
    var other: CoreArgument
    /// The other literals with the variable.
    var guards: [Int]
  }

  private static func group(of rule: CoreRule, _ program: CoreProgram) -> Group? {
    for (literal, atom) in rule.body.enumerated().compactMap({ place in
      place.element.positiveAtom.map { (place.offset, $0) }
    }) where program[atom.relation].isEquivalence && atom.arguments.count == 2 {
      for side in 0..<2 {
        let other = atom.arguments[1 - side].value
        guard let variable = atom.arguments[side].value.variable, variable != other.variable,
          let column = column(of: variable, in: rule)
        else { continue }
        let guards = rule.body.indices.filter {
          $0 != literal && rule.body[$0].variables.contains(variable)
        }
        guard guards.allSatisfy({ rule.body[$0].positiveAtom?.variables == [variable] })
        else { continue }
        return Group(
          column: column, variable: variable, literal: literal, other: other, guards: guards)
      }
    }
    return nil
  }

  /// The one column of the group that has a variable, if the head says it nowhere else.
  private static func column(of variable: Int, in rule: CoreRule) -> Int? {
    var count = 0
    for term in rule.headTerms { term.forEachVariable { count += $0 == variable ? 1 : 0 } }
    guard count == 1 else { return nil }
    return rule.headTerms.dropLast().firstIndex { $0.variable == variable }
  }

  private static func rewrite(_ index: Int, _ group: Group, _ program: inout CoreProgram) {
    let rule = program.rules[index]
    guard let equivalence = rule.body[group.literal].positiveAtom else { return }
    let classes = EquivalenceClasses.classes(of: equivalence.relation, in: &program)
    let slot = program[classes].columns[1].slot
    func atom(_ member: CoreArgument, _ representative: Int) -> CoreLiteral {
      .atom(
        CoreAtom(
          relation: classes,
          arguments: [
            CoreAtom.Argument(column: 0, value: member),
            CoreAtom.Argument(column: 1, value: .variable(representative)),
          ], span: equivalence.span))
    }
    let groups = program.addPart(
      .ofClasses, of: rule.head, columns: program[rule.head].columns)

    var byClass = rule
    let representative = byClass.addVariable(slot)
    byClass.head = groups
    byClass.headTerms[group.column] = .variable(representative)
    byClass.body[group.literal] = atom(group.other, representative)
    let guards = group.guards.map { rule.body[$0] }
    byClass.body = byClass.body.indices.filter { !group.guards.contains($0) }
      .map { byClass.body[$0] }
    if !guards.isEmpty {
      let asked = program.addPart(
        .asked, of: classes, columns: [program[classes].columns[1]])
      program.rules.append(
        CoreRule(
          head: asked, headTerms: [.variable(representative)],
          body: [atom(.variable(group.variable), representative)] + guards,
          variables: byClass.variables, span: rule.span))
      byClass.body.append(
        .atom(
          CoreAtom(
            relation: asked,
            arguments: [CoreAtom.Argument(column: 0, value: .variable(representative))],
            span: equivalence.span)))
    }
    program.rules.append(byClass)

    // The columns of the head, each a variable.
    var byMember = CoreRule(
      head: rule.head, headTerms: [], body: [], variables: [], span: rule.span)
    let columns = program[rule.head].columns.map { byMember.addVariable($0.slot) }
    let ofMember = byMember.addVariable(slot)
    byMember.headTerms = columns.map { .variable($0) }
    byMember.body = [
      atom(.variable(columns[group.column]), ofMember),
      .atom(
        CoreAtom(
          relation: groups,
          arguments: columns.enumerated().map { column, variable in
            CoreAtom.Argument(
              column: column,
              value: .variable(column == group.column ? ofMember : variable))
          }, span: equivalence.span)),
    ]
    byMember.body += guards.map { literal in
      guard var atom = literal.positiveAtom else { return literal }
      for place in atom.arguments.indices where atom.arguments[place].value.variable != nil {
        atom.arguments[place].value = .variable(columns[group.column])
      }
      return .atom(atom)
    }
    program.rules[index] = byMember
  }
}

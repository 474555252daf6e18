import GraphCore

/// Reads an equivalence inside its own recursion by classes, not pair by pair.
///
/// ```
/// eq(h, g) :- pt(a, h), eq(a, b), pt(b, g).                               before
///
/// eq(h, g) :- pt(a, h), eq class(a, r), pt(b, g), eq class(b, r).         after
/// ```
///
/// `eq class` leads from each member to the one that stands for its class. When two classes become one, the members of
/// the smaller get a new row, so that n members make at most n log n rows in all, where their pairs are n²; and
/// the new rows, as a delta, meet exactly the members that they are newly equivalent to.
///
/// A rule that must see each pair once, because it counts, reads a relation of the pairs. What shows the rounds
/// keeps the first of each.
enum EquivalenceClasses {
  static func apply(to program: inout CoreProgram) {
    guard program.relations.contains(where: \.isEquivalence) else { return }
    let strata = Stratification.stratify(program).strata
    for (number, component) in strata.components.enumerated() where strata.isRecursive[number] {
      let members = Set(component)
      let rules = program.rules.indices.filter { members.contains(program.rules[$0].head) }
      for id in component where program[id].isEquivalence {
        rewrite(rules, id, &program)
      }
    }
  }

  private static func rewrite(_ rules: [Int], _ id: RelationID, _ program: inout CoreProgram) {
    let isRead = rules.contains {
      program.rules[$0].body.contains { $0.positiveAtom?.relation == id }
    }
    guard isRead else { return }
    let classID = classes(of: id, in: &program)
    let classes = program[classID]
    var pairs: RelationID?
    for index in rules {
      let rule = program.rules[index]
      let showsRounds = program[rule.head].deltaOf == id
      if showsRounds { program.relations[rule.head.index].lattice = .min }
      if !showsRounds && (rule.accumulates || rule.countsRows) {
        let pairID = pairs ?? addPairs(of: id, classID, rule.span, &program)
        pairs = pairID
        for position in rule.body.indices {
          guard case .atom(var atom) = rule.body[position], atom.relation == id else { continue }
          atom.relation = pairID
          program.rules[index].body[position] = .atom(atom)
        }
      } else {
        readClasses(classID, of: id, in: &program.rules[index], slot: classes.columns[1].slot)
      }
    }
  }

  /// The relation that leads from the members of an equivalence to those that stand for their classes.
  static func classes(of id: RelationID, in program: inout CoreProgram) -> RelationID {
    if let known = program.relations.firstIndex(where: { $0.classesOf == id }) {
      return RelationID(index: known)
    }
    var classes = program[id]
    classes.name += " class"
    classes.origin = .derived
    classes.isEquivalence = false
    classes.classesOf = id
    classes.isAuxiliary = true
    classes.part = CoreRelation.Part(whole: id, kind: .classes)
    return program.add(classes)
  }

  /// Puts the second half of each atom at the body's end, as the places of literals may have a meaning.
  private static func readClasses(
    _ classes: RelationID, of id: RelationID, in rule: inout CoreRule, slot: TypeSlot
  ) {
    for position in rule.body.indices {
      guard case .atom(let atom) = rule.body[position], atom.relation == id else { continue }
      var halves = atom.arguments.map { argument in
        CoreAtom(
          relation: classes, arguments: [CoreAtom.Argument(column: 0, value: argument.value)],
          span: atom.span)
      }
      if halves.isEmpty { halves = [CoreAtom(relation: classes, arguments: [], span: atom.span)] }
      if halves.count == 2 {
        let representative = CoreArgument.variable(rule.addVariable(slot))
        for half in halves.indices {
          halves[half].arguments.append(CoreAtom.Argument(column: 1, value: representative))
        }
      }
      rule.body[position] = .atom(halves[0])
      rule.body += halves.dropFirst().map { .atom($0) }
    }
  }

  private static func addPairs(
    of id: RelationID, _ classes: RelationID, _ span: SourceSpan, _ program: inout CoreProgram
  ) -> RelationID {
    var pairs = program[id]
    pairs.name += " pairs"
    pairs.origin = .derived
    pairs.isEquivalence = false
    pairs.isAuxiliary = true
    pairs.part = CoreRelation.Part(whole: id, kind: .pairs)
    let pairID = program.add(pairs)
    var rule = CoreRule(head: pairID, headTerms: [], body: [], variables: [], span: span)
    let ends = pairs.columns.map { rule.addVariable($0.slot) }
    rule.headTerms = ends.map { .variable($0) }
    rule.body = [
      .atom(
        CoreAtom(
          relation: id,
          arguments: ends.enumerated().map { CoreAtom.Argument(column: $0, value: .variable($1)) },
          span: span))
    ]
    readClasses(classes, of: id, in: &rule, slot: pairs.columns[1].slot)
    program.rules.append(rule)
    return pairID
  }
}

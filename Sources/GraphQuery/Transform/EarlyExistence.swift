import GraphCore

/// Looks only whether there is something, where nothing else of it is used.
///
/// ```
/// h(x) :- a(x, y), b(z, w), c(w).      before
/// h(x) :- a(x, _), part().             after
/// part() :- b(_, w), c(w).
/// ```
///
/// A variable that stands nowhere else is not looked at. A condition that then says less than another of the same
/// relation is left out: `a(x, _)` beside `a(x, y)`. Conditions that share no variable with the
/// head and the rest become a relation without columns, whose evaluation ends with its first row: a
/// product of two tables becomes two looks. Rules whose bindings are counted stay as they are.
enum EarlyExistence {
  static func apply(to program: inout CoreProgram) {
    for index in program.rules.indices {
      let rule = program.rules[index]
      guard rule.takesSets else { continue }
      leaveOutLoneVariables(index, &program)
      leaveOutImplied(&program.rules[index])
      if case .derive = rule.effect { splitOff(index, &program) }
    }
  }

  private static func leaveOutLoneVariables(_ index: Int, _ program: inout CoreProgram) {
    let occurrences = program.rules[index].occurrences()
    guard occurrences.contains(1) else { return }
    for position in program.rules[index].body.indices {
      guard case .atom(var atom) = program.rules[index].body[position] else { continue }
      let origin = program[atom.relation].origin
      let count = atom.arguments.count
      atom.arguments.removeAll { argument in
        guard let variable = argument.value.variable, occurrences[variable] == 1 else {
          return false
        }
        return !origin.mayLack(column: argument.column)
      }
      if atom.arguments.count < count { program.rules[index].body[position] = .atom(atom) }
    }
  }

  /// Leaves out atoms all of whose columns another atom of the same relation has as well.
  private static func leaveOutImplied(_ rule: inout CoreRule) {
    var position = 0
    while position < rule.body.count {
      guard let atom = rule.body[position].positiveAtom else {
        position += 1
        continue
      }
      let isImplied = rule.body.indices.contains { other in
        guard other != position, let stronger = rule.body[other].positiveAtom,
          stronger.relation == atom.relation
        else { return false }
        return atom.arguments.allSatisfy { argument in
          stronger.argument(argument.column).map { $0.isSame(as: argument.value) } ?? false
        }
      }
      if isImplied { rule.body.remove(at: position) } else { position += 1 }
    }
  }

  /// Moves the parts of a body that share no variable with the head into relations of their own.
  private static func splitOff(_ index: Int, _ program: inout CoreProgram) {
    let rule = program.rules[index]
    if rule.isConnectedToHead { return }
    let parts = rule.partsApartFromHead()
    // A rule that is nothing but one such part is what this pass makes.
    if rule.headTerms.isEmpty && parts.count == 1 { return }
    var moved: Set<Int> = []
    for part in parts where part.count > 1 {
      let id = program.addPart(.existence, of: rule.head, columns: [])
      program.rules.append(
        CoreRule(
          head: id, headTerms: [], body: part.map { rule.body[$0] }, variables: rule.variables,
          span: rule.span))
      // The test stands where the part began, so that literals keep their order.
      program.rules[index].body[part[0]] = .atom(
        CoreAtom(relation: id, arguments: [], span: rule.body[part[0]].span))
      moved.formUnion(part.dropFirst())
    }
    program.rules[index].body = program.rules[index].body.enumerated().filter {
      !moved.contains($0.offset)
    }.map(\.element)
  }
}

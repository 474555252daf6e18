import GraphCore

/// Looks only whether there is something, where nothing else of it is used.
///
/// ```
/// h(x) :- a(x, y), b(z, w), c(w).      before
/// h(x) :- a(x, _), part().             after
/// part() :- b(_, w), c(w).
/// ```
///
/// A variable that stands nowhere else is not looked at. Conditions that share no variable with the
/// head and the rest become a relation without columns, whose evaluation ends with its first row: a
/// product of two tables becomes two looks. Rules whose bindings are counted stay as they are.
enum EarlyExistence {
  static func apply(to program: inout CoreProgram) {
    for index in program.rules.indices {
      let rule = program.rules[index]
      guard case .derive = rule.effect, rule.demandLiteral == nil, !rule.countsRows else {
        continue
      }
      leaveOutLoneVariables(index, &program)
      splitOff(index, &program)
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

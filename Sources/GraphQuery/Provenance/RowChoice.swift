import GraphCore

/// A row of a relation of which not every row that is stated or derived stays: because of a
/// `choice-domain` or of a subsumption.
struct RowChoice {
  private let session: QuerySession
  private let environment: Environment
  private let atom: Atom
  private let declaration: DeclaredRelation

  /// Nothing where the atom is no row of such a relation.
  init?(
    _ session: QuerySession, _ environment: Environment, _ atom: Atom, _ resolved: ResolvedRelation
  ) {
    guard case .declared(let declaration) = resolved,
      !declaration.choiceKeys.isEmpty || environment.subsumptions[declaration.key] != nil,
      atom.named.isEmpty, atom.arguments.count == declaration.attributes.count,
      atom.arguments.allSatisfy({ $0.constant != nil })
    else { return nil }
    self.session = session
    self.environment = environment
    self.atom = atom
    self.declaration = declaration
  }

  /// Whether the row is among the facts. O(facts).
  var isStated: Bool {
    guard let facts = session.facts[declaration.key] else { return false }
    let terms = session.termSpace()
    let wanted = atom.arguments.map { $0.constant?.description }
    return (0..<facts.rowCount).contains { row in
      facts.types.indices.allSatisfy { column in
        facts.types[column].value(facts.word(row: row, column: column), terms).description
          == wanted[column]
      }
    }
  }

  /// The row that is there in its place, with the reason.
  var winner: Proof? {
    for key in declaration.choiceKeys {
      let kept = atom.arguments.enumerated().map { column, argument in
        key.contains(column)
          ? argument : .variable(Identifier("other'\(column)", argument.span))
      }
      guard let row = row(kept, [], unit: 0) else { continue }
      let names = key.map { "`\(declaration.attributes[$0].name)`" }.joined(separator: " and ")
      return Proof(.remark, "\(row) is there, and each \(names) has one row")
    }
    for entry in environment.subsumptions[declaration.key] ?? [] {
      guard let (given, equations) = values(of: entry.subsumption.lesser) else { continue }
      let greater = entry.subsumption.greater.mapping { expression in
        if case .variable(let name) = expression { given[name.text] } else { nil }
      }
      let conditions = (entry.subsumption.body.map { [$0] } ?? []) + equations
      guard
        let row = row(
          greater.arguments, conditions.map { $0.substituting(given) }, unit: entry.unit)
      else { continue }
      let place = session.sources.place(entry.subsumption.span)
      return Proof(.remark, "\(row) is there, and it gives way to that by the rule at \(place)")
    }
    return nil
  }

  /// What the variables of a lesser row stand for in this one, and what must hold beside.
  private func values(of lesser: Atom) -> (values: [String: Expression], equations: [Formula])? {
    guard lesser.arguments.count == atom.arguments.count else { return nil }
    var values: [String: Expression] = [:]
    var equations: [Formula] = []
    for (place, given) in zip(lesser.arguments, atom.arguments) {
      switch place {
      case .wildcard: continue
      case .variable(let name) where values[name.text] == nil: values[name.text] = given
      default:
        equations.append(
          .comparison(
            Comparison(relation: .equal, left: place, right: given, span: given.span)))
      }
    }
    return (values, equations)
  }

  /// The first row with such arguments, as it is written.
  private func row(_ arguments: [Expression], _ conditions: [Formula], unit: Int) -> String? {
    // A wildcard has no value that could be shown.
    let columns = arguments.enumerated().map { column, argument in
      if case .wildcard(let span) = argument {
        Expression.variable(Identifier("any'\(column)", span))
      } else {
        argument
      }
    }
    let asked = Atom(name: atom.name, arguments: columns, span: atom.span)
    let query = QuerySession.query(columns, [.atom(asked)] + conditions, atom.span)
    guard
      let answer = session.evaluate(
        query, unit: unit, in: environment, facts: session.facts, limits: session.limits
      ).answer, answer.rowCount > 0
    else { return nil }
    let values = answer.columns.indices.map { answer.value(row: 0, column: $0).literal }
    return "\(ASTPrinter.quotedName(atom.name.text))(\(values.joined(separator: ", ")))"
  }
}

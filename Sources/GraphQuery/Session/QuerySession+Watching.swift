import GraphCore

extension QuerySession {
  /// All rows of a relation as texts; nothing where there is no such relation or it fails.
  package func rows(ofRelation name: String) -> Set<[String]>? {
    guard let answer = answer(ofRelation: name) else { return nil }
    return Set(
      (0..<answer.rowCount).map { row in
        answer.columns.indices.map { answer.value(row: row, column: $0).literal }
      })
  }

  /// Everything that a relation holds; a name that is a label and an edge type is the label here.
  func answer(ofRelation name: String) -> Answer? {
    for arity in arities(of: name, in: environment(terms: termSpace())) {
      if let answer = answer(ofRelation: name, arity: arity) { return answer }
    }
    return nil
  }

  /// Everything that a relation of so many arguments holds.
  func answer(ofRelation name: String, arity: Int) -> Answer? {
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    let variables = (0..<arity).map { Expression.variable(Identifier("x\($0)", span)) }
    let atom = Atom(name: Identifier(name, span), arguments: variables, span: span)
    return evaluate(Self.query(variables, [.atom(atom)], span))
  }

  /// How many arguments a relation of this name may have.
  func arities(of name: String, in environment: Environment) -> [Int] {
    var result: [Int] = []
    if let own = environment.declared[name]?.last { result.append(own.attributes.count) }
    if let definition = environment.defined[name] { result.append(definition.arity) }
    if let term = environment.catalog.term(name) {
      if environment.catalog.isLabel(term) { result.append(1) }
      if environment.catalog.isEdgeType(term) { result.append(2) }
    }
    if let builtin = BuiltinRelation(rawValue: name) { result.append(builtin.columns.count) }
    // Of what no fact has any more nobody knows what it was; it is empty either way.
    if result.isEmpty, environment.assumedNames.contains(name) { result = [1, 2] }
    return result
  }
}

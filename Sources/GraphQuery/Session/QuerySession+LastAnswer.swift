import GraphCore

/// The last answer as the relation `last`.
///
/// A question speaks of the answer before it. A rule goes on speaking of the rows that were there when it
/// was stated: it gets them as a relation of their own, `last 1`, which stays as long as a rule uses it.
extension QuerySession {
  private static let lastName = "last"
  private static let lastBytes = Array(lastName.utf8)

  func noteLast(_ answer: Answer, to text: SourceText, _ id: SourceID) {
    guard !answer.isTruthValue else { return }
    let upper = UInt32(truncatingIfNeeded: text.bytes.count)
    changes.lastAnswer = (answer, SourceSpan(source: id, lower: 0, upper: upper))
  }

  /// Whether the name of the last answer stands anywhere in a text.
  func mentionsLast(_ text: SourceText) -> Bool {
    let word = Self.lastBytes
    let bytes = text.bytes
    var start = 0
    while start + word.count <= bytes.count {
      var length = 0
      while length < word.count, bytes[start + length] == word[length] { length += 1 }
      if length == word.count { return true }
      start += 1
    }
    return false
  }

  /// Makes the last answer a relation for a statement that may speak of it, unless a program has one of
  /// that name.
  func bindLast(in unit: inout ParsedUnit) {
    dropUnusedAnswers()
    guard let (answer, question) = changes.lastAnswer else { return }
    let isTaken =
      program.declared[Self.lastName]?.contains { !$0.isAnswer } ?? false
      || program.defined[Self.lastName] != nil || unit.defines(Self.lastName)
    if isTaken { return dropLast() }
    let relation = relation(of: answer)
    declare(Self.lastName, answer, relation, question)
    var number = 1
    while program.declared["\(Self.lastName) \(number)"] != nil { number += 1 }
    let name = "\(Self.lastName) \(number)"
    var isUsed = false
    unit.parsed.statements = unit.parsed.statements.map { statement in
      statement.mappingBodies { body in
        body.mappingRelations { relation in
          guard relation.text == Self.lastName else { return relation }
          isUsed = true
          return Identifier(name, relation.span)
        }
      }
    }
    if isUsed { declare(name, answer, relation, question) }
  }

  /// `last` is no relation any more, until there is another answer.
  func dropLast() { drop(answer: Self.lastName) }

  /// Whether a rule or a constraint speaks of an answer.
  var usesAnswers: Bool {
    let answers = Set(answerNames)
    return !answers.isEmpty && !usedRelations.isDisjoint(with: answers)
  }

  // MARK: Relations

  private func relation(of answer: Answer) -> Relation {
    let types = answer.columns.map { ColumnType($0.type) }
    let relation = Relation(name: Self.lastName, types: types, terms: termSpace())
    for row in 0..<answer.rowCount {
      relation.insert(
        answer.columns.indices.map { column in
          guard answer.columns[column].type == .symbol else {
            return answer.word(row: row, column: column)
          }
          // Texts that the query made must be known to later queries too.
          return UInt64(graph.dictionary.intern(answer.text(row: row, column: column)))
        })
    }
    relation.settle()
    return relation
  }

  private func declare(
    _ name: String, _ answer: Answer, _ relation: Relation, _ question: SourceSpan
  ) {
    let declaration = DeclaredRelation(
      name: name, unit: DeclaredRelation.answerUnit,
      attributes: answer.columns.map { ($0.name, ColumnType($0.type)) }, span: question)
    program.declared[name] = [declaration]
    facts[declaration.key] = relation
  }

  private func drop(answer name: String) {
    guard let declaration = program.declared[name]?.first(where: \.isAnswer) else { return }
    facts[declaration.key] = nil
    program.declared[name]?.removeAll(where: \.isAnswer)
    if program.declared[name]?.isEmpty == true { program.declared[name] = nil }
  }

  /// The answers that rules were given names for.
  private var answerNames: [String] {
    program.declared.keys.filter { name in
      name != Self.lastName && program.declared[name]?.contains(where: \.isAnswer) ?? false
    }
  }

  private func dropUnusedAnswers() {
    let names = answerNames
    guard !names.isEmpty else { return }
    let used = usedRelations
    for name in names where !used.contains(name) { drop(answer: name) }
  }

  /// The names of all relations that rules and constraints speak of.
  private var usedRelations: Set<String> {
    var names: Set<String> = []
    func note(_ body: Formula) -> Formula {
      body.mappingRelations { relation in
        names.insert(relation.text)
        return relation
      }
    }
    for rule in program.rules.values.joined() {
      _ = Statement.clause(rule.clause).mappingBodies(note)
    }
    for entry in program.subsumptions.values.joined() {
      _ = Statement.subsumption(entry.subsumption).mappingBodies(note)
    }
    for constraint in program.constraints { _ = note(constraint.body) }
    return names
  }
}

extension ParsedUnit {
  /// Whether a declaration, a rule or a fact is of the name.
  fileprivate func defines(_ name: String) -> Bool {
    parsed.facts.names.contains(name)
      || parsed.statements.contains { statement in
        switch statement {
        case .clause(let clause): clause.heads.contains { $0.atom.name.text == name }
        case .relation(let relation): relation.names.contains { $0.text == name }
        case .type, .functor, .lattice, .subsumption, .directive, .component, .instantiation,
          .overriding, .pragma, .nodeSchema, .edgeSchema, .index, .source, .constraint, .query:
          false
        }
      }
  }
}

extension Statement {
  /// The statement with its bodies, and what stands in its heads, replaced. What holds no body is as it was.
  func mappingBodies(_ replace: (Formula) -> Formula) -> Statement {
    switch self {
    case .clause(var clause):
      clause.body = clause.body.map(replace)
      clause.heads = clause.heads.map { head in
        guard case .atom(let atom) = replace(.atom(head.atom)) else { return head }
        return Head(atom: atom, aggregates: head.aggregates)
      }
      return .clause(clause)
    case .subsumption(var subsumption):
      subsumption.body = subsumption.body.map(replace)
      return .subsumption(subsumption)
    case .constraint(let body, let span): return .constraint(replace(body), span)
    case .type, .relation, .functor, .lattice, .directive, .component, .instantiation, .overriding,
      .pragma, .nodeSchema, .edgeSchema, .index, .source, .query:
      return self
    }
  }
}

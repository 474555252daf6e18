@_spi(Columns) import GraphCore

/// Facts of declared relations that are kept with a database.
///
/// A relation is kept as a table of its columns, once it is named. What no table can hold is kept as text among the
/// rules, named or not: facts with records, `nil` among them, and those without arguments. A fact that is written with
/// an expression or a record is a rule without a body, and kept as one. Of whatever is kept, changes are kept too.
extension QuerySession {
  /// The declared relations with facts that a database keeps where they are named.
  public var savableRelations: [String] {
    program.declared.keys.sorted().filter { name in
      guard let declaration = keptDeclaration(name), declaration.fitsTable else { return false }
      return (facts[declaration.key]?.liveCount ?? 0) > 0
    }
  }

  func keptDeclaration(_ name: String) -> DeclaredRelation? {
    program.declared[name]?.last { $0.unit >= 0 }
  }

  /// Notes that all declared relations of now are kept.
  func noteKeptNames() {
    program.keptNames.formUnion(program.declared.keys.filter { keptDeclaration($0) != nil })
  }

  /// Whether facts of a relation are kept as they come.
  private func keepsFacts(of declaration: DeclaredRelation) -> Bool {
    guard program.keptNames.contains(declaration.name) else { return false }
    return declaration.fitsTable
      ? graph.storedTable(declaration.name).map(declaration.fits) ?? false : true
  }

  /// Gives a relation that texts declare again, as the database keeps it, the facts that are kept: what
  /// is loaded adds to them.
  func adoptKeptFacts(since before: SessionState) {
    guard store != nil else { return }
    for name in program.keptNames {
      guard let declaration = keptDeclaration(name), keepsFacts(of: declaration),
        let earlier = before.declaration(like: declaration), earlier.key != declaration.key,
        let relation = before.facts[earlier.key]
      else { continue }
      facts[declaration.key] = relation
    }
  }

  // MARK: What cannot be kept

  func nameProblems(_ name: String) -> [Diagnostic] {
    guard keptDeclaration(name) == nil else { return [] }
    let known = program.declared.keys.sorted()
    let nearest = NameSuggestions.nearest(to: name, among: known, limit: 1).first
    return [
      Diagnostic(
        .unknownRelation, "`\(name)` is no declared relation", at: nil,
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "facts of labels and edge types are kept without saying so")
    ]
  }

  /// An error for each relation with a record that is deeper than a text of the language may be.
  func deepRecords() -> [Diagnostic] {
    program.declared.keys.sorted().compactMap { name in
      guard let declaration = keptDeclaration(name), !declaration.fitsTable,
        let relation = facts[declaration.key],
        factTexts(of: relation, declaration).count < relation.liveCount
      else { return nil }
      return Diagnostic(
        .invalidDirective,
        "`\(name)` holds a record that is more than \(Parser.deepestNesting) levels deep, which no "
          + "text of the language can say", at: declaration.span)
    }
  }

  /// Warnings of relations with facts that the database does not keep.
  func remarksOnUnkeptFacts() -> [Diagnostic] {
    savableRelations.compactMap { name in
      guard let declaration = keptDeclaration(name), !keepsFacts(of: declaration),
        let count = facts[declaration.key]?.liveCount
      else { return nil }
      return Diagnostic(
        .unkeptFacts,
        "\(Wording.counted(count, "fact")) of `\(name)` \(count == 1 ? "is" : "are") "
          + "not kept", at: nil, severity: .warning,
        help: "`.save \(name)` keeps the facts of the relation, and what is added to them later")
    }
  }

  // MARK: Texts

  /// The facts of a relation that no table can hold, as statements.
  func factTexts(of name: String) -> [String] {
    guard let last = keptDeclaration(name), !last.fitsTable else { return [] }
    let declarations = (program.declared[name] ?? []).filter { $0.unit >= 0 && $0.isLike(last) }
    return declarations.flatMap { declaration in
      facts[declaration.key].map { factTexts(of: $0, declaration) } ?? []
    }
  }

  /// The rows of a relation as statements, but for records that are too deep to be written.
  func factTexts(of relation: Relation, _ declaration: DeclaredRelation) -> [String] {
    let terms = termSpace()
    let name = ASTPrinter.quotedName(declaration.name)
    return liveRows(of: relation).compactMap { row in
      let values = zip(row, relation.types).compactMap { word, type in
        Expression(word, type, terms, declaration.span).map { ASTPrinter.text($0) }
      }
      return values.count == row.count ? "\(name)(\(values.joined(separator: ", ")))." : nil
    }
  }

  private func liveRows(of relation: Relation) -> [[UInt64]] {
    (0..<relation.rowCount).filter { !relation.isDead($0) }.map { row in
      relation.types.indices.map { relation.word(row: row, column: $0) }
    }
  }

  /// What the database keeps as rules, with the facts that a change brought to relations whose facts are kept, and
  /// without those it took; `nil` where it did neither.
  private func rulesWithChangedFacts(since before: SessionState) -> String? {
    let changed = program.keptNames.filter { name in
      guard let declaration = keptDeclaration(name), !declaration.fitsTable else { return false }
      return hasChangedFacts(of: declaration, since: before)
    }
    let new = program.written.dropFirst(before.program.written.count).compactMap { written in
      writtenFact(written).map { ASTPrinter.text(.clause($0)) }
    }
    guard !changed.isEmpty || !new.isEmpty, let text = graph.document(KeptTexts.rules) else {
      return nil
    }
    let source = SourceText(name: KeptTexts.rules, text: text)
    let parsed = parse(source, sources.add(source), mode: .program)
    var lines = parsed.statements.map { ASTPrinter.text($0) } + new
    for fact in parsed.facts.facts {
      let clause = parsed.facts.clause(fact)
      if changed.contains(clause.heads[0].atom.name.text) { continue }
      lines.append(ASTPrinter.text(.clause(clause)))
    }
    for name in changed.sorted() { lines += factTexts(of: name) }
    var seen: Set<[UInt8]> = []
    return lines.filter { seen.insert(Array($0.utf8)).inserted }.map { $0 + "\n" }.joined()
  }

  /// The statement as a rule without a body, if it is one of a relation whose facts are kept.
  private func writtenFact(_ written: WrittenStatement) -> Clause? {
    guard case .clause(let clause) = written.statement, clause.body == nil,
      clause.heads.allSatisfy({ head in
        keptDeclaration(head.atom.name.text).map(keepsFacts) ?? false
      })
    else { return nil }
    return clause
  }

  // MARK: Tables

  func keepTable(_ name: String, in writer: inout GraphWriter) {
    guard let declaration = keptDeclaration(name), declaration.fitsTable else { return }
    keepTable(declaration, in: &writer)
  }

  private func keepTable(_ declaration: DeclaredRelation, in writer: inout GraphWriter) {
    let columns = declaration.attributes.map { _ in Column<UInt64>() }
    if let relation = facts[declaration.key] {
      for row in 0..<relation.rowCount where !relation.isDead(row) {
        for (place, column) in columns.enumerated() {
          column.append(relation.word(row: row, column: place))
        }
      }
    }
    writer.setTable(
      declaration.name,
      to: StoredTable(
        name: declaration.name,
        columns: zip(declaration.attributes, columns).map { attribute, words in
          StoredTable.Column(
            name: attribute.name, type: attribute.type.valueType, words: words)
        }))
  }

  /// Keeps the facts that a change brought to relations whose facts the database has, or took from them.
  func keepChangedFacts(since before: SessionState) -> [Diagnostic] {
    let hasNewRules = program.written.count > before.program.written.count
    guard store != nil, factsRevision != before.factsRevision || hasNewRules else { return [] }
    let tables = graph.storedTables.compactMap { table in
      program.declared[table.name]?.last { $0.unit >= 0 && $0.fits(table) }
    }.filter { hasChangedFacts(of: $0, since: before) }
    let rules = rulesWithChangedFacts(since: before)
    guard !tables.isEmpty || rules != nil else { return [] }
    return attempt { writer in
      for declaration in tables { self.keepTable(declaration, in: &writer) }
      if let rules { writer.setDocument(KeptTexts.rules, to: rules) }
    }
  }

  private func hasChangedFacts(
    of declaration: DeclaredRelation, since before: SessionState
  ) -> Bool {
    facts[declaration.key]
      !== before.declaration(like: declaration).flatMap { before.facts[$0.key] }
  }
}

extension SessionState {
  /// The last declaration of a relation that says the same as another.
  fileprivate func declaration(like other: DeclaredRelation) -> DeclaredRelation? {
    program.declared[other.name]?.last { $0.unit >= 0 && $0.isLike(other) }
  }
}

extension DeclaredRelation {
  /// Whether a table of words can hold its facts: records are none, and without a column there is no row.
  var fitsTable: Bool {
    !attributes.isEmpty
      && attributes.allSatisfy { if case .record = $0.type { false } else { true } }
  }

  /// Whether the table is one of this relation's facts.
  func fits(_ table: StoredTable) -> Bool {
    fitsTable && attributes.map(\.type) == table.columns.map { ColumnType($0.type) }
  }

  fileprivate func isLike(_ other: DeclaredRelation) -> Bool {
    attributes.map(\.type) == other.attributes.map(\.type)
  }
}

extension Expression {
  /// The literal that stands for a word of a type; `nil` for a record that is deeper than a text may be.
  fileprivate init?(
    _ word: UInt64, _ type: ColumnType, _ terms: TermSpace, _ span: SourceSpan, depth: Int = 1
  ) {
    guard depth < Parser.deepestNesting else { return nil }
    func literals(_ fields: [RecordTypes.Field], from first: Int) -> [Expression]? {
      let values = fields.indices.compactMap { place in
        let field = terms.field(first + place, ofRecord: UInt32(truncatingIfNeeded: word))
        return Expression(field, fields[place].type, terms, span, depth: depth + 1)
      }
      return values.count == fields.count ? values : nil
    }
    switch type {
    case .symbol, .number, .unsigned, .float, .boolean:
      self = Expression(type.value(word, terms), span)
    case .record(let number):
      switch terms.records.types.shape(number) {
      case .record(let fields):
        guard word != 0 else {
          self = .null(span)
          return
        }
        guard let values = literals(fields, from: 0) else { return nil }
        self = .record(values, span)
      case .variants(let branches):
        let isEnumeration = terms.records.types.isEnumeration(number)
        let tag = isEnumeration ? word : terms.field(0, ofRecord: UInt32(truncatingIfNeeded: word))
        let branch = branches[Int(tag)]
        guard let values = literals(branch.fields, from: 1) else { return nil }
        self = .branch(Identifier(branch.name, span), values, span)
      }
    }
  }
}

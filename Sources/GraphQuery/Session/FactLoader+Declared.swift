@_spi(Columns) import GraphCore

/// Facts of declared relations.
extension FactLoader {
  mutating func add(
    _ fact: FactTable.Fact, to facts: DeclaredFacts, _ table: FactTable
  ) {
    let declaration = facts.declaration
    var position = 0
    var isValid = true
    facts.begin()
    for place in fact.arguments {
      let argument = table.arguments[place]
      var column = position
      if argument.key == FactTable.positional {
        position += 1
      } else if let named = self.column(of: argument, of: declaration, fact, table) {
        column = named
      } else {
        isValid = false
        continue
      }
      guard column < facts.types.count else { continue }
      if let word = word(argument, as: facts.types[column], fact, table) {
        facts.set(word, column: column)
      } else {
        reportType(of: argument, column: column, facts, fact, table)
        isValid = false
      }
    }
    guard isValid else { return }
    guard position <= facts.types.count, facts.isComplete else {
      reportArity(
        of: fact, declaration.name, expected: facts.types.count, found: fact.arguments.count,
        declaration.span, table)
      return
    }
    facts.end()
  }

  /// The column that a named argument gives a value; `nil`, and reported, where there is none of that name, or
  /// another argument of the fact gives it one.
  private mutating func column(
    of argument: FactTable.Argument, of declaration: DeclaredRelation, _ fact: FactTable.Fact,
    _ table: FactTable
  ) -> Int? {
    let name = table.names[Int(argument.key)]
    let span = table.nameSpan(of: argument, in: fact)
    guard let column = declaration.attributes.firstIndex(where: { $0.name == name }) else {
      let known = declaration.attributes.map(\.name)
      let nearest = NameSuggestions.nearest(to: name, among: known, limit: 1)
      diagnostics.append(
        Diagnostic(
          .unknownArgument, "`\(declaration.name)` has no argument `\(name)`", at: span,
          help: nearest.first.map { "did you mean `\($0)`?" }))
      return nil
    }
    let arguments = table.arguments(of: fact)
    let isRepeated = arguments.contains { $0.key == argument.key && $0.lower < argument.lower }
    guard !isRepeated, column >= arguments.count(where: { $0.key == FactTable.positional }) else {
      diagnostics.append(.givenTwice(Identifier(name, span)))
      return nil
    }
    return column
  }

  private mutating func reportType(
    of argument: FactTable.Argument, column: Int, _ facts: DeclaredFacts, _ fact: FactTable.Fact,
    _ table: FactTable
  ) {
    let declaration = facts.declaration
    let type = facts.types[column]
    diagnostics.append(
      Diagnostic(
        .typeMismatch,
        Lowering.argumentName(column, declaration.attributes[column].name, of: declaration.name)
          + " is \(session.records.types.name(of: type)), not \(argument.kind.typeName)",
        at: table.span(of: argument, in: fact),
        help: argument.kind.isText
          ? Lowering.literalHelp(for: type.name)
          : Lowering.conversionHelp(from: argument.kind.typeName, to: type.name)))
  }

  mutating func facts(of declaration: DeclaredRelation) -> DeclaredFacts {
    if let known = touched[declaration.key] { return known }
    let facts = DeclaredFacts(
      declaration, before: session.facts[declaration.key], workers: session.workers)
    touched[declaration.key] = facts
    return facts
  }

  private mutating func word(
    _ argument: FactTable.Argument, as type: ColumnType, _ fact: FactTable.Fact,
    _ table: FactTable
  ) -> UInt64? {
    switch (argument.kind, type) {
    case (.text, .symbol), (.decodedText, .symbol):
      return text(argument, fact, table).map(UInt64.init)
    case (.integer, .number): return argument.payload
    case (.integer, .unsigned):
      return isNegative(argument, fact, table) ? nil : argument.payload
    case (.integer, .float): return canonicalWord(Double(Int64(bitPattern: argument.payload)))
    case (.unsigned, .unsigned): return argument.payload
    case (.float, .float): return canonicalWord(Double(bitPattern: argument.payload))
    case (.boolean, .boolean): return argument.payload
    case (.null, .record(let number)):
      if case .record = session.records.types.shape(number) { return 0 }
      return nil
    default: return nil
    }
  }

  /// Whether an integer is written with a minus; a large one without it has the same bits.
  private func isNegative(
    _ argument: FactTable.Argument, _ fact: FactTable.Fact, _ table: FactTable
  ) -> Bool {
    guard Int64(bitPattern: argument.payload) < 0 else { return false }
    let bytes = table.sources[Int(fact.source)].text.bytes
    return bytes[Int(argument.lower)] == UInt8(ascii: "-")
  }
}

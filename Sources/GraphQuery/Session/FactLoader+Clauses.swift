@_spi(Columns) import GraphCore

/// Facts with expressions, and what no fact says.
extension FactLoader {
  /// Whether rules of these texts or earlier ones define a name.
  func isDefinedByRules(_ name: String) -> Bool {
    definedHere.contains(name) || session.program.defined[name] != nil
  }

  /// Says that the `id` of an edge is its own.
  mutating func reportEdgeID(at span: SourceSpan) {
    diagnostics.append(
      Diagnostic(
        .invalidFact, "every edge has an `id`, which no fact gives it", at: span,
        help: "give the property another name, such as `number`"))
  }

  private static func counter(in expression: Expression) -> SourceSpan? {
    switch expression {
    case .counter(let span): return span
    case .record(let parts, _), .branch(_, let parts, _), .call(_, let parts, _):
      return parts.lazy.compactMap { counter(in: $0) }.first
    case .unary(_, let operand, _), .cast(let operand, _, _): return counter(in: operand)
    case .binary(_, let left, let right, _): return counter(in: left) ?? counter(in: right)
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .parameter, .iteration,
      .userFunctor, .aggregate:
      return nil
    }
  }

  /// Facts that are no plain constants become rules where a relation takes them.
  mutating func loadClauses(_ unit: ParsedUnit) {
    for statement in unit.parsed.statements {
      guard case .clause(let clause) = statement, clause.body == nil else { continue }
      for head in clause.heads {
        let name = head.atom.name.text
        if session.program.brokenNames.hold(name) {
          refusedClauses.insert(clause.span)
          continue
        }
        for argument in head.atom.arguments {
          guard let span = Self.counter(in: argument) else { continue }
          diagnostics.append(
            Diagnostic(
              .invalidFact, "a fact is constant, but `autoinc()` is another number each time",
              at: span, help: "number rows in a rule: `\(name)(autoinc(), …) :- ….`"))
        }
        let isKnown = session.program.declared[name] != nil || isDefinedByRules(name)
        if !isKnown, head.atom.arguments.count <= 2 {
          refusedClauses.insert(clause.span)
          diagnostics.append(.variableInFact(head.atom))
        }
      }
    }
  }
}

extension Diagnostic {
  /// A session that only reads is asked to change the graph.
  static func readOnly(at span: SourceSpan?) -> Diagnostic {
    Diagnostic(
      .invalidDirective, "the session is read-only, and this would change the graph", at: span,
      help: "start graphsh without `--read-only`; rules and declarations need no more than reading")
  }

  /// What stands in a fact of the graph is no constant: mostly a text without its quotes.
  fileprivate static func variableInFact(_ atom: Atom) -> Diagnostic {
    let values = atom.arguments + atom.named.map(\.value)
    var span = atom.span
    var text = "a text is written in quotes"
    for case .variable(let name) in values {
      span = name.span
      text += ": \(ASTPrinter.quotedText(name.text))"
      break
    }
    for case let value in values {
      guard let date = value.writtenDate else { continue }
      return Diagnostic(
        .invalidFact, "a fact of the graph consists of constants", at: value.span,
        help: Lowering.dateHelp(date))
    }
    return Diagnostic(
      .invalidFact, "a fact of the graph consists of constants", at: span,
      help: text + "; a question begins with `?-`, and a rule goes on with `:-`")
  }
}

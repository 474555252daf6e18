@_spi(Columns) import GraphCore

/// Finds numbers such as `3.5亿` that meet a property whose unit counts in 亿 or 万 itself.
///
/// `3.5亿` is the number 350000000 and knows no unit, so beside `unit: "亿元"` it is taken for a
/// hundred million times what was meant.
struct UnitCheck {
  private let graph: Graph
  private let sources: SourceMap
  private(set) var diagnostics: [Diagnostic] = []

  /// Rows of an edge type that are looked at for their units.
  private static let sampleSize = 10_000

  init(graph: Graph, sources: SourceMap) {
    self.graph = graph
    self.sources = sources
  }

  mutating func check(_ unit: ParsedUnit) {
    check(unit.parsed.facts)
    guard unit.parsed.hasScaledNumbers else { return }
    for statement in unit.parsed.statements {
      switch statement {
      case .query(let query): check(query.body)
      case .constraint(let body, _): check(body)
      case .clause(let clause): if let body = clause.body { check(body) }
      default: break
      }
    }
  }

  // MARK: Facts

  private mutating func check(_ facts: FactTable) {
    // A number with 万 or 亿 is not spelled plainly.
    for index in facts.spelledFacts {
      let fact = facts.facts[index]
      let arguments = facts.arguments(of: fact)
      for argument in arguments where argument.kind == .integer || argument.kind == .float {
        guard argument.key != FactTable.positional else { continue }
        let span = facts.span(of: argument, in: fact)
        guard isScaled(span) else { continue }
        let texts = arguments.filter { $0.key != FactTable.positional }.compactMap {
          facts.value($0, of: fact).constant?.description
        }
        if let unit = texts.first(where: Self.isScaledUnit) { warn(span, unit) }
      }
    }
  }

  // MARK: Conditions

  private mutating func check(_ body: Formula) {
    // What a variable stands for: the atom that binds it to one of its properties.
    var owners: [String: Atom] = [:]
    for atom in body.allAtoms {
      for named in atom.named {
        if case .variable(let name) = named.value { owners[name.text] = atom }
        if isScaled(named.value.span), named.value.constant != nil {
          warn(named.value.span, of: atom)
        }
      }
    }
    let comparisons = body.allComparisons
    for comparison in comparisons where comparison.relation == .equal {
      guard case .variable(let name) = comparison.left,
        case .aggregate(let aggregate) = comparison.right, aggregate.function != .count,
        case .variable(let target)? = aggregate.target
      else { continue }
      owners[name.text] = owners[target.text]
    }
    for comparison in comparisons {
      for (side, other) in [
        (comparison.left, comparison.right), (comparison.right, comparison.left),
      ] {
        guard case .variable(let name) = side, let atom = owners[name.text],
          other.constant != nil, isScaled(other.span)
        else { continue }
        warn(other.span, of: atom)
      }
    }
  }

  private mutating func warn(_ span: SourceSpan, of atom: Atom) {
    let texts = atom.named.compactMap { $0.value.constant?.description }
    if let unit = texts.first(where: Self.isScaledUnit) {
      warn(span, unit)
    } else if !atom.named.contains(where: { $0.name.text == "unit" && $0.value.constant != nil }),
      let unit = storedUnit(atom.name.text)
    {
      warn(span, unit)
    }
  }

  /// A unit in 亿 or 万 that edges of a type have.
  private func storedUnit(_ type: String) -> String? {
    guard let table = graph.term(type).flatMap(graph.edgeTable),
      let column = graph.term("unit").flatMap({ table.property($0) }), column.type == .symbol
    else { return nil }
    var seen: Set<UInt64> = []
    for row in 0..<min(table.count, Self.sampleSize) where column.isPresent(row) {
      guard seen.insert(column.word(row)).inserted else { continue }
      let text = graph.text(UInt32(truncatingIfNeeded: column.word(row)))
      if Self.isScaledUnit(text) { return text }
    }
    return nil
  }

  private static func isScaledUnit(_ text: String) -> Bool {
    text.hasPrefix("万") || text.hasPrefix("亿")
  }

  /// Whether a number is written with 万 or 亿 at its end.
  private func isScaled(_ span: SourceSpan) -> Bool {
    let text = sources.text(span)
    return text.hasSuffix("万") || text.hasSuffix("亿")
  }

  private mutating func warn(_ span: SourceSpan, _ unit: String) {
    let written = sources.text(span)
    diagnostics.append(
      Diagnostic(
        .unitMismatch,
        "`\(written)` is a plain number and knows no unit, but the unit here is "
          + "\(ASTPrinter.quotedText(unit))", at: span, severity: .warning,
        help: "write the number of \(unit), such as 3.5, without 万 or 亿"))
  }
}

extension Formula {
  /// All atoms, those under negations and in aggregates too.
  fileprivate var allAtoms: [Atom] {
    switch self {
    case .atom(let atom):
      [atom]
        + (atom.arguments + atom.named.map(\.value)).flatMap { $0.aggregateBody?.allAtoms ?? [] }
    case .comparison(let comparison):
      [comparison.left, comparison.right].flatMap { $0.aggregateBody?.allAtoms ?? [] }
    case .negation(let inner, _): inner.allAtoms
    case .conjunction(let parts), .disjunction(let parts): parts.flatMap(\.allAtoms)
    case .path, .textTest, .boolean: []
    }
  }

  /// All comparisons, those under negations and in aggregates too.
  fileprivate var allComparisons: [Comparison] {
    switch self {
    case .comparison(let comparison):
      [comparison]
        + [comparison.left, comparison.right].flatMap { $0.aggregateBody?.allComparisons ?? [] }
    case .negation(let inner, _): inner.allComparisons
    case .conjunction(let parts), .disjunction(let parts): parts.flatMap(\.allComparisons)
    case .atom, .path, .textTest, .boolean: []
    }
  }
}

extension Expression {
  fileprivate var aggregateBody: Formula? {
    if case .aggregate(let aggregate) = self { aggregate.body } else { nil }
  }
}

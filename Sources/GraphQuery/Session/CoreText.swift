import GraphCore

/// Rules as they are evaluated, in the words of the program.
///
/// A rule that the passes have left alone is shown as it is written. Another one is put together again from what is
/// evaluated: its relations by their names (`CoreRelation.Part` says what the names of made ones mean), its variables
/// by theirs, computations as they are written.
struct CoreText {
  let program: CoreProgram
  /// The program before the passes.
  let source: CoreProgram
  let sources: SourceMap
  let terms: TermSpace
  private let sourceRules: [RuleKey: [CoreRule]]

  private struct RuleKey: Hashable {
    let head: RelationID
    let span: SourceSpan
  }

  init(_ program: CoreProgram, from source: CoreProgram, _ sources: SourceMap, _ terms: TermSpace) {
    self.program = program
    self.source = source
    self.sources = sources
    self.terms = terms
    sourceRules = Dictionary(grouping: source.rules) { RuleKey(head: $0.head, span: $0.span) }
  }

  // MARK: Rules

  /// Whether a rule is one of the program's, with all conditions and no others.
  func isAsWritten(_ rule: CoreRule) -> Bool {
    let candidates = sourceRules[RuleKey(head: rule.head, span: rule.span)] ?? []
    return candidates.contains { written in
      written.body.count == rule.body.count
        && zip(written.body, rule.body).allSatisfy { $0.relation == $1.relation }
    }
  }

  /// A rule in one line.
  func of(_ rule: CoreRule) -> String {
    if isAsWritten(rule) { return line(rule.span) }
    let names = VariableTexts(rule)
    let head =
      isNameless(rule.head)
      ? name(of: rule.head)
      : atom(rule.head, rule.headTerms.enumerated().map { ($0, text(of: $1, names)) })
    let body = rule.body.filter { !isIdle($0, in: rule) }.map { of($0, in: rule) }
    return body.isEmpty ? head + "." : "\(head) :- \(body.joined(separator: ", "))."
  }

  /// A condition of a rule, in one line.
  func of(_ literal: CoreLiteral, in rule: CoreRule) -> String {
    guard !isAsWritten(rule) else { return written(literal) }
    let names = VariableTexts(rule)
    switch literal {
    case .atom(let atom): return text(of: atom, literal, names)
    case .negated(let atom):
      let text = text(of: atom, literal, names)
      return text.hasPrefix("!") ? text : "!" + text
    case .aggregate(let atom, _):
      let text = text(of: atom, literal, names)
      guard isNameless(atom.relation), let result = atom.arguments.last else { return text }
      return "\(self.text(of: result.value.expression, names)) = \(text)"
    case .comparison(let relation, let left, let right, _):
      return "\(text(of: left, names)) \(relation.rawValue) \(text(of: right, names))"
    case .range, .test, .never: return written(literal)
    }
  }

  /// Whether a condition only gives a value to a variable that nobody reads any more.
  func isIdle(_ literal: CoreLiteral, in rule: CoreRule) -> Bool {
    guard case .comparison(.equal, let left, let right, _) = literal, !isAsWritten(rule),
      let variable = left.variable ?? right.variable, literal.variables.count == 1
    else { return false }
    return rule.occurrences()[variable] == 1
  }

  private func written(_ literal: CoreLiteral) -> String {
    let text = line(literal.span)
    if case .negated = literal, !text.hasPrefix("!") { return "!" + text }
    return text
  }

  private func text(of atom: CoreAtom, _ literal: CoreLiteral, _ names: VariableTexts) -> String {
    if isNameless(atom.relation) { return written(literal) }
    return self.atom(
      atom.relation, atom.arguments.map { ($0.column, text(of: $0.value.expression, names)) })
  }

  /// `name(a, _, c)`, with the properties of an edge by their names.
  private func atom(_ id: RelationID, _ arguments: [(column: Int, text: String)]) -> String {
    let relation = program[id]
    var positional = relation.columns.count
    if case .edges = relation.origin { positional = 2 }
    var texts = Array(repeating: "_", count: positional)
    for argument in arguments.sorted(by: { $0.column < $1.column }) {
      if argument.column < positional {
        texts[argument.column] = argument.text
      } else {
        texts.append("\(relation.columns[argument.column].name): \(argument.text)")
      }
    }
    return "\(relation.name)(\(texts.joined(separator: ", ")))"
  }

  // MARK: Names

  /// What the made relations are that some rules speak of, a sentence each.
  func notes(onPartsIn rules: [Int]) -> [String] {
    var notes: [String] = []
    var seen: Set<RelationID> = []
    for index in rules {
      let rule = program.rules[index]
      for id in [rule.head] + rule.body.compactMap(\.relation) where seen.insert(id).inserted {
        guard let part = program[id].part else { continue }
        let whole = part.whole == program.answer ? "the query" : "`\(name(of: part.whole))`"
        let note = "`\(program[id].name)`: \(part.kind.meaning(whole))"
        if !notes.contains(note) { notes.append(note) }
      }
    }
    return notes
  }

  /// Whether a relation stands for a part of a rule, and its name says less than what is written there.
  private func isNameless(_ id: RelationID) -> Bool {
    let relation = program[id]
    if case .texts = relation.origin { return true }
    return relation.isAuxiliary && relation.part == nil
      && relation.columns.first.map { $0.name == "1" } ?? true
  }

  private func name(of id: RelationID) -> String {
    if isNameless(id), let span = program[id].span { return line(span) }
    return program[id].name
  }

  // MARK: Values

  private func text(of expression: CoreExpression, _ names: VariableTexts) -> String {
    switch expression {
    case .variable(let index): return names[index]
    case .call(let functor, let operands, _, _, let span):
      return text(of: functor, operands, names) ?? line(span)
    case .constant(let constant, let slot):
      let type = program.type(slot)
      let text = WordText.text(constant.word(as: type), type, terms)
      return type == .symbol ? ASTPrinter.quotedText(text) : text
    }
  }

  /// A computation; nothing for those that are written in a way of their own.
  private func text(
    of functor: Functor, _ operands: [CoreExpression], _ names: VariableTexts
  ) -> String? {
    let texts = operands.map { text(of: $0, names) }
    if texts.count == 2,
      let infix = BinaryOperator.allCases.first(where: { Functor($0) == functor })
    {
      let sides = zip(texts, operands).map { text, operand in
        if case .call = operand { "(\(text))" } else { text }
      }
      return "\(sides[0]) \(infix.rawValue) \(sides[1])"
    }
    let names = Functor.named.filter { $0.value == functor }.map(\.key)
    return names.min().map { "\($0)(\(texts.joined(separator: ", ")))" }
  }

  /// A text without line breaks and repeated blanks.
  func line(_ span: SourceSpan) -> String {
    sources.text(span).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

/// The names of a rule's variables: those that have none are `_` where they stand once, and numbered else.
private struct VariableTexts {
  private var texts: [String]

  init(_ rule: CoreRule) {
    let counts = rule.occurrences()
    var used: Set<String> = []
    texts = []
    for (index, variable) in rule.variables.enumerated() {
      var text = AggregateScoping.written(variable.name)
      if variable.isHidden || text.isEmpty { text = "_" }
      if text == "_" ? counts[index] > 1 : used.contains(text) { text += "\(index)" }
      used.insert(text)
      texts.append(text)
    }
  }

  subscript(index: Int) -> String { texts[index] }
}

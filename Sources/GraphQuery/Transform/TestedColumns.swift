import GraphCore

/// Columns of texts of which nothing is asked but what can be told while they are read.
///
/// ```
/// hits(c, count) :- events(i, url, c), contains("baidu", url).          before
///
/// hits(c, count) :- events(i, c, true).                                 after
/// ```
///
/// In place of such a column its tests are columns of truth values: texts of which most are met once need then neither be told
/// from each other nor kept.
enum TestedColumns {
  /// What is asked of a text, with the term that it is compared with.
  enum Question: Hashable {
    case holds(UInt32)
    case matches(UInt32)
    case precedes(UInt32, orEqual: Bool)
  }

  struct Test: Hashable {
    let column: Int
    let question: Question
  }

  /// All that is asked of a column; nothing where it is asked for anything else. O(size of the program).
  static func tests(of column: Int, of id: RelationID, in program: CoreProgram) -> [Test]? {
    var tests: [Test] = []
    for rule in program.rules {
      for literal in rule.body where literal.relation == id {
        switch literal {
        case .atom(let atom):
          guard let argument = atom.argument(column) else { continue }
          guard let variable = argument.variable, let asked = questions(about: variable, in: rule)
          else { return nil }
          for (question, _, _) in asked {
            let test = Test(column: column, question: question)
            if !tests.contains(test) { tests.append(test) }
          }
        case .negated(let atom), .aggregate(let atom, _):
          if atom.argument(column) != nil { return nil }
        case .comparison, .test, .range, .never: break
        }
      }
    }
    return tests
  }

  /// The questions about a variable that one atom gives its value, each with the answer that is wanted and its place in the
  /// body; nothing where it is used otherwise.
  static func questions(about variable: Int, in rule: CoreRule)
    -> [(question: Question, answer: Bool, place: Int)]?
  {
    guard !LiveColumns.isFixed(rule) else { return nil }
    var isInHead = false
    for term in rule.headTerms { term.forEachVariable { if $0 == variable { isInHead = true } } }
    if isInHead { return nil }
    var result: [(Question, Bool, Int)] = []
    var uses = 0
    for (place, literal) in rule.body.enumerated() {
      if case .atom(let atom) = literal {
        uses += atom.arguments.count { $0.value.variable == variable }
      } else if literal.variables.contains(variable) {
        guard let (question, answer) = question(literal, of: variable) else { return nil }
        result.append((question, answer, place))
      }
    }
    return uses == 1 ? result : nil
  }

  private static func question(_ literal: CoreLiteral, of variable: Int)
    -> (Question, answer: Bool)?
  {
    func constant(_ expression: CoreExpression) -> UInt32? {
      if case .constant(.term(let id), _) = expression { id } else { nil }
    }
    switch literal {
    case .test(let kind, let first, let second, let isNegated, _):
      guard second.variable == variable, let text = constant(first) else { return nil }
      return (kind == .match ? .matches(text) : .holds(text), !isNegated)
    case .comparison(let relation, let left, let right, _):
      let isLeft = left.variable == variable
      guard isLeft || right.variable == variable, let text = constant(isLeft ? right : left)
      else { return nil }
      switch relation {
      case .equal, .notEqual: return nil
      case .less: return (.precedes(text, orEqual: !isLeft), isLeft)
      case .lessOrEqual: return (.precedes(text, orEqual: isLeft), isLeft)
      case .greater: return (.precedes(text, orEqual: isLeft), !isLeft)
      case .greaterOrEqual: return (.precedes(text, orEqual: !isLeft), !isLeft)
      }
    case .atom, .negated, .aggregate, .range, .never: return nil
    }
  }

  /// Whether an aggregate counts rows by some columns, and whether each that does looks at all of others as well, by which the rows
  /// can be told apart in place of these. O(size of the program).
  static func counting(
    by dropped: Set<Int>, of id: RelationID, besides kept: [Int], in program: CoreProgram
  ) -> (counts: Bool, canBeTold: Bool) {
    var result = (counts: false, canBeTold: true)
    for rule in program.rules where !rule.takesSets {
      for literal in rule.body {
        guard let atom = literal.positiveAtom, atom.relation == id,
          atom.arguments.contains(where: { dropped.contains($0.column) })
        else { continue }
        result.counts = true
        if !kept.allSatisfy({ atom.argument($0) != nil }) { result.canBeTold = false }
      }
    }
    return result
  }
}

extension CoreProgram {
  /// Asks a relation's columns of truth values, which come behind all others, in place of asking its texts.
  mutating func ask(_ tests: [TestedColumns.Test], of id: RelationID) {
    let width = relations[id.index].columns.count
    types.append(.boolean)
    let slot = TypeSlot(index: types.count - 1)
    for test in tests {
      relations[id.index].columns.append(
        CoreRelation.Column(name: relations[id.index].columns[test.column].name, slot: slot))
    }
    for index in rules.indices { ask(tests, of: id, width, slot, in: &rules[index]) }
  }

  private func ask(
    _ tests: [TestedColumns.Test], of id: RelationID, _ width: Int, _ slot: TypeSlot,
    in rule: inout CoreRule
  ) {
    var answered: Set<Int> = []
    for place in rule.body.indices {
      guard case .atom(var atom) = rule.body[place], atom.relation == id else { continue }
      var wanted: [Int: Bool] = [:]
      for argument in atom.arguments {
        guard tests.contains(where: { $0.column == argument.column }),
          let variable = argument.value.variable,
          let asked = TestedColumns.questions(about: variable, in: rule)
        else { continue }
        for (question, answer, literal) in asked {
          let test = TestedColumns.Test(column: argument.column, question: question)
          guard let number = tests.firstIndex(of: test) else { continue }
          answered.insert(literal)
          if wanted.updateValue(answer, forKey: width + number) == !answer {
            rule.body[literal] = .never(rule.body[literal].span)
            answered.remove(literal)
          }
        }
      }
      for (column, answer) in wanted.sorted(by: { $0.key < $1.key }) {
        atom.arguments.append(
          CoreAtom.Argument(column: column, value: .constant(.boolean(answer), slot)))
      }
      rule.body[place] = .atom(atom)
    }
    for place in answered.sorted().reversed() { rule.body.remove(at: place) }
  }
}

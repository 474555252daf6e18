import GraphCore

/// Columns of texts of which nothing is needed but what can be told while they are read.
///
/// ```
/// hits(c, count) :- events(i, url, c), contains("baidu", url).          before
/// days(substr(t, 0, 10), count) :- visits(i, t).
///
/// hits(c, count) :- events(i, c, true).                                 after
/// days(d, count) :- visits(i, d).
/// ```
///
/// In place of such a column its tests are columns of truth values, and what is computed from it by constants alone is a column
/// of its own: texts of which most are met once need then neither be told from each other nor kept.
enum ReadTexts {
  /// What a column that is made has of a text.
  enum Reading: Hashable {
    // Whether something holds, with the term that the text is compared with.
    case holds(UInt32)
    case matches(UInt32)
    case precedes(UInt32, orEqual: Bool)
    /// How many scalars it has.
    case length
    /// A part, from one of its scalars on; a negative length is the rest.
    case part(from: Int, length: Int)

    var type: ColumnType {
      switch self {
      case .holds, .matches, .precedes: .boolean
      case .length: .number
      case .part: .symbol
      }
    }
  }

  /// A column that is made while another is read.
  struct Made: Hashable {
    let column: Int
    let reading: Reading
  }

  /// What a rule does with a text.
  enum Use {
    /// A condition, at a place of the body, wants this answer.
    case asks(Reading, answer: Bool, place: Int)
    case computes(Reading)

    var reading: Reading {
      switch self {
      case .asks(let reading, _, _), .computes(let reading): reading
      }
    }
  }

  /// All that is needed of a column; nothing where it is needed itself. O(size of the program).
  static func readings(of column: Int, of id: RelationID, in program: CoreProgram) -> [Made]? {
    var result: [Made] = []
    for rule in program.rules {
      for literal in rule.body where literal.relation == id {
        switch literal {
        case .atom(let atom):
          guard let argument = atom.argument(column) else { continue }
          guard let variable = argument.variable, let uses = uses(of: variable, in: rule)
          else { return nil }
          for use in uses {
            let made = Made(column: column, reading: use.reading)
            if !result.contains(made) { result.append(made) }
          }
        case .negated(let atom), .aggregate(let atom, _):
          if atom.argument(column) != nil { return nil }
        case .comparison, .test, .range, .never: break
        }
      }
    }
    return result
  }

  /// The uses of a variable that one atom gives its value; nothing where it is needed itself.
  static func uses(of variable: Int, in rule: CoreRule) -> [Use]? {
    guard !LiveColumns.isFixed(rule) else { return nil }
    var result: [Use] = []
    for term in rule.headTerms where !collect(term, variable, &result) { return nil }
    var atoms = 0
    for (place, literal) in rule.body.enumerated() {
      if case .atom(let atom) = literal {
        atoms += atom.arguments.count { $0.value.variable == variable }
      } else if literal.variables.contains(variable) {
        if let (reading, answer) = question(literal, of: variable) {
          result.append(.asks(reading, answer: answer, place: place))
        } else {
          let expressions = literal.expressions
          guard !expressions.isEmpty else { return nil }
          for expression in expressions where !collect(expression, variable, &result) {
            return nil
          }
        }
      }
    }
    return atoms == 1 ? result : nil
  }

  /// Adds what an expression computes from a variable; false where it needs the value itself.
  private static func collect(
    _ expression: CoreExpression, _ variable: Int, _ uses: inout [Use]
  ) -> Bool {
    switch expression {
    case .variable(let other): return other != variable
    case .constant: return true
    case .call(_, let operands, _, _, _):
      if let (reading, text) = computed(expression), text == variable {
        uses.append(.computes(reading))
        return true
      }
      for operand in operands where !collect(operand, variable, &uses) { return false }
      return true
    }
  }

  /// What a call computes from a variable by constants alone.
  fileprivate static func computed(_ expression: CoreExpression) -> (Reading, of: Int)? {
    func number(_ expression: CoreExpression) -> Int? {
      guard case .constant(.integer(let bits), _) = expression else { return nil }
      return Int(Int64(bitPattern: bits))
    }
    guard case .call(let functor, let operands, _, _, _) = expression,
      let text = operands.first?.variable
    else { return nil }
    switch functor {
    case .length: return (.length, text)
    case .substring:
      guard let from = number(operands[1]), let length = number(operands[2]) else { return nil }
      return (.part(from: from, length: length), text)
    default: return nil
    }
  }

  private static func question(_ literal: CoreLiteral, of variable: Int)
    -> (Reading, answer: Bool)?
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
  /// Reads columns that are made, which come behind all others of a relation, in place of its texts.
  mutating func read(_ made: [ReadTexts.Made], of id: RelationID) {
    let width = relations[id.index].columns.count
    for column in made {
      types.append(column.reading.type)
      relations[id.index].columns.append(
        CoreRelation.Column(
          name: relations[id.index].columns[column.column].name,
          slot: TypeSlot(index: types.count - 1)))
    }
    for index in rules.indices { read(made, of: id, width, in: &rules[index]) }
  }

  private func read(
    _ made: [ReadTexts.Made], of id: RelationID, _ width: Int, in rule: inout CoreRule
  ) {
    var answered: Set<Int> = []
    var values: [Int: [ReadTexts.Reading: Int]] = [:]
    for place in rule.body.indices {
      guard case .atom(var atom) = rule.body[place], atom.relation == id else { continue }
      var wanted: [Int: Bool] = [:]
      for argument in atom.arguments {
        guard made.contains(where: { $0.column == argument.column }),
          let variable = argument.value.variable,
          let uses = ReadTexts.uses(of: variable, in: rule)
        else { continue }
        for use in uses {
          let column = ReadTexts.Made(column: argument.column, reading: use.reading)
          guard let number = made.firstIndex(of: column) else { continue }
          switch use {
          case .asks(_, let answer, let literal):
            answered.insert(literal)
            if wanted.updateValue(answer, forKey: width + number) == !answer {
              rule.body[literal] = .never(rule.body[literal].span)
              answered.remove(literal)
            }
          case .computes(let reading):
            if values[variable]?[reading] != nil { continue }
            let slot = relations[id.index].columns[width + number].slot
            let value = rule.addVariable(slot, at: rule.variables[variable].span)
            values[variable, default: [:]][reading] = value
            atom.arguments.append(
              CoreAtom.Argument(column: width + number, value: .variable(value)))
          }
        }
      }
      for (column, answer) in wanted.sorted(by: { $0.key < $1.key }) {
        let slot = relations[id.index].columns[column].slot
        atom.arguments.append(
          CoreAtom.Argument(column: column, value: .constant(.boolean(answer), slot)))
      }
      rule.body[place] = .atom(atom)
    }
    for place in answered.sorted().reversed() { rule.body.remove(at: place) }
    if values.isEmpty { return }
    rule.replace { expression in
      ReadTexts.computed(expression).flatMap { values[$0.of]?[$0.0] }.map { .variable($0) }
    }
  }
}

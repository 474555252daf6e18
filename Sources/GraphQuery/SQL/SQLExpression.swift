import GraphCore

/// Expressions and conditions of rules as SQL.
struct SQLExpression {
  let program: CoreProgram
  let terms: TermSpace
  let dialect: SQLDialect
  /// What stands for each variable of the rule that has a value.
  var bindings: [Int: String] = [:]

  func isBound(_ expression: CoreExpression) -> Bool {
    var isBound = true
    expression.forEachVariable { if bindings[$0] == nil { isBound = false } }
    return isBound
  }

  // MARK: Values

  func constant(_ constant: CoreConstant, _ type: ColumnType) throws(SQLFailure) -> String {
    switch constant {
    case .term(let id), .given(_, let id):
      if case .record = type { return "NULL" }
      return dialect.text(terms.text(id))
    case .integer, .float, .boolean: return try literal(constant.word(as: type), type)
    }
  }

  /// A word as a literal of its type.
  func literal(_ word: UInt64, _ type: ColumnType) throws(SQLFailure) -> String {
    switch type {
    case .symbol: return dialect.text(terms.text(UInt32(truncatingIfNeeded: word)))
    case .number:
      let number = Int64(bitPattern: word)
      return number < 0 ? dialect.cast(text: "'\(number)'", to: type) : "\(number)"
    case .unsigned: return "\(word)"
    case .float: return dialect.cast(text: "'\(Double(bitPattern: word))'", to: type)
    case .boolean: return word == 0 ? "FALSE" : "TRUE"
    case .record: throw SQLFailure("a record has no form in SQL", at: nil)
    }
  }

  /// An expression; numbers in calculations are made 64 bits wide, which literals are not.
  func value(_ expression: CoreExpression, widens: Bool = false) throws(SQLFailure) -> String {
    switch expression {
    case .variable(let variable): return bindings[variable] ?? "NULL"
    case .constant(let constant, let slot):
      let type = program.type(slot)
      let written = try self.constant(constant, type)
      return widens && type == .number ? dialect.cast(text: written, to: type) : written
    case .call(let functor, let operands, _, let slot, let span):
      var values: [String] = []
      for operand in operands { values.append(try value(operand, widens: true)) }
      // A divisor that is written out is known not to be zero.
      let isSafe =
        if case .constant(let constant, let slot)? = operands.last {
          constant.word(as: program.type(slot)) != 0
        } else { false }
      return try call(functor, values, program.type(slot), isSafe: isSafe, span)
    }
  }

  private func call(
    _ functor: Functor, _ values: [String], _ type: ColumnType, isSafe: Bool, _ span: SourceSpan
  ) throws(SQLFailure) -> String {
    func joined(_ sign: String) -> String { "(\(values.joined(separator: " \(sign) ")))" }
    func isTrue(_ value: String) -> String { "\(value) <> 0" }
    func number(_ condition: String) -> String { "CASE WHEN \(condition) THEN 1 ELSE 0 END" }
    switch functor {
    case .add: return joined(type == .symbol ? "||" : "+")
    case .subtract: return joined("-")
    case .multiply: return joined("*")
    case .divide, .remainder:
      return dialect.quotient(
        values[0], values[1], isRemainder: functor == .remainder, type, isSafe: isSafe)
    case .power where type == .float: return "power(\(values[0]), \(values[1]))"
    case .negate: return "(- \(values[0]))"
    case .absolute: return "abs(\(values[0]))"
    case .least: return "least(\(values.joined(separator: ", ")))"
    case .greatest: return "greatest(\(values.joined(separator: ", ")))"
    case .bitwiseNot: return "(~ \(values[0]))"
    case .bitwiseAnd: return joined("&")
    case .bitwiseOr: return joined("|")
    case .bitwiseXor: return dialect.exclusiveOr(values[0], values[1])
    case .logicalNot: return number("\(values[0]) = 0")
    case .logicalAnd: return number("\(isTrue(values[0])) AND \(isTrue(values[1]))")
    case .logicalOr: return number("\(isTrue(values[0])) OR \(isTrue(values[1]))")
    case .logicalXor: return number("(\(isTrue(values[0]))) <> (\(isTrue(values[1])))")
    case .concatenate: return joined("||")
    case .length: return dialect.cast(text: dialect.length(values[0]), to: .number)
    case .substring:
      let start = "CAST(\(values[1]) + 1 AS INTEGER)"
      return "CASE WHEN \(values[1]) < 0 THEN '' "
        + "WHEN \(values[2]) < 0 THEN substr(\(values[0]), \(start)) "
        + "ELSE substr(\(values[0]), \(start), CAST(\(values[2]) AS INTEGER)) END"
    case .toNumber: return try converted(values[0], from: type, to: .number, span)
    case .toUnsigned: return try converted(values[0], from: type, to: .unsigned, span)
    case .toFloat: return try converted(values[0], from: type, to: .float, span)
    case .toText: return try converted(values[0], from: type, to: .symbol, span)
    case .power, .shiftLeft, .shiftRight, .shiftRightUnsigned, .ordinal, .pack, .field,
      .reinterpret, .counter, .iteration:
      throw SQLFailure("`\(Self.name(functor))` has no form in SQL", at: span)
    }
  }

  private static func name(_ functor: Functor) -> String {
    switch functor {
    case .power: "^"
    case .shiftLeft: "bshl"
    case .shiftRight: "bshr"
    case .shiftRightUnsigned: "bshru"
    case .ordinal: "ord"
    case .counter: "autoinc()"
    case .iteration: "recursive_iteration_cnt()"
    case .reinterpret: "as(…)"
    default: "[…]"
    }
  }

  private func converted(
    _ value: String, from type: ColumnType, to target: ColumnType, _ span: SourceSpan
  ) throws(SQLFailure) -> String {
    if type == target { return value }
    switch (type, target) {
    case (.float, .number), (.float, .unsigned):
      return dialect.cast(text: dialect.truncated(value), to: target)
    case (.boolean, .symbol): return "CASE WHEN \(value) THEN 'true' ELSE 'false' END"
    case (.float, .symbol):
      throw SQLFailure(
        "a float as text is written in another way by each engine", at: span,
        help: "keep the number as it is")
    case (.record, _): throw SQLFailure("a record has no form in SQL", at: span)
    default:
      guard dialect.type(target) != nil else {
        throw SQLFailure("\(dialect.rawValue) has no type for `\(target.name)`", at: span)
      }
      return dialect.cast(text: value, to: target)
    }
  }

  // MARK: Conditions

  func comparison(
    _ relation: Comparison.Operator, _ left: CoreExpression, _ right: CoreExpression
  ) throws(SQLFailure) -> String {
    let sign = relation == .notEqual ? "<>" : relation.rawValue
    return "\(try value(left)) \(sign) \(try value(right))"
  }

  func test(
    _ kind: TextTest.Kind, _ first: CoreExpression, _ second: CoreExpression, isNegated: Bool
  ) throws(SQLFailure) -> String {
    let (part, text) = (try value(first), try value(second))
    let condition =
      kind == .contains ? dialect.contains(text, part) : dialect.matches(text, part)
    return isNegated ? "NOT \(condition)" : condition
  }
}

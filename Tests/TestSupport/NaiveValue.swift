package import GraphCore
package import GraphQuery

/// A value as the naive evaluator knows it. It has nothing in common with the engine's words, so
/// that a mistake in these does not show in both.
package enum NaiveValue: Hashable, Sendable {
  /// UTF-8, whose order is that of code points; `String` would unite what Unicode calls equivalent.
  case text([UInt8])
  case number(Int64)
  case unsigned(UInt64)
  /// The bits of a double; one NaN, no negative zero.
  case float(UInt64)
  case boolean(Bool)
  case null
  /// The fields of a record; of a branch its number first. A branch of an enumeration is a number.
  case record([NaiveValue])

  package static func text(_ string: String) -> NaiveValue { .text(Array(string.utf8)) }

  package static func double(_ value: Double) -> NaiveValue {
    if value != value { return .float(Double.nan.bitPattern) }
    return .float(value == 0 ? 0 : value.bitPattern)
  }

  /// The value of a word that the engine computed.
  package init(word: UInt64, type: ColumnType, terms: TermSpace) {
    switch type {
    case .symbol: self = .text(terms.text(UInt32(truncatingIfNeeded: word)))
    case .number: self = .number(Int64(bitPattern: word))
    case .unsigned: self = .unsigned(word)
    case .record(let type):
      self = Self.record(UInt32(truncatingIfNeeded: word), type, terms)
    case .float: self = .float(word)
    case .boolean: self = .boolean(word != 0)
    }
  }

  private static func record(_ id: UInt32, _ type: UInt32, _ terms: TermSpace) -> NaiveValue {
    func value(_ position: Int, _ type: ColumnType) -> NaiveValue {
      NaiveValue(word: terms.field(position, ofRecord: id), type: type, terms: terms)
    }
    switch terms.records.types.shape(type) {
    case .record(let fields):
      if id == 0 { return .null }
      return .record(fields.enumerated().map { value($0, $1.type) })
    case .variants(let branches):
      if terms.records.types.isEnumeration(type) { return .number(Int64(id)) }
      let tag = terms.field(0, ofRecord: id)
      let fields = branches[Int(tag)].fields.enumerated().map { value($0 + 1, $1.type) }
      return .record([.number(Int64(tag))] + fields)
    }
  }

  /// A value of the store, as a column of the given type shows it.
  package init(_ value: Value, as type: ColumnType) {
    switch value {
    case .text(let text): self = .text(text)
    case .integer(let number):
      self =
        switch type {
        case .float: .double(Double(number))
        case .unsigned: .unsigned(UInt64(bitPattern: number))
        case .number, .symbol, .boolean, .record: .number(number)
        }
    case .unsigned(let number): self = .unsigned(number)
    case .float(let number): self = .double(number)
    case .boolean(let truth): self = .boolean(truth)
    }
  }

  package static func < (left: NaiveValue, right: NaiveValue) -> Bool {
    switch (left, right) {
    case (.text(let a), .text(let b)): return a.lexicographicallyPrecedes(b)
    case (.number(let a), .number(let b)): return a < b
    case (.unsigned(let a), .unsigned(let b)): return a < b
    case (.float(let a), .float(let b)):
      let (x, y) = (Double(bitPattern: a), Double(bitPattern: b))
      return x < y || (x == x && y != y)
    case (.boolean(let a), .boolean(let b)): return !a && b
    case (.null, .record): return true
    case (.record, .null), (.null, .null): return false
    case (.record(let a), .record(let b)): return a.lexicographicallyPrecedes(b, by: <)
    default: preconditionFailure("values of two types are compared: \(left), \(right)")
    }
  }

  package var isNegative: Bool {
    switch self {
    case .number(let number): number < 0
    case .float(let bits): Double(bitPattern: bits) < 0
    case .text, .unsigned, .boolean, .null, .record: false
    }
  }

  /// The text that answers show.
  package var shown: String {
    switch self {
    case .text(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .number(let number): return "\(number)"
    case .unsigned(let number): return "\(number)"
    case .float(let bits):
      let value = Double(bitPattern: bits)
      let isWhole = value == value.rounded() && value.magnitude < 9e15
      return isWhole ? "\(Int64(value))" : "\(value)"
    case .boolean(let truth): return truth ? "true" : "false"
    case .null: return "nil"
    case .record(let fields): return "[" + fields.map(\.shown).joined(separator: ", ") + "]"
    }
  }
}

/// Why the naive evaluator has no answer.
package enum NaiveFailure: Error, Hashable {
  case divisionByZero, invalidConversion, invalidPattern
  /// Recursion that grows without end, as far as one can wait.
  case tooManyRows
  /// What has no value that two evaluators could agree on: `ord`, `$`.
  case unspecified
  case unstratifiable
  /// A sum inside a recursion does not only grow.
  case negativeTerm
}

extension Functor {
  /// The functor's value, by the book: one operand at a time, no batches, no words.
  func naiveValue(_ operands: [NaiveValue], result: ColumnType) throws(NaiveFailure) -> NaiveValue {
    if self == .counter || self == .ordinal { throw .unspecified }
    if self == .pack { return .record(operands) }
    if self == .field {
      guard operands.count == 2, case .record(let fields) = operands[0],
        case .number(let position) = operands[1], fields.indices.contains(Int(position))
      else { throw .unspecified }
      return fields[Int(position)]
    }
    switch operands.first {
    case .text(let text): return try textValue(text, operands, result: result)
    case .number(let first):
      let numbers = operands.map { if case .number(let number) = $0 { number } else { Int64(0) } }
      return try signedValue(first, numbers.count > 1 ? numbers[1] : 0, numbers, result: result)
    case .unsigned(let first):
      let numbers = operands.map {
        if case .unsigned(let number) = $0 { number } else { UInt64(0) }
      }
      return try unsignedValue(first, numbers.count > 1 ? numbers[1] : 0, numbers, result: result)
    case .float(let bits):
      let numbers = operands.map {
        if case .float(let bits) = $0 { Double(bitPattern: bits) } else { 0.0 }
      }
      return try floatValue(
        Double(bitPattern: bits), numbers.count > 1 ? numbers[1] : 0, operands, result: result)
    case .boolean(let truth):
      if self == .toText { return .text(truth ? "true" : "false") }
      throw .unspecified
    case .null, .record: throw .unspecified
    case nil: throw .unspecified
    }
  }

  private func extreme(_ operands: [NaiveValue]) -> NaiveValue {
    var best = operands[0]
    for operand in operands where self == .least ? operand < best : best < operand {
      best = operand
    }
    return best
  }

  private func textValue(_ text: [UInt8], _ operands: [NaiveValue], result: ColumnType)
    throws(NaiveFailure) -> NaiveValue
  {
    let string = String(decoding: text, as: UTF8.self)
    switch self {
    case .least, .greatest: return extreme(operands)
    case .concatenate:
      var all: [UInt8] = []
      for case .text(let part) in operands { all += part }
      return .text(all)
    case .length: return .number(Int64(string.unicodeScalars.count))
    case .substring:
      guard operands.count == 3, case .number(let start) = operands[1],
        case .number(let length) = operands[2], start >= 0
      else { return .text("") }
      var scalars = String.UnicodeScalarView()
      for (index, scalar) in string.unicodeScalars.enumerated()
      where index >= start && (length < 0 || Int64(index) - start < length) {
        scalars.append(scalar)
      }
      return .text(String(scalars))
    case .toText: return operands[0]
    case .toNumber:
      guard let number = Int64(string) else { throw .invalidConversion }
      return .number(number)
    case .toUnsigned:
      guard let number = UInt64(string) else { throw .invalidConversion }
      return .unsigned(number)
    case .toFloat:
      guard let number = Double(string) else { throw .invalidConversion }
      return .double(number)
    default: throw .unspecified
    }
  }

  private func signedValue(_ a: Int64, _ b: Int64, _ all: [Int64], result: ColumnType)
    throws(NaiveFailure) -> NaiveValue
  {
    switch self {
    case .add: return .number(a &+ b)
    case .subtract: return .number(a &- b)
    case .multiply: return .number(a &* b)
    case .divide:
      if b == 0 { throw .divisionByZero }
      return .number(a.dividedReportingOverflow(by: b).partialValue)
    case .remainder:
      if b == 0 { throw .divisionByZero }
      return .number(b == -1 ? 0 : a % b)
    case .power:
      if b < 0 { return .number(a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0) }
      var product: Int64 = 1
      if a == 0 || a == 1 { return .number(b == 0 ? 1 : a) }
      // Beyond 64 factors of an even base nothing is left; odd ones are not tried that far.
      for _ in 0..<min(b, 4096) { product = product &* a }
      return .number(product)
    case .negate: return .number(0 &- a)
    case .absolute: return .number(a < 0 ? 0 &- a : a)
    case .least, .greatest: return extreme(all.map { .number($0) })
    case .bitwiseNot: return .number(~a)
    case .bitwiseAnd: return .number(a & b)
    case .bitwiseOr: return .number(a | b)
    case .bitwiseXor: return .number(a ^ b)
    case .shiftLeft: return .number(a &<< b)
    case .shiftRight: return .number(a &>> b)
    case .shiftRightUnsigned:
      return .number(Int64(bitPattern: UInt64(bitPattern: a) &>> UInt64(bitPattern: b)))
    case .logicalNot: return .number(a == 0 ? 1 : 0)
    case .logicalAnd: return .number(a != 0 && b != 0 ? 1 : 0)
    case .logicalOr: return .number(a != 0 || b != 0 ? 1 : 0)
    case .logicalXor: return .number((a != 0) != (b != 0) ? 1 : 0)
    case .toNumber: return .number(a)
    case .toUnsigned: return .unsigned(UInt64(bitPattern: a))
    case .toFloat: return .double(Double(a))
    case .toText: return .text("\(a)")
    case .concatenate, .length, .substring, .ordinal, .counter, .pack, .field, .reinterpret,
      .iteration:
      throw .unspecified
    }
  }

  private func unsignedValue(_ a: UInt64, _ b: UInt64, _ all: [UInt64], result: ColumnType)
    throws(NaiveFailure) -> NaiveValue
  {
    switch self {
    case .add: return .unsigned(a &+ b)
    case .subtract: return .unsigned(a &- b)
    case .multiply: return .unsigned(a &* b)
    case .divide:
      if b == 0 { throw .divisionByZero }
      return .unsigned(a / b)
    case .remainder:
      if b == 0 { throw .divisionByZero }
      return .unsigned(a % b)
    case .power:
      var product: UInt64 = 1
      for _ in 0..<min(b, 4096) { product = product &* a }
      return .unsigned(product)
    case .negate: return .unsigned(0 &- a)
    case .absolute, .toUnsigned: return .unsigned(a)
    case .least, .greatest: return extreme(all.map { .unsigned($0) })
    case .bitwiseNot: return .unsigned(~a)
    case .bitwiseAnd: return .unsigned(a & b)
    case .bitwiseOr: return .unsigned(a | b)
    case .bitwiseXor: return .unsigned(a ^ b)
    case .shiftLeft: return .unsigned(a &<< b)
    case .shiftRight, .shiftRightUnsigned: return .unsigned(a &>> b)
    case .logicalNot: return .unsigned(a == 0 ? 1 : 0)
    case .logicalAnd: return .unsigned(a != 0 && b != 0 ? 1 : 0)
    case .logicalOr: return .unsigned(a != 0 || b != 0 ? 1 : 0)
    case .logicalXor: return .unsigned((a != 0) != (b != 0) ? 1 : 0)
    case .toNumber: return .number(Int64(bitPattern: a))
    case .toFloat: return .double(Double(a))
    case .toText: return .text("\(a)")
    case .concatenate, .length, .substring, .ordinal, .counter, .pack, .field, .reinterpret,
      .iteration:
      throw .unspecified
    }
  }

  private func floatValue(_ a: Double, _ b: Double, _ all: [NaiveValue], result: ColumnType)
    throws(NaiveFailure) -> NaiveValue
  {
    switch self {
    case .add: return .double(a + b)
    case .subtract: return .double(a - b)
    case .multiply: return .double(a * b)
    case .divide:
      if b == 0 { throw .divisionByZero }
      return .double(a / b)
    case .remainder:
      if b == 0 { throw .divisionByZero }
      return .double(a.truncatingRemainder(dividingBy: b))
    case .negate: return .double(-a)
    case .absolute: return .double(a.magnitude)
    case .least, .greatest: return extreme(all)
    case .toFloat: return .double(a)
    case .toNumber:
      if a != a { return .number(0) }
      return .number(Int64(exactly: a.rounded(.towardZero)) ?? (a < 0 ? .min : .max))
    case .toUnsigned:
      if a != a || a <= 0 { return .unsigned(0) }
      return .unsigned(UInt64(exactly: a.rounded(.towardZero)) ?? .max)
    case .toText: return .text(CMath.fixedText(a))
    default: throw .unspecified
    }
  }
}

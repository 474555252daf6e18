/// Every function that an expression may call, the overloaded ones once.
package enum Functor: String, Sendable, CaseIterable {
  // Overloaded over the numeric types.
  case add, subtract, multiply, divide, remainder, power, negate, absolute
  // Overloaded over all ordered types.
  case least, greatest
  // Integers, signed or unsigned.
  case bitwiseNot, bitwiseAnd, bitwiseOr, bitwiseXor
  case shiftLeft, shiftRight, shiftRightUnsigned
  case logicalNot, logicalAnd, logicalOr, logicalXor
  // Texts.
  case concatenate, length, substring, ordinal
  // Conversions: the operand type decides how.
  case toNumber, toUnsigned, toFloat, toText
  // Records: `pack` builds one of all its operands, `field` takes one out by its number.
  case pack, field
  // The same word read as another type.
  case reinterpret
  // A value that grows by one with every row.
  case counter
  // The number of the round of a recursion, 0 before the first.
  case iteration

  /// What the operands and the result are.
  package enum Signature {
    /// All operands and the result have one type, of this class.
    case uniform(TypeClass)
    /// Operands of the given types, in order; the last repeats for more operands.
    case fixed([ColumnType], ColumnType)
    /// One operand of any type.
    case conversion(ColumnType)
  }

  /// The types that an operand may have.
  package enum TypeClass: Sendable {
    case numeric, integer, ordered
    /// Numbers and texts.
    case additive
  }

  /// The types of the operands and of the result.
  package var signature: Signature {
    switch self {
    case .add: .uniform(.additive)
    case .subtract, .multiply, .divide, .remainder, .power, .negate, .absolute:
      .uniform(.numeric)
    case .least, .greatest: .uniform(.ordered)
    case .bitwiseNot, .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight,
      .shiftRightUnsigned, .logicalNot, .logicalAnd, .logicalOr, .logicalXor:
      .uniform(.integer)
    case .concatenate: .fixed([.symbol], .symbol)
    case .length: .fixed([.symbol], .number)
    case .substring: .fixed([.symbol, .number, .number], .symbol)
    case .ordinal: .conversion(.number)
    case .toNumber: .conversion(.number)
    case .toUnsigned: .conversion(.unsigned)
    case .toFloat: .conversion(.float)
    case .toText: .conversion(.symbol)
    case .reinterpret, .pack, .field: .conversion(.number)
    case .counter: .fixed([], .number)
    case .iteration: .fixed([], .unsigned)
    }
  }

  /// The operand counts that are accepted.
  package var arity: ClosedRange<Int> {
    switch self {
    case .add, .subtract, .multiply, .divide, .remainder, .power, .bitwiseAnd, .bitwiseOr,
      .bitwiseXor, .shiftLeft, .shiftRight, .shiftRightUnsigned, .logicalAnd, .logicalOr,
      .logicalXor:
      2...2
    case .negate, .absolute, .bitwiseNot, .logicalNot, .length, .ordinal, .toNumber, .toUnsigned,
      .toFloat, .toText, .reinterpret:
      1...1
    case .least, .greatest, .concatenate: 2...Int.max
    case .substring: 3...3
    case .field: 2...2
    case .pack: 0...Int.max
    case .counter, .iteration: 0...0
    }
  }

  /// The functors that are called by name in a program.
  package static let named: [String: Functor] = [
    "min": .least, "max": .greatest, "cat": .concatenate, "strlen": .length,
    "substr": .substring, "ord": .ordinal, "to_number": .toNumber, "to_unsigned": .toUnsigned,
    "to_float": .toFloat, "to_string": .toText, "abs": .absolute,
    "itof": .toFloat, "itou": .toUnsigned, "utof": .toFloat, "utoi": .toNumber,
    "ftoi": .toNumber, "ftou": .toUnsigned,
  ]

  package init(_ operation: UnaryOperator) {
    switch operation {
    case .minus: self = .negate
    case .bitwiseNot: self = .bitwiseNot
    case .logicalNot: self = .logicalNot
    }
  }

  package init(_ operation: BinaryOperator) {
    switch operation {
    case .add: self = .add
    case .subtract: self = .subtract
    case .multiply: self = .multiply
    case .divide: self = .divide
    case .remainder: self = .remainder
    case .power: self = .power
    case .bitwiseAnd: self = .bitwiseAnd
    case .bitwiseOr: self = .bitwiseOr
    case .bitwiseXor: self = .bitwiseXor
    case .shiftLeft: self = .shiftLeft
    case .shiftRight: self = .shiftRight
    case .shiftRightUnsigned: self = .shiftRightUnsigned
    case .logicalAnd: self = .logicalAnd
    case .logicalOr: self = .logicalOr
    case .logicalXor: self = .logicalXor
    }
  }
}

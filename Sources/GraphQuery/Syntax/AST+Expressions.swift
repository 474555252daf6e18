public import GraphCore

/// A term: what stands in an argument place or at a side of a comparison.
public indirect enum Expression: Sendable {
  case variable(Identifier)
  case wildcard(SourceSpan)
  case text(String, SourceSpan)
  /// An integer as its 64 bits; `isUnsigned` where it was written with `u` or is above 2^63 - 1.
  case integer(UInt64, isUnsigned: Bool, SourceSpan)
  case float(Double, SourceSpan)
  case boolean(Bool, SourceSpan)
  case null(SourceSpan)
  case record([Expression], SourceSpan)
  /// `$Branch(x, y)`, or `$Branch` written without parentheses where no parameter is meant is `parameter`.
  case branch(Identifier, [Expression], SourceSpan)
  /// `$name`.
  case parameter(Identifier)
  /// `autoinc()` or a lone `$`.
  case counter(SourceSpan)
  /// `recursive_iteration_cnt()`.
  case iteration(SourceSpan)
  case unary(UnaryOperator, Expression, SourceSpan)
  case binary(BinaryOperator, Expression, Expression, SourceSpan)
  /// A named functor: `cat`, `strlen`, `min(a, b)`, `to_number`, `range` ...
  case call(Identifier, [Expression], SourceSpan)
  /// `@name(...)`.
  case userFunctor(Identifier, [Expression], SourceSpan)
  /// `as(expression, type)`.
  case cast(Expression, Identifier, SourceSpan)
  case aggregate(Aggregate)

  public var span: SourceSpan {
    switch self {
    case .variable(let name), .parameter(let name): name.span
    case .wildcard(let span), .text(_, let span), .integer(_, _, let span), .float(_, let span),
      .boolean(_, let span), .null(let span), .record(_, let span), .branch(_, _, let span),
      .counter(let span), .iteration(let span), .unary(_, _, let span), .binary(_, _, _, let span),
      .call(_, _, let span), .userFunctor(_, _, let span), .cast(_, _, let span):
      span
    case .aggregate(let aggregate): aggregate.span
    }
  }
}

/// An operator before its operand; the raw value is how it is written.
public enum UnaryOperator: String, Sendable, CaseIterable {
  case minus = "-"
  case bitwiseNot = "bnot"
  case logicalNot = "lnot"
}

/// An operator between its operands; the raw value is how it is written.
public enum BinaryOperator: String, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case power = "^"
  case bitwiseAnd = "band"
  case bitwiseOr = "bor"
  case bitwiseXor = "bxor"
  case shiftLeft = "bshl"
  case shiftRight = "bshr"
  case shiftRightUnsigned = "bshru"
  case logicalAnd = "land"
  case logicalOr = "lor"
  case logicalXor = "lxor"
}

/// What an aggregate makes of the rows of its body.
public enum AggregateFunction: String, Sendable, CaseIterable {
  case count, sum, min, max, mean

  /// The function that other languages call by a name.
  static func meant(by name: String) -> AggregateFunction? {
    switch name.lowercased() {
    case "avg", "average": .mean
    case "total": .sum
    case "minimum": .min
    case "maximum": .max
    default: nil
    }
  }
}

/// `sum e : { body }`; `count : { body }` has no expression.
public struct Aggregate: Sendable {
  public var function: AggregateFunction
  public var target: Expression?
  public var body: Formula
  public var span: SourceSpan
  /// Tells the aggregates of a clause apart once their variables have names of their own.
  package var number = 0

  public init(function: AggregateFunction, target: Expression?, body: Formula, span: SourceSpan) {
    self.function = function
    self.target = target
    self.body = body
    self.span = span
  }
}

extension Expression {
  /// The date that somebody meant who wrote `2024-12-01` or `2024-12` without quotes, which is a subtraction.
  var writtenDate: String? {
    guard case .binary(.subtract, let left, let right, _) = self,
      case .integer(let last, _, _) = right
    else { return nil }
    func padded(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    switch left {
    case .integer(1000...2999, _, _) where 1...12 ~= last:
      return left.constant.map { "\($0)-\(padded(last))" }
    case .binary where 1...31 ~= last:
      guard let month = left.writtenDate else { return nil }
      return month.utf8.count == 7 ? "\(month)-\(padded(last))" : nil
    default: return nil
    }
  }
}

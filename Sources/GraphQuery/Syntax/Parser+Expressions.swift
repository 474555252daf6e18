import GraphCore

extension Parser {
  /// The binary operator that a token is, with its precedence: a higher one binds tighter.
  func binaryOperator(_ token: Token) -> (operator: BinaryOperator, precedence: Int)? {
    switch token.kind {
    case .plus: return (.add, 8)
    case .minus: return (.subtract, 8)
    case .star: return (.multiply, 9)
    case .slash: return (.divide, 9)
    case .percent: return (.remainder, 9)
    case .caret: return (.power, 11)
    case .identifier:
      switch stream.keyword(token) {
      case .lor: return (.logicalOr, 1)
      case .lxor: return (.logicalXor, 2)
      case .land: return (.logicalAnd, 3)
      case .bor: return (.bitwiseOr, 4)
      case .bxor: return (.bitwiseXor, 5)
      case .band: return (.bitwiseAnd, 6)
      case .bshl: return (.shiftLeft, 7)
      case .bshr: return (.shiftRight, 7)
      case .bshru: return (.shiftRightUnsigned, 7)
      default: return nil
      }
    default: return nil
    }
  }

  /// What the operand of a unary operator binds like.
  static let unaryPrecedence = 10

  /// An expression whose binary operators bind at least as tightly as `minimum`.
  mutating func expression(_ minimum: Int = 0) throws(SyntaxFailure) -> Expression {
    guard depth < Self.deepestNesting else { throw failTooDeep() }
    depth += 1
    defer { depth -= 1 }
    let heightOutside = height
    height = 0
    var left = try operand()
    while let (binary, precedence) = binaryOperator(stream.peek()), precedence >= minimum {
      stream.advance()
      let right = try expression(binary == .power ? precedence : precedence + 1)
      left = .binary(binary, left, right, joined(left.span, right.span))
      try grow()
    }
    height = max(heightOutside, height)
    return left
  }

  private func joined(_ left: SourceSpan, _ right: SourceSpan) -> SourceSpan {
    left.source == right.source ? left.through(right) : left
  }

  /// Counts one more level of the expression's tree: later stages walk it recursively.
  private mutating func grow() throws(SyntaxFailure) {
    height += 1
    if height > Self.highestExpression {
      throw fail(
        .nestingTooDeep, "this expression is more than \(Self.highestExpression) levels deep",
        at: stream.previous, help: "split it with `x = …`")
    }
  }

  /// A primary expression, or a unary operator with what it applies to.
  private mutating func operand() throws(SyntaxFailure) -> Expression {
    let token = stream.peek()
    let unary: UnaryOperator
    switch token.kind {
    case .minus: unary = .minus
    case .identifier:
      switch stream.keyword(token) {
      case .bnot: unary = .bitwiseNot
      case .lnot: unary = .logicalNot
      default: return try primary()
      }
    default: return try primary()
    }
    stream.advance()
    let digits = stream.peek()
    if unary == .minus, digits.kind == .integer, stream.peek(1).kind != .caret,
      let value = integerValue(digits), value >= 1 << 63
    {
      // The digits of the least number alone are too large for a signed one.
      stream.advance()
      try grow()
      let place = span(from: token)
      if value > 1 << 63 {
        report(
          .invalidNumber, "the number `-\(stream.string(digits))` does not fit in 64 bits",
          at: place, help: "the least number is -9223372036854775808; write digits as a text")
      }
      return .integer(1 << 63, isUnsigned: false, place)
    }
    let value = try expression(Self.unaryPrecedence)
    try grow()
    let place = span(from: token)
    return unary == .minus
      ? negated(value, place) : .unary(unary, value, place)
  }

  /// The value of an integer written without `u`.
  private func integerValue(_ token: Token) -> UInt64? {
    let bytes = stream.texts[Int(token.text)].bytes
    guard case .integer(let value, false) = Lexer.value(of: token.kind, bytes, token.range) else {
      return nil
    }
    return value
  }

  /// A minus before a number is part of the number, unless that has one already.
  private func negated(_ value: Expression, _ span: SourceSpan) -> Expression {
    switch value {
    case .integer(let bits, isUnsigned: false, _) where bits < 1 << 63:
      return .integer(0 &- bits, isUnsigned: false, span)
    case .float(let number, _) where number.sign == .plus:
      return .float(-number, span)
    default:
      return .unary(.minus, value, span)
    }
  }

  private mutating func primary() throws(SyntaxFailure) -> Expression {
    let token = stream.peek()
    let result: Expression
    switch token.kind {
    case .text:
      stream.advance()
      result = .text(stream.textContent(token), stream.span(token))
    case .integer, .float, .address, .scaledNumber, .malformedNumber:
      stream.advance()
      result = number(token)
    case .underscore:
      stream.advance()
      result = .wildcard(stream.span(token))
    case .quotedName:
      stream.advance()
      result = .variable(identifier(token))
    case .identifier:
      result = try named(token)
    case .leftParenthesis:
      stream.advance()
      let inner = try expression()
      try expect(.rightParenthesis, "`)`")
      return inner
    case .leftBracket:
      stream.advance()
      let elements = try expressions(until: .rightBracket, "`]`")
      result = .record(elements, span(from: token))
    case .dollar:
      result = try dollar(token)
    case .at:
      stream.advance()
      if stream.peek().kind == .at {
        throw fail(.expected, "aggregates of one's own are not supported", at: token)
      }
      let name = try name("the name of a functor after `@`")
      try expect(.leftParenthesis, "`(` after functor `@\(name.text)`")
      let arguments = try expressions(until: .rightParenthesis, "`)`")
      result = .userFunctor(name, arguments, span(from: token))
    default:
      throw fail(
        .expected, "expected an expression, found \(describe(token))", at: token,
        help: expressionHelp(token))
    }
    try grow()
    return result
  }

  private func expressionHelp(_ token: Token) -> String? {
    switch token.kind {
    case .equal, .doubleEqual: "equality is one `=`"
    case .leftBrace: "braces hold the body of an aggregate: `count : { … }`"
    case .question: "a variable is a name; `?` stands in front of queries only"
    case .star where stream.previous.kind == .leftParenthesis:
      "a question without columns, `?- body.`, shows every variable; `count` counts rows"
    case .rightParenthesis where stream.previous.kind == .comma: "remove the comma before it"
    case .comma where stream.previous.kind == .colon,
      .rightParenthesis where stream.previous.kind == .colon:
      "give the argument a value; `_` stands for any"
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .notEqual:
      stream.previous.kind == .colon
        ? "name the value and compare it in a condition of its own: `amount: a`, … `a > 1`" : nil
    default: nil
    }
  }

  private mutating func number(_ token: Token) -> Expression {
    let place = stream.span(token)
    let bytes = stream.texts[Int(token.text)].bytes
    if token.kind == .scaledNumber { hasScaledNumbers = true }
    switch Lexer.value(of: token.kind, bytes, token.range) {
    case .integer(let value, let isMarked):
      return .integer(
        value, isUnsigned: isMarked || value >> 63 == 1 && token.kind != .address, place)
    case .float(let value):
      return .float(value, place)
    case .outOfRange:
      let shown = stream.string(token)
      if token.kind == .address {
        report(
          .invalidNumber, "`\(shown)` is no address", at: place,
          help: "each of the four parts is at most 255")
      } else {
        report(
          .invalidNumber, "\(describe(token)) does not fit in 64 bits", at: place,
          help: token.kind == .float
            ? "the largest float is 1.7976931348623157e308"
            : "a `number` is at most 9223372036854775807, an `unsigned` 18446744073709551615; "
              + "write more digits as a text")
      }
      return .integer(0, isUnsigned: false, place)
    case .malformed:
      if token.kind != .malformedNumber {
        report(
          .invalidNumber, "\(describe(token)) has both an exponent and a Chinese unit", at: place)
      }
      return .integer(0, isUnsigned: false, place)
    }
  }

  /// Expressions up to a closing bracket, which is consumed.
  mutating func expressions(
    until end: TokenKind, _ spelling: String
  ) throws(SyntaxFailure) -> [Expression] {
    var result: [Expression] = []
    if accept(end) { return result }
    repeat { result.append(try expression()) } while accept(.comma)
    try expect(end, "`,` or \(spelling)")
    return result
  }

  /// `$Branch(x)`, `$name` or a lone `$`.
  private mutating func dollar(_ dollar: Token) throws(SyntaxFailure) -> Expression {
    stream.advance()
    let next = stream.peek()
    let isName = next.kind == .identifier || next.kind == .quotedName
    guard isName, dollar.touches(next) || stream.peek(1).kind == .leftParenthesis else {
      return .counter(stream.span(dollar))
    }
    var distance = 1
    while qualifiedPart(at: distance) != nil { distance += 2 }
    guard stream.peek(distance).kind == .leftParenthesis else {
      stream.advance()
      var name = identifier(next)
      name.span = span(from: dollar)
      return .parameter(name)
    }
    let name = try qualifiedName("a branch")
    try expect(.leftParenthesis, "`(`")
    let arguments = try expressions(until: .rightParenthesis, "`)`")
    return .branch(name, arguments, span(from: dollar))
  }

  /// What begins with an identifier: a keyword, a functor or a variable.
  private mutating func named(_ token: Token) throws(SyntaxFailure) -> Expression {
    let place = stream.span(token)
    let isCall = stream.peek(1).kind == .leftParenthesis
    if let keyword = stream.keyword(token) {
      if let function = keyword.aggregate {
        if isCall, stream.hasTopLevelComma(stream.position + 1) { return try call(token) }
        return try aggregate(function, token)
      }
      switch keyword {
      case .true, .false:
        stream.advance()
        return .boolean(keyword == .true, place)
      case .nil:
        stream.advance()
        return .null(place)
      case .as where isCall: return try cast(token)
      case .autoinc, .iteration:
        stream.advance()
        try expect(.leftParenthesis, "`()` after `\(stream.string(token))`")
        try expect(.rightParenthesis, "`)`")
        return keyword == .autoinc ? .counter(span(from: token)) : .iteration(span(from: token))
      case .file, .line, .includedFrom:
        stream.advance()
        return placeConstant(keyword, token)
      default: break
      }
      if !isCall {
        throw fail(
          .expected, "expected an expression, found \(describe(token))", at: token,
          help: keyword.isFunctor
            ? "`\(stream.string(token))` is a function: write its arguments in parentheses"
            : "a variable cannot have the name of a keyword")
      }
    }
    if isCall { return try call(token) }
    stream.advance()
    return .variable(identifier(token))
  }

  private func placeConstant(_ keyword: Keyword, _ token: Token) -> Expression {
    let place = stream.span(token)
    let source = stream.texts.first { $0.id == place.source }?.source
    switch keyword {
    case .line:
      let line = source?.location(at: Int(place.lower)).line ?? 0
      return .integer(UInt64(line), isUnsigned: false, place)
    case .file: return .text(source?.name ?? "", place)
    default: return .text("", place)
    }
  }

  private mutating func call(_ token: Token) throws(SyntaxFailure) -> Expression {
    stream.advance()
    stream.advance()
    let arguments = try expressions(until: .rightParenthesis, "`)`")
    return .call(identifier(token), arguments, span(from: token))
  }

  private mutating func cast(_ token: Token) throws(SyntaxFailure) -> Expression {
    stream.advance()
    stream.advance()
    let value = try expression()
    try expect(.comma, "`,` and a type after the expression of `as`")
    let type = try qualifiedName("a type")
    try expect(.rightParenthesis, "`)`")
    return .cast(value, type, span(from: token))
  }

  // MARK: Aggregates

  private mutating func aggregate(
    _ function: AggregateFunction, _ token: Token
  ) throws(SyntaxFailure) -> Expression {
    stream.advance()
    var target: Expression?
    if stream.peek().kind != .colon {
      target = try expression()
    }
    return try aggregate(function, target, token)
  }

  /// What follows the target of an aggregate: the colon and the body.
  mutating func aggregate(
    _ function: AggregateFunction, _ target: Expression?, _ start: Token
  ) throws(SyntaxFailure) -> Expression {
    let form =
      function == .count ? "`count : { … }`" : "`\(function.rawValue) x : { … }`"
    if stream.peek().kind == .implies {
      throw fail(
        .expected, "expected `:` and a body after `\(function.rawValue)`, found `:-`",
        at: stream.peek(), help: "an aggregate is written \(form)")
    }
    try expect(
      .colon, "`:` and a body after `\(function.rawValue)`", help: "an aggregate is written \(form)"
    )
    let isComplete = function == .count ? target == nil : target != nil
    if !isComplete {
      report(
        .invalidAggregate,
        function == .count
          ? "`count` counts rows and takes no expression"
          : "`\(function.rawValue)` needs an expression before the colon",
        at: target?.span ?? stream.span(start), help: "write \(form)")
    }
    let body = try nested { parser throws(SyntaxFailure) in
      guard parser.accept(.leftBrace) else { return try parser.relationLiteral() }
      let body = try parser.formula()
      try parser.expect(.rightBrace, "`,`, `;` or `}`")
      return body
    }
    return .aggregate(
      Aggregate(function: function, target: target, body: body, span: span(from: start)))
  }
}

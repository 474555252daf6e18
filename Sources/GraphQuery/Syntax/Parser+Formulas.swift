import GraphCore

extension Parser {
  /// A body: conditions joined by `,` and `;`, the comma binding tighter.
  mutating func formula() throws(SyntaxFailure) -> Formula {
    try nested { parser throws(SyntaxFailure) in
      var alternatives = [try parser.conjunction()]
      while parser.accept(.semicolon) { alternatives.append(try parser.conjunction()) }
      return alternatives.count == 1 ? alternatives[0] : .disjunction(alternatives)
    }
  }

  private mutating func conjunction() throws(SyntaxFailure) -> Formula {
    var parts = [try literal()]
    while accept(.comma) { parts.append(try literal()) }
    return parts.count == 1 ? parts[0] : .conjunction(parts)
  }

  /// One condition, with the negations before it.
  private mutating func literal() throws(SyntaxFailure) -> Formula {
    var negations: [Token] = []
    while stream.peek().kind == .bang { negations.append(stream.advance()) }
    if depth + negations.count > Self.deepestNesting { throw failTooDeep() }
    var result = try positiveLiteral()
    for token in negations.reversed() { result = .negation(result, span(from: token)) }
    return result
  }

  private mutating func positiveLiteral() throws(SyntaxFailure) -> Formula {
    let token = stream.peek()
    switch token.kind {
    case .leftParenthesis:
      return try parenthesized()
    case .caret:
      return try path()
    case .identifier, .quotedName:
      return try namedLiteral(token)
    case .text, .integer, .float, .address, .scaledNumber, .malformedNumber, .underscore, .dollar,
      .leftBracket, .minus, .at:
      return try comparison()
    default:
      throw fail(
        .expected, "expected a condition, found \(describe(token))", at: token,
        help: literalHelp(token))
    }
  }

  private func literalHelp(_ token: Token) -> String? {
    switch token.kind {
    case .dot where stream.previous.kind == .comma: "remove the comma before the full stop"
    case .dot where stream.previous.kind == .implies && statementStart.kind != .implies:
      "a fact has no `:-`"
    case .comma where stream.previous.kind == .comma: "remove one of the commas"
    case .question: "`?` stands in front of queries only"
    case .doubleAmpersand, .doublePipe: "conditions are joined by `,` and `;`"
    default: nil
    }
  }

  // MARK: Literals that begin with a name

  private mutating func namedLiteral(_ token: Token) throws(SyntaxFailure) -> Formula {
    let next = stream.peek(1)
    if let keyword = stream.keyword(token) {
      switch keyword {
      case .true, .false:
        if beginsOperator(next) { return try comparison() }
        stream.advance()
        return .boolean(keyword == .true, stream.span(token))
      case .match, .contains:
        if next.kind == .leftParenthesis {
          return try textTest(keyword == .match ? .match : .contains, token)
        }
      default: return try comparison()
      }
    }
    switch next.kind {
    case .leftParenthesis:
      if let end = stream.closer(of: stream.position + 1),
        beginsOperator(stream.token(at: end + 1))
      {
        return try comparison()
      }
      return .atom(try atom())
    case .plus, .star:
      return try isPathOperator(at: 1) ? path() : comparison()
    case .leftBrace:
      return try path()
    case .leftBracket:
      return .atom(try atom())
    case .dot where qualifiedNameIsApplied():
      return .atom(try atom())
    case .identifier, .quotedName:
      if stream.isWord(token, "not") {
        throw fail(
          .expected, "expected a condition, found `not`", at: token,
          help: "negation is written `!\(stream.string(next))(…)`")
      }
      return try comparison()
    default:
      return try comparison()
    }
  }

  /// Whether the name here continues with dots up to a parenthesis.
  private mutating func qualifiedNameIsApplied() -> Bool {
    var distance = 1
    while qualifiedPart(at: distance, mayBeSpaced: true) != nil { distance += 2 }
    return distance > 1 && stream.peek(distance).kind == .leftParenthesis
  }

  /// Whether an expression goes on, or is compared, with this token.
  private func beginsOperator(_ token: Token) -> Bool {
    switch token.kind {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .doubleEqual:
      true
    default: binaryOperator(token) != nil
    }
  }

  /// Whether the `+`, `*` or `?` there repeats a path: what follows are the two ends, so that the
  /// parenthesis holds a comma.
  private mutating func isPathOperator(at distance: Int) -> Bool {
    var distance = distance
    // `a+*(x, y)` repeats a repetition, and so does `a+{2}(x, y)`: no expression begins with a brace.
    while [.plus, .star].contains(stream.peek(distance).kind) { distance += 1 }
    if stream.peek(distance).kind == .leftBrace { return true }
    guard stream.peek(distance).kind == .leftParenthesis else { return false }
    return stream.hasTopLevelComma(stream.position + distance)
  }

  /// The body of an aggregate without braces: an atom or a path.
  mutating func relationLiteral() throws(SyntaxFailure) -> Formula {
    let token = stream.peek()
    // What follows the atom is the rest of the expression that the aggregate stands in.
    if token.kind == .identifier || token.kind == .quotedName {
      let next = stream.peek(1).kind
      if next == .leftParenthesis || next == .leftBracket || qualifiedNameIsApplied() {
        return .atom(try atom())
      }
    }
    let formula = try literal()
    switch formula {
    case .atom, .path: return formula
    case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction:
      throw fail(
        .expected, "expected `{` or a relation after `:`, found \(describe(token))", at: token,
        help: "write the body of an aggregate in braces")
    }
  }

  /// `name(…)`, `component.name(…)` or `algorithm[relation](…)`.
  private mutating func atom() throws(SyntaxFailure) -> Atom {
    let first = stream.peek()
    let name = try qualifiedName("the name of a relation", mayBeSpaced: true)
    var parameters: [PathExpression] = []
    if accept(.leftBracket) {
      repeat { parameters.append(try pathAlternatives()) } while accept(.comma)
      try expect(.rightBracket, "`,` or `]`")
      if stream.peek().kind != .leftParenthesis {
        throw fail(
          .expected,
          "expected `(` after `\(name.text)[…]`, found \(describe(stream.peek()))",
          at: stream.peek())
      }
    }
    return try nested { parser throws(SyntaxFailure) in
      let (positional, named) = try parser.arguments { parser, _ throws(SyntaxFailure) in
        try parser.expression()
      }
      return Atom(
        name: name, arguments: positional, named: named, parameters: parameters,
        span: parser.span(from: first))
    }
  }

  private mutating func textTest(
    _ kind: TextTest.Kind, _ start: Token
  ) throws(SyntaxFailure) -> Formula {
    stream.advance()
    stream.advance()
    let first = try expression()
    try expect(.comma, "`,` and the second argument of `\(kind.rawValue)`")
    let second = try expression()
    try expect(.rightParenthesis, "`)`")
    return .textTest(
      TextTest(kind: kind, first: first, second: second, span: span(from: start)))
  }

  // MARK: Parentheses

  /// What a parenthesis at the start of a condition holds is decided by what follows it: arguments
  /// make it a path, an operator makes it an expression, anything else a body.
  private mutating func parenthesized() throws(SyntaxFailure) -> Formula {
    if let end = stream.closer(of: stream.position) {
      let distance = end + 1 - stream.position
      let next = stream.peek(distance)
      switch next.kind {
      case .leftParenthesis, .leftBrace:
        return try path()
      case .question:
        return try path()
      case .identifier where stream.isWord(next, "?"):
        return try path()
      case .plus, .star:
        if isPathOperator(at: distance) { return try path() }
        return try comparison()
      default:
        if beginsOperator(next) { return try comparison() }
      }
    }
    stream.advance()
    let body = try formula()
    try expect(.rightParenthesis, "`,`, `;` or `)`")
    return body
  }

  // MARK: Comparisons

  private func comparisonOperator(_ token: Token) -> Comparison.Operator? {
    switch token.kind {
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    default: nil
    }
  }

  private mutating func comparison() throws(SyntaxFailure) -> Formula {
    let start = stream.peek()
    let left = try expression()
    let token = stream.peek()
    guard let relation = comparisonOperator(token) else {
      throw failWithoutComparison(left, token, start)
    }
    stream.advance()
    let next = stream.peek()
    if relation == .less, next.kind == .greater, token.touches(next) {
      throw fail(
        .expected, "expected an expression, found `>`", at: next, help: "inequality is written `!=`"
      )
    }
    if relation == .equal, next.kind == .less || next.kind == .greater, token.touches(next) {
      let sign = stream.string(next)
      throw fail(
        .expected, "expected an expression, found `\(sign)`", at: next, help: "write `\(sign)=`")
    }
    let right = try expression()
    let place = span(from: start)
    if comparisonOperator(stream.peek()) != nil {
      let middle = stream.string(stream.previous)
      throw fail(
        .expected, "comparisons cannot be chained, found \(describe(stream.peek()))",
        at: stream.peek(), help: "compare twice: `a < \(middle), \(middle) < b`")
    }
    return .comparison(
      Comparison(relation: relation, left: left, right: right, span: place))
  }

  private mutating func failWithoutComparison(
    _ left: Expression, _ token: Token, _ start: Token
  ) -> SyntaxFailure {
    if token.kind == .doubleEqual {
      return fail(
        .expected, "expected a comparison, found `==`", at: token, help: "equality is one `=`")
    }
    if token.kind == .colon, stream.peek(1).kind == .equal {
      return fail(
        .expected, "expected a comparison, found `:=`", at: token, help: "equality is one `=`")
    }
    if case .binary(let binary, .variable(let name), _, _) = left,
      stream.previous.kind == .rightParenthesis,
      binary == .add || binary == .multiply
    {
      return fail(
        .ambiguousPath, "`\(name.text)\(binary.rawValue)(…)` without a comma is arithmetic",
        at: left.span, help: "a path has two ends: `\(name.text)\(binary.rawValue)(x, y)`")
    }
    if case .variable(let name) = left, token.kind == .identifier || token.kind == .quotedName {
      return fail(
        .expected, "expected `(` or a comparison after `\(name.text)`, found \(describe(token))",
        at: token,
        help: wordHelp(name.text, token))
    }
    return fail(
      .expected, "expected a comparison after the expression, found \(describe(token))", at: token,
      help: comparisonHelp(left))
  }

  /// What is written here in place of words that other languages have between values.
  private func wordHelp(_ name: String, _ word: Token) -> String? {
    if name == "NOT" { return "negation is written `!\(stream.string(word))(…)`" }
    if stream.isWord(word, "contains") { return "write `contains(\"…\", \(name))`" }
    if stream.isWord(word, "match") { return "write `match(\".*…\", \(name))`" }
    if name == "distinct" { return "an answer holds each row once; leave `distinct` out" }
    if stream.isWord(word, "in") { return "write `(\(name) = 1 ; \(name) = 2)`" }
    if stream.isWord(word, "like") || stream.isWord(word, "LIKE") {
      return "write `contains(\"…\", \(name))` or, with a pattern, `match(\".*…\", \(name))`"
    }
    return nil
  }

  private func comparisonHelp(_ left: Expression) -> String {
    if case .variable(let name) = left {
      if ["order", "limit", "offset"].contains(name.text) {
        return "no comma stands before `\(name.text)`"
      }
      return "a condition is an atom such as `\(name.text)(x)` or a comparison such as `x = 1`"
    }
    return "a condition is an atom or a comparison such as `x = 1`"
  }

  // MARK: Paths

  private mutating func path() throws(SyntaxFailure) -> Formula {
    let start = stream.peek()
    let path = try pathStep()
    if stream.peek().kind != .leftParenthesis {
      throw fail(
        .expected, "expected the ends of a path, found \(describe(stream.peek()))",
        at: stream.peek(), help: "write `(x, y)` behind the path")
    }
    return try nested { parser throws(SyntaxFailure) in
      let (positional, named) = try parser.arguments { parser, _ throws(SyntaxFailure) in
        try parser.expression()
      }
      return .path(
        PathAtom(
          path: path, arguments: positional, named: named, span: parser.span(from: start)))
    }
  }

  /// `a | b`.
  private mutating func pathAlternatives() throws(SyntaxFailure) -> PathExpression {
    var parts = [try pathStep()]
    while accept(.pipe) { parts.append(try pathStep()) }
    return parts.count == 1 ? parts[0] : .alternative(parts)
  }

  /// `^` and what it reads backwards, or a name or a parenthesis with its repetitions.
  private mutating func pathStep() throws(SyntaxFailure) -> PathExpression {
    try nested { parser throws(SyntaxFailure) in
      let start = parser.stream.peek()
      if parser.accept(.caret) {
        let inner = try parser.pathStep()
        return .inverse(inner, parser.span(from: start))
      }
      var result: PathExpression
      if parser.accept(.leftParenthesis) {
        result = try parser.pathAlternatives()
        try parser.expect(.rightParenthesis, "`|` or `)`")
      } else {
        result = .step(try parser.qualifiedName("an edge type"))
      }
      var repetitions = 0
      while let (least, most) = try parser.repetition() {
        repetitions += 1
        if parser.depth + repetitions > Self.deepestNesting { throw parser.failTooDeep() }
        result = .repetition(result, least: least, most: most, parser.span(from: start))
      }
      return result
    }
  }

  private mutating func repetition() throws(SyntaxFailure) -> (least: Int, most: Int?)? {
    let token = stream.peek()
    switch token.kind {
    case .plus:
      stream.advance()
      return (1, nil)
    case .star:
      stream.advance()
      return (0, nil)
    case .question:
      stream.advance()
      return (0, 1)
    case .identifier where stream.isWord(token, "?"):
      stream.advance()
      return (0, 1)
    case .leftBrace:
      stream.advance()
      let least = try count("a number of steps")
      var most: Int? = least
      if accept(.comma) {
        most = stream.peek().kind == .rightBrace ? nil : try count("a number of steps or `}`")
      }
      try expect(.rightBrace, "`,` or `}`")
      if let most, most < least {
        report(
          .invalidPath, "a path of at least \(least) and at most \(most) steps is never found",
          at: span(from: token), help: "write `{\(most),\(least)}`")
      }
      return (least, most)
    default:
      return nil
    }
  }
}

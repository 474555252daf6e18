@_spi(Columns) import GraphCore

extension Parser {
  // MARK: Facts and rules

  /// What begins with a name: a fact, a rule or a subsumption.
  mutating func clause() throws(SyntaxFailure) -> Statement? {
    let start = stream.peek()
    var heads = [try head()]
    if heads.count == 1, stream.peek().kind == .lessOrEqual {
      return try subsumption(heads[0].atom, start)
    }
    while accept(.comma) {
      try skipAnnotations()
      heads.append(try head())
    }
    if accept(.implies) {
      try skipAnnotations()
      let body = try formula()
      try fullStop(after: "rule", alternatives: "`,`, `;` or `.`")
      let place = span(from: start)
      let plan = try plan()
      return .clause(Clause(heads: heads, body: body, plan: plan, span: place))
    }
    if heads.count > 1 {
      let token = stream.peek()
      throw fail(
        .expected, "expected `:-` after several heads, found \(describe(token))", at: token,
        help: token.kind == .dot ? "end each fact with its own full stop" : nil)
    }
    let citation = try citation()
    try fullStop(
      after: citation == nil ? "head" : "fact",
      alternatives: citation == nil ? "`:-`, `,` or `.`" : "`.`")
    return .clause(Clause(heads: heads, body: nil, citation: citation, span: span(from: start)))
  }

  private mutating func subsumption(
    _ lesser: Atom, _ start: Token
  ) throws(SyntaxFailure) -> Statement {
    stream.advance()
    let greater = try head().atom
    try expect(.implies, "`:-` after the two atoms of a subsumption")
    try skipAnnotations()
    let body = try formula()
    try fullStop(after: "rule", alternatives: "`,`, `;` or `.`")
    let place = span(from: start)
    return .subsumption(
      Subsumption(lesser: lesser, greater: greater, body: body, plan: try plan(), span: place))
  }

  private mutating func head() throws(SyntaxFailure) -> Head {
    let first = stream.peek()
    let name = try qualifiedName("the name of a relation", mayBeSpaced: true)
    let opening = stream.peek()
    guard opening.kind == .leftParenthesis else {
      throw fail(
        .expected, "expected `(` after `\(name.text)`, found \(describe(opening))", at: opening,
        help: headHelp(name, opening))
    }
    return try nested { parser throws(SyntaxFailure) in
      var aggregates: [(argument: Int, function: AggregateFunction, span: SourceSpan)] = []
      let (positional, named) = try parser.arguments { parser, index throws(SyntaxFailure) in
        let (value, aggregate) = try parser.headArgument()
        if let aggregate { aggregates.append((index, aggregate.function, aggregate.span)) }
        return value
      }
      let atom = Atom(
        name: name, arguments: positional, named: named, span: parser.span(from: first))
      return Head(atom: atom, aggregates: aggregates)
    }
  }

  private func headHelp(_ name: Identifier, _ next: Token) -> String? {
    switch next.kind {
    case .identifier where name.text == "?": return "a question begins with `?-`"
    case .identifier, .quotedName:
      if let word = Self.nearest(name.text, of: Self.directiveWords), word.count > 2 {
        return "did you mean the directive `.\(word)`?"
      }
      return "a relation's arguments stand in parentheses"
    case .leftBracket where GraphAlgorithm(rawValue: name.text) != nil:
      return "`\(name.text)[…]` is computed, and nothing adds to it"
    default: return "a relation's arguments stand in parentheses"
    }
  }

  /// An argument of a head, which may be an aggregate over the rule: `min E` without a colon.
  mutating func headArgument() throws(SyntaxFailure) -> (
    value: Expression, aggregate: (function: AggregateFunction, span: SourceSpan)?
  ) {
    let token = stream.peek()
    guard let function = stream.keyword(token)?.aggregate else { return (try expression(), nil) }
    let next = stream.peek(1)
    if next.kind == .leftParenthesis, stream.hasTopLevelComma(stream.position + 1) {
      return (try expression(), nil)
    }
    if next.kind == .colon { return (try expression(), nil) }
    if function == .count, next.kind == .comma || next.kind == .rightParenthesis {
      stream.advance()
      let place = stream.span(token)
      return (.integer(1, isUnsigned: false, place), (function, place))
    }
    if startsAggregate() { return (try expression(), nil) }
    stream.advance()
    return (try expression(), (function, stream.span(token)))
  }

  /// Whether the aggregate keyword at the next token has its colon before its argument ends.
  private mutating func startsAggregate() -> Bool {
    var distance = 1
    // An aggregate inside the target takes the first colon.
    var inner = 0
    while true {
      let token = stream.peek(distance)
      switch token.kind {
      case .colon:
        if inner == 0 { return true }
        inner -= 1
      case .leftParenthesis, .leftBracket, .leftBrace:
        guard let end = stream.closer(of: stream.position + distance) else { return false }
        distance = end - stream.position
      case .identifier where stream.keyword(token)?.aggregate != nil:
        let next = stream.peek(distance + 1)
        let isFunctor =
          next.kind == .leftParenthesis
          && stream.hasTopLevelComma(stream.position + distance + 1)
        if !isFunctor { inner += 1 }
      case .comma, .rightParenthesis, .rightBracket, .rightBrace, .endOfText, .implies, .semicolon,
        .dot, .equal:
        return false
      default: break
      }
      distance += 1
    }
  }

  /// Arguments in parentheses, named ones apart.
  mutating func arguments(
    _ value: (inout Parser, Int) throws(SyntaxFailure) -> Expression
  ) throws(SyntaxFailure) -> (positional: [Expression], named: [Atom.NamedArgument]) {
    try expect(.leftParenthesis, "`(`")
    var positional: [Expression] = []
    var named: [Atom.NamedArgument] = []
    if accept(.rightParenthesis) { return (positional, named) }
    repeat {
      if let name = argumentName() {
        named.append(Atom.NamedArgument(name: name, value: try expression()))
      } else {
        positional.append(try value(&self, positional.count))
      }
    } while accept(.comma)
    try closeArguments()
    return (positional, named)
  }

  private mutating func closeArguments() throws(SyntaxFailure) {
    let token = stream.peek()
    if token.kind == .rightParenthesis {
      stream.advance()
      return
    }
    if token.startsLine, beginsStatement(0) {
      throw fail(
        .expected, "expected `,` or `)`, found \(describe(token)) on a new line",
        at: endOfPrevious(), help: "close the arguments with `)` and add a full stop")
    }
    var help: String?
    switch token.kind {
    case .equal: help = "a named argument is written `name: value`"
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .notEqual:
      help = "a comparison is a condition of its own, behind the parentheses"
    case .dot where stream.peek(1).kind == .dot && token.touches(stream.peek(1)):
      help = "name the value and compare it: `amount: a`, … `1 <= a, a <= 9`"
    case .implies, .dot, .endOfText: help = "close the arguments with `)`"
    case .text, .integer, .float, .scaledNumber, .dollar:
      help =
        stream.previous.kind == .identifier
        ? "a named argument is written `\(stream.string(stream.previous)): \(stream.string(token))`"
        : "separate arguments with `,`"
    case .colon where stream.previous.kind == .text:
      help = "the name of an argument stands without quotes"
    case .identifier, .quotedName:
      help =
        AggregateFunction.meant(by: stream.string(stream.previous)).map {
          "the aggregate is called `\($0.rawValue)`"
        } ?? "separate arguments with `,`"
    default: break
    }
    throw fail(.expected, "expected `,` or `)`, found \(describe(token))", at: token, help: help)
  }

  /// Consumes `name :` where it names the argument that follows.
  private mutating func argumentName() -> Identifier? {
    let token = stream.peek()
    guard token.kind == .identifier || token.kind == .quotedName else { return nil }
    let next = stream.peek(1)
    guard next.kind == .colon || next.kind == .implies else { return nil }
    if let function = stream.keyword(token)?.aggregate {
      // `count: { … }` counts. What comes to a value of something is named before its colon, as in `max x : { … }`, and
      // an aggregate has none for its body, so these are names.
      let isName = function != .count || stream.keyword(stream.peek(2))?.aggregate != nil
      guard isName, next.kind == .colon else { return nil }
    }
    stream.advance()
    // `name:-5` is a name and a minus.
    if next.kind == .implies { stream.splitImplies() } else { stream.advance() }
    return identifier(token)
  }

  /// `@ 99, 105-107`, before a fact's full stop.
  private mutating func citation() throws(SyntaxFailure) -> Citation? {
    let start = stream.peek()
    guard start.kind == .at else { return nil }
    stream.advance()
    var lines: [LineRange] = []
    repeat {
      let first = try line()
      var last = first
      if accept(.minus) { last = try line() }
      if first > last {
        report(
          .misplacedCitation, "line \(first) stands after line \(last)", at: span(from: start),
          help: "write the lower line first")
      }
      lines.append(LineRange(first: min(first, last), last: max(first, last)))
    } while accept(.comma)
    return Citation(lines: lines, span: span(from: start))
  }

  private mutating func line() throws(SyntaxFailure) -> Int {
    let token = stream.peek()
    guard token.kind == .integer, let number = smallInteger(token), number > 0 else {
      throw fail(
        .misplacedCitation, "expected a line number after `@`, found \(describe(token))", at: token,
        help: "lines are cited as `@ 99` or `@ 99, 105-107`")
    }
    stream.advance()
    return number
  }

  /// The value of an integer token that counts something.
  func smallInteger(_ token: Token) -> Int? {
    let bytes = stream.texts[Int(token.text)].bytes
    guard token.kind == .integer,
      case .integer(let value, _) = Lexer.value(of: .integer, bytes, token.range)
    else { return nil }
    return Int(exactly: value)
  }

  /// `.plan 0:(1, 2)` behind a rule's full stop.
  private mutating func plan() throws(SyntaxFailure) -> ExecutionPlan? {
    guard directiveWord(0) == "plan" else { return nil }
    let start = stream.advance()
    stream.advance()
    var orders: [(version: Int, order: [Int])] = []
    repeat {
      let version = try count("the number of a version")
      try expect(.colon, "`:`")
      try expect(.leftParenthesis, "`(`")
      var order: [Int] = []
      if !accept(.rightParenthesis) {
        repeat { order.append(try count("the number of a condition")) } while accept(.comma)
        try expect(.rightParenthesis, "`,` or `)`")
      }
      orders.append((version, order))
    } while accept(.comma)
    acceptOptionalStop()
    return ExecutionPlan(orders: orders, span: span(from: start))
  }

  mutating func count(_ expectation: String) throws(SyntaxFailure) -> Int {
    let token = stream.peek()
    guard let value = smallInteger(token) else {
      throw fail(.expected, "expected \(expectation), found \(describe(token))", at: token)
    }
    stream.advance()
    return value
  }

  // MARK: Queries

  mutating func query() throws(SyntaxFailure) -> Statement {
    let start = stream.advance()
    var head: [Query.HeadColumn]?
    let next = stream.peek()
    switch next.kind {
    case .minus where start.touches(next):
      stream.advance()
    case .leftParenthesis:
      head = try queryHead()
      let token = stream.peek()
      guard accept(.implies) else {
        throw fail(
          .expected, "expected `:-` after the columns of a query, found \(describe(token))",
          at: token, help: "a query is written `?(x, y) :- body.` or `?- body.`")
      }
    default:
      throw fail(
        .expected, "expected `?-` or `?(`, found \(describe(start))", at: start,
        help: "a query is written `?- body.` or `?(x, y) :- body.`")
    }
    return try query(head: head, body: formula(), from: start)
  }

  /// A query of which only the conditions are written.
  mutating func conditions() throws(SyntaxFailure) -> Statement {
    let start = stream.peek()
    var body = try formula()
    // `located_in(x, y) :- company(x)` reads like a rule; the conditions are those of a body.
    if mode == .target, accept(.implies) {
      body = .conjunction(body.conjuncts + (try formula()).conjuncts)
    }
    return try query(head: nil, body: body, from: start)
  }

  /// What may follow the conditions of a query.
  private mutating func query(
    head: [Query.HeadColumn]?, body: Formula, from start: Token
  ) throws(SyntaxFailure) -> Statement {
    let order = try orderKeys()
    let limit = try rowNumber("limit")
    let offset = try rowNumber("offset")
    let hasTail = !order.isEmpty || limit != nil || offset != nil
    try fullStop(
      after: "query", orEnd: mode != .program,
      alternatives: hasTail ? "`.`" : "`,`, `;`, `order by`, `limit` or `.`")
    return .query(
      Query(
        head: head, body: body, order: order, limit: limit, offset: offset, span: span(from: start))
    )
  }

  /// What follows `limit` or `offset`, if the word stands here.
  private mutating func rowNumber(_ word: StaticString) throws(SyntaxFailure) -> Expression? {
    guard acceptWord(word) else { return nil }
    let token = stream.peek()
    guard token.kind != .dot, token.kind != .endOfText else {
      throw fail(
        .expected, "expected a number of rows after `\(word)`, found \(describe(token))",
        at: token, help: "write `\(word) 10`")
    }
    return try expression()
  }

  private mutating func queryHead() throws(SyntaxFailure) -> [Query.HeadColumn] {
    try expect(.leftParenthesis, "`(`")
    var columns: [Query.HeadColumn] = []
    if accept(.rightParenthesis) { return columns }
    repeat {
      let title = argumentName()
      let start = stream.peek()
      let (value, aggregate) = try headArgument()
      let written = sourceText(from: start)
      columns.append(
        Query.HeadColumn(
          title: title?.text ?? written, titleSpan: title?.span ?? span(from: start),
          expression: value, aggregate: aggregate?.function))
    } while accept(.comma)
    try closeArguments()
    return columns
  }

  /// The text since `start`, as it was written.
  private func sourceText(from start: Token) -> String {
    let end = stream.previous
    guard end.text == start.text, end.upper >= start.lower else { return stream.string(start) }
    let bytes = stream.texts[Int(start.text)].bytes[Int(start.lower)..<Int(end.upper)]
    let text = String(decoding: bytes, as: UTF8.self)
    let isQuoted = start.kind == .quotedName && start.lower == end.lower
    return isQuoted ? String(text.dropFirst().dropLast()) : text
  }

  private mutating func orderKeys() throws(SyntaxFailure) -> [Query.OrderKey] {
    var keys: [Query.OrderKey] = []
    guard acceptWord("order") else { return keys }
    if !acceptWord("by") {
      let token = stream.peek()
      throw fail(
        .expected, "expected `by` after `order`, found \(describe(token))", at: token,
        help: "write `order by \(token.kind == .identifier ? stream.string(token) : "x")`")
    }
    repeat {
      let variable = try name("a variable to order by", orKeyword: true)
      let isDescending = acceptWord("desc")
      if !isDescending { _ = acceptWord("asc") }
      keys.append(Query.OrderKey(variable: variable, isDescending: isDescending))
    } while accept(.comma)
    return keys
  }
}

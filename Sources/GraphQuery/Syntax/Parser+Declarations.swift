@_spi(Columns) import GraphCore

/// Directives: everything that begins with a dot and a word.
extension Parser {
  package static let directiveWords = [
    "comp", "decl", "edge", "functor", "include", "index", "init", "input", "lattice", "limitsize",
    "node", "number_type", "once", "output", "override", "plan", "pragma", "printsize", "source",
    "symbol_type", "type", "unique",
  ]

  /// Words that mean something to the shell only: its commands and their other spellings, which a test of the
  /// shell compares with its table.
  package static let commandWords: Set<String> = [
    "begin", "commit", "delete", "dot", "echo", "edit", "exit", "expect", "find", "forget",
    "format", "h", "help", "info", "l", "labels", "load", "merge", "mode", "pager", "param",
    "partial", "path", "profile", "q", "quit", "read", "rename", "render", "rollback", "rules",
    "save", "schema", "set", "show", "split", "stats", "tables", "timer", "undo", "unindex",
    "unset", "unwatch", "watch", "why", "whynot", "width",
  ]

  mutating func directive(inComponent: Bool) throws(SyntaxFailure) -> Statement? {
    let start = stream.peek()
    guard let word = directiveWord(0) else {
      let next = stream.peek(1)
      if next.kind == .identifier, start.touches(next) {
        throw fail(
          .expected, "expected a statement, found `.\(stream.string(next))`", at: start,
          help: "white space follows the name of a directive")
      }
      throw fail(.expected, "expected a statement, found `.`", at: start)
    }
    guard Self.directiveWords.contains(word) else { throw failUnknown(word, start) }
    stream.advance()
    stream.advance()
    let result: Statement?
    switch word {
    case "decl": result = .relation(try relationDeclaration(start))
    case "type": result = .type(try typeDeclaration(start))
    case "number_type", "symbol_type":
      let name = try name("the name of a type")
      let base = word == "number_type" ? "number" : "symbol"
      result = .type(
        TypeDeclaration(name: name, definition: .legacy(base: base), span: span(from: start)))
    case "functor": result = .functor(try functorDeclaration(start))
    case "lattice": result = .lattice(try latticeDeclaration(start))
    case "comp": result = .component(try component(start))
    case "init":
      let name = try name("a name for the instance")
      try expect(.equal, "`=` and a component")
      let type = try componentType()
      result = .instantiation(Instantiation(name: name, type: type, span: span(from: start)))
    case "override": result = try overriding(start, inComponent: inComponent)
    case "pragma": result = try pragma(start)
    case "node": result = .nodeSchema(try nodeSchema(start))
    case "edge": result = .edgeSchema(try edgeSchema(start))
    case "index", "unique": result = .index(try indexDeclaration(word, start))
    case "source":
      let token = try expect(.text, "the name of a document in quotes")
      result = .source(stream.textContent(token), span(from: start))
    case "include":
      let token = try expect(.text, "a file in quotes")
      stream.include(stream.textContent(token), at: stream.span(token))
      return nil
    case "once":
      // The command has a file; the directive stands alone on its line.
      guard !stream.hasMoreOnLine else {
        throw fail(
          .misplacedCommand, "`.once` with a file is a command of the shell, not the directive",
          at: span(from: start), help: Self.commandHelp)
      }
      stream.readOnce()
      return nil
    case "plan":
      throw fail(
        .misplacedCommand, "`.plan` belongs behind the full stop of a rule", at: start)
    default:
      result = try inputOutput(word, start)
    }
    acceptOptionalStop()
    return result
  }

  private static let commandHelp =
    "commands are typed at the prompt, or stand in a script that `-f` or `.read` runs"

  private mutating func failUnknown(_ word: String, _ start: Token) -> SyntaxFailure {
    let place = stream.span(start).through(stream.span(stream.peek(1)))
    if Self.commandWords.contains(word) {
      return fail(
        .misplacedCommand, "`.\(word)` is a command of the shell, not a directive", at: place,
        help: Self.commandHelp)
    }
    let help =
      Self.nearest(word, of: Self.directiveWords).map { "did you mean `.\($0)`?" }
      ?? "known are \(Self.directiveWords.map { "`.\($0)`" }.joined(separator: ", "))"
    return fail(.unknownDirective, "unknown directive `.\(word)`", at: place, help: help)
  }

  /// Directives end where they end; a full stop behind one is tolerated, on its line.
  mutating func acceptOptionalStop() {
    let token = stream.peek()
    guard token.kind == .dot, !token.startsLine, directiveWord(0) == nil else { return }
    stream.advance()
  }

  // MARK: Relations

  private mutating func relationDeclaration(
    _ start: Token
  ) throws(SyntaxFailure) -> RelationDeclaration {
    var names = [try name("the name of a relation")]
    while accept(.comma) { names.append(try name("the name of a relation")) }
    if names.contains(where: { $0.text == "?" }) { declaresQuestionMark = true }
    do throws(SyntaxFailure) {
      return try relationDeclaration(of: names, start)
    } catch {
      brokenNames.formUnion(names.map(\.text))
      throw error
    }
  }

  private mutating func relationDeclaration(
    of names: [Identifier], _ start: Token
  ) throws(SyntaxFailure) -> RelationDeclaration {
    if names.count == 1, accept(.equal) {
      if !acceptWord("debug_delta") {
        throw fail(
          .expected, "expected `debug_delta`, found \(describe(stream.peek()))", at: stream.peek(),
          help: "attributes are declared in parentheses: `.decl r(a: number)`")
      }
      try expect(.leftParenthesis, "`(`")
      let watched = try name("the name of a relation")
      try expect(.rightParenthesis, "`)`")
      let qualifiers = qualifiers()
      return RelationDeclaration(
        names: names, attributes: [], qualifiers: qualifiers, choiceDomains: [], deltaOf: watched,
        span: span(from: start))
    }
    try expect(
      .leftParenthesis, "`(` and the attributes of `\(names[names.count - 1].text)`",
      help: "attributes are declared in parentheses: `.decl r(a: number)`")
    let attributes = try attributes(until: .rightParenthesis, "`)`")
    let qualifiers = qualifiers()
    return RelationDeclaration(
      names: names, attributes: attributes, qualifiers: qualifiers,
      choiceDomains: try choiceDomains(), span: span(from: start))
  }

  private static let qualifierWords: Set<String> = [
    "overridable", "inline", "no_inline", "magic", "no_magic", "brie", "btree", "btree_delete",
    "eqrel", "output", "input", "printsize",
  ]

  private mutating func qualifiers() -> [Identifier] {
    var result: [Identifier] = []
    while stream.peek().kind == .identifier {
      if stream.peek().startsLine, beginsStatement(0) { break }
      let word = identifier(stream.peek())
      guard Self.qualifierWords.contains(word.text) else { break }
      stream.advance()
      result.append(word)
    }
    return result
  }

  private mutating func choiceDomains() throws(SyntaxFailure) -> [[Identifier]] {
    let token = stream.peek()
    guard token.kind == .identifier else { return [] }
    guard stream.isWord(token, "choice"), stream.peek(1).kind == .minus,
      stream.isWord(stream.peek(2), "domain")
    else {
      // A name on this line is a qualifier that is none; on another it begins a statement.
      let next = stream.peek(1).kind
      if token.startsLine || next == .leftParenthesis || next == .dot { return [] }
      let word = stream.string(token)
      let known = Self.qualifierWords.sorted() + ["choice-domain"]
      let help = Self.nearest(word, of: known).map { "did you mean `\($0)`?" }
      throw fail(
        .expected, "expected a qualifier or the end of the declaration, found \(describe(token))",
        at: token, help: help ?? "known are \(known.joined(separator: ", "))")
    }
    for _ in 0..<3 { stream.advance() }
    var result: [[Identifier]] = []
    repeat {
      if accept(.leftParenthesis) {
        var key = [try name("an attribute")]
        while accept(.comma) { key.append(try name("an attribute")) }
        try expect(.rightParenthesis, "`,` or `)`")
        result.append(key)
      } else {
        result.append([try name("an attribute or `(`")])
      }
    } while accept(.comma)
    return result
  }

  /// `a: A, b: B` up to a closing bracket, which is consumed.
  private mutating func attributes(
    until end: TokenKind, _ spelling: String
  ) throws(SyntaxFailure) -> [Attribute] {
    var result: [Attribute] = []
    try skipAnnotations()
    if accept(end) { return result }
    repeat { result.append(try attribute()) } while accept(.comma)
    try expect(end, "`,` or \(spelling)")
    return result
  }

  private mutating func attribute() throws(SyntaxFailure) -> Attribute {
    try skipAnnotations()
    let name = try name("the name of an attribute")
    try expect(
      .colon, "`:` and the type of `\(name.text)`", help: "write `\(name.text): symbol`")
    let type = try qualifiedName("a type")
    return Attribute(name: name, type: type, isLattice: try latticeMark())
  }

  /// `<>`.
  private mutating func latticeMark() throws(SyntaxFailure) -> Bool {
    guard accept(.less) else { return false }
    try expect(.greater, "`>`")
    return true
  }

  // MARK: Types, functors, lattices

  private mutating func typeDeclaration(_ start: Token) throws(SyntaxFailure) -> TypeDeclaration {
    let name = try name("the name of a type")
    let definition: TypeDeclaration.Definition
    if accept(.subtype) {
      definition = .subtype(try qualifiedName("a type"))
    } else if accept(.equal) {
      definition = try typeDefinition()
    } else {
      definition = .legacy(base: "symbol")
    }
    return TypeDeclaration(name: name, definition: definition, span: span(from: start))
  }

  private mutating func typeDefinition() throws(SyntaxFailure) -> TypeDeclaration.Definition {
    if accept(.leftBracket) { return .record(try attributes(until: .rightBracket, "`]`")) }
    try skipAnnotations()
    if stream.peek(1).kind == .leftBrace {
      var branches: [TypeDeclaration.Branch] = []
      repeat {
        try skipAnnotations()
        let name = try name("the name of a branch")
        try expect(.leftBrace, "`{` and the fields of branch `\(name.text)`")
        let fields = try attributes(until: .rightBrace, "`}`")
        branches.append(TypeDeclaration.Branch(name: name, fields: fields))
      } while accept(.pipe)
      return .variants(branches)
    }
    var members = [try qualifiedName("a type, `[` or a branch")]
    while accept(.pipe) { members.append(try qualifiedName("a type")) }
    return .union(members)
  }

  private mutating func functorDeclaration(
    _ start: Token
  ) throws(SyntaxFailure) -> FunctorDeclaration {
    let name = try name("the name of a functor")
    try expect(.leftParenthesis, "`(`")
    var parameters: [Attribute] = []
    if !accept(.rightParenthesis) {
      repeat {
        try skipAnnotations()
        if stream.peek(1).kind == .colon {
          parameters.append(try attribute())
        } else {
          let type = try qualifiedName("a type")
          parameters.append(Attribute(name: Identifier("", type.span), type: type))
        }
      } while accept(.comma)
      try expect(.rightParenthesis, "`,` or `)`")
    }
    try expect(.colon, "`:` and the type of the result")
    let result = try qualifiedName("a type")
    let isStateful = acceptWord("stateful")
    return FunctorDeclaration(
      name: name, parameters: parameters, result: result, isStateful: isStateful,
      span: span(from: start))
  }

  private mutating func latticeDeclaration(
    _ start: Token
  ) throws(SyntaxFailure) -> LatticeDeclaration {
    let name = try name("the name of a type")
    if !(try latticeMark()) {
      throw fail(
        .expected, "expected `<>` after `\(name.text)`, found \(describe(stream.peek()))",
        at: stream.peek())
    }
    try expect(.leftBrace, "`{`")
    var operators: [(name: Identifier, value: Expression)] = []
    repeat {
      let name = try self.name("an operator such as `Lub`")
      try expect(.arrow, "`->`")
      operators.append((name, try expression()))
    } while accept(.comma)
    try expect(.rightBrace, "`,` or `}`")
    return LatticeDeclaration(name: name, operators: operators, span: span(from: start))
  }

  // MARK: Components

  private mutating func componentType() throws(SyntaxFailure) -> ComponentType {
    let name = try name("the name of a component")
    var arguments: [Identifier] = []
    if accept(.less) {
      repeat { arguments.append(try qualifiedName("a type")) } while accept(.comma)
      try expect(.greater, "`,` or `>`")
    }
    return ComponentType(name: name, arguments: arguments)
  }

  private mutating func component(_ start: Token) throws(SyntaxFailure) -> ComponentDeclaration {
    let type = try componentType()
    var bases: [ComponentType] = []
    if accept(.colon) {
      repeat { bases.append(try componentType()) } while accept(.comma) || accept(.colon)
    }
    let opening = try expect(.leftBrace, "`{` and the body of component `\(type.name.text)`")
    guard depth < Self.deepestNesting else {
      _ = failTooDeep()
      skipBody()
      return ComponentDeclaration(type: type, bases: bases, body: [], span: span(from: start))
    }
    let outerStart = statementStart
    let outerHeight = height
    let body = try nested { parser throws(SyntaxFailure) in
      try parser.componentBody(opening)
    }
    statementStart = outerStart
    statementIndex = stream.position
    height = outerHeight
    return ComponentDeclaration(type: type, bases: bases, body: body, span: span(from: start))
  }

  /// Passes over a body whose opening brace was read.
  private mutating func skipBody() {
    var braces = 1
    while braces > 0, stream.peek().kind != .endOfText {
      switch stream.advance().kind {
      case .leftBrace: braces += 1
      case .rightBrace: braces -= 1
      default: break
      }
    }
    // What stays open was reported with the nesting.
    if braces > 0 { hasUnclosedComponent = true }
  }

  private mutating func componentBody(_ opening: Token) throws(SyntaxFailure) -> [Statement] {
    var body: [Statement] = []
    let depthInside = depth
    while true {
      statementIndex = stream.position
      let first = stream.peek()
      if first.kind == .rightBrace {
        stream.advance()
        return body
      }
      if first.kind == .endOfText {
        // One brace too few leaves all components around it open.
        if !hasUnclosedComponent {
          report(
            .expected, "this component is never closed", at: stream.span(opening), help: "add `}`")
        }
        hasUnclosedComponent = true
        return body
      }
      let before = stream.position
      do throws(SyntaxFailure) {
        if let statement = try statement(inComponent: true) { body.append(statement) }
      } catch {
        recover(inComponent: true)
        if stream.position == before { stream.advance() }
      }
      depth = depthInside
      height = 0
    }
  }

  private mutating func overriding(
    _ start: Token, inComponent: Bool
  ) throws(SyntaxFailure) -> Statement {
    var names = [try name("the name of a relation")]
    while accept(.comma) { names.append(try name("the name of a relation")) }
    let place = span(from: start)
    if !inComponent {
      report(
        .invalidDirective, "`.override` stands outside a component", at: place,
        help: "it replaces the rules that a component inherits")
    }
    return .overriding(names, place)
  }

  // MARK: Input, output, pragmas

  private mutating func pragma(_ start: Token) throws(SyntaxFailure) -> Statement {
    let key = stream.textContent(try expect(.text, "the name of a pragma in quotes"))
    var values: [String] = []
    while stream.peek().kind == .text { values.append(stream.textContent(stream.advance())) }
    return .pragma(key: key, values: values, span(from: start))
  }

  private mutating func inputOutput(_ word: String, _ start: Token) throws(SyntaxFailure)
    -> Statement
  {
    guard let kind = Directive.Kind(rawValue: word) else { throw failUnknown(word, start) }
    var relations = [try qualifiedName("the name of a relation")]
    while accept(.comma) { relations.append(try qualifiedName("the name of a relation")) }
    var parameters: [(key: Identifier, value: String)] = []
    // A parenthesis on another line would belong to the next statement, but none begins with one.
    if accept(.leftParenthesis), !accept(.rightParenthesis) {
      repeat {
        let key = try name("the name of a parameter")
        try expect(.equal, "`=` and the value of `\(key.text)`")
        parameters.append((key, try parameterValue()))
      } while accept(.comma)
      try expect(.rightParenthesis, "`,` or `)`")
    }
    return .directive(
      Directive(kind: kind, relations: relations, parameters: parameters, span: span(from: start)))
  }

  private mutating func parameterValue() throws(SyntaxFailure) -> String {
    let sign = accept(.minus) ? "-" : ""
    let token = stream.peek()
    switch token.kind {
    case .text:
      stream.advance()
      return stream.textContent(token)
    case .identifier, .quotedName:
      return try name("a value", orKeyword: true).text
    case .integer, .float:
      stream.advance()
      return sign + stream.string(token)
    default:
      throw failExpecting("a value", help: "a value is a name, a number or a text in quotes")
    }
  }

  // MARK: The graph's schema

  /// The name of what is declared. It stands on the line of the directive, or further to the right than that
  /// begins: what begins a line may be the next statement.
  private mutating func subject(_ expectation: String) throws(SyntaxFailure) -> Identifier {
    let token = stream.peek()
    if token.startsLine, token.kind != .endOfText,
      stream.column(token) <= stream.column(statementStart)
    {
      throw fail(
        .expected, "expected \(expectation), found \(describe(token)) on a new line",
        at: endOfPrevious())
    }
    return try name(expectation)
  }

  private mutating func nodeSchema(_ start: Token) throws(SyntaxFailure) -> NodeSchema {
    let label = try subject("a label")
    let properties =
      accept(.leftParenthesis) ? try attributes(until: .rightParenthesis, "`)`") : []
    return NodeSchema(label: label, properties: properties, span: span(from: start))
  }

  private mutating func indexDeclaration(
    _ word: String, _ start: Token
  ) throws(SyntaxFailure) -> IndexDeclaration {
    let isUnique = word == "unique"
    let target = try subject(isUnique ? "`node`" : "`node` or `text`")
    if !isUnique, target.text == "text" {
      return IndexDeclaration(keys: [], isUnique: false, span: span(from: start))
    }
    guard target.text == "node" else {
      // Most will think of a label first, but a property belongs to the node, whatever its labels.
      var keys: [Identifier] = []
      if accept(.leftParenthesis) {
        repeat { keys.append(try name("the key of a property")) } while accept(.comma)
        try expect(.rightParenthesis, "`,` or `)`")
      }
      let key = keys.first?.text ?? target.text
      throw fail(
        .invalidDirective, "`\(target.text)` is nothing that has an index", at: target.span,
        help: "properties of nodes have one, whatever the labels: `.\(word) node(\(key))`"
          + (isUnique ? "" : "; so have the parts of texts: `.index text`"))
    }
    try expect(
      .leftParenthesis, "`(` and the keys of properties", help: "write `.\(word) node(code)`")
    var keys: [Identifier] = []
    repeat { keys.append(try name("the key of a property")) } while accept(.comma)
    try expect(.rightParenthesis, "`,` or `)`")
    return IndexDeclaration(keys: keys, isUnique: isUnique, span: span(from: start))
  }

  private mutating func edgeSchema(_ start: Token) throws(SyntaxFailure) -> EdgeSchema {
    let type = try subject("an edge type")
    guard accept(.leftParenthesis) else {
      return EdgeSchema(
        type: type, sources: [], targets: [], properties: [], span: span(from: start))
    }
    let sources = try endLabels("the labels of the edge's start, or `_`")
    try expect(.comma, "`,` and the labels of the edge's end, or `|`")
    let targets = try endLabels("the labels of the edge's end, or `_`")
    var properties: [Attribute] = []
    if accept(.comma) {
      repeat { properties.append(try attribute()) } while accept(.comma)
    }
    try expect(.rightParenthesis, "`,`, `|` or `)`")
    return EdgeSchema(
      type: type, sources: sources, targets: targets, properties: properties,
      span: span(from: start))
  }

  private mutating func endLabels(_ expectation: String) throws(SyntaxFailure) -> [Identifier] {
    if accept(.underscore) { return [] }
    var labels = [try name(expectation)]
    while accept(.pipe) { labels.append(try name("a label")) }
    return labels
  }
}

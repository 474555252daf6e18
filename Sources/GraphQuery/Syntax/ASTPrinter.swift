import GraphCore

/// Canonical text of syntax trees. Parsing it gives the same tree again, places aside.
///
///     ASTPrinter.text(.clause(clause))  // "path(x, y) :- edge(x, y)."
public struct ASTPrinter {
  var output = ""
  private var indentation = ""

  init() {}

  /// All statements of a program and its facts, in their order, one on each line. O(length).
  public static func text(_ program: ParsedProgram) -> String {
    var printer = ASTPrinter()
    var next = 0
    for ordinal in 0...program.statements.count {
      while next < program.facts.count, program.facts.facts[next].ordinal <= UInt32(ordinal) {
        printer.clause(program.facts.clause(program.facts.facts[next]))
        printer.output += "\n"
        next += 1
      }
      if ordinal < program.statements.count {
        printer.statement(program.statements[ordinal])
        printer.output += "\n"
      }
    }
    return printer.output
  }

  /// A statement with its full stop.
  public static func text(_ statement: Statement) -> String {
    printed { $0.statement(statement) }
  }

  public static func text(_ formula: Formula) -> String {
    printed { $0.formula(formula) }
  }

  public static func text(_ expression: Expression) -> String {
    printed { $0.expression(expression) }
  }

  public static func text(_ path: PathExpression) -> String {
    printed { $0.path(path, isOperand: false) }
  }

  private static func printed(_ print: (inout ASTPrinter) -> Void) -> String {
    var printer = ASTPrinter()
    print(&printer)
    return printer.output
  }

  /// A text in double quotes, with escapes where they are needed. O(length).
  public static func quotedText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{7}": result += "\\a"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "\u{B}": result += "\\v"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A name, in backquotes where it is a keyword or no identifier; dots join parts.
  public static func quotedName(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy(isPlain) else { return "`\(name)`" }
    return name
  }

  private static func isPlain(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    var lexer = Lexer(bytes: bytes)
    let token = lexer.next()
    return token.kind == .identifier && token.range == 0..<bytes.count && name != "?"
      && Keyword(bytes, 0..<bytes.count) == nil
  }

  // MARK: Lists

  mutating func name(_ name: Identifier) { output += Self.quotedName(name.text) }

  /// A name of which full stops are a part and join none, as where it is declared, of an argument or a variable.
  mutating func declaredName(_ name: Identifier) {
    output += Self.isPlain(name.text) ? name.text : "`\(name.text)`"
  }

  mutating func list<Element>(
    _ elements: [Element], separator: String = ", ", _ print: (inout ASTPrinter, Element) -> Void
  ) {
    for (index, element) in elements.enumerated() {
      if index > 0 { output += separator }
      print(&self, element)
    }
  }

  mutating func names(_ names: [Identifier], separator: String = ", ") {
    list(names, separator: separator) { $0.name($1) }
  }

  mutating func attributes(_ attributes: [Attribute]) {
    list(attributes) { printer, attribute in
      if !attribute.name.text.isEmpty {
        printer.declaredName(attribute.name)
        printer.output += ": "
      }
      printer.name(attribute.type)
      if attribute.isLattice { printer.output += " <>" }
    }
  }

  // MARK: Statements

  mutating func statement(_ statement: Statement) {
    output += indentation
    switch statement {
    case .type(let type): self.type(type)
    case .relation(let relation): self.relation(relation)
    case .functor(let functor):
      output += ".functor "
      name(functor.name)
      output += "("
      attributes(functor.parameters)
      output += "): "
      name(functor.result)
      if functor.isStateful { output += " stateful" }
    case .lattice(let lattice):
      output += ".lattice "
      name(lattice.name)
      output += " <> { "
      list(lattice.operators) { printer, entry in
        printer.name(entry.name)
        printer.output += " -> "
        printer.expression(entry.value)
      }
      output += " }"
    case .clause(let clause): self.clause(clause)
    case .subsumption(let subsumption):
      atom(subsumption.lesser)
      output += " <= "
      atom(subsumption.greater)
      body(subsumption.body)
      output += "."
      plan(subsumption.plan)
    case .directive(let directive): self.directive(directive)
    case .component(let component): self.component(component)
    case .instantiation(let instantiation):
      output += ".init "
      name(instantiation.name)
      output += " = "
      componentType(instantiation.type)
    case .overriding(let names, _):
      output += ".override "
      self.names(names)
    case .pragma(let key, let values, _):
      output += ".pragma " + ([key] + values).map(Self.quotedText).joined(separator: " ")
    case .nodeSchema(let schema):
      output += ".node "
      name(schema.label)
      output += "("
      attributes(schema.properties)
      output += ")"
    case .edgeSchema(let schema): edgeSchema(schema)
    case .index(let index):
      output += index.isUnique ? ".unique " : ".index "
      if index.keys.isEmpty { return output += "text" }
      output += "node("
      names(index.keys)
      output += ")"
    case .source(let document, _): output += ".source " + Self.quotedText(document)
    case .constraint(let formula, _):
      output += ":- "
      self.formula(formula)
      output += "."
    case .query(let query): self.query(query)
    }
  }

  private mutating func type(_ type: TypeDeclaration) {
    if case .legacy(base: "number") = type.definition {
      output += ".number_type "
      return name(type.name)
    }
    output += ".type "
    name(type.name)
    switch type.definition {
    case .subtype(let base):
      output += " <: "
      name(base)
    case .union(let members):
      output += " = "
      names(members, separator: " | ")
    case .record(let fields):
      output += " = ["
      attributes(fields)
      output += "]"
    case .variants(let branches):
      output += " = "
      list(branches, separator: " | ") { printer, branch in
        printer.name(branch.name)
        printer.output += " {"
        printer.attributes(branch.fields)
        printer.output += "}"
      }
    case .legacy: break
    }
  }

  private mutating func relation(_ relation: RelationDeclaration) {
    output += ".decl "
    list(relation.names) { $0.declaredName($1) }
    if let watched = relation.deltaOf {
      output += " = debug_delta("
      name(watched)
      output += ")"
    } else {
      output += "("
      attributes(relation.attributes)
      output += ")"
    }
    for qualifier in relation.qualifiers { output += " " + qualifier.text }
    guard !relation.choiceDomains.isEmpty else { return }
    output += " choice-domain "
    list(relation.choiceDomains) { printer, key in
      if key.count == 1 { return printer.name(key[0]) }
      printer.output += "("
      printer.names(key)
      printer.output += ")"
    }
  }

  private mutating func directive(_ directive: Directive) {
    output += ".\(directive.kind.rawValue) "
    names(directive.relations)
    guard !directive.parameters.isEmpty else { return }
    output += "("
    list(directive.parameters) { printer, parameter in
      printer.name(parameter.key)
      printer.output += "=" + Self.quotedText(parameter.value)
    }
    output += ")"
  }

  private mutating func componentType(_ type: ComponentType) {
    name(type.name)
    guard !type.arguments.isEmpty else { return }
    output += "<"
    names(type.arguments)
    output += ">"
  }

  private mutating func component(_ component: ComponentDeclaration) {
    output += ".comp "
    componentType(component.type)
    if !component.bases.isEmpty {
      output += " : "
      list(component.bases) { $0.componentType($1) }
    }
    output += " {\n"
    let outer = indentation
    indentation += "  "
    for statement in component.body {
      self.statement(statement)
      output += "\n"
    }
    indentation = outer
    output += indentation + "}"
  }

  private mutating func edgeSchema(_ schema: EdgeSchema) {
    output += ".edge "
    name(schema.type)
    output += "("
    for (index, end) in [schema.sources, schema.targets].enumerated() {
      if index > 0 { output += ", " }
      if end.isEmpty { output += "_" } else { names(end, separator: "|") }
    }
    if !schema.properties.isEmpty { output += ", " }
    attributes(schema.properties)
    output += ")"
  }

  // MARK: Clauses

  mutating func clause(_ clause: Clause) {
    list(clause.heads) { $0.head($1) }
    body(clause.body)
    if let citation = clause.citation {
      output += " @ "
      list(citation.lines) { printer, range in
        printer.output += "\(range.first)"
        if range.last != range.first { printer.output += "-\(range.last)" }
      }
    }
    output += "."
    plan(clause.plan)
  }

  private mutating func body(_ body: Formula?) {
    guard let body else { return }
    output += " :- "
    formula(body)
  }

  private mutating func plan(_ plan: ExecutionPlan?) {
    guard let plan else { return }
    output += " .plan "
    list(plan.orders) { printer, entry in
      let order = entry.order.map { "\($0)" }.joined(separator: ", ")
      printer.output += "\(entry.version):(\(order))"
    }
  }

  private mutating func head(_ head: Head) {
    name(head.atom.name)
    output += "("
    var isFirst = true
    for (index, argument) in head.atom.arguments.enumerated() {
      if !isFirst { output += ", " }
      isFirst = false
      for aggregate in head.aggregates where aggregate.argument == index {
        output += aggregate.function.rawValue + " "
      }
      expression(argument)
    }
    for argument in head.atom.named {
      if !isFirst { output += ", " }
      isFirst = false
      namedArgument(argument)
    }
    output += ")"
  }

  private mutating func query(_ query: Query) {
    if let head = query.head {
      output += "?("
      list(head) { printer, column in
        let value =
          (column.aggregate.map { $0.rawValue + " " } ?? "") + Self.text(column.expression)
        let isTitled = column.title != value
        if isTitled { printer.output += Self.quotedTitle(column.title) + ": " }
        printer.output += value
      }
      output += ") :- "
    } else {
      output += "?- "
    }
    formula(query.body)
    if !query.order.isEmpty {
      output += " order by "
      list(query.order) { printer, key in
        printer.name(key.variable)
        if key.isDescending { printer.output += " desc" }
      }
    }
    if let limit = query.limit {
      output += " limit "
      expression(limit)
    }
    if let offset = query.offset {
      output += " offset "
      expression(offset)
    }
    output += "."
  }

  /// A column's title may be any text, so dots in it join nothing.
  private static func quotedTitle(_ title: String) -> String {
    let isName = isPlain(title)
    // A backquote or a line break cannot stand in backquotes.
    let cleaned = title.replacingScalars { scalar in
      scalar == "`" ? "'" : Character(scalar).isNewline ? " " : nil
    }
    return isName ? title : "`\(cleaned)`"
  }
}

import GraphCore

/// Collects the declarations of parsed texts; facts and rules come later, when all names are known.
struct DeclarationReader {
  private(set) var program: SessionProgram
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var outputs: [String] = []

  init(program: SessionProgram) { self.program = program }

  mutating func read(_ unit: ParsedUnit) {
    for statement in unit.parsed.statements {
      if case .type(let declaration) = statement { read(declaration) }
    }
    for statement in unit.parsed.statements {
      switch statement {
      case .relation(let declaration): read(declaration, unit: unit.unit)
      case .component(let component): refuse("components", component.span)
      case .instantiation(let instantiation): refuse("components", instantiation.span)
      case .subsumption(let subsumption): refuse("subsumption", subsumption.span)
      case .lattice(let lattice): refuse("`.lattice`", lattice.span)
      case .overriding(_, let span): refuse("`.override`", span)
      case .directive, .type, .functor, .clause, .pragma, .nodeSchema, .edgeSchema, .source,
        .constraint,
        .query:
        break
      }
    }
    for statement in unit.parsed.statements {
      if case .directive(let directive) = statement { read(directive, unit: unit.unit) }
    }
  }

  private mutating func refuse(_ what: String, _ span: SourceSpan) {
    diagnostics.append(
      Diagnostic(.invalidDirective, "\(what) cannot be used in this version", at: span))
  }

  private mutating func read(_ declaration: TypeDeclaration) {
    let base: ColumnType?
    switch declaration.definition {
    case .subtype(let name): base = type(name)
    case .union(let names):
      let types = names.compactMap { type($0) }
      base = types.first
      if types.count == names.count, types.contains(where: { $0 != types[0] }) {
        diagnostics.append(
          Diagnostic(
            .typeMismatch, "the parts of `\(declaration.name.text)` are of different kinds",
            at: declaration.span))
      }
    case .record, .variants:
      refuse("records and variants", declaration.span)
      base = nil
    case .legacy(let name): base = ColumnType(named: name)
    }
    guard let base else { return }
    if program.types[declaration.name.text] != nil
      || ColumnType(named: declaration.name.text) != nil
    {
      diagnostics.append(
        Diagnostic(
          .duplicateDeclaration, "the type `\(declaration.name.text)` is declared twice",
          at: declaration.name.span))
    }
    program.types[declaration.name.text] = base
  }

  private mutating func type(_ name: Identifier) -> ColumnType? {
    if let known = ColumnType(named: name.text) ?? program.types[name.text] { return known }
    let known =
      ["symbol", "number", "unsigned", "float", "boolean"] + program.types.keys.sorted()
    let nearest = NameSuggestions.nearest(to: name.text, among: known, limit: 1)
    diagnostics.append(
      Diagnostic(
        .unknownType, "unknown type `\(name.text)`", at: name.span,
        help: nearest.first.map { "did you mean `\($0)`?" }
          ?? "the types are symbol, number, unsigned, float and boolean"))
    return nil
  }

  private mutating func read(_ declaration: RelationDeclaration, unit: Int) {
    var attributes: [(name: String, type: ColumnType)] = []
    var names: Set<String> = []
    for attribute in declaration.attributes {
      if !names.insert(attribute.name.text).inserted {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "the argument `\(attribute.name.text)` is declared twice",
            at: attribute.name.span))
      }
      attributes.append((attribute.name.text, type(attribute.type) ?? .symbol))
    }
    for qualifier in declaration.qualifiers where qualifier.text == "eqrel" {
      refuse("`eqrel`", qualifier.span)
    }
    if let choice = declaration.choiceDomains.first?.first {
      refuse("`choice-domain`", choice.span)
    }
    for name in declaration.names {
      if let earlier = program.declared[name.text]?.first(where: { $0.unit == unit }) {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "`\(name.text)` is declared twice", at: name.span,
            labels: [Diagnostic.Label(span: earlier.span, text: "declared here first")]))
        continue
      }
      program.declared[name.text, default: []].append(
        DeclaredRelation(name: name.text, unit: unit, attributes: attributes, span: name.span))
    }
  }

  private mutating func read(_ directive: Directive, unit: Int) {
    if directive.kind == .limitsize {
      refuse("`.limitsize`", directive.span)
      return
    }
    var parameters: [String: String] = [:]
    for parameter in directive.parameters { parameters[parameter.key.text] = parameter.value }
    for name in directive.relations {
      guard program.declared[name.text] != nil else {
        let nearest = NameSuggestions.nearest(
          to: name.text, among: program.declared.keys.sorted(), limit: 1)
        diagnostics.append(
          Diagnostic(
            .unknownRelation, "`\(name.text)` is not declared", at: name.span,
            help: nearest.first.map { "did you mean `\($0)`?" }
              ?? "declare it with `.decl \(name.text)(...)`"))
        continue
      }
      let kind: QuerySession.FileDirective.Kind =
        switch directive.kind {
        case .input: .input
        case .output: .output
        case .printsize, .limitsize: .printsize
        }
      if kind != .input { outputs.append(name.text) }
      program.fileDirectives.append(
        QuerySession.FileDirective(
          kind: kind, relation: name.text, parameters: parameters, span: name.span))
    }
  }
}

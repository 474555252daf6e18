import GraphCore

/// Collects the declarations of parsed texts; facts and rules come later, when all names are known.
struct DeclarationReader {
  private(set) var program: SessionProgram
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var outputs: [String] = []

  private let recordTypes: RecordTypes

  init(program: SessionProgram, recordTypes: RecordTypes) {
    self.program = program
    self.recordTypes = recordTypes
  }

  mutating func read(_ unit: ParsedUnit) {
    var types = TypeReader(table: program.types, recordTypes: recordTypes)
    types.read(
      unit.parsed.statements.compactMap { if case .type(let type) = $0 { type } else { nil } })
    program.types = types.table
    diagnostics += types.diagnostics
    for statement in unit.parsed.statements {
      switch statement {
      case .relation(let declaration): read(declaration, unit: unit.unit)
      case .subsumption(let subsumption): refuse("subsumption", subsumption.span)
      case .lattice(let lattice): refuse("`.lattice`", lattice.span)
      case .component, .instantiation, .overriding, .directive, .type, .functor, .clause, .pragma, .nodeSchema, .edgeSchema, .source,
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

  private mutating func type(_ name: Identifier) -> TypeID {
    var reader = TypeReader(table: program.types, recordTypes: recordTypes)
    let id = reader.resolve(name)
    program.types = reader.table
    diagnostics += reader.diagnostics
    return id
  }

  private mutating func read(_ declaration: RelationDeclaration, unit: Int) {
    var attributes: [(name: String, type: ColumnType)] = []
    var types: [TypeID] = []
    var names: Set<String> = []
    for attribute in declaration.attributes {
      if !names.insert(attribute.name.text).inserted {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "the argument `\(attribute.name.text)` is declared twice",
            at: attribute.name.span))
      }
      let type = type(attribute.type)
      types.append(type)
      attributes.append((attribute.name.text, program.types[type].columnType))
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
        DeclaredRelation(
          name: name.text, unit: unit, attributes: attributes, attributeTypes: types,
          span: name.span))
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
          kind: kind, relation: name.text, parameters: parameters, span: name.span,
          columnNames: program.declared[name.text]?.last?.attributes.map(\.name) ?? []))
    }
  }
}

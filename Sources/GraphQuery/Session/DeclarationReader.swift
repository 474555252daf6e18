import GraphCore

/// Collects the declarations of parsed texts; facts and rules come later, when all names are known.
struct DeclarationReader {
  private(set) var program: SessionProgram
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var directives: [FileDirective] = []
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
      case .relation(let declaration) where declaration.deltaOf == nil:
        read(declaration, unit: unit.unit)
      case .functor(let functor): read(functor)
      case .relation, .component, .instantiation, .overriding, .directive, .type, .subsumption,
        .lattice, .clause, .pragma, .nodeSchema, .edgeSchema, .index, .source, .constraint,
        .query:
        break
      }
    }
    for statement in unit.parsed.statements {
      switch statement {
      case .relation(let declaration):
        if let watched = declaration.deltaOf {
          readDelta(declaration, of: watched, unit: unit.unit)
        }
        readLegacyDirectives(declaration, unit: unit.unit)
      case .directive(let directive): read(directive, unit: unit.unit)
      case .type, .functor, .lattice, .clause, .subsumption, .component, .instantiation,
        .overriding, .pragma, .nodeSchema, .edgeSchema, .index, .source, .constraint, .query:
        break
      }
    }
  }

  private mutating func type(_ name: Identifier) -> TypeID {
    if let known = program.types.lookup(name.text) { return known }
    diagnostics.append(
      TypeReader.unknown(name, among: program.types.names, after: diagnostics.count))
    return program.types.addUnknown(name)
  }

  private mutating func read(_ functor: FunctorDeclaration) {
    for parameter in functor.parameters { _ = type(parameter.type) }
    _ = type(functor.result)
    if let earlier = program.functors[functor.name.text], earlier.name.span != functor.name.span {
      diagnostics.append(
        Diagnostic(
          .duplicateDeclaration, "the functor `\(functor.name.text)` is declared twice",
          at: functor.name.span,
          labels: [.init(span: earlier.name.span, text: "declared here first")]))
      return
    }
    program.functors[functor.name.text] = functor
  }

  // MARK: Relations

  private mutating func read(_ declaration: RelationDeclaration, unit: Int) {
    var attributes: [(name: String, type: ColumnType)] = []
    var types: [TypeID] = []
    var seen: Set<String> = []
    for attribute in declaration.attributes {
      if !seen.insert(attribute.name.text).inserted {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "the argument `\(attribute.name.text)` is declared twice",
            at: attribute.name.span))
      }
      if attribute.isLattice {
        diagnostics.append(
          Diagnostic(
            .invalidQualifier, "lattices of user-defined functors are not supported",
            at: attribute.type.span,
            help: "`min` or `max` in a rule's head keeps the best value of each group"))
      }
      let type = type(attribute.type)
      types.append(type)
      attributes.append((attribute.name.text, program.types[type].columnType))
    }
    checkQualifiers(declaration, types)
    let keys = choiceKeys(declaration)
    if types.contains(where: program.types.holdsUnknown) {
      // What the relation holds nobody knows; its facts and uses are no mistakes of their own.
      program.brokenNames.relations.formUnion(declaration.names.map(\.text))
      return
    }
    for name in declaration.names {
      declare(
        DeclaredRelation(
          name: name.text, unit: unit, attributes: attributes, attributeTypes: types,
          span: name.span, qualifiers: Set(declaration.qualifiers.map(\.text)), choiceKeys: keys))
    }
  }

  private mutating func declare(_ relation: DeclaredRelation) {
    if let earlier = program.declared[relation.name]?.first(where: { $0.unit == relation.unit }) {
      diagnostics.append(
        Diagnostic(
          .duplicateDeclaration, "`\(relation.name)` is declared twice", at: relation.span,
          labels: [Diagnostic.Label(span: earlier.span, text: "declared here first")]))
      return
    }
    if let type = program.types.lookup(relation.name), let place = program.types[type].span {
      reportClash(relation.name, relation.span, with: place, "type")
    }
    program.declared[relation.name, default: []].append(relation)
  }

  private mutating func readDelta(
    _ declaration: RelationDeclaration, of watched: Identifier, unit: Int
  ) {
    guard let source = program.declared[watched.text]?.last(where: { $0.unit == unit }) else {
      diagnostics.append(undeclared(watched))
      return
    }
    for name in declaration.names {
      var relation = source
      relation.name = name.text
      relation.span = name.span
      relation.qualifiers = Set(declaration.qualifiers.map(\.text))
      relation.choiceKeys = []
      relation.sizeLimit = nil
      relation.attributes.append(("<iteration>", .unsigned))
      relation.attributeTypes.append(type(Identifier("unsigned", name.span)))
      relation.deltaOf = watched.text
      declare(relation)
    }
  }

  private mutating func reportClash(
    _ name: String, _ span: SourceSpan, with place: SourceSpan, _ kind: String
  ) {
    diagnostics.append(
      Diagnostic(
        .duplicateDeclaration, "`\(name)` names \(Wording.withArticle(kind)) already", at: span,
        labels: [.init(span: place, text: "the \(kind)")]))
  }

  /// Types, relations, components and instances share their names.
  mutating func checkNames(_ written: [Statement]) {
    var seen: [String: (span: SourceSpan, kind: String)] = [:]
    func kinds(_ statement: Statement) -> [(Identifier, String)] {
      switch statement {
      case .type(let type): [(type.name, "type")]
      case .relation(let relation): relation.names.map { ($0, "relation") }
      case .functor, .lattice, .clause, .subsumption, .directive, .component, .instantiation,
        .overriding, .pragma, .nodeSchema, .edgeSchema, .index, .source, .constraint, .query:
        []
      }
    }
    for statement in written {
      for (name, kind) in kinds(statement) where seen[name.text] == nil {
        seen[name.text] = (name.span, kind)
      }
    }
    for case .component(let component) in written {
      let name = component.type.name
      if let other = seen[name.text] {
        reportClash(name.text, name.span, with: other.span, other.kind)
      }
      seen[name.text] = (name.span, "component")
    }
    for case .instantiation(let instance) in written {
      let name = instance.name
      if let other = seen[name.text] {
        reportClash(name.text, name.span, with: other.span, other.kind)
      }
      seen[name.text] = (name.span, "instance")
    }
  }

  // MARK: Qualifiers

  /// Qualifiers of which a relation has at most one: how it is kept.
  private static let representations: Set<String> = ["brie", "btree", "btree_delete", "eqrel"]

  private mutating func checkQualifiers(_ declaration: RelationDeclaration, _ types: [TypeID]) {
    var seen: [Identifier] = []
    for qualifier in declaration.qualifiers {
      let isRepresentation = Self.representations.contains(qualifier.text)
      let clash = seen.first { earlier in
        earlier.text == qualifier.text
          || (isRepresentation && Self.representations.contains(earlier.text))
          || Set([earlier.text, qualifier.text]) == ["inline", "no_inline"]
          || Set([earlier.text, qualifier.text]) == ["magic", "no_magic"]
      }
      if let clash {
        diagnostics.append(
          Diagnostic(
            .invalidQualifier,
            clash.text == qualifier.text
              ? "`\(qualifier.text)` is given twice"
              : "`\(clash.text)` and `\(qualifier.text)` exclude each other", at: qualifier.span,
            labels: [.init(span: clash.span, text: "given here first")]))
      }
      seen.append(qualifier)
    }
    guard let equivalence = declaration.qualifiers.first(where: { $0.text == "eqrel" }) else {
      return
    }
    if types.count != 2 {
      diagnostics.append(
        Diagnostic(
          .invalidQualifier,
          "an equivalence has 2 arguments, but \(types.count) "
            + "\(types.count == 1 ? "is" : "are") declared",
          at: equivalence.span))
    } else if types[0] != types[1] {
      diagnostics.append(
        Diagnostic(
          .invalidQualifier,
          "the arguments of an equivalence are of one type, not of "
            + "`\(program.types[types[0]].name)` and `\(program.types[types[1]].name)`",
          at: equivalence.span))
    }
  }

  private mutating func choiceKeys(_ declaration: RelationDeclaration) -> [[Int]] {
    declaration.choiceDomains.map { key in
      key.compactMap { name in
        if let column = declaration.attributes.firstIndex(where: { $0.name.text == name.text }) {
          return column
        }
        let known = declaration.attributes.map(\.name.text)
        let nearest = NameSuggestions.nearest(to: name.text, among: known, limit: 1)
        diagnostics.append(
          Diagnostic(
            .unknownArgument,
            "`\(declaration.names[0].text)` has no argument `\(name.text)` to choose by",
            at: name.span, help: nearest.first.map { "did you mean `\($0)`?" }))
        return nil
      }
    }
  }

  // MARK: Directives

  private func undeclared(_ name: Identifier) -> Diagnostic {
    let nearest = NameSuggestions.best(
      for: name.text, among: program.declared.keys, after: diagnostics.count)
    return Diagnostic(
      .unknownRelation, "`\(name.text)` is not declared", at: name.span,
      help: nearest.map { "did you mean `\($0)`?" }
        ?? "declare it with `.decl \(name.text)(...)`")
  }

  /// `input`, `output` and `printsize` behind a declaration, as older programs have them.
  private mutating func readLegacyDirectives(_ declaration: RelationDeclaration, unit: Int) {
    for qualifier in declaration.qualifiers {
      guard let kind = Directive.Kind(rawValue: qualifier.text) else { continue }
      read(
        Directive(
          kind: kind, relations: declaration.names, parameters: [], span: qualifier.span),
        unit: unit)
    }
  }

  private mutating func read(_ directive: Directive, unit: Int) {
    var parameters: [String: String] = [:]
    for parameter in directive.parameters {
      if parameters.updateValue(parameter.value, forKey: parameter.key.text) != nil {
        diagnostics.append(
          Diagnostic(
            .invalidDirective, "`\(parameter.key.text)` is given twice", at: parameter.key.span))
      }
    }
    checkParameters(directive)
    for name in directive.relations {
      guard let declaration = program.declared[name.text]?.last else {
        if !program.brokenNames.hold(name.text) { diagnostics.append(undeclared(name)) }
        continue
      }
      if declaration.isInline {
        diagnostics.append(
          Diagnostic(
            .invalidQualifier,
            "`\(name.text)` is `inline`, so that it has no rows to read, write or count",
            at: name.span,
            labels: [.init(span: declaration.span, text: "declared here")],
            help: "leave out `inline`"))
        continue
      }
      let kind: FileDirective.Kind
      switch directive.kind {
      case .input: kind = .input
      case .output: kind = .output
      case .printsize: kind = .printsize
      case .limitsize:
        limit(declaration, directive, parameters)
        continue
      }
      checkIO(directive, parameters)
      if kind == .printsize,
        let earlier = program.fileDirectives.first(where: {
          $0.kind == .printsize && $0.relation == name.text
        })
      {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "the size of `\(name.text)` is printed twice", at: name.span,
            labels: [.init(span: earlier.span, text: "here first")]))
      }
      let meaning = FileDirective(
        kind: kind, relation: name.text, parameters: parameters, span: name.span,
        columnNames: declaration.attributes.map(\.name))
      directives.append(meaning)
      program.fileDirectives.append(meaning)
    }
  }

  /// Tells of parameters that no directive of a file knows, which are read over.
  private mutating func checkParameters(_ directive: Directive) {
    guard directive.kind != .limitsize else { return }
    let known = FileDirective.knownParameters
    for (key, _) in directive.parameters
    where !known.contains(key.text) && !FileDirective.ignoredParameters.contains(key.text) {
      // Each instance of a component has its directives.
      if diagnostics.contains(where: { $0.code == .ignoredParameter && $0.span == key.span }) {
        continue
      }
      let nearest = NameSuggestions.best(for: key.text, among: known, after: diagnostics.count)
      diagnostics.append(
        Diagnostic(
          .ignoredParameter,
          "`.\(directive.kind.rawValue)` has no parameter `\(key.text)`; it changes nothing",
          at: key.span, severity: .warning,
          help: (nearest.map { "did you mean `\($0)`? " } ?? "")
            + "known are \(known.joined(separator: ", "))"))
    }
  }

  private mutating func checkIO(_ directive: Directive, _ parameters: [String: String]) {
    guard let kind = parameters["IO"],
      let place = directive.parameters.first(where: { $0.key.text == "IO" })?.key.span
    else { return }
    let known: [String]
    switch directive.kind {
    case .input: known = ["file", "stdin", "json", "jsonfile"]
    case .output: known = ["file", "stdout", "stdoutprintsize", "json", "jsonfile"]
    case .printsize, .limitsize: return
    }
    if known.contains(kind) { return }
    diagnostics.append(
      Diagnostic(
        .invalidDirective,
        kind == "sqlite"
          ? "SQLite files are not supported" : "`\(kind)` is no way to read or write a relation",
        at: place,
        help: kind == "sqlite"
          ? "exchange the rows through a file: `sqlite3 FILE '.mode tabs' 'select …'`"
          : "known are \(known.joined(separator: ", "))"))
  }

  private mutating func limit(
    _ declaration: DeclaredRelation, _ directive: Directive, _ parameters: [String: String]
  ) {
    guard let limit = parameters["n"].flatMap({ Int($0) }), limit >= 0 else {
      diagnostics.append(
        Diagnostic(
          .invalidDirective, "`.limitsize` needs a number of rows", at: directive.span,
          help: "write `.limitsize \(declaration.name)(n=1000)`"))
      return
    }
    guard
      let index = program.declared[declaration.name]?.lastIndex(where: {
        $0.unit == declaration.unit
      })
    else { return }
    if program.declared[declaration.name]?[index].sizeLimit != nil {
      diagnostics.append(
        Diagnostic(
          .invalidDirective, "the size of `\(declaration.name)` is limited twice",
          at: directive.span))
    }
    program.declared[declaration.name]?[index].sizeLimit = limit
  }
}

import GraphCore

/// Enters `.type` declarations into a table, in whatever order they are written.
struct TypeReader {
  private(set) var table: TypeTable
  private(set) var diagnostics: [Diagnostic] = []
  private let recordTypes: RecordTypes
  private var pending: [String: TypeDeclaration] = [:]
  /// Types whose definition is being followed, to find cycles.
  private var open: [String] = []
  /// How many types may be defined one by the other.
  private static let deepest = 256
  private var hasReportedDepth = false
  /// Records and variants whose fields are read once all names are known.
  private var bodies: [(TypeID, TypeDeclaration)] = []

  init(table: TypeTable, recordTypes: RecordTypes) {
    self.table = table
    self.recordTypes = recordTypes
  }

  mutating func read(_ declarations: [TypeDeclaration]) {
    var accepted: [TypeDeclaration] = []
    for declaration in declarations {
      let name = declaration.name
      if let known = table.lookup(name.text) {
        let isBuiltIn = table[known].span == nil
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration,
            isBuiltIn
              ? "`\(name.text)` is a built-in type" : "the type `\(name.text)` is declared twice",
            at: name.span,
            labels: table[known].span.map { [.init(span: $0, text: "declared here first")] } ?? [],
            help: isBuiltIn ? "choose another name" : nil))
      } else if let earlier = pending[name.text] {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "the type `\(name.text)` is declared twice", at: name.span,
            labels: [.init(span: earlier.name.span, text: "declared here first")]))
      } else {
        pending[name.text] = declaration
        accepted.append(declaration)
      }
    }
    for declaration in accepted { _ = resolve(declaration.name) }
    for (id, declaration) in bodies { readFields(id, declaration) }
    bodies = []
    pending = [:]
  }

  /// The type of a name; reported and `unknown` where there is none.
  mutating func resolve(_ name: Identifier) -> TypeID {
    if let known = table.lookup(name.text) { return known }
    guard let declaration = pending[name.text] else {
      diagnostics.append(
        Self.unknown(name, among: table.names + pending.keys, after: diagnostics.count))
      return table.addUnknown(name)
    }
    if let start = open.firstIndex(of: name.text) {
      let cycle = (open[start...] + [name.text]).joined(separator: " → ")
      diagnostics.append(
        Diagnostic(
          .cyclicType, "the type `\(name.text)` is defined by itself", at: declaration.name.span,
          notes: ["the cycle is \(cycle)"],
          help: "a type may contain itself only inside a record or a branch"))
      return unknown(declaration)
    }
    guard open.count < Self.deepest else {
      if !hasReportedDepth {
        diagnostics.append(
          Diagnostic(
            .nestingTooDeep, "more than \(Self.deepest) types are defined one by the other",
            at: declaration.name.span))
      }
      hasReportedDepth = true
      return unknown(declaration)
    }
    open.append(name.text)
    defer { open.removeLast() }
    switch declaration.definition {
    case .legacy(let base):
      return table.add(entry(declaration, .subtype(of: resolve(Identifier(base, name.span)))))
    case .subtype(let base):
      let parent = resolve(base)
      // A cycle through the base has entered the name already.
      if let known = table.lookup(name.text) { return known }
      switch table[parent].kind {
      case .record, .variants, .union:
        diagnostics.append(
          Diagnostic(
            .typeMismatch,
            "`\(name.text)` cannot be a subtype of `\(base.text)`, which is no primitive type or "
              + "subtype of one", at: base.span,
            help: "give the same type another name with `.type \(name.text) = \(base.text)`"))
        return unknown(declaration)
      case .primitive, .subtype, .unknown: break
      }
      return table.add(entry(declaration, .subtype(of: parent)))
    case .union(let members): return resolveUnion(declaration, members)
    case .record, .variants:
      let number = recordTypes.add(name.text)
      let id = table.add(
        TypeTable.Entry(
          name: name.text, kind: .record([]), columnType: .record(number), span: name.span))
      bodies.append((id, declaration))
      return id
    }
  }

  private mutating func unknown(_ declaration: TypeDeclaration) -> TypeID {
    table.add(
      TypeTable.Entry(
        name: declaration.name.text, kind: .unknown, columnType: .symbol,
        span: declaration.name.span))
  }

  private func entry(_ declaration: TypeDeclaration, _ kind: TypeTable.Kind) -> TypeTable.Entry {
    let columnType: ColumnType =
      switch kind {
      case .subtype(let base): table[base].columnType
      case .union(let members): members.first.map { table[$0].columnType } ?? .symbol
      case .primitive, .record, .variants, .unknown: .symbol
      }
    return TypeTable.Entry(
      name: declaration.name.text, kind: kind, columnType: columnType, span: declaration.name.span)
  }

  private mutating func resolveUnion(_ declaration: TypeDeclaration, _ names: [Identifier])
    -> TypeID
  {
    let members = names.map { resolve($0) }
    if let known = table.lookup(declaration.name.text) { return known }
    if members.count == 1 {
      table.alias(declaration.name.text, to: members[0])
      return members[0]
    }
    for (member, name) in zip(members, names) {
      let columnType = table[member].columnType
      if case .record = columnType {
        diagnostics.append(
          Diagnostic(
            .typeMismatch,
            "`\(name.text)` is a record, which cannot be part of the union "
              + "`\(declaration.name.text)`", at: name.span,
            help: "write an algebraic type: `.type \(declaration.name.text) = "
              + "First { value: \(name.text) } | …`"))
        return unknown(declaration)
      }
      if case .unknown = table[member].kind { return unknown(declaration) }
      let first = table[members[0]].columnType
      if columnType != first {
        diagnostics.append(
          Diagnostic(
            .typeMismatch,
            "the union `\(declaration.name.text)` mixes \(first.name) and \(columnType.name)",
            at: name.span,
            labels: [.init(span: names[0].span, text: "this one is \(first.name)")],
            help: "all members of a union have one base type"))
        return unknown(declaration)
      }
    }
    return table.add(entry(declaration, .union(members)))
  }

  // MARK: Fields

  private mutating func readFields(_ id: TypeID, _ declaration: TypeDeclaration) {
    guard case .record(let number) = table[id].columnType else { return }
    switch declaration.definition {
    case .record(let attributes):
      let types = fields(attributes, of: declaration)
      table.define(id, as: .record(types))
      recordTypes.define(number, as: .record(described(attributes, types)))
    case .variants(let branches):
      // Tags follow the order of the names, so that values print and compare as they do elsewhere.
      let ordered = branches.sorted {
        $0.name.text.utf8.lexicographicallyPrecedes($1.name.text.utf8)
      }
      var described: [RecordTypes.Branch] = []
      var types: [[TypeID]] = []
      for (tag, branch) in ordered.enumerated() {
        let fieldTypes = fields(branch.fields, of: declaration)
        types.append(fieldTypes)
        described.append(
          RecordTypes.Branch(
            name: branch.name.text, fields: self.described(branch.fields, fieldTypes)))
        if let earlier = table.branches[branch.name.text] {
          diagnostics.append(
            Diagnostic(
              .duplicateDeclaration, "the branch `\(branch.name.text)` is declared twice",
              at: branch.name.span,
              labels: [.init(span: earlier.span, text: "declared here first")],
              help: "the names of branches are unique in a program"))
          continue
        }
        table.addBranch(
          branch.name.text,
          TypeTable.BranchPlace(type: id, tag: tag, span: branch.name.span))
      }
      table.define(id, as: .variants(types))
      recordTypes.define(number, as: .variants(described))
    case .subtype, .union, .legacy: break
    }
  }

  private mutating func fields(_ attributes: [Attribute], of declaration: TypeDeclaration)
    -> [TypeID]
  {
    var names: Set<String> = []
    return attributes.map { attribute in
      if !names.insert(attribute.name.text).inserted {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "the field `\(attribute.name.text)` is declared twice",
            at: attribute.name.span))
      }
      return resolve(attribute.type)
    }
  }

  private func described(_ attributes: [Attribute], _ types: [TypeID]) -> [RecordTypes.Field] {
    zip(attributes, types).map {
      RecordTypes.Field(name: $0.name.text, type: table[$1].columnType)
    }
  }

  static func unknown(
    _ name: Identifier, among known: @autoclosure () -> [String], after reports: Int
  ) -> Diagnostic {
    let nearest = NameSuggestions.best(for: name.text, among: known(), after: reports)
    return Diagnostic(
      .unknownType, "unknown type `\(name.text)`", at: name.span,
      help: nearest.map { "did you mean `\($0)`?" }
        ?? "declare it with `.type`; built in are symbol, number, unsigned and float")
  }
}

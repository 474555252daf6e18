import GraphCore

/// Labels, edge types and properties that rules and questions may speak of though no fact has them any more: they are
/// known, and empty.
extension QuerySession {
  // MARK: Keeping known

  /// Keeps known what has gone with a write.
  func assumeKnown(goneWith write: GraphTransaction) {
    var names = program.assumedNames
    var properties = program.goneProperties
    names.formUnion(write.goneNames(in: graph).map { graph.text($0) })
    for (key, type) in write.goneNodeProperties(in: graph) {
      properties.insert(graph.text(key), ColumnType(type))
    }
    for (edgeType, key, type) in write.goneEdgeProperties(in: graph) {
      properties.insert(graph.text(key), ColumnType(type), ofEdgeType: graph.text(edgeType))
    }
    // Whatever is assigned empties what has been prepared.
    if names != program.assumedNames { program.assumedNames = names }
    if properties != program.goneProperties { program.goneProperties = properties }
  }

  /// Takes what the rules of the database speak of and nothing has for what has gone since they were kept.
  func assumeKnown(goneSince unit: Int) {
    let problems = staleProblems
    var names: Set<String> = []
    for problem in problems where problem.code == .unknownRelation {
      guard let span = problem.span else { continue }
      names.insert(sources.text(span).filter { $0 != "`" })
    }
    if !names.isEmpty { program.assumedNames.formUnion(names) }
    guard !names.isEmpty || problems.contains(where: { $0.code == .unknownProperty }) else {
      return
    }
    let environment = environment(terms: termSpace())
    let catalog = environment.catalog
    var properties = program.goneProperties
    var assumed: Set<SourceSpan> = []
    forEachWrittenAtom { atom, writtenIn in
      guard writtenIn == unit, !atom.named.isEmpty else { return }
      let edgeType: UInt32?
      switch environment.resolve(atom, unit: unit) {
      case .edgeType(let type): edgeType = type
      case .label, .builtin(.node): edgeType = nil
      case .builtin, .declared, .defined, nil: return
      }
      let known = edgeType.map { Set(catalog.edgeProperties($0).map(\.name)) }
      for name in atom.named.map(\.name) {
        // What every edge has, and citations, are no properties.
        if Self.builtInKeys.contains(name.text) { continue }
        if known?.contains(name.text) ?? (catalog.nodeProperty(name.text) != nil) { continue }
        properties.insert(name.text, nil, ofEdgeType: edgeType.map(catalog.text))
        assumed.insert(name.span)
      }
    }
    if properties != program.goneProperties { program.goneProperties = properties }
    staleProblems = problems.filter { problem in
      switch problem.code {
      case .unknownRelation: false
      case .unknownProperty: problem.span.map { !assumed.contains($0) } ?? true
      default: true
      }
    }
  }

  private static let builtInKeys: Set<String> = ["id", "source", "lines"]

  /// Calls a closure with each atom of the rules and constraints that were written, and the unit of each. A step of a path
  /// is an atom of two arguments.
  private func forEachWrittenAtom(_ body: (Atom, Int) -> Void) {
    for written in program.written {
      _ = written.statement.mappingBodies { formula in
        formula.mappingAtoms { atom in
          body(atom, written.unit)
          return atom
        } paths: { path in
          path.mappingSteps { step in
            let ends = [Expression.wildcard(step.span), .wildcard(step.span)]
            body(Atom(name: step, arguments: ends, span: step.span), written.unit)
            return step
          }
        }
      }
    }
  }

  // MARK: Saving

  /// Declarations of the labels, edge types and properties that rules speak of and that no fact or schema names any more.
  /// The session still knows them, and so must who reads the text.
  ///
  /// A declaration that names properties admits no others, so it names all that the session knows.
  func declarationsOfGone() -> String {
    if program.assumedNames.isEmpty && program.goneProperties.isEmpty { return "" }
    let environment = environment(terms: termSpace())
    let catalog = environment.catalog
    let (knownLabels, knownTypes) = (Set(graph.knownLabels), Set(graph.knownEdgeTypes))
    // Each with whether a rule names a property of it that is gone.
    var labels: [String: Bool] = [:]
    var types: [String: Bool] = [:]
    var isNodeConcerned = false
    forEachWrittenAtom { atom, unit in
      let name = atom.name.text
      let keys = Set(atom.named.map(\.name.text)).subtracting(Self.builtInKeys)
      switch environment.resolve(atom, unit: unit) {
      case .edgeType(let type):
        let isConcerned =
          !keys.isEmpty
          && catalog.edgeProperties(type).contains { $0.isGone && keys.contains($0.name) }
        if isConcerned || !knownTypes.contains(name) {
          types[name] = isConcerned || types[name] ?? false
        }
      case .label, .builtin(.node):
        let isConcerned = keys.contains { catalog.nodeProperty($0)?.property.isGone ?? false }
        isNodeConcerned = isNodeConcerned || isConcerned
        if case .label? = environment.resolve(atom, unit: unit),
          isConcerned || !knownLabels.contains(name)
        {
          labels[name] = isConcerned || labels[name] ?? false
        }
      case .declared, .defined, .builtin, nil: break
      }
    }
    guard !labels.isEmpty || !types.isEmpty || isNodeConcerned else { return "" }
    let inferred = InferredTypes(environment)
    func attributes(_ properties: [KnownProperty], _ origin: CoreRelation.Origin?) -> [String] {
      properties.map { property in
        let type =
          property.type ?? inferred.type(of: property.name, origin ?? nodeOrigin(property, catalog))
        return "\(ASTPrinter.quotedName(property.name)): \(type.valueType)"
      }
    }
    // Properties are those of nodes, whatever their labels; a label that no node has restricts none.
    var owner: String?
    if isNodeConcerned {
      owner =
        labels.keys.sorted().first { !knownLabels.contains($0) }
        ?? labels.filter { $0.value }.keys.min() ?? knownLabels.min()
        ?? catalog.gone.nodePropertyNames.min()
      if let owner, labels[owner] == nil { labels[owner] = true }
    }
    var text = ""
    for label in labels.keys.sorted() where label == owner || !knownLabels.contains(label) {
      let names = catalog.nodePropertyNames
      let properties =
        label == owner ? names.compactMap { catalog.nodeProperty($0)?.property } : []
      text += ".node \(ASTPrinter.quotedName(label))("
      text += attributes(properties, nil).joined(separator: ", ") + ")\n"
    }
    for (type, isConcerned) in types.sorted(by: { $0.key < $1.key }) {
      let declared = graph.declaredSchema(ofEdgeType: type)
      let ends = [declared?.sourceLabels ?? [], declared?.targetLabels ?? []].map { labels in
        labels.isEmpty ? "_" : labels.map(ASTPrinter.quotedName).joined(separator: "|")
      }
      let term = catalog.intern(type)
      let properties = isConcerned ? catalog.edgeProperties(term) : []
      text += ".edge \(ASTPrinter.quotedName(type))("
      text += (ends + attributes(properties, .edges(term))).joined(separator: ", ") + ")\n"
    }
    return text
  }

  private func nodeOrigin(_ property: KnownProperty, _ catalog: GraphCatalog) -> CoreRelation.Origin
  {
    .nodeProperty(catalog.intern(property.name))
  }
}

/// What the rules of a session take properties for whose types nobody knows.
private struct InferredTypes {
  private let program: CoreProgram

  /// O(rules).
  init(_ environment: Environment) { program = Lowering.lowerAll(in: environment).program }

  /// The type of a column of a stored relation; that of a text where no rule says anything of it. O(relations).
  func type(of name: String, _ origin: CoreRelation.Origin) -> ColumnType {
    for relation in program.relations where relation.origin == origin {
      if let column = relation.columns.last(where: { $0.name == name }) {
        return program.type(column.slot)
      }
    }
    return .symbol
  }
}

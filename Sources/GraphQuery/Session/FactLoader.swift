@_spi(Columns) import GraphCore

/// Writes the facts of parsed texts into the graph and the session's declared relations.
struct FactLoader: ~Copyable {
  let session: QuerySession
  private let units: [ParsedUnit]
  private var writer: GraphWriter
  var diagnostics: [Diagnostic] = []
  private(set) var spans = FactSpans()
  /// Facts with expressions that nothing takes; they are reported here and no rules.
  var refusedClauses: Set<SourceSpan> = []
  private var nextOrdinal = 0
  /// Declared relations that this load adds facts to, by their key; put in place at the end.
  var touched: [String: DeclaredFacts] = [:]
  /// The text that facts are being read from.
  private var bytes: [UInt8] = []
  private var bytesSource = UInt32.max
  private let terms: TermSpace
  /// Whether facts of the graph are refused.
  private let isReadOnly: Bool
  /// The terms of the documents that `.source` names, as they are met.
  private var documents: [UInt32?] = []
  /// The document of an earlier `.source` at the prompt or in the script.
  private var promptDocument: String?
  private var lineText: [UInt8] = []
  /// The lines that a fact cited last, if they were one range, and their term: facts of one sentence
  /// follow each other.
  private var lastLines: (range: LineRange, term: UInt32)?
  /// Whether a change of the graph was refused.
  private var hasRefused = false
  /// Names of facts that nothing declares.
  private var undeclared: Set<String> = []
  /// Names that rules of these texts define.
  private(set) var definedHere: Set<String> = []

  init(session: QuerySession, units: [ParsedUnit], writer: consuming GraphWriter) {
    self.session = session
    self.units = units
    self.writer = writer
    terms = session.termSpace()
    isReadOnly = session.isReadOnly
  }

  mutating func load() {
    for unit in units {
      for statement in unit.parsed.statements {
        switch statement {
        case .nodeSchema(let schema): if !refusesChange(at: schema.span) { declare(schema) }
        case .edgeSchema(let schema): if !refusesChange(at: schema.span) { declare(schema) }
        case .index(let index): if !refusesChange(at: index.span) { declare(index) }
        case .clause(let clause) where clause.body != nil:
          for head in clause.heads { definedHere.insert(head.atom.name.text) }
        default: break
        }
      }
    }
    for unit in units { load(unit) }
    session.program.brokenNames.relations.formUnion(undeclared)
    for (key, facts) in touched { session.facts[key] = facts.finished() }
  }

  /// Refuses, where the session is read-only, what would change the graph; the first is told of.
  private mutating func refusesChange(at span: @autoclosure () -> SourceSpan) -> Bool {
    guard isReadOnly else { return false }
    if !hasRefused { diagnostics.append(.readOnly(at: span())) }
    hasRefused = true
    return true
  }

  // MARK: Schema

  private mutating func declare(_ schema: GraphQuery.NodeSchema) {
    let ordinal = ordinal(of: schema.span)
    writer.declare(
      GraphCore.NodeSchema(label: schema.label.text, properties: properties(schema.properties)),
      ordinal: ordinal)
  }

  private mutating func declare(_ schema: GraphQuery.EdgeSchema) {
    let ordinal = ordinal(of: schema.span)
    writer.declare(
      GraphCore.EdgeSchema(
        type: schema.type.text, sourceLabels: schema.sources.map(\.text),
        targetLabels: schema.targets.map(\.text), properties: properties(schema.properties)),
      ordinal: ordinal)
  }

  private mutating func declare(_ index: IndexDeclaration) {
    let ordinal = ordinal(of: index.span)
    if index.keys.isEmpty { return writer.setTextIndex(true) }
    for key in index.keys {
      if reportsBuiltIn(key) { continue }
      // A unique key is an index; whichever of the two is said first.
      if !index.isUnique, session.graph.index(ofNodeProperty: key.text) == .unique { continue }
      writer.setIndex(
        index.isUnique ? .unique : .plain, onNodeProperty: key.text, ordinal: ordinal)
    }
  }

  /// Refuses to declare anything of what every edge has.
  private mutating func reportsBuiltIn(_ key: Identifier) -> Bool {
    guard ["id", "source", "lines"].contains(key.text) else { return false }
    diagnostics.append(
      Diagnostic(
        .duplicateDeclaration, "`\(key.text)` is built in", at: key.span,
        help: "leave it out: every edge has it"))
    return true
  }

  private mutating func properties(_ attributes: [Attribute]) -> [(key: String, type: ValueType)] {
    var result: [(key: String, type: ValueType)] = []
    for attribute in attributes {
      guard
        let type = session.program.types.columnType(named: attribute.type.text)
      else {
        diagnostics.append(
          Diagnostic(
            .unknownType, "unknown type `\(attribute.type.text)`", at: attribute.type.span,
            help: "the types are symbol, number, unsigned, float and boolean"))
        continue
      }
      if reportsBuiltIn(attribute.name) { continue }
      spans.declaredKeys.insert(attribute.name.text)
      result.append((attribute.name.text, type.valueType))
    }
    return result
  }

  private mutating func ordinal(of span: SourceSpan) -> Int {
    let ordinal = nextOrdinal
    nextOrdinal += 1
    spans.statements.append((ordinal, span))
    return ordinal
  }

  // MARK: Facts

  /// What a name of a fact table means, decided once per name and shape.
  private enum Target {
    case label(UInt32)
    case edge(UInt32)
    case alias
    /// `node("x", key: value)`: properties of a node, whatever its labels.
    case node
    case declared(DeclaredFacts)
    /// A relation that rules define: the fact is one more rule, without a body.
    case clause
    case invalid
  }

  /// What the names of a fact table mean, found out as they are met.
  private struct Meanings {
    /// What facts of a name are, by how many positional arguments they have.
    var targets: [[(positional: Int, target: Target)]]
    /// What names say as keys of arguments.
    var keys: [Role]
    // Facts come in runs of one kind, so the last one's meaning is usually the next one's.
    var last = (name: UInt32.max, positional: -1)
    var lastTarget = Target.invalid

    init(_ table: FactTable) {
      targets = Array(repeating: [], count: table.names.count)
      keys = table.names.map { FactLoader.role(of: $0) }
    }
  }

  /// What the arguments of one fact of the graph say; kept from fact to fact for its room.
  private struct Parts {
    var names: [UInt32] = []
    var properties: [StagedProperty] = []
    var citation = StagedCitation()
  }

  private mutating func load(_ unit: ParsedUnit) {
    let table = unit.parsed.facts
    if table.count > 0, refusesTexts() { return }
    bytesSource = .max
    spans.tables.append((nextOrdinal, table))
    let first = nextOrdinal
    nextOrdinal += table.count
    writer.expect(texts: table.count / 4)
    documents = Array(repeating: nil, count: table.documents.count)
    promptDocument = unit.unit == 0 ? session.currentDocument : nil
    var meanings = Meanings(table)
    var parts = Parts()
    for index in 0..<table.count {
      // What was taken so far is undone by whoever asked for the load.
      if index & 0xFFFF == 0xFFFF, session.cancelToken.isCancelled || refusesTexts() { return }
      let fact = table.facts[index]
      let target = target(of: fact, table, unit.unit, &meanings)
      switch target {
      case .invalid: break
      case .clause:
        let clause = table.clause(fact)
        session.add(UnitClause(clause: clause, unit: unit.unit))
        session.program.written.append(
          WrittenStatement(unit: unit.unit, statement: .clause(clause)))
      case .declared(let facts): add(fact, to: facts, table)
      case .label, .edge, .alias, .node:
        if refusesChange(at: table.span(of: fact)) { continue }
        guard take(fact, table, &meanings.keys, into: &parts) else { continue }
        add(parts, as: target, ordinal: first + index)
      }
    }
    loadClauses(unit)
  }

  /// Reports, once, that no more texts fit.
  private mutating func refusesTexts() -> Bool {
    guard session.graph.dictionary.isNearlyFull else { return false }
    if !diagnostics.contains(where: { $0.code == .limitReached }) {
      diagnostics.append(EngineFailure.fullOfTexts(at: nil).diagnostic)
    }
    return true
  }

  /// Reads the arguments of a fact of the graph; false, and reported, where one is none.
  private mutating func take(
    _ fact: FactTable.Fact, _ table: FactTable, _ keys: inout [Role], into parts: inout Parts
  ) -> Bool {
    parts.names.removeAll(keepingCapacity: true)
    parts.properties.removeAll(keepingCapacity: true)
    parts.citation = citation(of: fact, table)
    var isValid = true
    var id: FactTable.Argument?
    for place in fact.arguments {
      let argument = table.arguments[place]
      if argument.key == FactTable.positional {
        if let name = requiredText(argument, fact, table) {
          parts.names.append(name)
        } else {
          isValid = false
        }
        continue
      }
      let key: UInt32
      switch keys[Int(argument.key)] {
      case .property(let known): key = known
      case .id(let known):
        key = known
        id = argument
      case .unseen:
        let name = table.names[Int(argument.key)]
        key = writer.intern(name)
        keys[Int(argument.key)] = name == "id" ? .id(key) : .property(key)
        if name == "id" { id = argument }
      case .source:
        let text = requiredText(argument, fact, table)
        parts.citation.source = text ?? TermID.none.raw
        isValid = isValid && text != nil
        continue
      case .lines:
        let text = requiredText(argument, fact, table)
        parts.citation.lines = text ?? TermID.none.raw
        isValid = isValid && text != nil
        continue
      }
      if let property = property(key, argument, fact, table) {
        parts.properties.append(property)
      } else {
        isValid = false
      }
    }
    if let id, parts.names.count == 2 {
      reportEdgeID(at: table.span(of: id, in: fact))
      return false
    }
    return isValid
  }

  /// The text of a node's name or of a citation; `nil`, and reported, where it is something else.
  private mutating func requiredText(
    _ argument: FactTable.Argument, _ fact: FactTable.Fact, _ table: FactTable
  ) -> UInt32? {
    if let text = text(argument, fact, table) { return text }
    let isName = argument.key == FactTable.positional
    diagnostics.append(
      Diagnostic(
        .invalidFact,
        isName
          ? "a node is named by a text" : "`\(table.names[Int(argument.key)])` is a text",
        at: table.span(of: argument, in: fact),
        help: "write it in quotes" + (isName ? ", or declare the relation with `.decl`" : "")))
    return nil
  }

  private mutating func add(_ parts: Parts, as target: Target, ordinal: Int) {
    switch target {
    case .label(let label):
      writer.addLabel(label, to: parts.names[0], citation: parts.citation, ordinal: ordinal)
      for property in parts.properties {
        writer.setProperty(property, of: parts.names[0], ordinal: ordinal)
      }
    case .node:
      for property in parts.properties {
        writer.setProperty(property, of: parts.names[0], ordinal: ordinal)
      }
    case .edge(let type):
      writer.addEdge(
        type: type, from: parts.names[0], to: parts.names[1], properties: parts.properties,
        citation: parts.citation, ordinal: ordinal)
    case .alias:
      writer.addAlias(
        parts.names[0], of: parts.names[1], citation: parts.citation, ordinal: ordinal)
    case .declared, .clause, .invalid: break
    }
  }

  /// What a fact is; decided once for each name and number of positional arguments.
  private mutating func target(
    of fact: FactTable.Fact, _ table: FactTable, _ unit: Int, _ meanings: inout Meanings
  ) -> Target {
    var positional = 0
    for place in fact.arguments where table.arguments[place].key == FactTable.positional {
      positional += 1
    }
    if meanings.last == (fact.name, positional) { return meanings.lastTarget }
    let name = Int(fact.name)
    let target: Target
    if let known = meanings.targets[name].first(where: { $0.positional == positional }) {
      target = known.target
    } else {
      target = self.target(
        of: fact, positional: positional, table, unit, others: meanings.targets[name].map(\.target))
      meanings.targets[name].append((positional, target))
    }
    (meanings.last, meanings.lastTarget) = ((fact.name, positional), target)
    return target
  }

  /// Decides what facts of a name and shape are; `others` is what those of other shapes were found to be.
  private mutating func target(
    of fact: FactTable.Fact, positional: Int, _ table: FactTable, _ unit: Int, others: [Target]
  ) -> Target {
    let name = table.names[Int(fact.name)]
    if let own = session.program.declared[name]?.first(where: { $0.unit == unit }) {
      return own.isInline ? .clause : .declared(facts(of: own))
    }
    let graph = session.graph
    let term = graph.term(name)
    if positional == 1, let term, graph.labelTable(term) != nil || graph.isDeclaredLabel(term) {
      return .label(term.raw)
    }
    if positional == 2, let term,
      graph.edgeTable(term) != nil || graph.isDeclaredEdgeType(term)
    {
      return .edge(term.raw)
    }
    if name == "alias" && positional == 2 { return .alias }
    if name == "node" && positional == 1 && fact.argumentCount > 1 { return .node }
    if let other = session.program.declared[name]?.last {
      return other.isInline ? .clause : .declared(facts(of: other))
    }
    let isGraphLike = table.arguments(of: fact).allSatisfy {
      $0.key != FactTable.positional || $0.kind == .text || $0.kind == .decodedText
    }
    // Rules, of these texts or before, add to the label or edge type that the fact makes.
    let makesGraphName =
      isGraphLike && (positional == 1 || positional == 2) && !session.requiresDeclarations
      && session.program.defined[name].map { $0.arity == positional } ?? true
      && BuiltinRelation(rawValue: name) == nil
    if isDefinedByRules(name) && !makesGraphName { return .clause }
    if let builtin = BuiltinRelation(rawValue: name), builtin.columns.count == positional {
      diagnostics.append(
        Diagnostic(
          .derivedRelation, "`\(name)` shows the graph and takes no facts",
          at: table.nameSpan(of: fact),
          help: "state a label or an edge type of the node, or declare `.decl \(name)(...)`"))
      return .invalid
    }
    if session.program.brokenNames.hold(name) { return .invalid }
    if session.requiresDeclarations {
      reportUndeclared(name, table.nameSpan(of: fact), "declare it with `.decl \(name)(...)`")
      return .invalid
    }
    if isGraphLike && positional == 1 { return .label(writer.intern(name)) }
    if isGraphLike && positional == 2 { return .edge(writer.intern(name)) }
    if isGraphLike, let expected = arity(of: name, term, others) {
      reportArity(of: fact, name, expected: expected, found: positional, nil, table)
      return .invalid
    }
    reportUndeclared(
      name, table.nameSpan(of: fact),
      "a label has one text argument and an edge type two; anything else is declared "
        + "with `.decl \(name)(...)`")
    return .invalid
  }

  /// Reports a fact of a relation that there is not; uses of it in rules are the same mistake.
  private mutating func reportUndeclared(_ name: String, _ span: SourceSpan, _ help: String) {
    diagnostics.append(
      Diagnostic(.unknownRelation, "`\(name)` is not declared", at: span, help: help))
    undeclared.insert(name)
  }

  /// How many texts a name of the graph takes, if it is one: the label's if it is a label and an edge
  /// type as well.
  private func arity(of name: String, _ term: TermID?, _ others: [Target]) -> Int? {
    let graph = session.graph
    let isLabel = others.contains { if case .label = $0 { true } else { false } }
    let isEdge = others.contains { if case .edge = $0 { true } else { false } }
    if isLabel || term.map({ graph.labelTable($0) != nil || graph.isDeclaredLabel($0) }) ?? false {
      return 1
    }
    if isEdge || term.map({ graph.edgeTable($0) != nil || graph.isDeclaredEdgeType($0) }) ?? false {
      return 2
    }
    return nil
  }

  mutating func reportArity(
    of fact: FactTable.Fact, _ name: String, expected: Int, found: Int,
    _ declaration: SourceSpan?, _ table: FactTable
  ) {
    diagnostics.append(
      .wrongArity(
        "`\(name)`", expected, found: found, at: table.span(of: fact), declaration: declaration,
        help: found < expected ? "give each argument a value" : "leave out \(found - expected)"))
  }

  mutating func text(
    _ argument: FactTable.Argument, _ fact: FactTable.Fact, _ table: FactTable
  ) -> UInt32? {
    switch argument.kind {
    case .text:
      if fact.source != bytesSource {
        bytes = table.sources[Int(fact.source)].text.bytes
        bytesSource = fact.source
      }
      return writer.intern(bytes.span.extracting(table.range(argument)))
    case .decodedText: return writer.intern(table.decodedTexts[Int(argument.payload)])
    case .integer, .unsigned, .float, .boolean, .null: return nil
    }
  }

  private mutating func property(
    _ key: UInt32, _ argument: FactTable.Argument, _ fact: FactTable.Fact, _ table: FactTable
  ) -> StagedProperty? {
    switch argument.kind {
    case .text, .decodedText:
      return text(argument, fact, table).map { StagedProperty(key: key, text: $0) }
    case .integer: return StagedProperty(key: key, integer: Int64(bitPattern: argument.payload))
    case .unsigned: return StagedProperty(key: key, unsigned: argument.payload)
    case .float: return StagedProperty(key: key, float: Double(bitPattern: argument.payload))
    case .boolean: return StagedProperty(key: key, boolean: argument.payload != 0)
    case .null:
      diagnostics.append(
        Diagnostic(
          .invalidFact, "a property has a value; `nil` is none",
          at: table.span(of: argument, in: fact), help: "leave the property out"))
      return nil
    }
  }

  /// What a named argument is: a part of the citation, or a property with the term of its key.
  private enum Role {
    case source, lines, unseen
    case property(UInt32)
    /// The same; an edge has its own.
    case id(UInt32)
  }

  private static func role(of name: String) -> Role {
    switch name {
    case "source": .source
    case "lines": .lines
    default: .unseen
    }
  }

  private mutating func citation(of fact: FactTable.Fact, _ table: FactTable) -> StagedCitation {
    var citation = StagedCitation()
    if fact.document != FactTable.noDocument {
      let index = Int(fact.document)
      let term = documents[index] ?? writer.intern(table.documents[index])
      documents[index] = term
      citation.source = term
    } else if let promptDocument {
      citation.source = writer.intern(promptDocument)
    }
    if fact.citationCount > 0 { citation.lines = lines(of: fact, table) }
    return citation
  }

  /// The term of the lines that a fact cites.
  private mutating func lines(of fact: FactTable.Fact, _ table: FactTable) -> UInt32 {
    let first = table.citations[Int(fact.firstCitation)]
    if fact.citationCount == 1, let lastLines, lastLines.range == first { return lastLines.term }
    lineText.removeAll(keepingCapacity: true)
    for place in Int(fact.firstCitation)..<Int(fact.firstCitation + fact.citationCount) {
      let range = table.citations[place]
      if !lineText.isEmpty { lineText += ", ".utf8 }
      WordText.append(range.first, to: &lineText)
      if range.first != range.last {
        lineText.append(UInt8(ascii: "-"))
        WordText.append(range.last, to: &lineText)
      }
    }
    let term = writer.intern(lineText.span)
    if fact.citationCount == 1 { lastLines = (first, term) }
    return term
  }
}

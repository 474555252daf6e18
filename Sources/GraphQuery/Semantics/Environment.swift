package import GraphCore

/// A relation of a `.decl`, with its types reduced to the ones that the engine knows.
package struct DeclaredRelation: Sendable {
  package var name: String { didSet { key = Self.key(name, unit) } }
  /// The file or input that declares it; a declaration hides graph names only there.
  package let unit: Int
  /// The unit of the answers that statements speak of as `last`, which nobody declares.
  static let answerUnit = -1
  /// Whether the relation holds the rows of an answer; its span is then that of the question.
  var isAnswer: Bool { unit == Self.answerUnit }
  /// What statements call the relation.
  var shownName: String { isAnswer ? "last" : name }
  /// The name under which the session keeps the relation's facts.
  package private(set) var key: String
  /// The columns, in order.
  package var attributes: [(name: String, type: ColumnType)]
  /// What the attributes are declared as.
  package var attributeTypes: [TypeID] = []
  package var span: SourceSpan
  /// The words behind the attributes: `inline`, `eqrel`, `magic`, …
  package var qualifiers: Set<String> {
    didSet {
      isInline = qualifiers.contains("inline")
      isEquivalence = qualifiers.contains("eqrel")
    }
  }
  /// `choice-domain`: each key as the numbers of its columns.
  package var choiceKeys: [[Int]] = []
  /// `.limitsize`.
  package var sizeLimit: Int?
  /// The relation whose rounds a `debug_delta` shows.
  package var deltaOf: String?
  /// Columns of nodes, where constants may be aliases; only a finished table that stands for such a
  /// relation has any.
  package var nodeColumns: Set<Int> = []

  package private(set) var isInline: Bool
  package private(set) var isEquivalence: Bool
  /// Whether the relation is more than its facts even without a rule.
  package var hasOwnMeaning: Bool { isEquivalence || !choiceKeys.isEmpty || deltaOf != nil }

  package init(
    name: String, unit: Int, attributes: [(name: String, type: ColumnType)],
    attributeTypes: [TypeID] = [], span: SourceSpan, qualifiers: Set<String> = [],
    choiceKeys: [[Int]] = []
  ) {
    self.name = name
    self.unit = unit
    key = Self.key(name, unit)
    self.attributes = attributes
    self.attributeTypes = attributeTypes
    self.span = span
    self.qualifiers = qualifiers
    self.choiceKeys = choiceKeys
    isInline = qualifiers.contains("inline")
    isEquivalence = qualifiers.contains("eqrel")
  }

  private static func key(_ name: String, _ unit: Int) -> String { "\(unit):\(name)" }
}

/// A rule or fact that is no plain fact of the graph, with the unit it was written in.
package struct UnitClause: Sendable {
  package var clause: Clause
  /// The number of the text that it was loaded with, from 1; 0 for what was typed.
  package var unit: Int
}

/// A subsumption with the unit it was written in.
package struct UnitSubsumption: Sendable {
  package var subsumption: Subsumption
  package var unit: Int
}

/// A relation that rules define without a `.decl`: all of its rules together give its types.
package struct DefinedRelation: Sendable {
  package var name: String
  package var arity: Int
  package var span: SourceSpan
}

/// What a name means where it is used.
package enum ResolvedRelation {
  case declared(DeclaredRelation)
  case defined(DefinedRelation)
  case label(UInt32)
  case edgeType(UInt32)
  case builtin(BuiltinRelation)
}

/// The relations through which a program looks at the graph itself.
package enum BuiltinRelation: String, CaseIterable, Sendable {
  case node, label, edge, property, alias

  /// The columns in order, and which of them hold nodes, where constants may be aliases.
  package var columns: [(name: String, type: ColumnType, isNode: Bool)] {
    switch self {
    case .node: [("node", .symbol, true)]
    case .label: [("node", .symbol, true), ("label", .symbol, false)]
    case .edge: [("type", .symbol, false), ("source", .symbol, true), ("target", .symbol, true)]
    case .property: [("node", .symbol, true), ("key", .symbol, false), ("text", .symbol, false)]
    case .alias: [("alias", .symbol, false), ("node", .symbol, true)]
    }
  }
}

/// Everything that names in a program may refer to: the declared relations and rules of a session
/// and the graph it looks at.
package struct Environment {
  package var catalog: GraphCatalog
  /// Declarations by name; several units may each declare a name.
  package var declared: [String: [DeclaredRelation]] = [:]
  package var defined: [String: DefinedRelation] = [:]
  /// The rules by the key of the relation they add to (see `ruleKey`).
  package var rules: [String: [UnitClause]] = [:]
  package var subsumptions: [String: [UnitSubsumption]] = [:]
  /// Values of `$name`.
  package var parameters: [String: Value] = [:]
  package var types = TypeTable()
  package var recordTypes = RecordTypes()
  /// Names whose declaration was reported; what uses them is no further mistake.
  package var brokenNames = BrokenNames()
  /// Labels and edge types that rules speak of and that no fact has any more: they are empty.
  package var assumedNames: Set<String> = []

  package init(catalog: GraphCatalog) { self.catalog = catalog }

  /// The key of a relation's rules in `rules`.
  package static func ruleKey(_ relation: ResolvedRelation) -> String {
    switch relation {
    case .declared(let declaration): declaration.key
    case .defined(let definition): definition.name
    case .label(let term): "label \(term)"
    case .edgeType(let term): "edge \(term)"
    case .builtin(let builtin): "builtin \(builtin.rawValue)"
    }
  }

  /// Finds what `name` means with so many positional arguments, seen from `unit`. O(declarations of
  /// the name).
  ///
  /// A unit's own declaration wins; then what is known to the graph, or looks at it, and is of that
  /// arity; then the relations of other units and those that only rules define.
  package func resolve(_ name: String, positional: Int, unit: Int) -> ResolvedRelation? {
    let declarations = declared[name] ?? []
    if let own = declarations.first(where: { $0.unit == unit }) { return .declared(own) }
    if let term = catalog.term(name) {
      if positional == 1, catalog.isLabel(term) { return .label(term) }
      if positional == 2, catalog.isEdgeType(term) { return .edgeType(term) }
    }
    if let builtin = BuiltinRelation(rawValue: name), builtin.columns.count == positional {
      return .builtin(builtin)
    }
    if let other = declarations.last { return .declared(other) }
    if let definition = defined[name] { return .defined(definition) }
    if let builtin = BuiltinRelation(rawValue: name) { return .builtin(builtin) }
    // The name is known, only not with so many arguments: the arity message is the helpful one.
    if let term = catalog.term(name) {
      if catalog.isLabel(term) { return .label(term) }
      if catalog.isEdgeType(term) { return .edgeType(term) }
    }
    if assumedNames.contains(name) {
      if positional == 1 { return .label(catalog.intern(name)) }
      if positional == 2 { return .edgeType(catalog.intern(name)) }
    }
    return nil
  }

  /// What an atom is about; nothing where that is not known, or where a graph algorithm is applied.
  package func resolve(_ atom: Atom, unit: Int) -> ResolvedRelation? {
    guard atom.parameters.isEmpty else { return nil }
    return resolve(atom.name.text, positional: atom.arguments.count, unit: unit)
  }

  /// All names that may stand before an argument list, for suggestions. O(names).
  package var relationNames: Set<String> {
    var names = Set(declared.keys)
    names.formUnion(defined.keys)
    names.formUnion(catalog.labelNames)
    names.formUnion(catalog.edgeTypeNames)
    names.formUnion(BuiltinRelation.allCases.map(\.rawValue))
    return names
  }
}

package import GraphCore

/// Names a relation of one `CoreProgram`; dense from zero.
package struct RelationID: Hashable, Sendable {
  package let index: Int

  package init(index: Int) { self.index = index }
}

/// A place in the table of types that inference fills; resolved once the whole program is lowered.
package struct TypeSlot: Hashable, Sendable {
  package let index: Int

  package init(index: Int) { self.index = index }
}

/// A program in the one small language that planning and execution know: relations with typed
/// columns, rules over them, and nothing else. Paths, disjunctions, aggregates, named arguments,
/// aliases and parameters are all gone.
package struct CoreProgram {
  /// All relations, by `RelationID.index`: stored ones that the rules read, and those that rules
  /// fill.
  package var relations: [CoreRelation] = []
  package var rules: [CoreRule] = []
  /// The relation that holds a query's answer, with the columns in the order of its head.
  package var answer: RelationID?
  /// The types of all slots, by `TypeSlot.index`.
  package var types: [ColumnType] = []

  package init() {}

  package subscript(id: RelationID) -> CoreRelation {
    get { relations[id.index] }
    set { relations[id.index] = newValue }
  }

  /// What inference has found for a slot.
  package func type(_ slot: TypeSlot) -> ColumnType { types[slot.index] }

  /// The type of a term of a rule; that of a number where there is none.
  func type(of term: CoreExpression?, in rule: CoreRule) -> ColumnType {
    switch term {
    case .variable(let variable): type(rule.variables[variable].slot)
    case .constant(_, let slot): type(slot)
    case .call(_, _, let slot, _, _): type(slot)
    case nil: .number
    }
  }

  /// Adds a relation behind those there are, and returns its number.
  mutating func add(_ relation: CoreRelation) -> RelationID {
    relations.append(relation)
    return RelationID(index: relations.count - 1)
  }
}

/// A relation: where its rows come from, its columns, and what it does with rows that rules add.
package struct CoreRelation {
  /// Where the rows come from before any rule is run.
  package enum Origin: Hashable, Sendable {
    /// The session's facts of a declared relation, kept under its key; possibly none.
    case declared(String)
    /// The nodes with a label.
    case label(UInt32)
    /// The distinct (source, target) pairs of an edge type.
    case edgePairs(UInt32)
    /// Every edge of a type: source, target, id, then its properties.
    case edges(UInt32)
    /// (edge id, source document, lines) of an edge type.
    case edgeCitations(UInt32)
    /// (node, source document, lines) of a label.
    case labelCitations(UInt32)
    /// (node, value) of a node property.
    case nodeProperty(UInt32)
    /// All nodes.
    case nodes
    /// (node, label).
    case nodeLabels
    /// (type, source, target).
    case allEdges
    /// (node, key, value as text).
    case allProperties
    /// (alias, node).
    case aliases
    /// (alias, node, source document, lines).
    case aliasCitations
    /// Every text of the graph that holds a part.
    case texts(holding: String)
    /// Only rules fill it.
    case derived
  }

  /// A column; `slot` has its type.
  package struct Column {
    package var name: String
    package var slot: TypeSlot
    /// Where the column's values are written as a computation, if it has no name.
    package var computation: SourceSpan?

    package init(name: String, slot: TypeSlot, computation: SourceSpan? = nil) {
      self.name = name
      self.slot = slot
      self.computation = computation
    }
  }

  /// The last column is a function of the others, and keeps its best value.
  package enum Lattice: Sendable {
    case min, max
  }

  package var name: String
  package var origin: Origin
  package var columns: [Column]
  package var lattice: Lattice?
  /// `eqrel`: the relation holds with its reflexive, symmetric and transitive closure.
  package var isEquivalence = false
  /// `choice-domain`: of the rows that agree in the columns of a key only the first is kept.
  package var choiceKeys: [[Int]] = []
  /// `.limitsize`: a recursion ends after the round in which the relation reaches this size.
  package var sizeLimit: Int?
  /// The relation whose new rows of each round this one shows, with the number of the round.
  package var deltaOf: RelationID?
  /// The equivalence whose members this one leads to those that stand for their classes.
  package var classesOf: RelationID?
  /// What a pass has made the relation for; nothing for those that come from the program.
  package var part: Part?
  /// Where the relation is declared or first defined.
  package var span: SourceSpan?
  /// Made by lowering, so not shown under its own name.
  package var isAuxiliary: Bool
  /// One look through another relation, for constants: too cheap to be restricted further.
  package var isSelection = false

  package init(
    name: String, origin: Origin, columns: [Column], lattice: Lattice? = nil,
    span: SourceSpan? = nil, isAuxiliary: Bool = false
  ) {
    self.name = name
    self.origin = origin
    self.columns = columns
    self.lattice = lattice
    self.span = span
    self.isAuxiliary = isAuxiliary
  }
}

/// A rule: `effect` is what becomes of each distinct binding of `variables` that makes the body
/// hold.
///
/// ```
/// path(x, z) :- path(x, y), edge(y, z).
///
/// head       path              variables  x y z    numbers in this order
/// headTerms  variable 0, variable 2
/// body       atom(path: 0 ← variable 0, 1 ← variable 1), atom(edge: 0 ← variable 1, 1 ← variable 2)
/// ```
package struct CoreRule {
  /// What a rule does with the rows of its body.
  package enum Effect {
    /// Adds the head's row to the relation.
    case derive
    /// Groups by all head columns but the last, which is the function over the last head term,
    /// taken once per distinct binding of the body's variables.
    case aggregate(AggregateFunction)
    /// Takes a row out of the head's relation where a greater one stands: the head terms are the
    /// columns of the lesser row, then those of the greater one, and the first two literals are the
    /// atoms that read them.
    case dominate
    /// Computes a value for each node of the graph whose edges the body gives: the head terms are the two ends of
    /// an edge, the head's columns a node and its value.
    case algorithm(AlgorithmCall)
  }

  /// A variable of the rule; expressions and arguments name it by its place in `variables`.
  package struct Variable {
    package var name: String
    package var span: SourceSpan
    package var slot: TypeSlot
    /// A wildcard or a variable made by lowering.
    package var isHidden: Bool
  }

  package var head: RelationID
  /// The values of the head's columns, in order; but see `Effect`.
  package var headTerms: [CoreExpression]
  package var effect: Effect
  package var body: [CoreLiteral]
  package var variables: [Variable]
  package var span: SourceSpan
  /// The literal of an aggregate's rule that names the groups which are asked for, where these
  /// depend on the aggregate: each is then computed when it is first asked for.
  package var demandLiteral: Int?
  /// The aggregate is a sum or count that takes part in its own recursion: its terms only add up, and
  /// what it has come to so far is read as the greatest of a lattice.
  package var accumulates = false

  package init(
    head: RelationID, headTerms: [CoreExpression], effect: Effect = .derive,
    body: [CoreLiteral], variables: [Variable], span: SourceSpan
  ) {
    self.head = head
    self.headTerms = headTerms
    self.effect = effect
    self.body = body
    self.variables = variables
    self.span = span
  }
}

extension CoreRule {
  /// Whether the rule takes rows away in place of adding some.
  package var isDominance: Bool { if case .dominate = effect { true } else { false } }

  /// The graph algorithm that the rule applies to what its body gives.
  package var algorithm: GraphAlgorithm? {
    if case .algorithm(let call) = effect { call.algorithm } else { nil }
  }
}

/// An atom over some columns of a relation; columns that are not named are not looked at.
package struct CoreAtom {
  /// What a column must be equal to.
  package struct Argument {
    package var column: Int
    package var value: CoreArgument
  }

  package var relation: RelationID
  package var arguments: [Argument]
  package var span: SourceSpan

  package init(relation: RelationID, arguments: [Argument], span: SourceSpan) {
    self.relation = relation
    self.arguments = arguments
    self.span = span
  }
}

/// A variable by its number, which the atom binds or compares, or a constant.
package enum CoreArgument {
  case variable(Int)
  case constant(CoreConstant, TypeSlot)
}

/// A value that the program writes down; its column's type says how.
package enum CoreConstant: Hashable, Sendable {
  case term(UInt32)
  /// An integer literal; its type decides whether it is read as signed, unsigned or float.
  case integer(UInt64)
  case float(Double)
  case boolean(Bool)
  /// A text of a question, by its number, that another text may stand for when the question is asked
  /// again (see `PreparedQuestion`). It is known to equal itself, and may equal anything else.
  case given(Int, UInt32)

  /// The word that stands for the constant in a column of `type`.
  package func word(as type: ColumnType) -> UInt64 {
    switch self {
    case .term(let id), .given(_, let id): UInt64(id)
    case .integer(let bits):
      type == .float ? canonicalWord(Double(Int64(bitPattern: bits))) : bits
    case .float(let value): canonicalWord(value)
    case .boolean(let value): value ? 1 : 0
    }
  }
}

/// A condition of a rule. Their order in a body means nothing: planning chooses one.
package enum CoreLiteral {
  case atom(CoreAtom)
  case negated(CoreAtom)
  /// A row of an aggregate's relation: all columns but the last are its group. Where no row has the
  /// group, the last column is zero if `isTotal` (count and sum), else there is no match.
  case aggregate(CoreAtom, isTotal: Bool)
  case comparison(Comparison.Operator, CoreExpression, CoreExpression, SourceSpan)
  case test(TextTest.Kind, CoreExpression, CoreExpression, isNegated: Bool, SourceSpan)
  /// `variable = range(from, to, step)`: one row per number, `to` not included.
  case range(Int, CoreExpression, CoreExpression, CoreExpression?, SourceSpan)
  /// Holds never: a condition known to be false.
  case never(SourceSpan)

  package var span: SourceSpan {
    switch self {
    case .atom(let atom), .negated(let atom), .aggregate(let atom, _): atom.span
    case .comparison(_, _, _, let span), .test(_, _, _, _, let span), .range(_, _, _, _, let span),
      .never(let span):
      span
    }
  }
}

/// What is computed for a row: of a number of operands from the variables of the rule.
package indirect enum CoreExpression {
  case variable(Int)
  case constant(CoreConstant, TypeSlot)
  /// A functor with its operands; `operands` is the type that the overloaded ones work on.
  case call(Functor, [CoreExpression], result: TypeSlot, operands: TypeSlot, SourceSpan)

  /// Calls `visit` with each variable, in the order of writing.
  package func forEachVariable(_ visit: (Int) -> Void) {
    switch self {
    case .variable(let index): visit(index)
    case .constant: break
    case .call(_, let arguments, _, _, _):
      for argument in arguments { argument.forEachVariable(visit) }
    }
  }
}

extension CoreAtom {
  /// Calls `visit` with each variable of the arguments, in the order of the columns named.
  package func forEachVariable(_ visit: (Int) -> Void) {
    for argument in arguments {
      if case .variable(let index) = argument.value { visit(index) }
    }
  }
}

extension CoreLiteral {
  /// The relation that the literal reads.
  package var relation: RelationID? {
    switch self {
    case .atom(let atom), .negated(let atom), .aggregate(let atom, _): atom.relation
    case .comparison, .test, .range, .never: nil
    }
  }

  /// Calls `visit` with each variable, in the order of writing.
  package func forEachVariable(_ visit: (Int) -> Void) {
    switch self {
    case .atom(let atom), .negated(let atom), .aggregate(let atom, _): atom.forEachVariable(visit)
    case .comparison(_, let left, let right, _), .test(_, let left, let right, _, _):
      left.forEachVariable(visit)
      right.forEachVariable(visit)
    case .range(let variable, let from, let to, let step, _):
      visit(variable)
      from.forEachVariable(visit)
      to.forEachVariable(visit)
      step?.forEachVariable(visit)
    case .never: break
    }
  }
}

public import GraphCore

/// A name as written, with its place. Qualified names keep their dots.
public struct Identifier: Hashable, Sendable {
  public var text: String
  public var span: SourceSpan

  public init(_ text: String, _ span: SourceSpan) {
    self.text = text
    self.span = span
  }
}

/// Everything that one text says, in its order.
public struct SyntaxTree: Sendable {
  public var statements: [Statement]
}

/// One statement of a program.
public indirect enum Statement: Sendable {
  case type(TypeDeclaration)
  case relation(RelationDeclaration)
  case functor(FunctorDeclaration)
  case lattice(LatticeDeclaration)
  /// A fact (one head, no body), or a rule with one or several heads.
  case clause(Clause)
  /// `Lesser <= Greater :- body.`: a lesser row goes where a greater one stands.
  case subsumption(Subsumption)
  case directive(Directive)
  case component(ComponentDeclaration)
  case instantiation(Instantiation)
  /// `.override name`, inside a component only.
  case overriding([Identifier], SourceSpan)
  case pragma(key: String, values: [String], SourceSpan)
  case nodeSchema(NodeSchema)
  case edgeSchema(EdgeSchema)
  case index(IndexDeclaration)
  /// `.source "file"`: the document that the facts after it in this text are from.
  case source(String, SourceSpan)
  /// `:- body.`: what must never hold.
  case constraint(Formula, SourceSpan)
  case query(Query)
}

// MARK: Declarations

/// `.type`, in one of five forms.
public struct TypeDeclaration: Sendable {
  public enum Definition: Sendable {
    /// `.type T <: Base`
    case subtype(Identifier)
    /// `.type T = Other`, or a union `A | B`; one element where it is an alias.
    case union([Identifier])
    /// `.type T = [a: A, b: B]`
    case record([Attribute])
    /// `.type T = A { x: X } | B {}`
    case variants([Branch])
    /// `.type T`, `.symbol_type T`, `.number_type T`: a subtype of the named base, `symbol` by itself.
    case legacy(base: String)
  }

  public struct Branch: Sendable {
    public var name: Identifier
    public var fields: [Attribute]

    public init(name: Identifier, fields: [Attribute]) {
      self.name = name
      self.fields = fields
    }
  }

  public var name: Identifier
  public var definition: Definition
  public var span: SourceSpan

  public init(name: Identifier, definition: Definition, span: SourceSpan) {
    self.name = name
    self.definition = definition
    self.span = span
  }
}

/// `name: type`.
public struct Attribute: Sendable {
  public var name: Identifier
  public var type: Identifier
  /// A lattice attribute is written `name: type <>`.
  public var isLattice: Bool

  public init(name: Identifier, type: Identifier, isLattice: Bool = false) {
    self.name = name
    self.type = type
    self.isLattice = isLattice
  }
}

/// `.decl reach(from: symbol, to: symbol) inline`; several names share one list of attributes.
public struct RelationDeclaration: Sendable {
  public var names: [Identifier]
  public var attributes: [Attribute]
  /// `inline`, `magic`, `brie`, `eqrel`, `input`, ... as written.
  public var qualifiers: [Identifier]
  /// `choice-domain a, (b, c)`: each entry is one key.
  public var choiceDomains: [[Identifier]]
  /// `.decl d = debug_delta(r)`: the relation whose new rows of each round this one shows.
  public var deltaOf: Identifier?
  public var span: SourceSpan

  public init(
    names: [Identifier], attributes: [Attribute], qualifiers: [Identifier],
    choiceDomains: [[Identifier]], deltaOf: Identifier? = nil, span: SourceSpan
  ) {
    self.names = names
    self.attributes = attributes
    self.qualifiers = qualifiers
    self.choiceDomains = choiceDomains
    self.deltaOf = deltaOf
    self.span = span
  }
}

/// `.functor f(x: number): symbol stateful`, read so that it can be refused by name where it is used.
public struct FunctorDeclaration: Sendable {
  public var name: Identifier
  public var parameters: [Attribute]
  public var result: Identifier
  public var isStateful: Bool
  public var span: SourceSpan

  public init(
    name: Identifier, parameters: [Attribute], result: Identifier, isStateful: Bool,
    span: SourceSpan
  ) {
    self.name = name
    self.parameters = parameters
    self.result = result
    self.isStateful = isStateful
    self.span = span
  }
}

/// `.lattice T<> { Bottom -> ..., Lub -> @f(_, _), ... }`.
public struct LatticeDeclaration: Sendable {
  public var name: Identifier
  public var operators: [(name: Identifier, value: Expression)]
  public var span: SourceSpan

  public init(
    name: Identifier, operators: [(name: Identifier, value: Expression)], span: SourceSpan
  ) {
    self.name = name
    self.operators = operators
    self.span = span
  }
}

/// `.input`, `.output`, `.printsize`, `.limitsize` of one or more relations.
public struct Directive: Sendable {
  public enum Kind: String, Sendable {
    case input, output, printsize, limitsize
  }

  public var kind: Kind
  public var relations: [Identifier]
  public var parameters: [(key: Identifier, value: String)]
  public var span: SourceSpan

  public init(
    kind: Kind, relations: [Identifier], parameters: [(key: Identifier, value: String)],
    span: SourceSpan
  ) {
    self.kind = kind
    self.relations = relations
    self.parameters = parameters
    self.span = span
  }
}

/// A component's name with its type arguments: `Graph<number, T>`.
public struct ComponentType: Sendable {
  public var name: Identifier
  public var arguments: [Identifier]

  public init(name: Identifier, arguments: [Identifier]) {
    self.name = name
    self.arguments = arguments
  }
}

/// `.comp Graph<T> : Base<T> { … }`.
public struct ComponentDeclaration: Sendable {
  public var type: ComponentType
  public var bases: [ComponentType]
  public var body: [Statement]
  public var span: SourceSpan

  public init(
    type: ComponentType, bases: [ComponentType], body: [Statement], span: SourceSpan
  ) {
    self.type = type
    self.bases = bases
    self.body = body
    self.span = span
  }
}

/// `.init name = Component<...>`.
public struct Instantiation: Sendable {
  public var name: Identifier
  public var type: ComponentType
  public var span: SourceSpan

  public init(name: Identifier, type: ComponentType, span: SourceSpan) {
    self.name = name
    self.type = type
    self.span = span
  }
}

// MARK: The graph's schema

/// `.node company(founded: number)`; the attribute list may be empty or absent.
public struct NodeSchema: Sendable {
  public var label: Identifier
  public var properties: [Attribute]
  public var span: SourceSpan

  public init(label: Identifier, properties: [Attribute], span: SourceSpan) {
    self.label = label
    self.properties = properties
    self.span = span
  }
}

/// `.edge builds(company|zone, project, amount: float)`; `_` as an end admits any label, and is
/// then an empty list.
public struct EdgeSchema: Sendable {
  public var type: Identifier
  public var sources: [Identifier]
  public var targets: [Identifier]
  public var properties: [Attribute]
  public var span: SourceSpan

  public init(
    type: Identifier, sources: [Identifier], targets: [Identifier], properties: [Attribute],
    span: SourceSpan
  ) {
    self.type = type
    self.sources = sources
    self.targets = targets
    self.properties = properties
    self.span = span
  }
}

/// `.index node(city, founded)`, `.unique node(code)`: properties of nodes by which nodes are found;
/// `.index text`: all texts by their parts.
public struct IndexDeclaration: Sendable {
  /// Nothing where it is the texts that are indexed.
  public var keys: [Identifier]
  /// Whether no two nodes have the same value.
  public var isUnique: Bool
  public var span: SourceSpan

  public init(keys: [Identifier], isUnique: Bool, span: SourceSpan) {
    self.keys = keys
    self.isUnique = isUnique
    self.span = span
  }
}

// MARK: Clauses

/// Lines of a document: both numbers start at 1 and are included.
public struct LineRange: Hashable, Sendable {
  public var first: Int
  public var last: Int

  public init(first: Int, last: Int) {
    self.first = first
    self.last = last
  }
}

/// `head, head :- body.`, or a fact `head @ 99.`
public struct Clause: Sendable {
  public var heads: [Head]
  /// Absent for a fact.
  public var body: Formula?
  /// `@ 99, 105-107`: only facts have it.
  public var citation: Citation?
  public var plan: ExecutionPlan?
  public var span: SourceSpan

  public init(
    heads: [Head], body: Formula?, citation: Citation? = nil, plan: ExecutionPlan? = nil,
    span: SourceSpan
  ) {
    self.heads = heads
    self.body = body
    self.citation = citation
    self.plan = plan
    self.span = span
  }
}

/// `@ 99, 105-107`: lines of the document that `.source` names.
public struct Citation: Sendable {
  public var lines: [LineRange]
  public var span: SourceSpan

  public init(lines: [LineRange], span: SourceSpan) {
    self.lines = lines
    self.span = span
  }
}

/// `.plan 0:(1, 2), 1:(2, 1)`: written join orders, by version of the rule.
public struct ExecutionPlan: Sendable {
  public var orders: [(version: Int, order: [Int])]
  public var span: SourceSpan

  public init(orders: [(version: Int, order: [Int])], span: SourceSpan) {
    self.orders = orders
    self.span = span
  }
}

/// What a clause derives: an atom whose arguments may be aggregates over the rule.
public struct Head: Sendable {
  public var atom: Atom
  /// The index of the argument that is `min E`, `max E`, `sum E` or `count E`, if any; the
  /// argument itself is then `E` (absent expressions of `count` are the literal 1).
  public var aggregates: [(argument: Int, function: AggregateFunction, span: SourceSpan)]

  public init(
    atom: Atom,
    aggregates: [(argument: Int, function: AggregateFunction, span: SourceSpan)] = []
  ) {
    self.atom = atom
    self.aggregates = aggregates
  }
}

/// `lesser <= greater :- body.`
public struct Subsumption: Sendable {
  public var lesser: Atom
  public var greater: Atom
  public var body: Formula?
  public var plan: ExecutionPlan?
  public var span: SourceSpan

  public init(
    lesser: Atom, greater: Atom, body: Formula?, plan: ExecutionPlan? = nil, span: SourceSpan
  ) {
    self.lesser = lesser
    self.greater = greater
    self.body = body
    self.plan = plan
    self.span = span
  }
}

/// `?- body.` or `?(x, y) :- body order by y desc limit 10 offset 5.`
public struct Query: Sendable {
  /// `y desc` behind `order by`.
  public struct OrderKey: Sendable {
    public var variable: Identifier
    public var isDescending: Bool

    public init(variable: Identifier, isDescending: Bool) {
      self.variable = variable
      self.isDescending = isDescending
    }
  }

  /// What the answer's columns are: absent for `?-`, which shows every named variable.
  /// A column is any expression; its heading is the expression as written.
  public var head: [HeadColumn]?
  public var body: Formula
  public var order: [OrderKey]
  public var limit: Expression?
  public var offset: Expression?
  public var span: SourceSpan

  /// A column of the answer.
  public struct HeadColumn: Sendable {
    /// `name: expression`, or the expression's own text.
    public var title: String
    /// Where the title stands: the name that the column is given, or the column itself.
    public var titleSpan: SourceSpan
    public var expression: Expression
    /// `sum E` and its like over the query's body.
    public var aggregate: AggregateFunction?

    public init(
      title: String, titleSpan: SourceSpan? = nil, expression: Expression,
      aggregate: AggregateFunction? = nil
    ) {
      self.title = title
      self.titleSpan = titleSpan ?? expression.span
      self.expression = expression
      self.aggregate = aggregate
    }

    /// Whether the column is given a name.
    public var isNamed: Bool { titleSpan.upper <= expression.span.lower }
  }

  public init(
    head: [HeadColumn]?, body: Formula, order: [OrderKey] = [], limit: Expression? = nil,
    offset: Expression? = nil, span: SourceSpan
  ) {
    self.head = head
    self.body = body
    self.order = order
    self.limit = limit
    self.offset = offset
    self.span = span
  }
}

// MARK: Bodies

/// What a body says. Conjunction and disjunction are lists, so that nesting is as deep as written.
public indirect enum Formula: Sendable {
  case atom(Atom)
  case path(PathAtom)
  case comparison(Comparison)
  /// `match(pattern, text)` or `contains(part, text)`.
  case textTest(TextTest)
  case boolean(Bool, SourceSpan)
  case negation(Formula, SourceSpan)
  case conjunction([Formula])
  case disjunction([Formula])

  public var span: SourceSpan {
    switch self {
    case .atom(let atom): atom.span
    case .path(let path): path.span
    case .comparison(let comparison): comparison.span
    case .textTest(let test): test.span
    case .boolean(_, let span): span
    case .negation(_, let span): span
    case .conjunction(let parts), .disjunction(let parts):
      // Both kinds are made with at least one part.
      parts.dropFirst().reduce(parts[0].span) { $0.through($1.span) }
    }
  }
}

/// `name(a, b, key: c)`.
public struct Atom: Sendable {
  /// `key: c`: a property, or a column by its name.
  public struct NamedArgument: Sendable {
    public var name: Identifier
    public var value: Expression

    public init(name: Identifier, value: Expression) {
      self.name = name
      self.value = value
    }
  }

  public var name: Identifier
  public var arguments: [Expression]
  public var named: [NamedArgument]
  /// The relation in brackets of an algorithm: `pagerank[supplies](x, score)`.
  public var parameters: [PathExpression]
  /// `debug_delta`, `@[…]` and other annotations are dropped by the parser, but this one changes the reading:
  /// Soufflé's `@delta_r(x)`/`debug_delta(r)`.
  public var isDelta: Bool
  public var span: SourceSpan

  public init(
    name: Identifier, arguments: [Expression], named: [NamedArgument] = [],
    parameters: [PathExpression] = [], isDelta: Bool = false, span: SourceSpan
  ) {
    self.name = name
    self.arguments = arguments
    self.named = named
    self.parameters = parameters
    self.isDelta = isDelta
    self.span = span
  }
}

/// `supplies+(x, y, hops: n)`.
public struct PathAtom: Sendable {
  public var path: PathExpression
  public var arguments: [Expression]
  public var named: [Atom.NamedArgument]
  public var span: SourceSpan

  public init(
    path: PathExpression, arguments: [Expression], named: [Atom.NamedArgument], span: SourceSpan
  ) {
    self.path = path
    self.arguments = arguments
    self.named = named
    self.span = span
  }
}

/// A regular expression over edge types.
public indirect enum PathExpression: Sendable {
  case step(Identifier)
  /// `^p`: p read backwards.
  case inverse(PathExpression, SourceSpan)
  case alternative([PathExpression])
  /// `+` is (1, nil), `*` is (0, nil), `?` is (0, 1), `{m,n}` is (m, n), `{m}` is (m, m).
  case repetition(PathExpression, least: Int, most: Int?, SourceSpan)

  public var span: SourceSpan {
    switch self {
    case .step(let name): name.span
    case .inverse(_, let span), .repetition(_, _, _, let span): span
    case .alternative(let parts):
      parts.dropFirst().reduce(parts[0].span) { $0.through($1.span) }
    }
  }
}

/// `left < right`.
public struct Comparison: Sendable {
  public enum Operator: String, Sendable, CaseIterable, BitwiseCopyable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// The comparison with its sides exchanged.
    package var flipped: Operator {
      switch self {
      case .equal, .notEqual: self
      case .less: .greater
      case .lessOrEqual: .greaterOrEqual
      case .greater: .less
      case .greaterOrEqual: .lessOrEqual
      }
    }
  }

  public var relation: Operator
  public var left: Expression
  public var right: Expression
  public var span: SourceSpan

  public init(relation: Operator, left: Expression, right: Expression, span: SourceSpan) {
    self.relation = relation
    self.left = left
    self.right = right
    self.span = span
  }
}

/// `match(pattern, text)`, where the whole text must match, or `contains(part, text)`.
public struct TextTest: Sendable {
  public enum Kind: String, Sendable {
    case match, contains
  }

  public var kind: Kind
  public var first: Expression
  public var second: Expression
  public var span: SourceSpan

  public init(kind: Kind, first: Expression, second: Expression, span: SourceSpan) {
    self.kind = kind
    self.first = first
    self.second = second
    self.span = span
  }
}

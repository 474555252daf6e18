import GraphCore

/// A rule as a query: its positive conditions are the tables, everything else is what must hold of their rows.
struct SQLRule {
  private let rule: CoreRule
  private let program: CoreProgram
  private let names: SQLNames
  private var expressions: SQLExpression
  private var tables: [String] = []
  private var conditions: [String] = []
  private var aliasCount = 0
  /// The variables that stand for a column as it is.
  private var columnVariables: Set<Int> = []

  /// Rows of a recursion that are read in place of its table: the alias under which they stand in a query around this
  /// one, and their columns.
  struct Recursion {
    var members: Set<Int>
    var alias: String
    var column: (_ relation: RelationID, _ column: Int) -> String
    /// What says that a row is one of the relation.
    var condition: (_ relation: RelationID) -> String?
  }

  init(_ rule: CoreRule, in program: CoreProgram, _ names: SQLNames, _ terms: TermSpace) {
    self.rule = rule
    self.program = program
    self.names = names
    expressions = SQLExpression(program: program, terms: terms, dialect: names.dialect)
  }

  private var dialect: SQLDialect { names.dialect }

  /// The whole query, its columns those of the head.
  static func query(
    _ rule: CoreRule, in program: CoreProgram, _ names: SQLNames, _ terms: TermSpace,
    recursion: Recursion? = nil
  ) throws(SQLFailure) -> (columns: [String], query: String) {
    var made = SQLRule(rule, in: program, names, terms)
    try made.readBody(recursion)
    switch rule.effect {
    case .derive: return try made.derived(isDistinct: recursion == nil)
    case .aggregate(let function): return try made.aggregated(function)
    case .dominate:
      throw SQLFailure("a subsumption has no form in SQL", at: rule.span)
    case .algorithm(let call):
      throw SQLFailure(
        "`\(call.algorithm.rawValue)[…]` has no form in SQL", at: rule.span,
        help: "run that part here, and give its rows to the engine as a table")
    }
  }

  // MARK: Body

  private mutating func readBody(_ recursion: Recursion?) throws(SQLFailure) {
    for literal in rule.body {
      if case .atom(let atom) = literal { try read(atom, recursion) }
      if case .aggregate(let atom, isTotal: false) = literal { try read(atom, nil) }
    }
    // What is computed from other values waits for these.
    var open = rule.body.indices.filter { isOpen(rule.body[$0]) }
    while true {
      let before = open.count
      var waiting: [Int] = []
      for position in open where !(try take(rule.body[position])) { waiting.append(position) }
      open = waiting
      if open.isEmpty { return }
      guard open.count < before else {
        throw SQLFailure(
          "no value is known here from what SQL can look up", at: rule.body[open[0]].span)
      }
    }
  }

  private func isOpen(_ literal: CoreLiteral) -> Bool {
    switch literal {
    case .atom, .aggregate(_, isTotal: false): false
    case .negated, .aggregate, .comparison, .test, .range, .never: true
    }
  }

  private mutating func alias() -> String {
    aliasCount += 1
    return "t\(aliasCount)"
  }

  /// A condition that brings rows.
  private mutating func read(_ atom: CoreAtom, _ recursion: Recursion?) throws(SQLFailure) {
    let column: (Int) -> String
    if let recursion, recursion.members.contains(atom.relation.index) {
      column = { recursion.column(atom.relation, $0) }
      if let condition = recursion.condition(atom.relation) { conditions.append(condition) }
    } else {
      let alias = alias()
      tables.append("\(try names.table(atom.relation)) AS \(alias)")
      column = { [names] in "\(alias).\(names.column(atom.relation, $0))" }
    }
    for argument in atom.arguments {
      if let variable = argument.value.variable, expressions.bindings[variable] == nil {
        columnVariables.insert(variable)
      }
      try meet(argument.value, column(argument.column))
    }
  }

  /// Binds a variable to a place, or asks for equality with what it, or the constant, is.
  private mutating func meet(_ argument: CoreArgument, _ place: String) throws(SQLFailure) {
    switch argument {
    case .variable(let variable):
      if let known = expressions.bindings[variable] {
        conditions.append("\(place) = \(known)")
      } else {
        expressions.bindings[variable] = place
      }
    case .constant(let constant, let slot):
      conditions.append("\(place) = \(try expressions.constant(constant, program.type(slot)))")
    }
  }

  /// A condition over values that are known; false if they are not yet.
  private mutating func take(_ literal: CoreLiteral) throws(SQLFailure) -> Bool {
    switch literal {
    case .atom, .aggregate(_, isTotal: false): return true
    case .negated(let atom):
      guard areKnown(atom.arguments) else { return false }
      conditions.append(
        "NOT EXISTS (SELECT 1 FROM \(try matching(atom.arguments, of: atom.relation, select: nil)))"
      )
    case .aggregate(let atom, isTotal: true):
      guard let value = atom.arguments.last, areKnown(atom.arguments.dropLast()) else {
        return false
      }
      let rows = try matching(
        Array(atom.arguments.dropLast()), of: atom.relation, select: value.column)
      try meet(value.value, "coalesce((SELECT \(rows)), 0)")
    case .comparison(let relation, let left, let right, _):
      let areBound = (expressions.isBound(left), expressions.isBound(right))
      switch (areBound.0, areBound.1) {
      case (true, true):
        conditions.append(try expressions.comparison(relation, left, right))
      case (true, false): return try bind(right, to: left, relation)
      case (false, true): return try bind(left, to: right, relation)
      case (false, false): return false
      }
    case .test(let kind, let first, let second, let isNegated, _):
      guard expressions.isBound(first), expressions.isBound(second) else { return false }
      conditions.append(try expressions.test(kind, first, second, isNegated: isNegated))
    case .range(let variable, let from, let to, let step, let span):
      return try takeRange(variable, from, to, step, span)
    case .never: conditions.append("FALSE")
    }
    return true
  }

  private func areKnown(_ arguments: some Sequence<CoreAtom.Argument>) -> Bool {
    arguments.allSatisfy { $0.value.variable.map { expressions.bindings[$0] != nil } ?? true }
  }

  /// `column FROM table WHERE …`, or without the column what follows `FROM`.
  private mutating func matching(
    _ arguments: [CoreAtom.Argument], of relation: RelationID, select column: Int?
  ) throws(SQLFailure) -> String {
    let alias = alias()
    var own: [String] = []
    for argument in arguments {
      let value = try expressions.value(argument.value.expression)
      own.append("\(alias).\(names.column(relation, argument.column)) = \(value)")
    }
    let table = "\(try names.table(relation)) AS \(alias)"
    let rows = table + (own.isEmpty ? "" : " WHERE \(own.joined(separator: " AND "))")
    return column.map { "\(alias).\(names.column(relation, $0)) FROM \(rows)" } ?? rows
  }

  private mutating func bind(
    _ target: CoreExpression, to value: CoreExpression, _ relation: Comparison.Operator
  ) throws(SQLFailure) -> Bool {
    guard relation == .equal, let variable = target.variable else { return false }
    let type = program.type(rule.variables[variable].slot)
    let written = try expressions.value(value)
    // A literal alone is as wide as it happens to be.
    expressions.bindings[variable] = value.variable == nil ? dialect.cast(written, type) : written
    return true
  }

  private mutating func takeRange(
    _ variable: Int, _ from: CoreExpression, _ to: CoreExpression, _ step: CoreExpression?,
    _ span: SourceSpan
  ) throws(SQLFailure) -> Bool {
    guard expressions.isBound(from), expressions.isBound(to), step.map(expressions.isBound) ?? true
    else { return false }
    var width: Int64 = 1
    if let step {
      guard case .constant(.integer(let bits), _) = step else {
        throw SQLFailure("the step of a range must be written out for SQL", at: span)
      }
      width = Int64(bitPattern: bits)
    }
    guard program.type(rule.variables[variable].slot) == .number, width != 0, dialect.hasRecursion
    else {
      throw SQLFailure("this range has no form in the SQL of \(dialect.rawValue)", at: span)
    }
    let bounds = [
      try expressions.value(from, widens: true), try expressions.value(to, widens: true),
    ]
    let alias = alias()
    let end = "\(bounds[1]) \(width > 0 ? "- 1" : "+ 1")"
    let series =
      "generate_series(\(bounds[0]), \(end), \(dialect.cast(text: "\(width)", to: .number)))"
    // Without a step a range counts in the direction of its end.
    guard step != nil else {
      let up = "generate_series(\(bounds[0]), \(bounds[1]) - 1)"
      let down = "generate_series(\(bounds[0]), \(bounds[1]) + 1, -1)"
      tables.append(
        "LATERAL (SELECT n FROM \(up) AS u(n) UNION ALL SELECT n FROM \(down) AS d(n)) AS \(alias)")
      try meet(.variable(variable), "\(alias).n")
      return true
    }
    tables.append("LATERAL \(series) AS \(alias)(n)")
    try meet(.variable(variable), "\(alias).n")
    return true
  }

  // MARK: Head

  private func rows() -> String {
    (tables.isEmpty ? "" : " FROM " + tables.joined(separator: " CROSS JOIN "))
      + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
  }

  /// A term of the head. What is no column is made one of its type, so that the parts of a union agree.
  private func value(_ term: CoreExpression, as type: ColumnType) throws(SQLFailure) -> String {
    let written = try expressions.value(term)
    if let variable = term.variable, columnVariables.contains(variable) { return written }
    return dialect.cast(written, type)
  }

  private func derived(isDistinct: Bool) throws(SQLFailure) -> (columns: [String], query: String) {
    var columns: [String] = []
    for (column, term) in rule.headTerms.enumerated() {
      let type = program.type(program[rule.head].columns[column].slot)
      columns.append(try value(term, as: type))
    }
    if columns.isEmpty { columns = ["TRUE"] }
    let titles = names.columns(rule.head)
    let list = zip(columns, titles).map { "\($0) AS \($1)" }.joined(separator: ", ")
    return (columns, "SELECT \(isDistinct ? "DISTINCT " : "")\(list)\(rows())")
  }

  /// Each binding of the variables counts once.
  private func aggregated(_ function: AggregateFunction) throws(SQLFailure)
    -> (columns: [String], query: String)
  {
    guard rule.demandLiteral == nil, !rule.accumulates else {
      throw SQLFailure("an aggregate inside a recursion has no form in SQL", at: rule.span)
    }
    var inner: [String] = []
    for (column, term) in rule.headTerms.enumerated() {
      let isLast = column == rule.headTerms.count - 1
      let type =
        isLast
        ? program.type(of: term, in: rule) : program.type(program[rule.head].columns[column].slot)
      inner.append("\(try value(term, as: type)) AS g\(column)")
    }
    for (number, binding) in expressions.bindings.sorted(by: { $0.key < $1.key }).enumerated() {
      inner.append("\(binding.value) AS v\(number)")
    }
    let titles = names.columns(rule.head)
    let last = rule.headTerms.count - 1
    let groups = (0..<last).map { "b.g\($0)" }
    let result = program.type(program[rule.head].columns[last].slot)
    let value: String =
      switch function {
      case .count: "count(*)"
      case .mean: "avg(b.g\(last))"
      case .sum, .min, .max: "\(function.rawValue)(b.g\(last))"
      }
    let columns = groups + [dialect.cast(value, result)]
    let list = zip(columns, titles).map { "\($0) AS \($1)" }.joined(separator: ", ")
    let tail =
      groups.isEmpty
      ? " HAVING count(*) > 0" : " GROUP BY \(groups.joined(separator: ", "))"
    return (
      columns,
      "SELECT \(list) FROM (SELECT DISTINCT \(inner.joined(separator: ", "))\(rows())) AS b\(tail)"
    )
  }
}

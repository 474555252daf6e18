@_spi(Columns) import GraphCore

/// A program as a script for an engine that speaks SQL: tables for what is read, a query for each relation in the
/// order of strata, recursion as a common table expression, and statements that write the outputs.
struct SQLTranslation {
  private let program: CoreProgram
  private let strata: Strata
  private let names: SQLNames
  private let terms: TermSpace
  private let facts: [String: Relation]
  private let directives: [FileDirective]
  private var rulesByHead: [[CoreRule]]
  private var statements: [String] = []
  private var failures: [SQLFailure] = []

  /// Rows of a text are put into its table so many at a time.
  private static let rowsPerStatement = 500

  init(
    _ program: CoreProgram, _ strata: Strata, dialect: SQLDialect, terms: TermSpace,
    facts: [String: Relation], directives: [FileDirective]
  ) {
    self.program = program
    self.strata = strata
    self.terms = terms
    self.facts = facts
    self.directives = directives
    names = SQLNames(program, dialect)
    rulesByHead = Array(repeating: [], count: program.relations.count)
    for rule in program.rules { rulesByHead[rule.head.index].append(rule) }
  }

  private var dialect: SQLDialect { names.dialect }

  /// The statements, or all that stands in their way.
  mutating func translate() -> (statements: [String], failures: [SQLFailure]) {
    let needed = neededRelations()
    for (component, isRecursive) in zip(strata.components, strata.isRecursive) {
      guard component.contains(where: { needed.contains($0.index) }) else { continue }
      do throws(SQLFailure) {
        for member in component { try checkMeaning(of: member) }
        if isRecursive {
          try addRecursion(component)
        } else {
          for member in component { try add(member) }
        }
      } catch {
        failures.append(error)
      }
    }
    if failures.isEmpty {
      for directive in directives where directive.kind != .input {
        do throws(SQLFailure) { try add(output: directive) } catch { failures.append(error) }
      }
    }
    return (statements, failures)
  }

  private func relation(named name: String) -> RelationID? {
    program.relations.lastIndex { !$0.isAuxiliary && $0.name == name }
      .map { RelationID(index: $0) }
  }

  /// What the outputs depend on; everything where there are none.
  private func neededRelations() -> Set<Int> {
    let outputs = directives.filter { $0.kind != .input }
    var open = outputs.compactMap { relation(named: $0.relation)?.index }
    if outputs.isEmpty {
      open = program.relations.indices.filter { !program.relations[$0].isAuxiliary }
    }
    var needed: Set<Int> = []
    while let next = open.popLast() {
      guard needed.insert(next).inserted else { continue }
      for rule in rulesByHead[next] { open += rule.body.compactMap { $0.relation?.index } }
    }
    return needed
  }

  /// Refuses relations that are more than the set of their rows.
  private func checkMeaning(of id: RelationID) throws(SQLFailure) {
    let relation = program[id]
    func refuse(_ what: String) -> SQLFailure {
      SQLFailure("\(what) has no form in SQL", at: relation.span)
    }
    if relation.isEquivalence { throw refuse("an `eqrel` relation") }
    if !relation.choiceKeys.isEmpty { throw refuse("`choice-domain`") }
    if relation.sizeLimit != nil { throw refuse("`.limitsize`") }
    if relation.deltaOf != nil { throw refuse("`debug_delta`") }
    switch relation.origin {
    case .declared, .derived: break
    case .label, .edgePairs, .edges, .edgeCitations, .labelCitations, .nodeProperty, .nodes,
      .nodeLabels, .allEdges, .allProperties, .aliases, .aliasCitations, .texts:
      throw SQLFailure(
        "`\(relation.name)` is of the graph, which is not there", at: relation.span,
        help: "declare it with `.decl`, and give its rows by `.input`")
    }
    _ = try names.table(id)
  }

  // MARK: Rows that are given

  private func inputs(of id: RelationID) -> [FileDirective] {
    guard !program[id].isAuxiliary else { return [] }
    return directives.filter { $0.kind == .input && $0.relation == program[id].name }
  }

  private func storedRows(of id: RelationID) -> Relation? {
    guard case .declared(let key) = program[id].origin, let rows = facts[key], rows.liveCount > 0
    else { return nil }
    return rows
  }

  /// The table with the rows that files and facts give; nothing where there are none.
  private mutating func addStored(_ id: RelationID, as table: String) throws(SQLFailure) -> Bool {
    let (inputs, rows) = (inputs(of: id), storedRows(of: id))
    guard !inputs.isEmpty || rows != nil else { return false }
    if dialect == .spark {
      try addStoredView(id, as: table, inputs, rows)
      return true
    }
    statements.append("CREATE TEMPORARY TABLE \(table) (\(names.declaration(id)));")
    for directive in inputs { statements.append(try load(directive, id, table)) }
    if let rows {
      for values in try self.values(of: rows) {
        statements.append("INSERT INTO \(table) VALUES\n  \(values.joined(separator: ",\n  "));")
      }
    }
    return true
  }

  /// Where tables cannot be filled, a view reads the file or holds the rows.
  private mutating func addStoredView(
    _ id: RelationID, as table: String, _ inputs: [FileDirective], _ rows: Relation?
  ) throws(SQLFailure) {
    var parts: [String] = []
    for (number, directive) in inputs.enumerated() {
      let view = names.table(id, "file \(number + 1)")
      statements.append(try load(directive, id, view))
      // A text without a character is read as none.
      let columns = program[id].columns.enumerated().map { number, column in
        let name = names.column(id, number)
        return program.type(column.slot) == .symbol ? "coalesce(\(name), '') AS \(name)" : name
      }
      parts.append("SELECT \(columns.joined(separator: ", ")) FROM \(view)")
    }
    if let rows {
      let all = try values(of: rows).joined().joined(separator: ", ")
      let columns = names.columns(id).joined(separator: ", ")
      parts.append("SELECT * FROM VALUES \(all) AS v(\(columns))")
    }
    statements.append("\(dialect.table(table))\n  \(parts.joined(separator: "\n  UNION "));")
  }

  private func load(
    _ directive: FileDirective, _ id: RelationID, _ table: String
  ) throws(SQLFailure) -> String {
    let format = try format(of: directive, arity: program[id].columns.count)
    let path = directive.parameters["filename"] ?? "\(directive.title).facts"
    return dialect.load(
      table, columns: names.declaration(id), from: path,
      delimiter: String(decoding: format.delimiter, as: UTF8.self), isQuoted: format.isQuoted,
      hasHeaders: format.hasHeaders)
  }

  private func format(of directive: FileDirective, arity: Int)
    throws(SQLFailure) -> TableFormat
  {
    var problems: [Diagnostic] = []
    let format = TableFormat(directive, arity: arity, &problems)
    if let problem = problems.first { throw SQLFailure(problem.message, at: problem.span) }
    let kind = directive.parameters["IO"] ?? "file"
    guard kind == "file", format.columns == nil, format.delimiter.count == 1, arity > 0 else {
      throw SQLFailure(
        "this file is not read or written by \(dialect.rawValue)", at: directive.span,
        help: "SQL takes files of lines, with one character between values")
    }
    return format
  }

  /// The rows as lists of values, some at a time, in value order.
  private func values(of relation: Relation) throws(SQLFailure) -> [[String]] {
    let expressions = SQLExpression(program: program, terms: terms, dialect: dialect)
    var result: [[String]] = [[]]
    for row in 0..<relation.rowCount where !relation.isDead(row) {
      if result[result.count - 1].count == Self.rowsPerStatement { result.append([]) }
      var values: [String] = []
      for column in 0..<relation.arity {
        let word = relation.word(row: row, column: column)
        values.append(try expressions.literal(word, relation.types[column]))
      }
      if values.isEmpty { values = ["TRUE"] }
      result[result.count - 1].append("(\(values.joined(separator: ", ")))")
    }
    return result
  }

  // MARK: Relations without recursion

  private mutating func add(_ id: RelationID) throws(SQLFailure) {
    let table = try names.table(id)
    let rules = rulesByHead[id.index]
    if rules.isEmpty {
      if try !addStored(id, as: table) {
        let rows = "SELECT \(nulls(id)) WHERE FALSE"
        statements.append("\(dialect.table(table)) \(rows);")
      }
      return
    }
    var parts = try storedPart(id)
    for rule in rules { parts.append(try SQLRule.query(rule, in: program, names, terms).query) }
    var query = parts.joined(separator: "\n  UNION ")
    if let lattice = program[id].lattice { query = best(id, lattice, of: query) }
    statements.append("\(dialect.table(table))\n  \(query);")
  }

  /// What is given of a relation that rules add to, as a part of its query.
  private mutating func storedPart(_ id: RelationID) throws(SQLFailure) -> [String] {
    let given = names.table(id, "given")
    guard try addStored(id, as: given) else { return [] }
    return ["SELECT DISTINCT * FROM \(given)"]
  }

  private func nulls(_ id: RelationID) -> String {
    if program[id].columns.isEmpty { return "TRUE AS \(names.columns(id)[0])" }
    return program[id].columns.enumerated().map { number, column in
      "\(dialect.cast("NULL", program.type(column.slot))) AS \(names.column(id, number))"
    }.joined(separator: ", ")
  }

  /// The best value for each key.
  private func best(_ id: RelationID, _ lattice: CoreRelation.Lattice, of query: String) -> String {
    let columns = names.columns(id)
    let keys = columns.dropLast().joined(separator: ", ")
    let value = columns[columns.count - 1]
    let function = lattice == .min ? "min" : "max"
    let tail = keys.isEmpty ? "HAVING count(*) > 0" : "GROUP BY \(keys)"
    return "SELECT \(keys.isEmpty ? "" : keys + ", ")\(function)(\(value)) AS \(value) "
      + "FROM (\(query)) AS all_rows \(tail)"
  }

  // MARK: Recursion

  private mutating func addRecursion(_ component: [RelationID]) throws(SQLFailure) {
    let members = Set(component.map(\.index))
    let rules = component.flatMap { rulesByHead[$0.index] }
    guard dialect.hasRecursion else {
      throw SQLFailure(
        "\(dialect.rawValue) has no recursion that ends where nothing new comes",
        at: rules.first?.span, help: "`--dialect duckdb` and `postgres` have")
    }
    if let lattice = component.first(where: { program[$0].lattice != nil }) {
      throw SQLFailure(
        "a minimum or maximum inside a recursion has no form in SQL", at: program[lattice].span)
    }
    for rule in rules {
      if rule.isDominance { throw SQLFailure("a subsumption has no form in SQL", at: rule.span) }
      let own = rule.body.filter { $0.relation.map { members.contains($0.index) } ?? false }
      guard own.count < 2 else {
        throw SQLFailure(
          "a rule that reads its own recursion twice has no form in SQL", at: own[1].span,
          help: "let one of the two be what the recursion begins with: "
            + "`t(x, z) :- t(x, y), e(y, z).`")
      }
    }
    if component.count == 1 {
      try addRecursion(of: component[0])
    } else {
      try addMutualRecursion(component, members)
    }
  }

  private func isRecursive(_ rule: CoreRule, _ members: Set<Int>) -> Bool {
    rule.body.contains { $0.relation.map { members.contains($0.index) } ?? false }
  }

  private mutating func addRecursion(of id: RelationID) throws(SQLFailure) {
    let table = try names.table(id)
    let columns = names.columns(id)
    var base = try storedPart(id)
    var steps: [String] = []
    let recursion = SQLRule.Recursion(
      members: [id.index], alias: "d", column: { [names] in "d.\(names.column($0, $1))" },
      condition: { _ in nil })
    for rule in rulesByHead[id.index] {
      if isRecursive(rule, [id.index]) {
        steps.append(
          try SQLRule.query(rule, in: program, names, terms, recursion: recursion).query)
      } else {
        base.append(try SQLRule.query(rule, in: program, names, terms).query)
      }
    }
    if base.isEmpty { base = ["SELECT \(nulls(id)) WHERE FALSE"] }
    let list = columns.joined(separator: ", ")
    addRecursiveTable(table, list, base, steps, alias: "d")
  }

  /// `WITH RECURSIVE`: what a step finds joins the rows, unless these have it, and is what the next step reads.
  ///
  /// An engine lets a recursion name itself once, so that all steps stand behind that one.
  private mutating func addRecursiveTable(
    _ table: String, _ columns: String, _ base: [String], _ steps: [String], alias: String
  ) {
    let first = base.joined(separator: "\n    UNION ")
    let next = steps.joined(separator: "\n      UNION ALL ")
    statements.append(
      """
      \(dialect.table(table))
        WITH RECURSIVE rec(\(columns)) AS (
          (\(first))
          UNION
          SELECT s.* FROM rec AS \(alias) CROSS JOIN LATERAL (
            \(next)
          ) AS s
        )
        SELECT * FROM rec;
      """)
  }

  /// Several relations that depend on each other are one table, with a column that says which relation a row is of,
  /// and columns for each.
  private mutating func addMutualRecursion(_ component: [RelationID], _ members: Set<Int>)
    throws(SQLFailure)
  {
    let whole = names.table(component[0], "recursion")
    let tags = Dictionary(uniqueKeysWithValues: component.enumerated().map { ($1.index, $0 + 1) })
    func title(_ id: RelationID, _ column: Int) -> String {
      "r\(tags[id.index] ?? 0)_\(column + 1)"
    }
    func width(_ id: RelationID) -> Int { max(program[id].columns.count, 1) }
    let columns =
      ["tag"] + component.flatMap { id in (0..<width(id)).map { title(id, $0) } }
    /// A row of one relation among those of all.
    func row(of id: RelationID, _ values: [String]) -> String {
      var list = ["\(tags[id.index] ?? 0) AS tag"]
      for other in component {
        for column in 0..<width(other) {
          let type =
            program[other].columns.isEmpty
            ? .boolean : program.type(program[other].columns[column].slot)
          let value = other == id ? values[column] : dialect.cast("NULL", type)
          list.append("\(value) AS \(title(other, column))")
        }
      }
      return list.joined(separator: ", ")
    }
    var (base, steps): ([String], [String]) = ([], [])
    let recursion = SQLRule.Recursion(
      members: members, alias: "d", column: { "d.\(title($0, $1))" },
      condition: { "d.tag = \(tags[$0.index] ?? 0)" })
    for id in component {
      let own = names.columns(id)
      for part in try storedPart(id) {
        base.append("SELECT \(row(of: id, own)) FROM (\(part)) AS p")
      }
      for rule in rulesByHead[id.index] {
        let isRecursive = isRecursive(rule, members)
        let query = try SQLRule.query(
          rule, in: program, names, terms, recursion: isRecursive ? recursion : nil
        ).query
        let part = "SELECT \(row(of: id, own.map { "p.\($0)" })) FROM (\(query)) AS p"
        if isRecursive { steps.append(part) } else { base.append(part) }
      }
    }
    if base.isEmpty {
      let first = component[0]
      base = [
        "SELECT \(row(of: first, names.columns(first).map { "p.\($0)" })) "
          + "FROM (SELECT \(nulls(first)) WHERE FALSE) AS p"
      ]
    }
    addRecursiveTable(whole, columns.joined(separator: ", "), base, steps, alias: "d")
    for id in component {
      let list = names.columns(id).enumerated().map { "\(title(id, $0)) AS \($1)" }
      statements.append(
        "\(dialect.table(try names.table(id)))\n  SELECT \(list.joined(separator: ", ")) "
          + "FROM \(whole) WHERE tag = \(tags[id.index] ?? 0);")
    }
  }

  // MARK: Outputs

  private mutating func add(output directive: FileDirective) throws(SQLFailure) {
    guard let id = relation(named: directive.relation) else { return }
    let rows = "SELECT DISTINCT * FROM \(try names.table(id))"
    let isSize =
      directive.kind == .printsize || directive.parameters["IO"] == "stdoutprintsize"
      || program[id].columns.isEmpty
    guard !isSize else {
      statements.append(
        "SELECT \(dialect.text(directive.title)) AS relation, count(*) AS size FROM (\(rows)) AS r;"
      )
      return
    }
    let order = (1...program[id].columns.count).map(String.init).joined(separator: ", ")
    let query = "\(rows) ORDER BY \(order)"
    if directive.parameters["IO"] == "stdout" {
      statements.append("\(query);")
      return
    }
    let format = try format(of: directive, arity: program[id].columns.count)
    let path = directive.parameters["filename"] ?? "\(directive.title).csv"
    statements.append(
      dialect.store(
        query, to: path, delimiter: String(decoding: format.delimiter, as: UTF8.self),
        isQuoted: format.isQuoted, hasHeaders: format.hasHeaders))
  }
}

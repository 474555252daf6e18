package import GraphCore
package import GraphQuery

/// Evaluates a core program in the most obvious way, to check the engine against.
///
/// A relation is a set of rows. Every rule of a stratum is run on all rows, by nested loops, until
/// nothing changes. There are no indexes, no deltas, no batches and no join order but that a
/// condition waits until its variables have values.
package struct NaiveEvaluator {
  package typealias Row = [NaiveValue?]

  private let program: CoreProgram
  private let graph: Graph
  private let terms: TermSpace
  private let facts: [String: Relation]
  /// More rows than this in one relation are taken for endless recursion.
  private let rowLimit: Int

  package private(set) var relations: [Set<Row>] = []

  package init(
    program: CoreProgram, graph: Graph, terms: TermSpace, facts: [String: Relation],
    rowLimit: Int = 20_000
  ) {
    self.program = program
    self.graph = graph
    self.terms = terms
    self.facts = facts
    self.rowLimit = rowLimit
  }

  package mutating func evaluate() throws(NaiveFailure) {
    let stored = program.relations.indices.map { storedRows($0) }
    relations = stored.map { _ in [] }
    for (index, rows) in stored.enumerated() {
      for row in rows { _ = insert(row, into: index) }
    }
    for component in try components() {
      let rules = program.rules.filter { component.contains($0.head.index) }
      let dominances = rules.filter(\.isDominance)
      var changed = true
      while changed {
        let before = component.map { relations[$0] }
        for index in component { _ = close(index) }
        var held: [(head: Int, rows: Set<Row>)] = []
        for rule in rules where !rule.isDominance {
          let (head, rows) = (rule.head.index, try rows(of: rule))
          // What gives way in this round must not be read in it.
          if !dominances.isEmpty {
            held.append((head, rows))
            continue
          }
          for row in rows { _ = insert(row, into: head) }
          if relations[head].count > rowLimit { throw .tooManyRows }
        }
        for (head, rows) in held {
          for row in rows { _ = insert(row, into: head) }
          if relations[head].count > rowLimit { throw .tooManyRows }
        }
        // What gives way may be derived again in the next round, and gives way again.
        for rule in dominances {
          relations[rule.head.index].subtract(try dominatedRows(of: rule))
        }
        changed = component.map { relations[$0] } != before
      }
    }
  }

  /// The rows beside which a greater one stands.
  private func dominatedRows(of rule: CoreRule) throws(NaiveFailure) -> Set<Row> {
    var bindings: Set<[NaiveValue?]> = []
    try match(
      rule, order(of: rule)[...], Array(repeating: nil, count: rule.variables.count),
      into: &bindings)
    var result: Set<Row> = []
    let arity = rule.headTerms.count / 2
    for binding in bindings {
      var row: Row = []
      for term in rule.headTerms { row.append(try value(of: term, binding)) }
      let (lesser, greater) = (Array(row.prefix(arity)), Array(row.suffix(arity)))
      if lesser != greater { result.insert(lesser) }
    }
    return result
  }

  /// Adds a row; of a lattice only the better one of two rows with one key is kept.
  private mutating func insert(_ row: Row, into index: Int) -> Bool {
    guard let lattice = program.relations[index].lattice, let value = row.last ?? nil else {
      return relations[index].insert(row).inserted
    }
    let key = row.dropLast()
    for other in relations[index] where other.dropLast() == key {
      guard let known = other.last ?? nil else { continue }
      let isBetter = lattice == .min ? value < known : known < value
      guard isBetter else { return false }
      relations[index].remove(other)
    }
    return relations[index].insert(row).inserted
  }

  /// Adds what makes a relation an equivalence, if it is to be one.
  private mutating func close(_ index: Int) -> Bool {
    guard program.relations[index].isEquivalence else { return false }
    let before = relations[index].count
    for row in relations[index] {
      relations[index].formUnion([[row[0], row[0]], [row[1], row[1]], [row[1], row[0]]])
    }
    for row in relations[index] {
      for other in relations[index] where other[0] == row[1] {
        relations[index].insert([row[0], other[1]])
      }
    }
    return relations[index].count > before
  }

  // MARK: Strata

  /// Groups of mutually dependent relations, each after all it depends on.
  private func components() throws(NaiveFailure) -> [Set<Int>] {
    let count = program.relations.count
    var uses: [Set<Int>] = Array(repeating: [], count: count)
    var strict: [(Int, Int)] = []
    for rule in program.rules {
      for literal in rule.body {
        let target: Int
        var isStrict = false
        switch literal {
        case .atom(let atom):
          target = atom.relation.index
          if case .aggregate = rule.effect, !rule.accumulates { isStrict = true }
          if rule.algorithm != nil { isStrict = true }
        case .negated(let atom), .aggregate(let atom, _):
          target = atom.relation.index
          isStrict = true
        case .comparison, .test, .range, .never: continue
        }
        uses[rule.head.index].insert(target)
        if isStrict { strict.append((rule.head.index, target)) }
      }
    }
    let reached = (0..<count).map { start in
      var seen: Set<Int> = []
      var open = Array(uses[start])
      while let next = open.popLast() {
        if seen.insert(next).inserted { open += uses[next] }
      }
      return seen
    }
    for (source, target) in strict where reached[target].contains(source) || source == target {
      throw .unstratifiable
    }
    var result: [Set<Int>] = []
    var done: Set<Int> = []
    while done.count < count {
      for index in 0..<count where !done.contains(index) {
        var component: Set<Int> = [index]
        for other in reached[index] where reached[other].contains(index) {
          component.insert(other)
        }
        guard reached[index].subtracting(component).isSubset(of: done) else { continue }
        done.formUnion(component)
        result.append(component)
      }
    }
    return result
  }

  // MARK: Rules

  private func isEmptyAtom(_ literal: CoreLiteral) -> Bool {
    if case .atom(let atom) = literal { relations[atom.relation.index].isEmpty } else { false }
  }

  private func rows(of rule: CoreRule) throws(NaiveFailure) -> Set<Row> {
    // A rule that reads nothing computes nothing, whatever fails in it.
    if case .derive = rule.effect, rule.body.contains(where: isEmptyAtom) { return [] }
    var bindings: Set<[NaiveValue?]> = []
    let order = order(of: rule)
    try match(
      rule, order[...], Array(repeating: nil, count: rule.variables.count), into: &bindings)
    switch rule.effect {
    case .dominate: throw .unspecified
    case .algorithm(let call):
      var edges: [[NaiveValue]] = []
      for binding in bindings {
        var ends: [NaiveValue] = []
        for term in rule.headTerms { ends.append(try value(of: term, binding)) }
        edges.append(ends)
      }
      guard let values = NaiveGraph(edges: edges).values(call.algorithm) else { throw .unspecified }
      return Set(values.map { [$0.key, $0.value] })
    case .derive:
      var result: Set<Row> = []
      for binding in bindings {
        var row: Row = []
        for term in rule.headTerms { row.append(try value(of: term, binding)) }
        result.insert(row)
      }
      return result
    case .aggregate(let function):
      var groups: [Row: [NaiveValue]] = [:]
      for binding in bindings {
        var row: Row = []
        for term in rule.headTerms { row.append(try value(of: term, binding)) }
        guard let last = row.popLast() ?? nil else { continue }
        if rule.accumulates && function == .sum, last.isNegative { throw .negativeTerm }
        groups[row, default: []].append(last)
      }
      return Set(groups.map { group, values in group + [Self.aggregate(function, values)] })
    }
  }

  private static func aggregate(_ function: AggregateFunction, _ values: [NaiveValue])
    -> NaiveValue
  {
    let sorted = values.sorted { $0 < $1 }
    switch function {
    case .count: return .number(Int64(values.count))
    case .min: return sorted[0]
    case .max: return sorted[sorted.count - 1]
    case .sum, .mean:
      var signed: Int64 = 0
      var unsigned: UInt64 = 0
      // Two doubles hold the sum of many without loss, so that only the last step rounds.
      var (float, rest) = (0.0, 0.0)
      func add(_ value: Double) {
        let next = float + value
        let part = next - float
        rest += (float - (next - part)) + (value - part)
        float = next
      }
      for value in sorted {
        switch value {
        case .number(let number):
          signed = signed &+ number
          add(Double(number))
        case .unsigned(let number):
          unsigned = unsigned &+ number
          add(Double(number))
        case .float(let bits): add(Double(bitPattern: bits))
        case .text, .boolean, .null, .record: break
        }
      }
      float += rest
      if function == .mean { return .double(float / Double(values.count)) }
      switch sorted[0] {
      case .number: return .number(signed)
      case .unsigned: return .unsigned(unsigned)
      case .float, .text, .boolean, .null, .record: return .double(float)
      }
    }
  }

  /// The body's conditions, each as early as its variables allow, else as they are written.
  private func order(of rule: CoreRule) -> [CoreLiteral] {
    var rest = rule.body
    var bound: Set<Int> = []
    var result: [CoreLiteral] = []
    while !rest.isEmpty {
      let ready = rest.indices.filter { isReady(rest[$0], bound) }
      let next =
        ready.first { if case .atom = rest[$0] { false } else { true } } ?? ready.first ?? 0
      let literal = rest.remove(at: next)
      literal.forEachVariable { bound.insert($0) }
      result.append(literal)
    }
    return result
  }

  private func isReady(_ literal: CoreLiteral, _ bound: Set<Int>) -> Bool {
    func isBound(_ expression: CoreExpression) -> Bool {
      var result = true
      expression.forEachVariable { if !bound.contains($0) { result = false } }
      return result
    }
    switch literal {
    case .atom, .never: return true
    case .negated(let atom):
      var result = true
      atom.forEachVariable { if !bound.contains($0) { result = false } }
      return result
    case .aggregate(let atom, let isTotal):
      guard isTotal else { return true }
      return atom.arguments.dropLast().allSatisfy {
        if case .variable(let variable) = $0.value { bound.contains(variable) } else { true }
      }
    case .comparison(let relation, let left, let right, _):
      if isBound(left) && isBound(right) { return true }
      guard relation == .equal else { return false }
      if case .variable = left, isBound(right) { return true }
      if case .variable = right, isBound(left) { return true }
      return false
    case .test(_, let left, let right, _, _): return isBound(left) && isBound(right)
    case .range(_, let from, let to, let step, _):
      return isBound(from) && isBound(to) && (step.map(isBound) ?? true)
    }
  }

  private func match(
    _ rule: CoreRule, _ literals: ArraySlice<CoreLiteral>, _ binding: [NaiveValue?],
    into result: inout Set<[NaiveValue?]>
  ) throws(NaiveFailure) {
    guard let literal = literals.first else {
      result.insert(binding)
      return
    }
    let rest = literals.dropFirst()
    switch literal {
    case .never: return
    case .atom(let atom):
      for row in relations[atom.relation.index] {
        if let extended = extend(binding, by: atom, row) {
          try match(rule, rest, extended, into: &result)
        }
      }
    case .negated(let atom):
      for row in relations[atom.relation.index] where extend(binding, by: atom, row) != nil {
        return
      }
      try match(rule, rest, binding, into: &result)
    case .aggregate(let atom, let isTotal):
      try matchAggregate(rule, atom, isTotal: isTotal, rest, binding, into: &result)
    case .comparison(let relation, let left, let right, _):
      var binding = binding
      if relation == .equal, case .variable(let variable) = left, binding[variable] == nil {
        binding[variable] = try value(of: right, binding)
      } else if relation == .equal, case .variable(let variable) = right, binding[variable] == nil {
        binding[variable] = try value(of: left, binding)
      } else {
        let (a, b) = (try value(of: left, binding), try value(of: right, binding))
        guard Self.holds(relation, a, b) else { return }
      }
      try match(rule, rest, binding, into: &result)
    case .test(let kind, let left, let right, let isNegated, _):
      let (a, b) = (try value(of: left, binding), try value(of: right, binding))
      guard try Self.holds(kind, a.shown, b.shown) != isNegated else { return }
      try match(rule, rest, binding, into: &result)
    case .range(let variable, let from, let to, let step, _):
      let bounds = (try value(of: from, binding), try value(of: to, binding))
      var size: NaiveValue?
      if let step { size = try value(of: step, binding) }
      for number in try Self.numbers(from: bounds.0, to: bounds.1, step: size) {
        var extended = binding
        if let known = extended[variable], known != number { continue }
        extended[variable] = number
        try match(rule, rest, extended, into: &result)
      }
    }
  }

  private func matchAggregate(
    _ rule: CoreRule, _ atom: CoreAtom, isTotal: Bool, _ rest: ArraySlice<CoreLiteral>,
    _ binding: [NaiveValue?], into result: inout Set<[NaiveValue?]>
  ) throws(NaiveFailure) {
    var hasGroup = false
    var group = atom
    let last = group.arguments.popLast()
    for row in relations[atom.relation.index] {
      if extend(binding, by: group, row) != nil { hasGroup = true }
      if let extended = extend(binding, by: atom, row) {
        try match(rule, rest, extended, into: &result)
      }
    }
    guard isTotal, !hasGroup, let last, case .variable(let variable) = last.value else { return }
    let zero: NaiveValue =
      switch type(of: atom.relation, last.column) {
      case .unsigned: .unsigned(0)
      case .float: .double(0)
      case .number, .symbol, .boolean, .record: .number(0)
      }
    var extended = binding
    if let known = extended[variable], known != zero { return }
    extended[variable] = zero
    try match(rule, rest, extended, into: &result)
  }

  /// The binding with the variables of an atom set from a row, or nothing where they disagree.
  private func extend(_ binding: [NaiveValue?], by atom: CoreAtom, _ row: Row) -> [NaiveValue?]? {
    // Most rows do not fit, and for these nothing is copied.
    for argument in atom.arguments {
      guard let value = row[argument.column] else { return nil }
      switch argument.value {
      case .constant(let constant, _):
        guard self.value(of: constant, type(of: atom.relation, argument.column)) == value else {
          return nil
        }
      case .variable(let variable):
        if let known = binding[variable], known != value { return nil }
      }
    }
    var result = binding
    for argument in atom.arguments {
      if case .variable(let variable) = argument.value, let value = row[argument.column] {
        if let known = result[variable] {
          guard known == value else { return nil }
        } else {
          result[variable] = value
        }
      }
    }
    return result
  }

  private static func holds(_ relation: Comparison.Operator, _ a: NaiveValue, _ b: NaiveValue)
    -> Bool
  {
    switch relation {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a == b || a < b
    case .greater: b < a
    case .greaterOrEqual: a == b || b < a
    }
  }

  private static func holds(_ kind: TextTest.Kind, _ first: String, _ text: String)
    throws(NaiveFailure) -> Bool
  {
    switch kind {
    case .contains:
      let part = Array(first.unicodeScalars)
      let whole = Array(text.unicodeScalars)
      guard part.count <= whole.count else { return false }
      return (0...(whole.count - part.count)).contains { start in
        Array(whole[start..<(start + part.count)]) == part
      }
    case .match:
      guard let pattern = try? Regex(first) else { throw .invalidPattern }
      return (try? pattern.matchingSemantics(.unicodeScalar).wholeMatch(in: text)) != nil
    }
  }

  private static func numbers(from: NaiveValue, to: NaiveValue, step: NaiveValue?)
    throws(NaiveFailure) -> [NaiveValue]
  {
    guard case .number(let first) = from, case .number(let end) = to else { throw .unspecified }
    var size: Int64 = first <= end ? 1 : -1
    if case .number(let given)? = step { size = given }
    if size == 0 { return [] }
    return stride(from: first, to: end, by: Int(size)).prefix(10_000).map { .number(Int64($0)) }
  }

  // MARK: Terms

  private func type(of relation: RelationID, _ column: Int) -> ColumnType {
    program.type(program[relation].columns[column].slot)
  }

  private func value(of constant: CoreConstant, _ type: ColumnType) -> NaiveValue {
    switch constant {
    case .term(let id), .given(_, let id):
      switch type {
      case .symbol: return .text(terms.text(id))
      case .record(let number) where terms.records.types.isEnumeration(number):
        return .number(Int64(id))
      // `nil`, also where nothing says of which record type it is.
      case .record, .number, .unsigned, .float, .boolean: return .null
      }
    case .integer(let bits):
      switch type {
      case .float: return .double(Double(Int64(bitPattern: bits)))
      case .unsigned: return .unsigned(bits)
      case .number, .symbol, .boolean, .record: return .number(Int64(bitPattern: bits))
      }
    case .float(let value): return .double(value)
    case .boolean(let truth): return .boolean(truth)
    }
  }

  private func value(of expression: CoreExpression, _ binding: [NaiveValue?])
    throws(NaiveFailure) -> NaiveValue
  {
    switch expression {
    case .variable(let variable):
      guard let value = binding[variable] else {
        preconditionFailure("variable \(variable) has no value where it is read")
      }
      return value
    case .constant(let constant, let slot): return value(of: constant, program.type(slot))
    case .call(let functor, let operands, let result, _, _):
      var values: [NaiveValue] = []
      for operand in operands { values.append(try value(of: operand, binding)) }
      return try functor.naiveValue(values, result: program.type(result))
    }
  }

  // MARK: The store

  /// The rows that a relation has before any rule, read through the store's public interface.
  private func storedRows(_ index: Int) -> Set<Row> {
    let relation = program.relations[index]
    func name(_ term: UInt32) -> String { terms.text(term) }
    func text(_ string: String) -> NaiveValue? { .text(string) }
    switch relation.origin {
    case .derived: return []
    case .declared(let key):
      guard let rows = facts[key] else { return [] }
      return Set(
        (0..<rows.rowCount).filter { !rows.isDead($0) }.map { row in
          (0..<rows.arity).map { column in
            NaiveValue(
              word: rows.word(row: row, column: column), type: rows.types[column], terms: terms)
          }
        })
    case .label(let label):
      return Set(graph.nodes(labelled: name(label)).map { [text($0.name)] })
    case .edgePairs(let type):
      return Set(
        graph.edges(ofType: name(type)).map { [text($0.source.name), text($0.target.name)] })
    case .edges(let type):
      return Set(
        graph.edges(ofType: name(type)).map { edge in
          var row: Row = [
            text(edge.source.name), text(edge.target.name), .number(Int64(edge.row)),
          ]
          for column in relation.columns.dropFirst(3) {
            row.append(edge[column.name].map { NaiveValue($0, as: program.type(column.slot)) })
          }
          return row
        })
    case .edgeCitations(let type):
      var result: Set<Row> = []
      for edge in graph.edges(ofType: name(type)) {
        for citation in edge.citations {
          result.insert([
            .number(Int64(edge.row)), text(citation.source ?? ""), text(citation.lines ?? ""),
          ])
        }
      }
      return result
    case .labelCitations(let label):
      var result: Set<Row> = []
      for node in graph.nodes(labelled: name(label)) {
        for citation in node.citations(ofLabel: name(label)) {
          result.insert([text(node.name), text(citation.source ?? ""), text(citation.lines ?? "")])
        }
      }
      return result
    case .aliasCitations:
      var result: Set<Row> = []
      for alias in graph.aliases {
        for (citation, node) in alias.citations.flatMap({ citation in
          graph.settledNodes(of: alias).map { (citation, $0) }
        }) {
          result.insert([
            text(alias.alias), text(node), text(citation.source ?? ""), text(citation.lines ?? ""),
          ])
        }
      }
      return result
    case .nodeProperty(let key):
      var result: Set<Row> = []
      for node in graph.nodes {
        guard let value = node[name(key)] else { continue }
        result.insert([
          text(node.name), NaiveValue(value, as: program.type(relation.columns[1].slot)),
        ])
      }
      return result
    case .nodes: return Set(graph.nodes.map { [text($0.name)] })
    case .nodeLabels:
      return Set(graph.nodes.flatMap { node in node.labels.map { [text(node.name), text($0)] } })
    case .allEdges:
      return Set(
        graph.edgeTypes.flatMap { type in
          graph.edges(ofType: type).map {
            [text(type), text($0.source.name), text($0.target.name)]
          }
        })
    case .allProperties:
      return Set(
        graph.nodes.flatMap { node in
          node.properties.map { property in
            [text(node.name), text(property.key), text(Self.shown(property.value))]
          }
        })
    case .texts: preconditionFailure("only a pass makes a relation of texts")
    case .aliases:
      return Set(
        graph.aliases.flatMap { alias in
          graph.settledNodes(of: alias).map { [text(alias.alias), text($0)] }
        })
    }
  }

  private static func shown(_ value: Value) -> String {
    switch value {
    case .text(let text): text
    case .integer(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .float(let number): NaiveValue.double(number).shown
    case .boolean(let truth): truth ? "true" : "false"
    }
  }
}

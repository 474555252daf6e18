/// A random well-formed program: facts of declared relations and of a small graph, rules in layers,
/// and a query. Its whole content follows from the seed.
///
/// Names are few and facts are small, so that joins meet, recursions close and negations refuse.
/// What is drawn always ends: arithmetic in recursion is taken modulo a small number, texts grow in
/// rules without recursion only, and a minimum in a recursion only adds what is not negative.
package struct RandomProgram: CustomStringConvertible {
  package struct Clause {
    package var head: String
    package var body: [String]

    package var text: String {
      body.isEmpty ? "\(head)." : "\(head) :- \(body.joined(separator: ", "))."
    }
  }

  package struct Query {
    /// The head with its parentheses, empty for `?-`.
    package var head: String
    package var body: [String]
    /// `order by`, `limit`, `offset`.
    package var tail: String

    package var text: String {
      let start = head.isEmpty ? "?-" : "?\(head) :-"
      return "\(start) \(body.joined(separator: ", "))\(tail.isEmpty ? "" : " " + tail)."
    }
  }

  /// Declarations and facts, one a line.
  package var facts: [String] = []
  package var clauses: [Clause] = []
  package var query = Query(head: "", body: [], tail: "")

  package var text: String {
    (facts + clauses.map(\.text)).map { $0 + "\n" }.joined()
  }

  package var description: String { text + query.text + "\n" }

  package init(seed: UInt64) {
    var generator = ProgramGenerator(seed: seed)
    generator.generate()
    facts = generator.facts
    clauses = generator.clauses
    query = generator.query
  }

  /// The smallest program that still fails, by leaving out lines and conditions one at a time.
  package func shrunk(while fails: (RandomProgram) -> Bool) -> RandomProgram {
    var best = self
    var changed = true
    while changed {
      changed = false
      for smaller in best.reductions() where fails(smaller) {
        best = smaller
        changed = true
        break
      }
    }
    return best
  }

  private func reductions() -> [RandomProgram] {
    var result: [RandomProgram] = []
    func add(_ change: (inout RandomProgram) -> Void) {
      var copy = self
      change(&copy)
      result.append(copy)
    }
    for index in clauses.indices.reversed() { add { $0.clauses.remove(at: index) } }
    for index in clauses.indices {
      for part in clauses[index].body.indices where clauses[index].body.count > 1 {
        add { $0.clauses[index].body.remove(at: part) }
      }
    }
    if query.body.count > 1 {
      for part in query.body.indices { add { $0.query.body.remove(at: part) } }
    }
    if !query.tail.isEmpty { add { $0.query.tail = "" } }
    for index in facts.indices.reversed() { add { $0.facts.remove(at: index) } }
    return result
  }
}

/// Draws a program from top to bottom.
struct ProgramGenerator: RandomDraws {
  enum Kind: String, CaseIterable {
    case number, symbol, float
  }

  struct Relation {
    var name: String
    var kinds: [Kind]
    /// A relation is used by its own layer and by later ones; negated and aggregated by later ones.
    var layer: Int
    var isDeclared = false
    var hasNodes = false
    var isLattice = false
  }

  var random: SeededGenerator
  var facts: [String] = []
  var clauses: [RandomProgram.Clause] = []
  var query = RandomProgram.Query(head: "", body: [], tail: "")
  private var relations: [Relation] = []
  private var nextVariable = 0

  private let names = ["甲", "乙", "丙", "丁", "n5"]
  private let edgeTypes = ["t0", "t1", "t2"]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  // MARK: Drawing

  mutating func name() -> String { "\"\(pick(names))\"" }

  mutating func constant(_ kind: Kind) -> String {
    switch kind {
    case .number: "\(number(-1...4))"
    case .symbol: name()
    case .float: "\(Double(number(-2...6)) / 2)"
    }
  }

  mutating func fresh() -> String {
    nextVariable += 1
    return "v\(nextVariable)"
  }

  // MARK: Facts

  mutating func generate() {
    drawGraph()
    for index in 0..<number(1...3) { drawBase("e\(index)") }
    drawDerivedGraph()
    for layer in 2..<(2 + number(1...3)) { drawLayer(layer) }
    drawQuery()
  }

  private mutating func drawGraph() {
    for label in ["a", "b"] {
      facts.append("\(label)(\"\(names[0])\").")
      for _ in 0..<number(0...3) {
        let age = chance(50) ? ", age: \(number(0...3))" : ""
        facts.append("\(label)(\(name())\(age)).")
      }
    }
    // One property per node, so that no two facts contradict each other.
    facts = unique(facts.filter { !$0.contains("age:") }) + agesOnce(facts)
    facts.append("node(\"\(names[0])\", rank: 1.5).")
    facts.append("node(\"\(names[1])\", age: 2).")
    if chance(50) { facts.append("node(\"\(names[2])\", rank: 2).") }
    facts.append("t0(\"\(names[0])\", \"\(names[1])\", w: 1, k: \"\(names[2])\", f: 0.5).")
    facts.append("t1(\"\(names[1])\", \"\(names[2])\").")
    facts.append("t2(\"\(names[2])\", \"\(names[3])\").")
    for _ in 0..<number(2...9) {
      var edge = "\(pick(edgeTypes))(\(name()), \(name())"
      if edge.hasPrefix("t0") {
        if chance(60) { edge += ", w: \(number(0...3))" }
        if chance(30) { edge += ", k: \(name())" }
        if chance(30) { edge += ", f: \(constant(.float))" }
      }
      facts.append(edge + ")" + (chance(15) ? " @ \(number(1...9))." : "."))
    }
    if chance(30) { facts.append("alias(\"别名\", \"\(names[0])\").") }
    for label in ["a", "b"] {
      relations.append(Relation(name: label, kinds: [.symbol], layer: 0, hasNodes: true))
    }
    for type in ["t0", "t1"] {
      relations.append(Relation(name: type, kinds: [.symbol, .symbol], layer: 0, hasNodes: true))
    }
  }

  private func unique(_ lines: [String]) -> [String] {
    var seen: Set<String> = []
    return lines.filter { seen.insert($0).inserted }
  }

  private func agesOnce(_ lines: [String]) -> [String] {
    var seen: Set<Substring> = []
    return lines.filter { line in
      let parts = line.split(separator: "\"")
      guard line.contains("age:"), parts.count > 1, parts[1] != names[1] else { return false }
      return seen.insert(parts[1]).inserted
    }
  }

  private mutating func drawBase(_ name: String) {
    let kinds = (0..<number(1...3)).map { _ in
      chance(45) ? Kind.number : chance(70) ? .symbol : .float
    }
    declare(name, kinds)
    relations.append(Relation(name: name, kinds: kinds, layer: 0, isDeclared: true))
    var lines: [String] = []
    for _ in 0..<number(0...7) {
      lines.append("\(name)(\(kinds.map { constant($0) }.joined(separator: ", "))).")
    }
    // What is read in order has a key.
    facts += chance(30) ? unique(lines).sorted() : unique(lines)
  }

  private mutating func declare(_ name: String, _ kinds: [Kind]) {
    let columns = kinds.enumerated().map { "c\($0):\($1.rawValue)" }.joined(separator: ", ")
    facts.append(".decl \(name)(\(columns))")
  }

  // MARK: Rules

  /// Rules may add to an edge type; what looks at all edges comes after them.
  private mutating func drawDerivedGraph() {
    let edge = Relation(name: "t2", kinds: [.symbol, .symbol], layer: 1, hasNodes: true)
    relations.append(edge)
    if chance(40) { drawRule(edge, 1) }
  }

  private mutating func drawLayer(_ layer: Int) {
    if chance(20) { return drawLattice(layer) }
    var group: [Relation] = []
    for index in 0..<number(1...2) {
      let kinds = (0..<number(1...3)).map { _ in
        chance(40) ? Kind.number : chance(75) ? .symbol : .float
      }
      let isDeclared = chance(60)
      let relation = Relation(
        name: "d\(layer)\(index)", kinds: kinds, layer: layer, isDeclared: isDeclared)
      if isDeclared { declare(relation.name, kinds) }
      group.append(relation)
    }
    relations += group
    for relation in group {
      for _ in 0..<number(1...3) { drawRule(relation, layer) }
    }
  }

  /// `d(x, min v + w) :- d(y, v), t0(y, x, w: w).` and its like.
  private mutating func drawLattice(_ layer: Int) {
    let name = "d\(layer)0"
    let kind: Kind = chance(70) ? .number : .float
    let function = chance(60) ? "min" : "max"
    if chance(60) { declare(name, [.symbol, kind]) }
    relations.append(
      Relation(name: name, kinds: [.symbol, kind], layer: layer, isLattice: true))
    clauses.append(
      RandomProgram.Clause(
        head: "\(name)(x, \(function) v)", body: ["a(x)", "v = \(constant(kind))"]))
    let step = kind == .float ? "f" : "w"
    let term = function == "min" ? "v + abs(w)" : "min(v, w)"
    clauses.append(
      RandomProgram.Clause(
        head: "\(name)(y, \(function) \(term))", body: ["\(name)(x, v)", "t0(x, y, \(step): w)"]))
    if chance(50) {
      clauses.append(
        RandomProgram.Clause(
          head: "\(name)(y, \(function) v)", body: ["\(name)(x, v)", "t1(x, y)"]))
    }
  }

  /// The variables that have values so far.
  struct Scope {
    var bound: [(name: String, kind: Kind)] = []

    func names(_ kind: Kind) -> [String] { bound.filter { $0.kind == kind }.map(\.name) }
  }

  private mutating func drawRule(_ head: Relation, _ layer: Int) {
    nextVariable = 0
    var scope = Scope()
    var isRecursive = false
    var body = drawBody(&scope, layer: layer, isRecursive: &isRecursive)
    body.shuffle(using: &random)
    var terms = head.kinds.map { term($0, scope, isRecursive: isRecursive) }
    // A sum or count over the rule, where nothing is recursive.
    if !isRecursive, head.kinds.last == .number, terms.count > 1, chance(10),
      let value = scope.names(.number).first
    {
      terms[terms.count - 1] = "\(chance(50) ? "sum" : "count") \(value)"
      // The relation holds the groups of this rule and the rows of others; both are sets.
    }
    clauses.append(
      RandomProgram.Clause(head: "\(head.name)(\(terms.joined(separator: ", ")))", body: body))
  }

  private mutating func term(_ kind: Kind, _ scope: Scope, isRecursive: Bool) -> String {
    let names = scope.names(kind)
    guard !names.isEmpty, !chance(8) else { return constant(kind) }
    let first = pick(names)
    guard chance(30) else { return first }
    let second = pick(names)
    switch kind {
    case .number:
      let operation = pick(["+", "-", "*", "band", "bxor"])
      return "(\(first) \(operation) \(second) + \(number(0...2))) % 5"
    case .float: return isRecursive ? first : "\(first) + \(second)"
    case .symbol: return isRecursive ? first : "cat(\(first), \(second))"
    }
  }

  private mutating func drawBody(_ scope: inout Scope, layer: Int, isRecursive: inout Bool)
    -> [String]
  {
    var body: [String] = []
    for _ in 0..<number(1...3) {
      if chance(15), let path = drawPath(&scope, layer: layer) {
        body.append(path)
        continue
      }
      let usable = relations.filter { $0.layer <= layer && !($0.layer == layer && $0.isLattice) }
      let own = usable.filter { $0.layer == layer && layer > 1 }
      let relation = !own.isEmpty && chance(35) ? pick(own) : pick(usable)
      if relation.layer == layer { isRecursive = true }
      body.append(atom(relation, &scope, bindsNew: true))
    }
    for _ in 0..<number(0...2) {
      if let condition = drawCondition(&scope, layer: layer, isRecursive: isRecursive) {
        body.append(condition)
      }
    }
    return body
  }

  private mutating func atom(
    _ relation: Relation, _ scope: inout Scope, bindsNew: Bool
  ) -> String {
    var added: [(name: String, kind: Kind)] = []
    var arguments: [String] = []
    let isNamed = relation.isDeclared && chance(15)
    for (column, kind) in relation.kinds.enumerated() {
      if isNamed && chance(40) { continue }
      let value = argument(kind, scope, &added, bindsNew: bindsNew, isNode: relation.hasNodes)
      arguments.append(isNamed ? "c\(column): \(value)" : value)
    }
    if isNamed && arguments.isEmpty {
      arguments = ["c0: _"]
    }
    if relation.name == "t0" {
      for (key, kind) in [("w", Kind.number), ("k", .symbol), ("f", .float)] where chance(25) {
        let value = argument(kind, scope, &added, bindsNew: bindsNew, isNode: false)
        arguments.append("\(key): \(value)")
      }
      if chance(5) { arguments.append("lines: \(chance(50) ? "_" : "\"3\"")") }
    }
    if relation.name == "a" && chance(25) {
      arguments.append(
        "age: \(argument(.number, scope, &added, bindsNew: bindsNew, isNode: false))")
    }
    scope.bound += added
    return "\(relation.name)(\(arguments.joined(separator: ", ")))"
  }

  private mutating func argument(
    _ kind: Kind, _ scope: Scope, _ added: inout [(name: String, kind: Kind)], bindsNew: Bool,
    isNode: Bool
  ) -> String {
    let known = scope.names(kind) + added.filter { $0.kind == kind }.map(\.name)
    if !known.isEmpty && chance(45) { return pick(known) }
    if chance(12) { return "_" }
    if chance(12) {
      return isNode && chance(20) && facts.contains { $0.hasPrefix("alias") }
        ? "\"别名\"" : constant(kind)
    }
    guard bindsNew else { return known.isEmpty ? "_" : pick(known) }
    let variable = fresh()
    added.append((variable, kind))
    return variable
  }

  private mutating func drawPath(_ scope: inout Scope, layer: Int) -> String? {
    var steps = ["t0", "t1", "(t0|t1)", "(^t0|t1)", "^t1"]
    if layer > 1 { steps += ["t2", "edge", "(t0|t2)"] }
    for relation in relations
    where relation.layer < layer && relation.kinds == [.symbol, .symbol] && !relation.hasNodes {
      steps.append(relation.name)
    }
    var step = pick(steps)
    if chance(20) { return drawAlgorithm(over: step, &scope) }
    // A repetition binds closer than the inverse.
    if step.hasPrefix("^") { step = "(\(step))" }
    let plain = step.hasPrefix("(") ? step : "(\(step))"
    let suffix = pick(["+", "*", "?", "{1,2}", "{2}", "{0,2}", "{2,}", "+", "+"])
    let path = plain + suffix
    var added: [(name: String, kind: Kind)] = []
    let from = argument(.symbol, scope, &added, bindsNew: true, isNode: true)
    let to = argument(.symbol, scope, &added, bindsNew: true, isNode: true)
    var hops = ""
    if chance(25) {
      hops = ", hops: \(argument(.number, scope, &added, bindsNew: true, isNode: false))"
    }
    scope.bound += added
    return "\(path)(\(from), \(to)\(hops))"
  }

  private mutating func drawAlgorithm(over path: String, _ scope: inout Scope) -> String {
    let (algorithm, kind) = pick([
      ("component", Kind.symbol), ("strong_component", .symbol), ("core", .number),
      ("triangles", .number), ("closeness", .float),
    ])
    var added: [(name: String, kind: Kind)] = []
    let node = argument(.symbol, scope, &added, bindsNew: true, isNode: true)
    let value = argument(kind, scope, &added, bindsNew: true, isNode: false)
    scope.bound += added
    return "\(algorithm)[\(path)](\(node), \(value))"
  }

  private mutating func drawCondition(
    _ scope: inout Scope, layer: Int, isRecursive: Bool
  ) -> String? {
    let lower = relations.filter { $0.layer < layer }
    switch number(0...9) {
    case 0, 1:
      guard let variable = scope.bound.isEmpty ? nil : pick(scope.bound) else { return nil }
      let names = scope.names(variable.kind)
      let other = chance(50) ? pick(names) : constant(variable.kind)
      return "\(variable.name) \(pick(["=", "!=", "<", "<=", ">", ">="])) \(other)"
    case 2, 3:
      if chance(20), layer > 1 {
        var inner = scope
        if let path = drawPath(&inner, layer: layer), inner.bound.count == scope.bound.count {
          return "!\(path)"
        }
      }
      var inner = scope
      if chance(25) {
        let first = atom(pick(lower), &inner, bindsNew: true)
        let second = atom(pick(lower), &inner, bindsNew: false)
        return "!(\(first), \(second))"
      }
      return "!" + atom(pick(lower), &inner, bindsNew: false)
    case 4, 5:
      // What grounds a variable of an inner aggregate may be the recursion itself: refused.
      return drawAggregate(&scope, lower, depth: isRecursive ? 1 : 0)
    case 6:
      guard let value = scope.names(.number).first else { return nil }
      let result = fresh()
      let expression = pick([
        "\(value) / 2", "\(value) % 3", "\(value) * 2 - 1", "-\(value)", "max(\(value), 1)",
        "\(value) bshl 1", "\(value) ^ 2",
      ])
      scope.bound.append((result, .number))
      return "\(result) = (\(expression)) % 7"
    case 7:
      guard let value = scope.names(.symbol).first else { return nil }
      switch number(0...2) {
      case 0:
        let result = fresh()
        scope.bound.append((result, .number))
        return "\(result) = strlen(\(value))"
      case 1:
        let result = fresh()
        scope.bound.append((result, .symbol))
        return "\(result) = substr(\(value), 0, 1)"
      default: return "\(chance(50) ? "!" : "")contains(\"\(chance(50) ? "n" : "乙")\", \(value))"
      }
    case 8:
      // Both alternatives bind the same variables.
      let names = scope.names(.symbol)
      let shared = names.isEmpty || chance(50) ? fresh() : pick(names)
      let binary = lower.filter { $0.kinds == [.symbol] || $0.kinds == [.symbol, .symbol] }
      let parts = (0..<2).map { _ -> String in
        let relation = pick(binary)
        let rest = relation.kinds.count == 2 ? (chance(50) ? ", _" : ", \(name())") : ""
        return "\(relation.name)(\(shared)\(rest))"
      }
      if !names.contains(shared) { scope.bound.append((shared, .symbol)) }
      return "(\(parts[0]) ; \(parts[1]))"
    default:
      guard layer > 1 else { return nil }
      var added: [(name: String, kind: Kind)] = []
      let node = argument(.symbol, scope, &added, bindsNew: true, isNode: true)
      let condition: String
      switch number(0...3) {
      case 0: condition = "node(\(node))"
      case 1:
        condition =
          "label(\(node), \(argument(.symbol, scope, &added, bindsNew: true, isNode: false)))"
      case 2:
        let other = argument(.symbol, scope, &added, bindsNew: true, isNode: true)
        condition = "edge(\(chance(50) ? "_" : "\"t0\""), \(node), \(other))"
      default:
        condition =
          "property(\(node), _, "
          + "\(argument(.symbol, scope, &added, bindsNew: true, isNode: false)))"
      }
      scope.bound += added
      return condition
    }
  }

  private mutating func drawAggregate(_ scope: inout Scope, _ lower: [Relation], depth: Int)
    -> String
  {
    var inner = scope
    var parts: [String] = []
    for _ in 0..<number(1...2) { parts.append(atom(pick(lower), &inner, bindsNew: true)) }
    if depth == 0 && chance(15) {
      parts.append(drawAggregate(&inner, lower, depth: 1))
    }
    let local = inner.bound.filter { entry in !scope.bound.contains { $0.name == entry.name } }
    let numeric = local.filter { $0.kind != .symbol }
    let result = fresh()
    guard let value = numeric.first, chance(65) else {
      scope.bound.append((result, .number))
      return "\(result) = count : { \(parts.joined(separator: ", ")) }"
    }
    let function = pick(["sum", "min", "max", "mean"])
    scope.bound.append((result, function == "mean" ? .float : value.kind))
    return "\(result) = \(function) \(value.name) : { \(parts.joined(separator: ", ")) }"
  }

  // MARK: Query

  private mutating func drawQuery() {
    nextVariable = 0
    var scope = Scope()
    var isRecursive = false
    query.body = drawBody(&scope, layer: 9, isRecursive: &isRecursive)
    query.body.shuffle(using: &random)
    guard !scope.bound.isEmpty, chance(60) else { return }
    var head = scope.bound.filter { _ in chance(60) }.map(\.name)
    if head.isEmpty { head = [scope.bound[0].name] }
    query.head = "(\(head.joined(separator: ", ")))"
    if chance(60) {
      let keys = head.filter { _ in chance(50) }.map { chance(40) ? "\($0) desc" : $0 }
      if !keys.isEmpty { query.tail = "order by \(keys.joined(separator: ", "))" }
      if chance(30) {
        query.tail += "\(query.tail.isEmpty ? "" : " ")limit \(number(0...4))"
        if chance(40) { query.tail += " offset \(number(0...3))" }
      }
    }
  }
}

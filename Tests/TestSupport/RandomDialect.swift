/// Draws programs of Soufflé's dialect: typed relations with records, branches, subtypes and unsigned
/// numbers, rules in layers with recursion, disjunction, negation and aggregates, equivalences, inline
/// relations, subsumption and components.
///
/// What is drawn always ends: in a recursion numbers are taken modulo a small one, and texts, lists and
/// trees are only passed on. Where rows give way to others, what stays does not depend on the order.
extension RandomProgram {
  package init(dialectSeed seed: UInt64) {
    var generator = DialectGenerator(seed: seed)
    generator.generate()
    facts = generator.lines
    clauses = generator.clauses
  }
}

private struct DialectGenerator: RandomDraws {
  enum Kind: String {
    case number, unsigned, float, symbol
    case small = "Small"
    case pair = "Pair"
    case list = "List"
    case tree = "Tree"
    case color = "Color"
    /// The parameter of a component, of which nothing is known.
    case open = "T"

    var isNumeric: Bool { self == .number || self == .unsigned || self == .float || self == .small }
  }

  struct Relation {
    var name: String
    var kinds: [Kind]
    var layer: Int
    var isInline = false
  }

  struct Scope {
    var bound: [(name: String, kind: Kind)] = []

    func names(_ kind: Kind) -> [String] {
      bound.filter { $0.kind == kind || (kind == .number && $0.kind == .small) }.map(\.name)
    }
  }

  var random: SeededGenerator
  var lines: [String] = []
  var clauses: [RandomProgram.Clause] = []
  private var relations: [Relation] = []
  private var nextVariable = 0
  private var isInComponent = false

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  // MARK: Drawing

  mutating func fresh() -> String {
    nextVariable += 1
    return "v\(nextVariable)"
  }

  mutating func kinds() -> [Kind] {
    (0..<number(1...3)).map { _ in
      pick([
        .number, .number, .number, .symbol, .symbol, .unsigned, .float, .small, .pair, .list, .tree,
        .color,
      ])
    }
  }

  mutating func constant(_ kind: Kind, depth: Int = 0) -> String {
    switch kind {
    case .number, .small, .open: return "\(number(-2...5))"
    case .unsigned: return "\(number(0...5))\(chance(50) ? "u" : "")"
    case .float: return pick(["0.5", "-1.5", "2.0", "0.0", "3.25"])
    case .symbol: return pick(["\"a\"", "\"b\"", "\"ab\"", "\"\"", "\"字\""])
    case .pair: return chance(15) ? "nil" : "[\(constant(.number)), \(constant(.symbol))]"
    case .list:
      return depth > 2 || chance(35)
        ? "nil" : "[\(constant(.number)), \(constant(.list, depth: depth + 1))]"
    case .tree:
      switch number(0...(depth < 2 ? 2 : 1)) {
      case 0: return "$Leaf()"
      case 1: return "$Value(\(constant(.number)))"
      default:
        return "$Fork(\(constant(.tree, depth: depth + 1)), \(constant(.tree, depth: depth + 1)))"
      }
    case .color: return pick(["$Red()", "$Green()", "$Blue()"])
    }
  }

  // MARK: Program

  mutating func generate() {
    lines = [
      ".type Small <: number", ".type Pair = [a: number, b: symbol]",
      ".type List = [head: number, tail: List]",
      ".type Tree = Leaf {} | Value { v: number } | Fork { l: Tree, r: Tree }",
      ".type Color = Red {} | Green {} | Blue {}",
    ]
    for index in 0..<number(2...3) {
      let relation = Relation(name: "b\(index)", kinds: kinds(), layer: 0)
      declare(relation)
      relations.append(relation)
      for _ in 0..<number(0...6) {
        let row = relation.kinds.map { constant($0) }
        lines.append("\(relation.name)(\(row.joined(separator: ", "))).")
      }
    }
    for layer in 1...number(2...4) {
      switch number(0...9) {
      case 0: drawComponent(layer)
      case 1:
        let kind = pick([Kind.number, .symbol, .pair, .tree])
        drawGroup([Relation(name: "q\(layer)", kinds: [kind, kind], layer: layer)], "eqrel")
      case 2:
        let relation = Relation(name: "i\(layer)", kinds: kinds(), layer: layer, isInline: true)
        declare(relation, "inline")
        for _ in 0..<number(1...2) { drawRule([relation], layer) }
        relations.append(relation)
      case 3: drawSubsumption(layer)
      default:
        drawGroup(
          (0..<number(1...2)).map { Relation(name: "d\(layer)\($0)", kinds: kinds(), layer: layer) }
        )
      }
    }
  }

  private mutating func declare(_ relation: Relation, _ qualifier: String = "") {
    let columns = relation.kinds.enumerated().map { "c\($0): \($1.rawValue)" }
    lines.append(".decl \(relation.name)(\(columns.joined(separator: ", "))) \(qualifier)")
  }

  private mutating func drawGroup(_ group: [Relation], _ qualifier: String = "") {
    for relation in group { declare(relation, qualifier) }
    relations += group
    for relation in group {
      for _ in 0..<number(1...2) {
        drawRule(chance(10) ? [relation, pick(group)] : [relation], relation.layer)
      }
    }
  }

  private mutating func drawSubsumption(_ layer: Int) {
    let kind = pick([Kind.number, .symbol])
    let isPair = chance(40)
    let keys = isPair ? [Kind.number, kind] : [kind]
    let relation = Relation(name: "m\(layer)", kinds: keys + [.number], layer: layer)
    declare(relation, "btree_delete")
    for _ in 0..<number(1...2) { drawRule([relation], layer) }
    let steps = relations.filter { relation in
      !relation.isInline && relation.kinds.filter { $0 == kind }.count > 1
    }
    let fixed = isPair ? "k, " : ""
    if !steps.isEmpty, chance(60) {
      let step = pick(steps)
      var ends = ["x", "y"]
      let arguments = step.kinds.map { $0 == kind && !ends.isEmpty ? ends.removeFirst() : "_" }
      // With one bound only sums that go up end; with two they end, but the least value is no minimum.
      let isRising = chance(70)
      clauses.append(
        .init(
          head: "\(relation.name)(\(fixed)y, d \(isRising ? "+" : "-") 1)",
          body: [
            "\(relation.name)(\(fixed)x, d)", "\(step.name)(\(arguments.joined(separator: ", ")))",
            isRising && chance(60) ? "d < 9" : "-9 < d, d < 9",
          ]))
    }
    // The least or the greatest value of each key is kept, or of all keys; or what gives way depends on them.
    let strict = pick(["e < d", "d < e", "d > e"])
    let (other, conditions) =
      switch number(0...9) {
      case 0: ("y", [strict])
      case 1: ("y", ["x < y", strict])
      case 2, 3: ("y", ["x = y", strict])
      case 4, 5: ("x", [pick(["e <= d", "d >= e", "d <= e"])])
      default: ("x", [strict])
      }
    clauses.append(
      .init(
        head: "\(relation.name)(\(fixed)x, d) <= \(relation.name)(\(fixed)\(other), e)",
        body: conditions))
    relations.append(relation)
  }

  /// A component over an unknown type, one that inherits from it, and an instance of either.
  private mutating func drawComponent(_ layer: Int) {
    let outer = (relations, clauses)
    let given = [
      Relation(name: "p", kinds: [.open, .open], layer: 0),
      Relation(name: "t", kinds: [.open, .number], layer: 0),
    ]
    let derived = [
      Relation(name: "q", kinds: [.open, .open], layer: 1),
      Relation(name: "w", kinds: [.open, .number], layer: 1),
    ]
    func body(_ generator: inout DialectGenerator, _ heads: [Relation]) -> String {
      generator.clauses = []
      for head in heads {
        generator.relations = given + (generator.chance(40) ? derived : [])
        generator.drawRule([head], 1)
      }
      return generator.clauses.map { "  \($0.text)\n" }.joined()
    }
    isInComponent = true
    var text = ".comp C\(layer)<T> {\n"
    text += "  .decl p(x: T, y: T)\n  .decl t(x: T, n: number)\n"
    text += "  .decl q(x: T, y: T) overridable\n  .decl w(x: T, n: number)\n"
    text += body(&self, derived) + "}\n"
    text += ".comp D\(layer)<U> : C\(layer)<U> {\n  .override q\n" + body(&self, [derived[0]]) + "}"
    isInComponent = false
    (relations, clauses) = outer
    lines.append(text)
    let kind = pick([Kind.number, .symbol])
    let name = "c\(layer)"
    lines.append(".init \(name) = \(pick(["C", "D"]))\(layer)<\(kind.rawValue)>")
    let instance = (given + derived).map { relation in
      Relation(
        name: "\(name).\(relation.name)", kinds: relation.kinds.map { $0 == .open ? kind : $0 },
        layer: layer)
    }
    for relation in instance.prefix(2) { drawRule([relation], layer) }
    relations += instance
  }

  // MARK: Rules

  private mutating func drawRule(_ heads: [Relation], _ layer: Int) {
    nextVariable = 0
    var scope = Scope()
    var body: [String] = []
    var isRecursive = false
    for _ in 0..<number(1...2) {
      let own = relations.filter { $0.layer == layer && !$0.isInline }
      let lower = relations.filter { $0.layer < layer }
      let relation = !own.isEmpty && (lower.isEmpty || chance(30)) ? pick(own) : pick(lower)
      if relation.layer == layer { isRecursive = true }
      body.append(atom(relation, &scope))
    }
    for _ in 0..<number(0...2) {
      if let condition = drawCondition(&scope, layer, isRecursive: isRecursive) {
        body.append(condition)
      }
    }
    if heads.contains(where: { $0.kinds.contains(.open) }), scope.names(.open).isEmpty {
      body.append("p(z, _)")
      scope.bound.append(("z", .open))
    }
    body.shuffle(using: &random)
    let terms = heads.map { head in
      let arguments = head.kinds.map { term($0, scope, isRecursive: isRecursive) }
      return "\(head.name)(\(arguments.joined(separator: ", ")))"
    }
    clauses.append(.init(head: terms.joined(separator: ", "), body: body))
  }

  private mutating func atom(_ relation: Relation, _ scope: inout Scope, binds: Bool = true)
    -> String
  {
    var added: [(name: String, kind: Kind)] = []
    let arguments = relation.kinds.map { argument($0, scope, &added, binds: binds) }
    scope.bound += added
    return "\(relation.name)(\(arguments.joined(separator: ", ")))"
  }

  /// An argument of a condition: known, new, any, or a pattern.
  private mutating func argument(
    _ kind: Kind, _ scope: Scope, _ added: inout [(name: String, kind: Kind)], binds: Bool = true
  ) -> String {
    let known =
      scope.bound.filter { $0.kind == kind }.map(\.name)
      + added.filter { $0.kind == kind }.map(\.name)
    if !known.isEmpty && chance(40) { return pick(known) }
    if chance(12) { return "_" }
    if kind != .open && chance(10) { return constant(kind) }
    guard binds else { return known.isEmpty ? "_" : pick(known) }
    if chance(50) {
      switch kind {
      case .pair:
        return "[\(argument(.number, scope, &added)), \(argument(.symbol, scope, &added))]"
      case .list: return "[\(argument(.number, scope, &added)), \(argument(.list, scope, &added))]"
      case .tree where chance(50): return "$Value(\(argument(.number, scope, &added)))"
      case .tree:
        return "$Fork(\(argument(.tree, scope, &added)), \(argument(.tree, scope, &added)))"
      default: break
      }
    }
    let variable = fresh()
    added.append((variable, kind))
    return variable
  }

  /// A value of a kind for a head or an equation.
  private mutating func term(_ kind: Kind, _ scope: Scope, isRecursive: Bool) -> String {
    let names = scope.names(kind)
    switch kind {
    case .number where chance(40):
      let (a, b) = (names.isEmpty ? "1" : pick(names), names.isEmpty ? "2" : pick(names))
      return "(\(a) \(pick(["+", "-", "*", "band", "bxor"])) \(b) + \(number(0...2))) % 5"
    case .unsigned where !names.isEmpty && chance(30):
      return "(\(pick(names)) \(pick(["+", "*", "bor"])) \(pick(names))) % 5"
    case .symbol where !names.isEmpty && !isRecursive && chance(30):
      return "cat(\(pick(names)), \(pick(names)))"
    case .float where !names.isEmpty && !isRecursive && chance(30):
      return "\(pick(names)) + \(pick(names))"
    case .pair where chance(50):
      return
        "[\(term(.number, scope, isRecursive: true)), \(term(.symbol, scope, isRecursive: true))]"
    case .list where !names.isEmpty && !isRecursive && chance(50):
      return "[\(term(.number, scope, isRecursive: true)), \(pick(names))]"
    case .tree where chance(30): return "$Value(\(term(.number, scope, isRecursive: true)))"
    case .tree where !names.isEmpty && !isRecursive && chance(50):
      return "$Fork(\(pick(names)), \(pick(names)))"
    default: break
    }
    return names.isEmpty || (kind != .open && chance(8)) ? constant(kind) : pick(names)
  }

  private mutating func drawCondition(
    _ scope: inout Scope, _ layer: Int, isRecursive: Bool
  ) -> String? {
    let lower = relations.filter { $0.layer < layer && !$0.isInline }
    guard !scope.bound.isEmpty else { return nil }
    switch number(0...7) {
    case 0, 1:
      let (name, kind) = pick(scope.bound)
      if kind == .number && chance(30) {
        let (other, order) = (pick(scope.names(kind)), pick(["=", "!=", "<", "<=", ">", ">="]))
        return chance(60)
          ? "\(name) \(order) \(other) + \(number(0...3))"
          : "\(name) - \(other) \(order) \(number(-2...3))"
      }
      let other = chance(50) || kind == .open ? pick(scope.names(kind)) : constant(kind)
      let isOrdered = kind.isNumeric || kind == .symbol
      return "\(name) \(pick(isOrdered ? ["=", "!=", "<", "<=", ">", ">="] : ["=", "!="])) \(other)"
    case 2,
      3 where !lower.isEmpty:
      return "!" + atom(pick(lower), &scope, binds: false)
    case 4 where !lower.isEmpty && !isRecursive && !isInComponent:
      return drawAggregate(&scope, lower)
    case 5 where !lower.isEmpty:
      // Each alternative binds or tests the same variable.
      let (name, kind) = pick(scope.bound)
      let parts = (0..<2).map { _ -> String in
        let relation = pick(lower)
        guard let column = relation.kinds.firstIndex(of: kind) else { return "\(name) = \(name)" }
        let row = relation.kinds.indices.map { $0 == column ? name : "_" }
        return "\(relation.name)(\(row.joined(separator: ", ")))"
      }
      return "(\(parts[0]) ; \(parts[1]))"
    case 6:
      let kind = pick([Kind.number, .unsigned, .tree])
      let value = term(kind, scope, isRecursive: isRecursive)
      let variable = fresh()
      scope.bound.append((variable, kind))
      return chance(70) ? "\(variable) = \(value)" : "\(value) = \(variable)"
    default:
      for (name, kind) in scope.bound where kind == .pair || kind == .list {
        var added: [(name: String, kind: Kind)] = []
        let head = argument(.number, scope, &added)
        let tail = argument(kind == .pair ? .symbol : .list, scope, &added)
        scope.bound += added
        return "\(name) = [\(head), \(tail)]"
      }
      return nil
    }
  }

  private mutating func drawAggregate(_ scope: inout Scope, _ lower: [Relation], depth: Int = 0)
    -> String
  {
    var inner = Scope(bound: scope.bound.filter { _ in chance(50) })
    let shared = inner.bound.count
    var parts = (0..<number(1...2)).map { _ in atom(pick(lower), &inner) }
    if depth == 0 && chance(20) { parts.append(drawAggregate(&inner, lower, depth: 1)) }
    if let own = inner.bound.dropFirst(shared).last, own.kind.isNumeric,
      let other = inner.names(own.kind).first, chance(30)
    {
      parts.append("\(own.name) \(pick(["<", "!="])) \(other)")
    }
    let body = "{ \(parts.joined(separator: ", ")) }"
    let values = inner.bound.dropFirst(shared).filter { $0.kind.isNumeric && $0.kind != .small }
    let result = fresh()
    guard let value = values.first, chance(60) else {
      scope.bound.append((result, .number))
      return "\(result) = count : \(body)"
    }
    let function = pick(["sum", "min", "max"])
    scope.bound.append((result, value.kind))
    return "\(result) = \(function) \(value.name) : \(body)"
  }
}

import GraphCore

/// Which columns of relations that rules define without a `.decl` hold nodes, so that a constant in
/// them may be an alias.
///
/// A column holds nodes where each rule takes its value from a place of nodes: an end of an edge, a
/// label, a path, or such a column of another relation. Constants in heads say nothing of their own.
///
/// ```
/// hub(z) :- zone(z), 20 < count : { located_in(_, z) }.    hub holds nodes
/// near(x, y) :- hub(x), next_to(x, y).                     near holds them in both columns
/// near(x, y) :- far(x, y).                                 not any more where `far` is declared
/// ```
///
/// Found as a least fixpoint over the rules that a relation depends on, on first use. O(rules · rounds).
struct NodeColumns {
  /// What is known of a column; it grows from the first to the last.
  private enum Content: Comparable {
    case nothing, nodes, others
  }

  private let environment: Environment
  private var inliner: Inliner
  /// The columns of the relations that were asked for, by name, and of those that they depend on.
  private var contents: [String: [Content]] = [:]

  init(_ environment: Environment, _ inliner: Inliner) {
    self.environment = environment
    self.inliner = inliner
  }

  /// Whether a column of whatever relation is a place of nodes.
  mutating func holdsNodes(_ column: Int, of resolved: ResolvedRelation) -> Bool {
    if case .defined(let definition) = resolved { settle(definition) }
    return content(column, of: resolved) == .nodes
  }

  /// Whether the ends of a path are places of nodes: one step that leads from node to node is enough.
  mutating func holdsNodes(_ path: PathExpression, unit: Int) -> Bool {
    for name in path.steps {
      let resolved = environment.resolve(name.text, positional: 2, unit: unit)
      if case .defined(let definition)? = resolved { settle(definition) }
    }
    return content(of: path, unit: unit) == .nodes
  }

  // MARK: The fixpoint

  private struct Rule {
    let name: String
    let head: Head
    let conditions: [Formula]
    let unit: Int
  }

  private mutating func settle(_ definition: DefinedRelation) {
    // Where there is no alias, it does not matter.
    guard contents[definition.name] == nil, environment.catalog.graph.aliasTable.count > 0 else {
      return
    }
    var rules: [Rule] = []
    var waiting = [definition]
    while let next = waiting.popLast() {
      guard contents[next.name] == nil else { continue }
      contents[next.name] = Array(repeating: .nothing, count: next.arity)
      for rule in environment.rules[next.name] ?? [] {
        var alternatives: [[Formula]] = [[]]
        if let body = rule.clause.body {
          alternatives =
            Alternatives.of(inliner.expand(body, unit: rule.unit, inAggregate: false)) ?? []
        }
        for head in rule.clause.heads
        where head.atom.name.text == next.name && head.atom.arguments.count == next.arity {
          for conditions in alternatives {
            rules.append(
              Rule(name: next.name, head: head, conditions: conditions, unit: rule.unit))
            waiting += conditions.flatMap { definitions(in: $0, unit: rule.unit) }
          }
        }
      }
    }
    var isSettled = false
    while !isSettled {
      isSettled = true
      for rule in rules {
        let found = columns(of: rule)
        let joined = zip(contents[rule.name] ?? [], found).map { max($0, $1) }
        if contents[rule.name] != joined {
          contents[rule.name] = joined
          isSettled = false
        }
      }
    }
  }

  /// The relations defined by rules from which a condition may take values.
  private func definitions(in condition: Formula, unit: Int) -> [DefinedRelation] {
    var names: [(name: String, arity: Int)] = []
    switch condition {
    case .atom(let atom):
      names = [(atom.name.text, atom.arguments.count)]
      if let graph = atom.parameters.first { names = graph.steps.map { ($0.text, 2) } }
    case .path(let path): names = path.path.steps.map { ($0.text, 2) }
    case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction: break
    }
    return names.compactMap { name, arity in
      if case .defined(let definition)? = environment.resolve(name, positional: arity, unit: unit) {
        definition
      } else {
        nil
      }
    }
  }

  // MARK: One rule

  private func columns(of rule: Rule) -> [Content] {
    let values = contents(ofVariablesIn: rule.conditions, unit: rule.unit)
    return rule.head.atom.arguments.enumerated().map { column, argument in
      if rule.head.aggregates.contains(where: { $0.argument == column }) { return .others }
      switch argument {
      case .variable(let name): return values[name.text] ?? .others
      // A value that is written down is a node's name where the other rules say so.
      case .text, .parameter: return .nothing
      default: return .others
      }
    }
  }

  /// What the variables of a body stand for. One that stands for a node somewhere does so everywhere.
  private func contents(ofVariablesIn conditions: [Formula], unit: Int) -> [String: Content] {
    var result: [String: Content] = [:]
    func note(_ expression: Expression, _ content: Content) {
      guard case .variable(let name) = expression else { return }
      result[name.text] = min(result[name.text] ?? .others, content)
    }
    for condition in conditions {
      switch condition {
      case .atom(let atom):
        if let graph = atom.parameters.first {
          let isGroup = GraphAlgorithm(rawValue: atom.name.text)?.result == .group
          for (column, argument) in atom.arguments.enumerated() where column == 0 || isGroup {
            note(argument, content(of: graph, unit: unit))
          }
        } else if let resolved = environment.resolve(atom, unit: unit) {
          for (column, argument) in atom.arguments.enumerated() {
            note(argument, content(column, of: resolved))
          }
        }
      case .path(let path):
        let content = content(of: path.path, unit: unit)
        for argument in path.arguments { note(argument, content) }
      case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction: break
      }
    }
    // Equal variables stand for the same.
    var isSettled = false
    while !isSettled {
      isSettled = true
      for case .comparison(let comparison) in conditions where comparison.relation == .equal {
        guard case .variable(let left) = comparison.left,
          case .variable(let right) = comparison.right
        else { continue }
        let both = min(result[left.text] ?? .others, result[right.text] ?? .others)
        if [left, right].allSatisfy({ result[$0.text] ?? .others == both }) { continue }
        (result[left.text], result[right.text]) = (both, both)
        isSettled = false
      }
    }
    return result
  }

  private func content(_ column: Int, of resolved: ResolvedRelation) -> Content {
    switch resolved {
    case .declared(let declaration):
      return declaration.nodeColumns.contains(column) ? .nodes : .others
    case .defined(let definition):
      guard let columns = contents[definition.name], column < columns.count else { return .others }
      return columns[column]
    case .label, .edgeType: return .nodes
    case .builtin(let builtin):
      return column < builtin.columns.count && builtin.columns[column].isNode ? .nodes : .others
    }
  }

  private func content(of path: PathExpression, unit: Int) -> Content {
    path.steps.map { name -> Content in
      guard let resolved = environment.resolve(name.text, positional: 2, unit: unit) else {
        return .others
      }
      // In a path `edge` has two ends.
      if case .builtin(.edge) = resolved { return .nodes }
      return max(content(0, of: resolved), content(1, of: resolved))
    }.min() ?? .others
  }
}

extension PathExpression {
  /// The names of the relations that the path follows.
  var steps: [Identifier] {
    switch self {
    case .step(let name): [name]
    case .inverse(let inner, _), .repetition(let inner, _, _, _): inner.steps
    case .alternative(let parts): parts.flatMap(\.steps)
    }
  }
}

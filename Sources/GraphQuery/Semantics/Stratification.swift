package import GraphCore

/// The order in which relations can be completed.
package struct Strata {
  /// Groups of mutually recursive relations, each after everything it depends on.
  package var components: [[RelationID]]
  /// For each group whether a relation of it depends on itself.
  package var isRecursive: [Bool]
}

/// Splits a program into strata, or says which cycle through a negation or an aggregate prevents it.
package enum Stratification {
  private struct Dependency {
    var target: Int
    /// The relation must be complete before: it is negated or aggregated.
    var isStrict: Bool
    var span: SourceSpan
    var isAggregate = false
    var isAlgorithm = false
  }

  /// The strata of a program (Apt, Blair and Walker, "Towards a theory of declarative knowledge",
  /// 1988), and an error for each relation that a negation, an aggregate or an algorithm makes
  /// depend on itself. O(relations + literals) without errors.
  package static func stratify(_ program: CoreProgram) -> (
    strata: Strata, diagnostics: [Diagnostic]
  ) {
    var edges: [[Dependency]] = Array(repeating: [], count: program.relations.count)
    for rule in program.rules {
      let isAggregate = rule.isAggregate && !rule.accumulates
      for (position, literal) in rule.body.enumerated() {
        switch literal {
        case .atom(let atom):
          edges[rule.head.index].append(
            Dependency(
              target: atom.relation.index,
              isStrict: rule.algorithm != nil || (isAggregate && position != rule.demandLiteral),
              span: atom.span, isAggregate: isAggregate, isAlgorithm: rule.algorithm != nil))
        case .negated(let atom), .aggregate(let atom, _):
          edges[rule.head.index].append(
            Dependency(target: atom.relation.index, isStrict: true, span: atom.span))
        case .comparison, .test, .range, .never: break
        }
      }
    }
    // What shows the rounds of a recursion takes part in it.
    for (index, relation) in program.relations.enumerated() {
      guard let watched = relation.deltaOf, let span = relation.span else { continue }
      edges[watched.index].append(Dependency(target: index, isStrict: false, span: span))
    }
    // Classes are those of the pairs so far.
    for (index, relation) in program.relations.enumerated() {
      guard let equivalence = relation.classesOf, let span = relation.span else { continue }
      edges[index].append(Dependency(target: equivalence.index, isStrict: false, span: span))
    }
    let components = stronglyConnected(edges.map { $0.map(\.target) })
    var component = Array(repeating: 0, count: edges.count)
    for (number, members) in components.enumerated() {
      for member in members { component[member] = number }
    }
    var diagnostics: [Diagnostic] = []
    var reported: Set<Int> = []
    var isRecursive = Array(repeating: false, count: components.count)
    for source in edges.indices {
      for edge in edges[source] where component[edge.target] == component[source] {
        isRecursive[component[source]] = true
        guard edge.isStrict, reported.insert(component[source]).inserted else { continue }
        diagnostics.append(
          report(edge, from: source, edges, component, program))
      }
    }
    let strata = Strata(
      components: components.map { $0.map { RelationID(index: $0) } }, isRecursive: isRecursive)
    return (strata, diagnostics)
  }

  private static func report(
    _ edge: Dependency, from source: Int, _ edges: [[Dependency]], _ component: [Int],
    _ program: CoreProgram
  ) -> Diagnostic {
    // The shortest way back from what is negated closes the cycle.
    var previous: [Int: (node: Int, span: SourceSpan)] = [:]
    var queue = [edge.target]
    var visited: Set<Int> = [edge.target]
    var head = 0
    while head < queue.count, !visited.contains(source) || edge.target == source {
      let node = queue[head]
      head += 1
      if node == source { break }
      for next in edges[node]
      where component[next.target] == component[source] && visited.insert(next.target).inserted {
        previous[next.target] = (node, next.span)
        queue.append(next.target)
      }
    }
    var labels: [Diagnostic.Label] = []
    var path = [source]
    var node = source
    while node != edge.target, let step = previous[node] {
      labels.append(
        Diagnostic.Label(
          span: step.span, text: "\(name(step.node, program)) uses \(name(node, program)) here"))
      node = step.node
      path.append(node)
    }
    let shown = path.reversed().filter { !program.relations[$0].isAuxiliary }
      .map { program.relations[$0].name }
    let cycle = (shown.isEmpty ? [] : shown + [shown[0]]).joined(separator: " → ")
    let (way, what) =
      edge.isAlgorithm
      ? ("a graph algorithm", "the graph of an algorithm")
      : ("a negation or an aggregate", "what is negated or aggregated")
    return Diagnostic(
      .unstratifiable,
      "\(name(source, program)) depends on itself through \(way)",
      at: edge.span,
      labels: labels.reversed(), notes: cycle.isEmpty ? [] : ["the cycle is \(cycle)"],
      help: "\(what) must be complete before; split the relation in two"
        + (edge.isAggregate
          ? ", or, where a growing sum or count only has to pass a bound, compare it by `>` with a "
            + "constant" + advice(on: source, edge, component, program) : ""))
  }

  /// How a relation whose rules sum up what they add to is written, if the cycle has one.
  private static func advice(
    on source: Int, _ edge: Dependency, _ component: [Int], _ program: CoreProgram
  ) -> String {
    let sums = Set(
      program.rules.filter { $0.isAggregate && component[$0.head.index] == component[source] }
        .map(\.head.index))
    let readers = program.rules.filter { rule in
      !program.relations[rule.head.index].isAuxiliary
        && rule.body.contains { $0.relation.map { sums.contains($0.index) } ?? false }
    }
    guard let held = readers.first?.head.index else { return "" }
    let (name, arity) = (program.relations[held].name, program.relations[held].columns.count)
    guard (2...4).contains(arity), program.rules.count(where: { $0.head.index == held }) > 1 else {
      return ""
    }
    let keys = ["x", "y", "z"].prefix(arity - 1).joined(separator: ", ")
    return
      " in a rule of its own, `c(\(keys)) :- \(name)(\(keys), n), n > 50.`, and let a single rule "
      + "of `\(name)` sum over `c`; what `c` holds from the start is a rule of `c` too"
  }

  private static func name(_ index: Int, _ program: CoreProgram) -> String {
    let relation = program.relations[index]
    return relation.isAuxiliary ? "a part of the rule" : "`\(relation.name)`"
  }

  /// Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972) without recursion.
  /// Components come out in reverse topological order: what a component depends on is before it.
  static func stronglyConnected(_ edges: [[Int]]) -> [[Int]] {
    let count = edges.count
    var order = Array(repeating: -1, count: count)
    var low = Array(repeating: 0, count: count)
    var isOnStack = Array(repeating: false, count: count)
    var stack: [Int] = []
    var work: [(node: Int, next: Int)] = []
    var components: [[Int]] = []
    var time = 0
    for root in 0..<count where order[root] < 0 {
      work.append((root, 0))
      while let frame = work.last {
        let node = frame.node
        if frame.next == 0 {
          order[node] = time
          low[node] = time
          time += 1
          stack.append(node)
          isOnStack[node] = true
        }
        var next = frame.next
        var descended = false
        while next < edges[node].count {
          let target = edges[node][next]
          next += 1
          if order[target] < 0 {
            work[work.count - 1].next = next
            work.append((target, 0))
            descended = true
            break
          }
          if isOnStack[target] { low[node] = min(low[node], order[target]) }
        }
        if descended { continue }
        work.removeLast()
        if let parent = work.last?.node { low[parent] = min(low[parent], low[node]) }
        if low[node] == order[node] {
          var members: [Int] = []
          while let member = stack.popLast() {
            isOnStack[member] = false
            members.append(member)
            if member == node { break }
          }
          components.append(members.sorted())
        }
      }
    }
    return components
  }
}

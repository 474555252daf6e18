@_spi(Columns) import GraphCore

/// Finds the steps of a path: a shortest walk that a path expression admits.
struct PathWitness {
  struct Step {
    let type: String
    let source: UInt32
    let target: UInt32
    let isForward: Bool
  }

  private let program: CompletedProgram
  private var states: [[Transition]] = [[]]
  private var tables: [String: Adjacency] = [:]
  private static let visitLimit = 1_000_000
  private static let copyLimit = 64

  private enum Transition {
    case free(Int)
    case step(String, isForward: Bool, Int)
  }

  /// The neighbours of a finished relation that rules derived.
  private struct Adjacency {
    var forward: [UInt32: [UInt32]] = [:]
    var backward: [UInt32: [UInt32]] = [:]
  }

  init(_ program: CompletedProgram) { self.program = program }

  /// The steps of a shortest walk, nothing where there is none or the expression is too large.
  mutating func steps(_ path: PathExpression, from start: UInt32, to goal: UInt32) -> [Step]? {
    guard let end = compile(path, from: 0, isForward: true) else { return nil }
    struct Place: Hashable {
      let state: Int
      let node: UInt32
    }
    let first = Place(state: 0, node: start)
    let last = Place(state: end, node: goal)
    var origin: [Place: (from: Place, step: Step?)] = [:]
    var frontier = [first]
    var seen: Set<Place> = [first]
    while !frontier.isEmpty, !seen.contains(last), seen.count < Self.visitLimit {
      var next: [Place] = []
      var index = 0
      // Free transitions cost no step, so what they reach belongs to the same round.
      while index < frontier.count {
        let place = frontier[index]
        index += 1
        for transition in states[place.state] {
          switch transition {
          case .free(let state):
            let reached = Place(state: state, node: place.node)
            if seen.insert(reached).inserted {
              origin[reached] = (place, nil)
              frontier.append(reached)
            }
          case .step(let type, let isForward, let state):
            for (name, node) in neighbours(of: place.node, type, isForward) {
              let reached = Place(state: state, node: node)
              guard seen.insert(reached).inserted else { continue }
              let step = Step(
                type: name, source: isForward ? place.node : node,
                target: isForward ? node : place.node, isForward: isForward)
              origin[reached] = (place, step)
              next.append(reached)
            }
          }
        }
      }
      frontier = next
    }
    guard seen.contains(last) else { return nil }
    var steps: [Step] = []
    var place = last
    while place != first, let (from, step) = origin[place] {
      if let step { steps.append(step) }
      place = from
    }
    return steps.reversed()
  }

  // MARK: The automaton

  private mutating func newState() -> Int {
    states.append([])
    return states.count - 1
  }

  /// Adds states that read `path` behind `start`; returns the state behind it.
  private mutating func compile(_ path: PathExpression, from start: Int, isForward: Bool) -> Int? {
    guard states.count < 10_000 else { return nil }
    switch path {
    case .step(let name):
      let end = newState()
      states[start].append(.step(name.text, isForward: isForward, end))
      return end
    case .inverse(let inner, _): return compile(inner, from: start, isForward: !isForward)
    case .alternative(let parts):
      let end = newState()
      for part in parts {
        guard let partEnd = compile(part, from: start, isForward: isForward) else { return nil }
        states[partEnd].append(.free(end))
      }
      return end
    case .repetition(let inner, let least, let most, _):
      guard least <= Self.copyLimit, most ?? 0 <= Self.copyLimit else { return nil }
      var place = start
      for _ in 0..<least {
        guard let next = compile(inner, from: place, isForward: isForward) else { return nil }
        place = next
      }
      let end = newState()
      if let most {
        states[place].append(.free(end))
        for _ in least..<max(least, most) {
          guard let next = compile(inner, from: place, isForward: isForward) else { return nil }
          place = next
          states[place].append(.free(end))
        }
      } else {
        // A state of its own, so that the loop does not lead back before the needed copies.
        let loop = newState()
        states[place].append(.free(loop))
        guard let next = compile(inner, from: loop, isForward: isForward) else { return nil }
        states[next].append(.free(loop))
        states[loop].append(.free(end))
      }
      return end
    }
  }

  private mutating func neighbours(of node: UInt32, _ type: String, _ isForward: Bool)
    -> [(type: String, node: UInt32)]
  {
    let graph = program.session.graph
    if let relation = program.relation(named: type), relation.arity == 2 {
      if tables[type] == nil {
        var adjacency = Adjacency()
        for row in 0..<relation.rowCount where !relation.isDead(row) {
          let source = UInt32(truncatingIfNeeded: relation.word(row: row, column: 0))
          let target = UInt32(truncatingIfNeeded: relation.word(row: row, column: 1))
          adjacency.forward[source, default: []].append(target)
          adjacency.backward[target, default: []].append(source)
        }
        tables[type] = adjacency
      }
      let ends = isForward ? tables[type]?.forward[node] : tables[type]?.backward[node]
      return (ends ?? []).map { (type, $0) }
    }
    let term = graph.term(type)
    let isAny = term.flatMap(graph.edgeTable) == nil && type == BuiltinRelation.edge.rawValue
    let edges = isAny ? graph.edgeTables : [term.flatMap(graph.edgeTable)].compactMap { $0 }
    return edges.flatMap { table in
      table.edges(of: node, isForward ? .outgoing : .incoming).map {
        (isAny ? graph.text(table.type.raw) : type, $0.node)
      }
    }
  }
}

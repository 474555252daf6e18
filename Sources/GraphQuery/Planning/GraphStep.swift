import GraphCore

/// One step of a recursion along a stored or complete relation: from the value in one column to that
/// in another.
struct GraphStep: Hashable {
  var relation: RelationID
  var from: Int
  var to: Int
}

/// A condition on a node: it is, or is not, in a complete relation of one column.
struct NodeCondition {
  var relation: RelationID
  var column: Int
  var isNegated: Bool
  /// On the node that is reached, else on the one that is left.
  var isAtEnd: Bool
}

/// A recursion over nodes alone: `reach(y) :- reach(x), edge(x, y), open(y).`
///
/// Rules may also copy one relation of the recursion to another, step along any columns of a complete
/// relation, and ask whether nodes are in complete relations.
struct ReachProgram {
  struct Step {
    var head: Int
    var source: Int
    /// Nothing where the node stays.
    var edge: GraphStep?
    var conditions: [NodeCondition]
  }

  var members: [RelationID]
  var steps: [Step] = []

  /// The recursive rules of a component; nothing where one is of another kind.
  init?(_ component: [RelationID], rules: [CoreRule]) {
    members = component
    for rule in rules {
      guard let step = Self.step(rule, component) else { return nil }
      steps.append(step)
    }
  }

  private static func step(_ rule: CoreRule, _ component: [RelationID]) -> Step? {
    guard case .derive = rule.effect, rule.headTerms.count == 1,
      case .variable(let end) = rule.headTerms[0],
      let head = component.firstIndex(of: rule.head)
    else { return nil }
    var source: (member: Int, node: Int)?
    var edge: (atom: CoreAtom, ends: [(column: Int, node: Int)])?
    var conditions: [(atom: CoreAtom, isNegated: Bool)] = []
    for literal in rule.body {
      switch literal {
      case .atom(let atom):
        if let member = component.firstIndex(of: atom.relation) {
          guard source == nil, atom.arguments.count == 1,
            case .variable(let node) = atom.arguments[0].value
          else { return nil }
          source = (member, node)
          continue
        }
        let ends = atom.arguments.compactMap { argument -> (column: Int, node: Int)? in
          if case .variable(let node) = argument.value { (argument.column, node) } else { nil }
        }
        guard ends.count == atom.arguments.count else { return nil }
        if ends.count == 1 {
          conditions.append((atom, false))
        } else {
          guard edge == nil, ends.count == 2, ends[0].node != ends[1].node else { return nil }
          edge = (atom, ends)
        }
      case .negated(let atom):
        guard atom.arguments.count == 1 else { return nil }
        conditions.append((atom, true))
      case .aggregate, .comparison, .test, .range, .never: return nil
      }
    }
    guard let source else { return nil }
    var step = Step(head: head, source: source.member, edge: nil, conditions: [])
    if let edge {
      guard let from = edge.ends.first(where: { $0.node == source.node }),
        let to = edge.ends.first(where: { $0.node == end }), source.node != end
      else { return nil }
      step.edge = GraphStep(relation: edge.atom.relation, from: from.column, to: to.column)
    } else if source.node != end {
      return nil
    }
    for (atom, isNegated) in conditions {
      guard case .variable(let node) = atom.arguments[0].value, node == end || node == source.node
      else { return nil }
      step.conditions.append(
        NodeCondition(
          relation: atom.relation, column: atom.arguments[0].column, isNegated: isNegated,
          isAtEnd: node == end))
    }
    return step
  }
}

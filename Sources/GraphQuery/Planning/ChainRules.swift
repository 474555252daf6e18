import GraphCore

/// Recognises recursions whose rules only compose binary relations.
///
/// A rule `h(x, z) :- a(x, y), b(y, z).` is the product of two relations; `h(x, z) :- b(z, y), ...`
/// reads one backwards. Whether a recursion is of this kind depends on the shape of its rules alone,
/// after lowering: names, the order of atoms and the order of rules make no difference.
struct ChainProgram {
  /// A relation as a factor: a member of the recursion by its place, or a complete relation.
  struct Factor: Hashable {
    enum Source: Hashable {
      case member(Int)
      case complete(RelationID)
    }

    var source: Source
    /// Read from its second column to its first.
    var isReversed: Bool
  }

  /// `head ⊇ first ∘ second`, or `head ⊇ first` where there is no second.
  struct Product {
    var head: Int
    var first: Factor
    var second: Factor?
  }

  /// The relations of the recursion, then intermediate ones that longer chains need.
  var members: [RelationID?]
  var products: [Product]

  /// The recursive rules of a component as products; nothing where a rule is of another kind.
  init?(_ component: [RelationID], rules: [CoreRule]) {
    members = component.map { $0 }
    products = []
    var prefixes: [[Factor]: Int] = [:]
    for rule in rules {
      guard let chain = Self.chain(rule, component),
        let head = component.firstIndex(of: rule.head)
      else { return nil }
      var first = chain[0]
      var prefix = [chain[0]]
      guard chain.count > 1 else {
        products.append(Product(head: head, first: first, second: nil))
        continue
      }
      for factor in chain[1..<(chain.count - 1)] {
        // A chain of three and more goes through a relation of its own, so that what is reached in
        // many ways half-way is followed once.
        prefix.append(factor)
        let intermediate: Int
        if let known = prefixes[prefix] {
          intermediate = known
        } else {
          intermediate = members.count
          members.append(nil)
          prefixes[prefix] = intermediate
          products.append(Product(head: intermediate, first: first, second: factor))
        }
        first = Factor(source: .member(intermediate), isReversed: false)
      }
      products.append(Product(head: head, first: first, second: chain[chain.count - 1]))
    }
  }

  /// All relations that the recursion reads.
  var relations: Set<RelationID> {
    var result = Set(members.compactMap { $0 })
    for product in products {
      for factor in [product.first, product.second].compactMap({ $0 }) {
        if case .complete(let id) = factor.source { result.insert(id) }
      }
    }
    return result
  }

  /// Whether some product is of two relations, and not a copy.
  var composes: Bool { products.contains { $0.second != nil } }

  /// The atoms of a body as a path from the head's first variable to its second.
  private static func chain(_ rule: CoreRule, _ component: [RelationID]) -> [Factor]? {
    guard case .derive = rule.effect, rule.headTerms.count == 2,
      case .variable(let start) = rule.headTerms[0],
      case .variable(let end) = rule.headTerms[1], start != end
    else { return nil }
    var links: [(from: Int, to: Int, relation: RelationID)] = []
    for literal in rule.body {
      guard case .atom(let atom) = literal, atom.arguments.count == 2,
        let first = atom.arguments.first(where: { $0.column == 0 }),
        let second = atom.arguments.first(where: { $0.column == 1 }),
        case .variable(let from) = first.value, case .variable(let to) = second.value, from != to
      else { return nil }
      links.append((from, to, atom.relation))
    }
    var chain: [Factor] = []
    var current = start
    var visited: Set<Int> = [start]
    while !links.isEmpty {
      let candidates = links.indices.filter { links[$0].from == current || links[$0].to == current }
      guard candidates.count == 1 else { return nil }
      let link = links.remove(at: candidates[0])
      let isReversed = link.to == current
      current = isReversed ? link.from : link.to
      guard visited.insert(current).inserted else { return nil }
      let source: Factor.Source =
        component.firstIndex(of: link.relation).map { .member($0) } ?? .complete(link.relation)
      chain.append(Factor(source: source, isReversed: isReversed))
    }
    return current == end && !chain.isEmpty ? chain : nil
  }
}

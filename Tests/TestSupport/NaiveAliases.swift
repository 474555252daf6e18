import GraphCore

extension Graph {
  /// The nodes that another name comes down to, by the pairs as they were given.
  func settledNodes(of alias: GraphAlias) -> Set<String> {
    let all = Dictionary(grouping: aliases, by: \.alias)
    var (seen, pending, found): (Set<String>, [String], Set<String>) = ([], [alias.node], [])
    while let name = pending.popLast() {
      guard seen.insert(name).inserted else { continue }
      if let further = all[name] { pending += further.map(\.node) } else { found.insert(name) }
    }
    return found.isEmpty ? [alias.node] : found
  }
}

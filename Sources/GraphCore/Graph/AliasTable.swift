/// Other names of nodes: pairs (alias, node), with citations. An alias may name several nodes.
package final class AliasTable {
  private let aliasColumn = Column<UInt32>()
  private let nodeColumn = Column<UInt32>()
  private let citationList = CitationList()
  @safe @exclusivity(unchecked) private var rowsOfAlias: [UInt32: [Int]] = [:]
  @safe @exclusivity(unchecked) private var membership = Bitmap()
  /// Fills the table with the aliases that lie in a file.
  @safe @exclusivity(unchecked) private var pending: ((AliasTable) -> Void)?
  @safe @exclusivity(unchecked) var transaction = TransactionRows(start: 0)

  init() {}

  /// A table whose rows lie in a file.
  init(_ load: @escaping (AliasTable) -> Void) { pending = load }

  /// How many pairs of an alias and a node there are.
  package var count: Int {
    touch()
    return aliasColumn.count
  }

  /// The terms of the aliases, row by row.
  package var aliases: Column<UInt32> {
    touch()
    return aliasColumn
  }

  /// The nodes that they name, as they were given: a node may itself be an alias.
  package var nodes: Column<UInt32> {
    touch()
    return nodeColumn
  }

  /// Where the pairs are said.
  package var citations: CitationList {
    touch()
    return citationList
  }

  /// Whether a term is an alias of something.
  package func contains(_ alias: UInt32) -> Bool {
    touch()
    return membership.contains(Int(alias))
  }

  @inline(__always)
  private func touch() { if pending != nil { load() } }

  @inline(never)
  private func load() {
    guard let fill = pending else { return }
    pending = nil
    fill(self)
    transaction.restart(at: aliasColumn.count)
  }

  /// The nodes that an alias was said to name. O(result).
  package func nodes(of alias: UInt32) -> [UInt32] {
    rows(of: alias).map { nodes[$0] }
  }

  /// The distinct aliases, in the order of arrival. O(pairs).
  package var distinctAliases: [UInt32] { distinctAliases { _ in true } }

  /// Those of them for which the closure holds.
  func distinctAliases(where isWanted: (UInt32) -> Bool) -> [UInt32] {
    (0..<count).filter { isWanted(aliases[$0]) && rows(of: aliases[$0]).first == $0 }
      .map { aliases[$0] }
  }

  /// The rows that name an alias.
  func rows(of alias: UInt32) -> [Int] {
    touch()
    return rowsOfAlias[alias] ?? []
  }

  /// The nodes that an alias comes down to when aliases of aliases are followed, ascending; the
  /// alias itself where it only leads back to itself. O(pairs on the way × log nodes found).
  package func targets(of alias: UInt32) -> [UInt32] { targets(of: alias, below: count) }

  /// The nodes that the node of a row comes down to; itself where it is no alias.
  package func targets(ofRow row: Int) -> [UInt32] { targets(of: nodes[row]) }

  /// Whether some node is itself an alias. O(pairs).
  package var hasAliasesOfAliases: Bool { (0..<count).contains { contains(nodes[$0]) } }

  /// The node that an alias came down to before the open transaction, if it was exactly one.
  func formerTarget(of alias: UInt32) -> UInt32? {
    guard rows(of: alias).first.map({ $0 < transaction.start }) == true else { return nil }
    let found = targets(of: alias, below: transaction.start)
    return found.count == 1 && found.first != alias ? found.first : nil
  }

  /// The same, of the first `limit` rows.
  private func targets(of alias: UInt32, below limit: Int) -> [UInt32] {
    guard contains(alias) else { return [alias] }
    var seen: Set<UInt32> = [alias]
    var pending = [alias]
    var found: Set<UInt32> = []
    while let term = pending.popLast() {
      guard let rows = rowsOfAlias[term], let first = rows.first, first < limit else {
        found.insert(term)
        continue
      }
      for row in rows where row < limit && seen.insert(nodes[row]).inserted {
        pending.append(nodes[row])
      }
    }
    return found.isEmpty ? [alias] : found.sorted()
  }

  /// Adds a pair and says whether it is new.
  @discardableResult
  func add(_ alias: UInt32, of node: UInt32, citation: StagedCitation, ordinal: Int) -> Bool {
    let known = rows(of: alias).first { nodes[$0] == node }
    let row = known ?? count
    if known == nil {
      aliases.append(alias)
      nodes.append(node)
      rowsOfAlias[alias, default: []].append(row)
      membership.insert(Int(alias))
      transaction.note(ordinal)
    }
    if !citation.isEmpty { citations.add(citation, to: row) }
    return known == nil
  }

  func truncate(to newCount: Int, citations citationCount: Int) {
    if newCount == count && citationCount == citations.count { return }
    citations.truncate(to: citationCount, rowCount: newCount)
    for row in stride(from: count - 1, through: newCount, by: -1) {
      rowsOfAlias[aliases[row]]?.removeLast()
      if rowsOfAlias[aliases[row]]?.isEmpty == true {
        rowsOfAlias[aliases[row]] = nil
        membership.remove(Int(aliases[row]))
      }
    }
    aliases.truncate(to: newCount)
    nodes.truncate(to: newCount)
    transaction.truncate(toRow: newCount)
  }

  /// The same table without some rows.
  func rewritten(without dropped: Bitmap) -> AliasTable {
    let result = AliasTable()
    for row in 0..<count {
      if row == transaction.start { result.transaction.restart(at: result.count) }
      guard !dropped.contains(row) else { continue }
      result.add(
        aliases[row], of: nodes[row], citation: StagedCitation(),
        ordinal: transaction.ordinal(of: row) ?? 0)
      for citation in citations.citations(of: row) {
        result.citations.add(citation, to: result.count - 1)
      }
    }
    if transaction.start >= count { result.transaction.restart(at: result.count) }
    return result
  }
}

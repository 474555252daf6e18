@_spi(Columns) import GraphCore

/// Relations with the ranks of their values in place of these, for a recursion over values that are too far apart to
/// number rows by.
struct RankedRelations {
  let ranks: Ranks
  /// All relations by their numbers; those that the recursion reads have ranks.
  private(set) var relations: [Relation]

  /// Nothing where a relation has rows that are dead or lack values, or lies in a file and is so much larger than what
  /// the recursion begins with that a few of its rows are best looked up there.
  ///
  /// - Parameters:
  ///   - members: those that the recursion fills
  ///   - used: all that it reads, members too; the first two columns of each are read, and of one type
  init?(_ members: [RelationID], reading used: Set<RelationID>, of relations: [Relation]) {
    let seedCount = members.reduce(0) { $0 + relations[$1.index].rowCount }
    for id in used {
      let relation = relations[id.index]
      if relation.hasDeadRows { return nil }
      if relation.isPackedInFile, relation.rowCount > Self.rowsPerSeed * seedCount { return nil }
    }
    guard let type = members.first.map({ relations[$0.index].types[0] }) else { return nil }
    let ids = used.sorted { $0.index < $1.index }
    var columns: [(view: ColumnView, count: Int)] = []
    for id in ids {
      let relation = relations[id.index]
      for column in 0..<2 {
        guard relation.view(column).presence == nil else { return nil }
        columns.append((relation.view(column), relation.rowCount))
      }
    }
    ranks = Ranks(of: columns, type: type)
    self.relations = relations
    for (place, id) in ids.enumerated() {
      let relation = relations[id.index]
      let ranked = columns[2 * place..<2 * place + 2].map { ranks.places(of: $0.view, $0.count) }
      self.relations[id.index] = Relation(
        name: relation.name, types: Array(relation.types.prefix(2)),
        borrowing: ranked.map { ColumnView(narrow: $0.words) }, rowCount: relation.rowCount,
        owner: ranked)
    }
  }

  private static let rowsPerSeed = 16
}

@_spi(Columns) import GraphCore

/// The groups of aggregates over the same rows as rows of a relation: for columns of any width, and values of any type.
final class RowGroups {
  private let groups: Relation
  /// What each aggregate has come to.
  private let values: [GroupValues]
  private let rows = Column<UInt32>(repeating: 0, count: Batch.capacity)

  init(groupTypes: [ColumnType], values: [GroupValues], terms: TermSpace) {
    groups = Relation(name: "groups", types: groupTypes, terms: terms)
    self.values = values
  }

  var byteCount: Int { values.reduce(groups.byteCount) { $0 + $1.byteCount } }

  /// Takes rows of (group columns, a value for each aggregate).
  func add(_ columns: [Words<UInt64>], count: Int) {
    place(columns, count)
    for (number, values) in values.enumerated() {
      values.add(columns[groups.arity + number], to: rows.words, count: count)
    }
  }

  /// Takes results of groups: counts, sums of whole numbers, least or greatest values.
  func addResults(_ columns: [Words<UInt64>], count: Int) {
    place(columns, count)
    for (number, values) in values.enumerated() {
      values.addResults(columns[groups.arity + number], to: rows.words, count: count)
    }
  }

  /// Takes all that others have come to, as if each of their rows had been added here. O(groups, or terms that are kept).
  func absorb(_ other: RowGroups) {
    let numbers = Column<UInt32>()
    defer { keepAlive(numbers) }
    other.forEachBatch { keys, _, count in
      place(keys, count)
      for i in 0..<count { numbers.append(rows.words[i]) }
    }
    for (own, others) in zip(values, other.values) { own.absorb(others, numbers.words) }
  }

  /// Finds the groups of a batch of rows.
  private func place(_ columns: [Words<UInt64>], _ count: Int) {
    groups.findOrInsert(Array(columns.prefix(groups.arity)), count: count, rows: rows.words)
    makeRoom()
  }

  private func makeRoom() {
    for values in values { values.grow(to: groups.rowCount) }
  }

  /// Makes a group of each row of the last round, so that those without rows have their zero.
  func addGroups(of demand: Relation) {
    for row in demand.stable..<demand.visible where !demand.isDead(row) {
      groups.insert((0..<demand.arity).map { demand.word(row: row, column: $0) })
    }
    makeRoom()
  }

  /// Hands over the (group, result) rows of each aggregate, by its number.
  func finish(_ body: (_ number: Int, [Words<UInt64>], _ count: Int) -> Void) {
    for values in values { values.settle() }
    forEachBatch { keys, first, count in
      for (number, values) in values.enumerated() {
        body(number, keys + [values.results.slice(first, count)], count)
      }
    }
  }

  /// Hands over the groups with the number of the first one of each batch.
  private func forEachBatch(_ body: (_ keys: [Words<UInt64>], _ first: Int, _ count: Int) -> Void) {
    if groups.arity == 0 {
      if groups.rowCount > 0 { body([], 0, 1) }
      return
    }
    for first in stride(from: 0, to: groups.rowCount, by: Batch.capacity) {
      let count = min(Batch.capacity, groups.rowCount - first)
      let keys = groups.load(from: first, count: count)
      body((0..<groups.arity).map { keys[$0] }, first, count)
    }
  }
}

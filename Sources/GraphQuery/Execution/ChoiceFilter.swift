@_spi(Columns) import GraphCore

/// Keeps the first row of each key: what a relation with `choice-domain` admits.
final class ChoiceFilter {
  private let keys: [[Int]]
  /// The rows admitted so far and, per key, the values they have in its columns.
  private var rows: Set<[UInt64]> = []
  private var taken: [Set<[UInt64]>]

  init(keys: [[Int]]) {
    self.keys = keys
    taken = keys.map { _ in [] }
  }

  /// Whether a row may be added; it then counts as added.
  func admits(_ row: [UInt64]) -> Bool {
    if rows.contains(row) { return true }
    let values = keys.map { key in key.map { row[$0] } }
    for (index, value) in values.enumerated() where taken[index].contains(value) { return false }
    for (index, value) in values.enumerated() { taken[index].insert(value) }
    rows.insert(row)
    return true
  }
}

/// Adds those derived rows to a relation that its choice admits.
final class ChoiceSink: RowSink {
  private let relation: Relation
  private let filter: ChoiceFilter

  init(_ relation: Relation, filter: ChoiceFilter) {
    self.relation = relation
    self.filter = filter
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    for i in 0..<count {
      let row = columns.map { $0[i] }
      if filter.admits(row) { relation.insert(row) }
    }
  }
}

/// Takes rows out of a relation that another row of it dominates. The columns of a batch are those
/// of the lesser row, then those of the greater one.
final class DominanceSink: RowSink {
  private let relation: Relation

  init(_ relation: Relation) { self.relation = relation }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    let arity = relation.arity
    for i in 0..<count {
      let lesser = (0..<arity).map { columns[$0][i] }
      let greater = (0..<arity).map { columns[arity + $0][i] }
      // Of two rows that dominate each other one stays.
      if lesser != greater, relation.contains(greater) { relation.remove(lesser) }
    }
  }
}

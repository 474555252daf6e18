/// Tables by the term of their name, in the order of arrival.
struct TableSet<Table: AnyObject> {
  private(set) var tables: [Table] = []
  private var names: [UInt32] = []
  private var positions: [UInt32: Int] = [:]

  subscript(name: UInt32) -> Table? { positions[name].map { tables[$0] } }

  /// The place of a table among `tables`.
  func position(of name: UInt32) -> Int? { positions[name] }

  /// The tables of some names, in the order of arrival.
  func tables(named names: Set<UInt32>) -> [Table] {
    names.compactMap { positions[$0] }.sorted().map { tables[$0] }
  }

  /// Adds a table or puts it in the place of the one of that name.
  mutating func set(_ table: Table, for name: UInt32) {
    if let position = positions[name] {
      tables[position] = table
    } else {
      positions[name] = tables.count
      tables.append(table)
      names.append(name)
    }
  }

  /// Forgets all tables but the first so many. O(tables that go).
  mutating func truncate(to count: Int) {
    while names.count > count {
      positions[names.removeLast()] = nil
      tables.removeLast()
    }
  }
}

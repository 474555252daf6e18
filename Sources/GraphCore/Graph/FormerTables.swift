/// The tables of one kind that a write has touched, as they were when it began.
///
/// Whoever is about to change a table, or to put another in its place, says so first: the rest is as it
/// was. So neither a write nor what looks for its changes costs anything for tables that it leaves alone.
package struct FormerTables<Table: VersionedTable> {
  /// The names of the tables that have been touched, new ones too.
  package private(set) var names: Set<UInt32> = []
  private var former: [UInt32: Former] = [:]
  /// How many tables there were.
  private let tableCount: Int

  private struct Former {
    var version: TableVersion<Table>
    /// How many rows a write around this one had added.
    var addedCount: Int
  }

  init(_ set: TableSet<Table>) { tableCount = set.tables.count }

  /// Notes that the table of a name is about to change or to be replaced. O(1).
  mutating func touch(_ name: UInt32, in set: TableSet<Table>) {
    guard names.insert(name).inserted, let table = set[name] else { return }
    former[name] = Former(version: table.version, addedCount: table.addedCount)
  }

  /// Makes the tables what they were. O(touched tables + rows that came).
  func restore(_ set: inout TableSet<Table>) {
    for (name, former) in former {
      former.version.table.truncate(to: former.version)
      set.set(former.version.table, for: name)
    }
    set.truncate(to: tableCount)
  }

  /// Takes over what a write inside this one has touched. O(tables that it has touched).
  mutating func absorb(_ inner: FormerTables) {
    for name in inner.names where names.insert(name).inserted { former[name] = inner.former[name] }
  }

  /// What a touched table was; `nil` where there was none, or none with rows.
  package subscript(name: UInt32) -> TableVersion<Table>? {
    former[name].flatMap { $0.version.count > 0 ? $0.version : nil }
  }

  /// Whether a table is one of before, which must not change but at its end.
  func holds(_ table: Table, of name: UInt32) -> Bool { former[name]?.version.table === table }

  /// How many rows of a touched table the write itself has added.
  func newRowCount(of table: Table, _ name: UInt32) -> Int {
    max(0, table.addedCount - (former[name]?.addedCount ?? 0))
  }
}

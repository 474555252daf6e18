import GraphCore

/// Where the facts of a load stand, found by the number that the graph knows them by.
struct FactSpans {
  var tables: [(first: Int, table: FactTable)] = []
  /// Statements that are no facts have numbers as well, in ascending order.
  var statements: [(ordinal: Int, span: SourceSpan)] = []

  subscript(ordinal: Int) -> SourceSpan? {
    if let statement = statements.first(where: { $0.ordinal == ordinal }) { return statement.span }
    guard let entry = tables.last(where: { $0.first <= ordinal }),
      ordinal - entry.first < entry.table.count
    else { return nil }
    return entry.table.span(of: entry.table.facts[ordinal - entry.first])
  }

  /// The first fact of a name, where one stands in these texts. O(facts).
  func first(named name: String) -> SourceSpan? {
    for (_, table) in tables {
      guard let place = table.names.firstIndex(of: name) else { continue }
      if let fact = table.facts.first(where: { Int($0.name) == place }) {
        return table.span(of: fact)
      }
    }
    return nil
  }

  /// The value that a fact gives a property.
  func value(of key: String, ordinal: Int) -> SourceSpan? {
    guard let entry = tables.last(where: { $0.first <= ordinal }),
      ordinal - entry.first < entry.table.count
    else { return nil }
    let (table, fact) = (entry.table, entry.table.facts[ordinal - entry.first])
    return table.arguments(of: fact).first {
      $0.key != FactTable.positional && table.names[Int($0.key)] == key
    }.map { table.span(of: $0, in: fact) }
  }
}

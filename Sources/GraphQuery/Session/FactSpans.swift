import GraphCore

/// Where the facts of a load stand, found by the number that the graph knows them by; or the atom of a
/// command, whose arguments all facts come from.
struct FactSpans {
  private var atom: Atom?
  var tables: [(first: Int, table: FactTable)] = []
  /// Statements that are no facts have numbers as well, in ascending order.
  var statements: [(ordinal: Int, span: SourceSpan)] = []

  /// The properties that schemas of the load declare.
  var declaredKeys: Set<String> = []

  init() {}

  init(_ atom: Atom) { self.atom = atom }

  subscript(ordinal: Int) -> SourceSpan? {
    if let atom { return atom.span }
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
    if let named = atom?.named.first(where: { $0.name.text == key }) { return named.value.span }
    return arguments(named: key, ordinal).first.map { $0.table.span(of: $0.argument, in: $0.fact) }
  }

  /// The name of a property in a fact; of one that is given twice the second time.
  func name(of key: String, ordinal: Int) -> SourceSpan? {
    if let named = atom?.named.last(where: { $0.name.text == key }) { return named.name.span }
    return arguments(named: key, ordinal).last.map {
      $0.table.nameSpan(of: $0.argument, in: $0.fact)
    }
  }

  private func arguments(named key: String, _ ordinal: Int)
    -> [(argument: FactTable.Argument, fact: FactTable.Fact, table: FactTable)]
  {
    guard let entry = tables.last(where: { $0.first <= ordinal }),
      ordinal - entry.first < entry.table.count
    else { return [] }
    let (table, fact) = (entry.table, entry.table.facts[ordinal - entry.first])
    return table.arguments(of: fact).filter {
      $0.key != FactTable.positional && table.names[Int($0.key)] == key
    }.map { ($0, fact, table) }
  }
}

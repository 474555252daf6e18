/// Which tables the writes in progress have touched, by the terms of their names; perhaps a few more.
package struct PendingChanges {
  package fileprivate(set) var labels: Set<UInt32> = []
  package fileprivate(set) var edges: Set<UInt32> = []
  package fileprivate(set) var properties: Set<UInt32> = []
  /// Whether a name may mean another node than before.
  package fileprivate(set) var hasAliases = false
  package fileprivate(set) var hasSchema = false

  package var isEmpty: Bool {
    labels.isEmpty && edges.isEmpty && properties.isEmpty && !hasAliases && !hasSchema
  }
}

extension Graph {
  /// What the writes in progress have changed so far. O(tables touched).
  package var pendingChanges: PendingChanges {
    var result = PendingChanges()
    for transaction in transactions {
      result.labels.formUnion(transaction.labels.names)
      result.edges.formUnion(transaction.edges.names)
      result.properties.formUnion(transaction.properties.names)
      result.hasAliases = result.hasAliases || transaction.hasOtherAliases(than: self)
      result.hasSchema = result.hasSchema || transaction.schemaOrdinal != nil
    }
    return result
  }
}

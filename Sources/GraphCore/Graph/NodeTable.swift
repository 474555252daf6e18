/// The nodes of a graph in the order of their arrival. A node is a term that has a label, a
/// property or an edge.
package final class NodeTable {
  private var idColumn: Column<UInt32>
  private var sealed: SealedRows<Column<UInt32>>?
  private var membership = Bitmap()

  init(minimumCapacity: Int = 0) { idColumn = Column(minimumCapacity: minimumCapacity) }

  /// A table whose first nodes lie in a file.
  init(sealed: SealedRows<Column<UInt32>>) {
    self.sealed = sealed
    idColumn = Column()
  }

  package var count: Int { sealed?.count ?? idColumn.count }

  /// The ids of the nodes.
  package var ids: Column<UInt32> {
    if sealed != nil { unseal() }
    return idColumn
  }

  @inline(__always)
  package func contains(_ id: UInt32) -> Bool {
    if sealed != nil { unseal() }
    return membership.contains(Int(id))
  }

  @inline(never)
  private func unseal() {
    guard let content = sealed?.unpack() else { return }
    sealed = nil
    idColumn = content
    let words = idColumn.words
    for row in 0..<words.count { membership.insert(Int(words[row])) }
  }

  /// Makes a term a node. Amortised O(1).
  @inline(__always)
  func insert(_ id: UInt32) {
    if sealed != nil { unseal() }
    if membership.insert(Int(id)) { idColumn.append(id) }
  }

  func truncate(to newCount: Int) {
    if newCount == count { return }
    for row in newCount..<count { membership.remove(Int(ids[row])) }
    ids.truncate(to: newCount)
  }

  /// The same table with only the nodes for which `used` holds.
  func keeping(_ used: borrowing Bitmap) -> NodeTable {
    let result = NodeTable(minimumCapacity: count)
    for row in 0..<count where used.contains(Int(ids[row])) { result.insert(ids[row]) }
    return result
  }
}

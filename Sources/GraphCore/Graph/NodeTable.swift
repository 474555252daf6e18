/// The nodes of a graph in the order of their arrival. A node is a term that has a label, a
/// property or an edge.
package final class NodeTable {
  /// The ids of the nodes.
  package let ids: Column<UInt32>
  private var membership = Bitmap()

  init(minimumCapacity: Int = 0) { ids = Column(minimumCapacity: minimumCapacity) }

  package var count: Int { ids.count }

  @inline(__always)
  package func contains(_ id: UInt32) -> Bool { membership.contains(Int(id)) }

  /// Makes a term a node. Amortised O(1).
  @inline(__always)
  func insert(_ id: UInt32) {
    if membership.insert(Int(id)) { ids.append(id) }
  }

  func truncate(to newCount: Int) {
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

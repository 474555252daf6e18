/// Finds the places of distinct nodes whose numbers lie far apart, by hashing. The nodes themselves are held by the
/// owner.
struct NodePlaces {
  private var index = RowIndex()

  /// No places.
  init() {}

  /// O(nodes).
  init(_ nodes: Words<UInt32>) {
    index.reserve(nodes.count)
    for place in 0..<nodes.count {
      index.insert(row: place, hash: NodePlaces.hash(nodes[place]))
    }
  }

  @inline(__always)
  static func hash(_ node: UInt32) -> UInt32 { ByteHash.narrow(ByteHash.mix(UInt64(node))) }

  var byteCount: Int { index.byteCount }

  var view: View { View(slots: index.words, mask: index.mask) }

  /// The places without their owner, for loops; whoever holds it holds the places as well.
  struct View: BitwiseCopyable {
    fileprivate let slots: Words<UInt64>
    fileprivate let mask: Int

    /// Those of no nodes, which nobody asks for.
    static var none: View { View(slots: .empty, mask: 0) }

    /// The place of a node among those that the places were made of. Expected O(1).
    @inline(__always)
    func place(of node: UInt32, among nodes: Words<UInt32>) -> Int? {
      let hash = NodePlaces.hash(node)
      var slot = Int(hash) & mask
      while true {
        let entry = slots[slot]
        if entry == 0 { return nil }
        let place = RowIndex.row(of: entry)
        if RowIndex.hash(of: entry) == hash && nodes[place] == node { return place }
        slot = (slot &+ 1) & mask
      }
    }
  }
}

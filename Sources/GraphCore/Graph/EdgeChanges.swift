/// What has come to and gone from an edge table since its rows in a file were written, in one direction.
///
/// Most nodes have the edges that lie in the file and no others. `marks` says so of a node at the price of one access to
/// a near cache, and those that it lets pass are looked up.
final class EdgeChanges {
  /// The edges that do not lie in the file.
  let added: AdjacencyIndex
  /// Those in the file that are gone, by their places in the order in which they were given.
  let removed: AdjacencyIndex
  private let marks: NodeMarks

  init(added: AdjacencyIndex, removed: AdjacencyIndex, marks: NodeMarks) {
    self.added = added
    self.removed = removed
    self.marks = marks
  }

  /// The changes without their owners.
  var view: View { View(marks: marks.view, added: added.view, removed: removed.view) }

  /// What changes hold, for loops; whoever holds it holds the changes as well.
  struct View: BitwiseCopyable {
    let marks: NodeMarks.View
    private let added: AdjacencyIndex.View
    private let removed: AdjacencyIndex.View

    init(marks: NodeMarks.View, added: AdjacencyIndex.View, removed: AdjacencyIndex.View) {
      self.marks = marks
      self.added = added
      self.removed = removed
    }

    /// The far ends of a node's edges that came, ascending. O(1).
    func added(to node: UInt32) -> Words<UInt32> { View.ends(node, added) }

    /// The far ends of a node's edges that are gone, ascending. O(1).
    func removed(from node: UInt32) -> Words<UInt32> { View.ends(node, removed) }

    private static func ends(_ node: UInt32, _ index: AdjacencyIndex.View) -> Words<UInt32> {
      let range = index.range(of: node)
      return index.neighbours.slice(range.lowerBound, range.count)
    }
  }
}

/// A set of nodes that may hold more than were put in: a bit for the hash of each, sixteen times as many
/// bits as nodes, so that at most one in sixteen others seems to be in it (Bloom, "Space/Time Trade-offs in Hash Coding with
/// Allowable Errors", 1970, with one hash).
struct NodeMarks {
  private let bits: Column<UInt64>
  private let shift: UInt32

  /// Marks for so many nodes. O(nodes).
  init(minimumCapacity: Int) {
    let least = max(minimumCapacity, 4)
    // All 32 bits of a hash at most.
    let log = min(Int.bitWidth - least.leadingZeroBitCount + 4, 32)
    bits = Column(repeating: 0, count: 1 << (log - 6))
    shift = UInt32(32 - log)
  }

  func insert(_ nodes: Words<UInt32>) {
    let bits = bits.words
    for place in 0..<nodes.count {
      let bit = NodeMarks.bit(nodes[place], shift)
      bits[bit >> 6] |= 1 &<< UInt64(bit & 63)
    }
  }

  var view: View { View(bits: bits.words, shift: shift) }

  @inline(__always)
  private static func bit(_ node: UInt32, _ shift: UInt32) -> Int {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 3, section 6.4).
    Int((node &* 0x9E37_79B1) &>> shift)
  }

  /// Marks without their owner, for loops; whoever holds it holds the marks as well.
  struct View: BitwiseCopyable {
    fileprivate let bits: Words<UInt64>
    fileprivate let shift: UInt32

    /// Marks in which every node may be.
    static var all: View { View(bits: .empty, shift: 0) }

    fileprivate init(bits: Words<UInt64>, shift: UInt32) {
      self.bits = bits
      self.shift = shift
    }

    /// Whether a node may have been put in. O(1).
    @inline(__always)
    func mayHold(_ node: UInt32) -> Bool {
      if bits.count == 0 { return true }
      let bit = NodeMarks.bit(node, shift)
      return bits[bit >> 6] & (1 &<< UInt64(bit & 63)) != 0
    }
  }
}

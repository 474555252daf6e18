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
  /// The changes without their owners.
  let view: View

  init(added: AdjacencyIndex, removed: AdjacencyIndex, marks: NodeMarks) {
    self.added = added
    self.removed = removed
    self.marks = marks
    view = View(isKnown: true, marks: marks.view, added: added.view, removed: removed.view)
  }

  /// What changes hold, for loops; whoever holds it holds the changes as well.
  struct View: BitwiseCopyable {
    /// Whether somebody has looked for changes.
    let isKnown: Bool
    fileprivate(set) var marks: NodeMarks.View
    private let added: AdjacencyIndex.View
    private let removed: AdjacencyIndex.View

    fileprivate init(
      isKnown: Bool, marks: NodeMarks.View, added: AdjacencyIndex.View,
      removed: AdjacencyIndex.View
    ) {
      self.isKnown = isKnown
      self.marks = marks
      self.added = added
      self.removed = removed
    }

    /// Of changes that nobody has looked for.
    static var unknown: View { View(isKnown: false, marks: .all, added: .none, removed: .none) }

    /// The same where every node may have changed.
    var markingAll: View {
      var result = self
      result.marks = .all
      return result
    }

    /// The far ends of a node's edges that came, ascending. O(1).
    @inline(__always)
    func added(to node: UInt32) -> Words<UInt32> { View.ends(node, added) }

    /// The far ends of a node's edges that are gone, ascending. O(1).
    @inline(__always)
    func removed(from node: UInt32) -> Words<UInt32> { View.ends(node, removed) }

    @inline(__always)
    private static func ends(_ node: UInt32, _ index: AdjacencyIndex.View) -> Words<UInt32> {
      if index.neighbours.count == 0 { return .empty }
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

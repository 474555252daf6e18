/// A growable set of small non-negative integers, one bit each: its memory is the largest member /
/// 8 bytes, or up to twice that.
package struct Bitmap: Sendable {
  private var blocks: [UInt64] = []
  /// How many bits are set.
  package private(set) var count = 0

  package init() {}

  /// What is below has room already.
  @inline(__always)
  var reach: Int { blocks.count << 6 }

  /// Whether a number is in the set; one beyond all room is not. O(1).
  @inline(__always)
  package func contains(_ index: Int) -> Bool {
    let block = index >> 6
    return block < blocks.count && blocks[block] & (1 << UInt64(index & 63)) != 0
  }

  /// Sets a bit and says whether it was clear before. Amortised O(1) beside the room up to it.
  @discardableResult
  @inline(__always)
  package mutating func insert(_ index: Int) -> Bool {
    let block = index >> 6
    if block >= blocks.count { grow(to: block) }
    let mask: UInt64 = 1 << UInt64(index & 63)
    guard blocks[block] & mask == 0 else { return false }
    blocks[block] |= mask
    count += 1
    return true
  }

  @inline(never)
  private mutating func grow(to block: Int) {
    while block >= blocks.count {
      blocks.append(contentsOf: repeatElement(0, count: max(1, blocks.count)))
    }
  }

  /// Clears a bit and says whether it was set before.
  @discardableResult
  package mutating func remove(_ index: Int) -> Bool {
    guard contains(index) else { return false }
    blocks[index >> 6] &= ~(1 << UInt64(index & 63))
    count -= 1
    return true
  }
}

@_spi(Columns) import GraphCore

/// Where each member of a list lies in it: an open-addressing table whose slots hold 16 bits.
///
/// The list has the members themselves, so a slot needs no more than a place, which is half of what a member takes. A
/// look at the list decides about a slot in use; both are in the cache where a row is completed.
///
/// ```
/// list    7 9 4          slots   · 2 · · 3 1 ·      (a place counts from 1, an empty slot is 0)
/// ```
@safe
struct PlaceTable {
  /// The longest list whose places fit a slot.
  static let longestList = Int(UInt16.max)

  private let base: UnsafeMutableRawPointer
  let slotCount: Int
  private let list: Words<UInt32>

  /// The slots in a block of words, two to a word.
  @inline(__always)
  init(_ block: Words<UInt32>, of list: Words<UInt32>) {
    unsafe base = UnsafeMutableRawPointer(block.base)
    slotCount = block.count &* 2
    self.list = list
  }

  @inline(__always)
  private func place(at slot: Int) -> UInt16 {
    unsafe base.load(fromByteOffset: slot &* 2, as: UInt16.self)
  }

  /// The slot of a member, or the empty one where it would come.
  ///
  /// It is first looked for at its hash as a fraction of 2³², so that the number of slots need not be a power of two
  /// (Lemire, "Fast random integer generation in an interval", 2019). Expected O(1).
  @inline(__always)
  func slot(of member: UInt32) -> (slot: Int, isEmpty: Bool) {
    let hash = (member &* 0x9E37_79B1) ^ (member >> 15)
    var slot = Int(truncatingIfNeeded: (UInt64(hash) &* UInt64(slotCount)) >> 32)
    while true {
      let place = place(at: slot)
      if place == 0 { return (slot, true) }
      if list[Int(place) &- 1] == member { return (slot, false) }
      slot = slot &+ 1 == slotCount ? 0 : slot &+ 1
    }
  }

  /// Notes that the member whose empty slot this is lies at a place, counted from 0.
  @inline(__always)
  func set(_ slot: Int, to place: Int) {
    let stored = UInt16(truncatingIfNeeded: place &+ 1)
    unsafe base.storeBytes(of: stored, toByteOffset: slot &* 2, as: UInt16.self)
  }
}

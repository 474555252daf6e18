/// Gives each distinct name of the facts a small number, by its bytes.
struct NameTable {
  private struct Entry: BitwiseCopyable {
    let hash: UInt64
    let index: UInt32
    /// Where the spelling stands in `spellings`.
    let start: Int
    let count: Int
    let isKeyword: Bool
  }

  private var slots: [Int32] = [Int32](repeating: -1, count: 64)
  private var entries: [Entry] = []
  private var spellings: [UInt8] = []
  /// The entries that were last asked for at each place of a fact: facts come in runs of one kind.
  private var recent = InlineArray<8, Int32>(repeating: -1)

  /// The name that stood at this place of the fact before, if it stands here again with one of `(` and
  /// `:` behind it; its end as well.
  @inline(__always)
  func again(
    at start: Int, in bytes: Span<UInt8>, place: Int
  ) -> (index: UInt32, end: Int)? {
    let last = Int(recent[place & 7])
    guard last >= 0 else { return nil }
    let end = start &+ entries[last].count
    guard end < bytes.count, matches(last, start..<end, bytes) else { return nil }
    let next = bytes[end]
    guard next == UInt8(ascii: "(") || next == UInt8(ascii: ":") else { return nil }
    return (entries[last].index, end)
  }

  /// The number of the name in `range`; new names are added to `names`. Nothing is returned for a
  /// word that Soufflé reserves.
  ///
  /// - Parameter place: where the name stands in its fact, 0 for the relation.
  mutating func index(
    of range: Range<Int>, in bytes: Span<UInt8>, place: Int = 0, names: inout [String]
  ) -> UInt32? {
    let last = Int(recent[place & 7])
    if last >= 0, matches(last, range, bytes) { return entries[last].index }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
    var slot = slot(of: hash)
    while slots[slot] >= 0 {
      let entry = Int(slots[slot])
      if entries[entry].hash == hash, matches(entry, range, bytes) {
        if entries[entry].isKeyword { return nil }
        recent[place & 7] = Int32(entry)
        return entries[entry].index
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    let spelling = range.map { bytes[$0] }
    let isKeyword = Keyword(spelling, spelling.indices) != nil
    entries.append(
      Entry(
        hash: hash, index: UInt32(names.count), start: spellings.count, count: spelling.count,
        isKeyword: isKeyword))
    spellings += spelling
    slots[slot] = Int32(entries.count - 1)
    if !isKeyword { names.append(String(decoding: spelling, as: UTF8.self)) }
    if entries.count * 2 > slots.count { grow() }
    return isKeyword ? nil : entries[entries.count - 1].index
  }

  @inline(__always)
  private func matches(_ entry: Int, _ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
    let entry = entries[entry]
    guard entry.count == range.count else { return false }
    let spellings = spellings.span
    for offset in 0..<entry.count
    where spellings[entry.start &+ offset] != bytes[range.lowerBound &+ offset] { return false }
    return true
  }

  /// Where the search for a hash begins. The last bytes of a name move only the lowest bits of its
  /// hash; the product spreads them, so that `p1`, `p2`, … do not crowd.
  private func slot(of hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for (number, entry) in entries.enumerated() {
      var slot = slot(of: entry.hash)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
    }
  }
}

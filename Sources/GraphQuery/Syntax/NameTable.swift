/// Gives each distinct name of the facts a small number, by its bytes.
struct NameTable {
  private struct Entry {
    let hash: UInt64
    let index: UInt32
    let spelling: [UInt8]
    let isKeyword: Bool
  }

  private var slots: [Int32] = [Int32](repeating: -1, count: 64)
  private var entries: [Entry] = []
  /// The entry that was asked for last: facts come in runs of one name.
  private var last = -1

  /// The number of the name in `range`; new names are added to `names`. Nothing is returned for a
  /// word that Soufflé reserves.
  mutating func index(
    of range: Range<Int>, in bytes: Span<UInt8>, names: inout [String]
  ) -> UInt32? {
    if last >= 0, matches(last, range, bytes) { return entries[last].index }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
    var slot = place(of: hash)
    while slots[slot] >= 0 {
      let entry = Int(slots[slot])
      if entries[entry].hash == hash, matches(entry, range, bytes) {
        if entries[entry].isKeyword { return nil }
        last = entry
        return entries[entry].index
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    let spelling = range.map { bytes[$0] }
    let isKeyword = Keyword(spelling, spelling.indices) != nil
    entries.append(
      Entry(hash: hash, index: UInt32(names.count), spelling: spelling, isKeyword: isKeyword))
    slots[slot] = Int32(entries.count - 1)
    if !isKeyword { names.append(String(decoding: spelling, as: UTF8.self)) }
    if entries.count * 2 > slots.count { grow() }
    return isKeyword ? nil : entries[entries.count - 1].index
  }

  private func matches(_ entry: Int, _ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
    guard entries[entry].spelling.count == range.count else { return false }
    var index = range.lowerBound
    for byte in entries[entry].spelling {
      if bytes[index] != byte { return false }
      index += 1
    }
    return true
  }

  /// Where the search for a hash begins. The last bytes of a name move only the lowest bits of its
  /// hash; the product spreads them, so that `p1`, `p2`, … do not crowd.
  private func place(of hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for (number, entry) in entries.enumerated() {
      var slot = place(of: entry.hash)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
    }
  }
}

@_spi(Columns) import GraphCore

/// A set of 64-bit codes: a bitmap where that is the smaller form, else open addressing with linear
/// probing, a power of two of slots that hold the codes themselves.
///
/// Finding out whether a code is new touches one cache line of the table and nothing else, which is
/// what a derivation costs. The code 0 marks empty slots and is kept aside.
struct PackedSet {
  /// How many codes there are.
  private(set) var count = 0
  /// Codes are below `1 << bits`.
  let bits: Int
  private var slots: Column<UInt64>
  private var shift: UInt64
  /// Whether zero is in the set; a bitmap has a bit for it.
  private(set) var hasZero = false
  private(set) var isBitmap = false

  /// An empty set of codes of at most `bits` bits, with room for `capacity` of them.
  init(bits: Int, capacity: Int = 0) {
    self.bits = bits
    let size = Self.tableSize(capacity)
    slots = Column()
    shift = 0
    if Self.prefersBitmap(bits: bits, tableSize: size) {
      makeBitmap()
    } else {
      makeTable(size)
    }
  }

  var byteCount: Int { slots.byteCount }

  /// Slots for `count` codes, two thirds full at most.
  private static func tableSize(_ count: Int) -> Int {
    var size = 64
    while size * 2 < count * 3 { size *= 2 }
    return size
  }

  /// A bitmap of all codes is taken where it needs no more memory than the table.
  private static func prefersBitmap(bits: Int, tableSize: Int) -> Bool {
    bits <= 12 || (bits < 40 && (1 << bits) / 64 <= tableSize)
  }

  /// Whether a set of so many codes is a bitmap.
  static func isBitmap(bits: Int, count: Int) -> Bool {
    prefersBitmap(bits: bits, tableSize: tableSize(count))
  }

  private mutating func makeBitmap() {
    isBitmap = true
    slots = Column(repeating: 0, count: max((1 << bits) / 64, 1))
  }

  private mutating func makeTable(_ size: Int) {
    slots = Column(tableOf: size)
    shift = UInt64(64 - size.trailingZeroBitCount)
  }

  /// Adds a batch of codes. `added` gets the places of those that were new, in ascending order, each
  /// code once; returns how many. Expected O(count).
  mutating func insert(_ codes: Words<UInt64>, count batch: Int, added: Words<UInt32>) -> Int {
    if !isBitmap { reserve(count + batch) }
    let new =
      isBitmap ? insertIntoBitmap(codes, batch, added) : insertIntoTable(codes, batch, added)
    count &+= new
    return new
  }

  private func insertIntoBitmap(
    _ codes: Words<UInt64>, _ batch: Int, _ added: Words<UInt32>
  ) -> Int {
    let words = slots.words
    var new = 0
    for i in 0..<batch {
      let code = codes[i]
      let word = words[Int(truncatingIfNeeded: code >> 6)]
      let bit: UInt64 = 1 &<< (code & 63)
      added[new] = UInt32(truncatingIfNeeded: i)
      new &+= word & bit == 0 ? 1 : 0
      words[Int(truncatingIfNeeded: code >> 6)] = word | bit
    }
    return new
  }

  private mutating func insertIntoTable(
    _ codes: Words<UInt64>, _ batch: Int, _ added: Words<UInt32>
  ) -> Int {
    let words = slots.words
    let mask = words.count &- 1
    let shift = shift
    let ahead = lookahead
    var new = 0
    for i in 0..<batch {
      if i &+ ahead < batch { ask(for: codes[i &+ ahead]) }
      let code = codes[i]
      if code == 0 {
        added[new] = UInt32(truncatingIfNeeded: i)
        new &+= hasZero ? 0 : 1
        hasZero = true
        continue
      }
      var slot = Int(truncatingIfNeeded: TupleHash.packed(code) &>> shift)
      var entry = words[slot]
      while entry != 0 && entry != code {
        slot = (slot &+ 1) & mask
        entry = words[slot]
      }
      added[new] = UInt32(truncatingIfNeeded: i)
      new &+= entry == 0 ? 1 : 0
      words[slot] = code
    }
    return new
  }

  /// Expected O(1).
  func contains(_ code: UInt64) -> Bool {
    let words = slots.words
    if isBitmap { return words[Int(truncatingIfNeeded: code >> 6)] &>> (code & 63) & 1 == 1 }
    if code == 0 { return hasZero }
    let mask = words.count &- 1
    var slot = Int(truncatingIfNeeded: TupleHash.packed(code) &>> shift)
    while words[slot] != 0 {
      if words[slot] == code { return true }
      slot = (slot &+ 1) & mask
    }
    return false
  }

  /// Writes the places of the codes that are in the set, or of those that are not, and returns how
  /// many there are. Expected O(count).
  func select(
    _ codes: Words<UInt64>, count batch: Int, present: Bool, into selected: Words<UInt32>
  ) -> Int {
    let words = slots.words
    var kept = 0
    if isBitmap {
      let wanted: UInt64 = present ? 1 : 0
      for i in 0..<batch {
        let code = codes[i]
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= (words[Int(truncatingIfNeeded: code >> 6)] &>> (code & 63)) & 1 == wanted ? 1 : 0
      }
      return kept
    }
    let mask = words.count &- 1
    let ahead = lookahead
    for i in 0..<batch {
      if i &+ ahead < batch { ask(for: codes[i &+ ahead]) }
      let code = codes[i]
      var slot = Int(truncatingIfNeeded: TupleHash.packed(code) &>> shift)
      var entry = words[slot]
      while entry != 0 && entry != code {
        slot = (slot &+ 1) & mask
        entry = words[slot]
      }
      let isFound = code == 0 ? hasZero : entry != 0
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= isFound == present ? 1 : 0
    }
    return kept
  }

  /// So many codes before it is looked for, the place of a code is asked for; the words of a small set are near anyway.
  @inline(__always)
  private var lookahead: Int { slots.count > 1 << 15 ? 24 : Batch.capacity }

  @inline(__always)
  private func ask(for code: UInt64) {
    slots.words.prefetch(Int(truncatingIfNeeded: TupleHash.packed(code) &>> shift))
  }

  // MARK: One by one

  /// The set for codes that come one by one, invalid when it grows.
  var table: Table {
    Table(slots: slots.words, shift: shift, mask: slots.count &- 1, isBitmap: isBitmap)
  }

  /// A view of the set that loops hold instead of it. In a table of codes zero marks an empty slot: whether it is in
  /// the set, `hasZero` tells.
  struct Table: BitwiseCopyable {
    fileprivate let slots: Words<UInt64>
    fileprivate let shift: UInt64
    fileprivate let mask: Int
    let isBitmap: Bool

    /// Adds a code, for which there must be room; whether it was new. The set does not count it: see
    /// `noteAdded`. Expected O(1).
    @inline(__always)
    func insert(_ code: UInt64) -> Bool {
      if isBitmap {
        let place = Int(truncatingIfNeeded: code >> 6)
        let (word, bit) = (slots[place], 1 &<< (code & 63) as UInt64)
        slots[place] = word | bit
        return word & bit == 0
      }
      let slot = slot(of: code)
      if slots[slot] == code { return false }
      slots[slot] = code
      return true
    }

    /// Expected O(1).
    @inline(__always)
    func contains(_ code: UInt64) -> Bool {
      if isBitmap { return slots[Int(truncatingIfNeeded: code >> 6)] &>> (code & 63) & 1 == 1 }
      return slots[slot(of: code)] == code
    }

    /// Where a code is, or belongs.
    @inline(__always)
    private func slot(of code: UInt64) -> Int {
      var slot = Int(truncatingIfNeeded: TupleHash.packed(code) &>> shift)
      while slots[slot] != 0 && slots[slot] != code { slot = (slot &+ 1) & mask }
      return slot
    }
  }

  /// How many more codes there is room for.
  var room: Int { isBitmap ? Int.max : slots.count * 2 / 3 - count }

  /// Makes room for so many codes in all, before several threads add some.
  mutating func reserveShared(_ total: Int) {
    if !isBitmap { reserve(total) }
  }

  /// Adds a batch of codes while other threads add theirs; there must be room for all, and zero is
  /// passed over unless the set is a bitmap. `added` gets the places of those that this thread added
  /// first. The set does not count them: see `noteAdded`. Expected O(count).
  ///
  /// Places are asked for some codes ahead: the processor does nothing else while it compares and swaps a word that
  /// is far away.
  func insertShared(_ codes: Words<UInt64>, count batch: Int, added: Words<UInt32>) -> Int {
    let words = slots.words
    let ahead = lookahead
    var new = 0
    if isBitmap {
      for i in 0..<batch {
        if i &+ ahead < batch {
          words.prefetch(Int(truncatingIfNeeded: codes[i &+ ahead] >> 6))
        }
        let code = codes[i]
        let place = Int(truncatingIfNeeded: code >> 6)
        let bit: UInt64 = 1 &<< (code & 63)
        added[new] = UInt32(truncatingIfNeeded: i)
        if words.sharedWord(at: place) & bit == 0, words.setSharedBits(bit, at: place) & bit == 0 {
          new &+= 1
        }
      }
      return new
    }
    let mask = words.count &- 1
    for i in 0..<batch {
      if i &+ ahead < batch { ask(for: codes[i &+ ahead]) }
      let code = codes[i]
      if code == 0 { continue }
      var slot = Int(truncatingIfNeeded: TupleHash.packed(code) &>> shift)
      while true {
        var entry = words.sharedWord(at: slot)
        if entry == 0 {
          entry = words.fillShared(code, at: slot)
          if entry == 0 {
            added[new] = UInt32(truncatingIfNeeded: i)
            new &+= 1
            break
          }
        }
        if entry == code { break }
        slot = (slot &+ 1) & mask
      }
    }
    return new
  }

  /// Counts what threads, or loops over single codes, have added.
  mutating func noteAdded(_ added: Int, hasZero zero: Bool = false) {
    count += added
    hasZero = hasZero || zero
  }

  /// Makes room for `total` codes. Amortised O(1) a code.
  private mutating func reserve(_ total: Int) {
    guard total * 3 > slots.count * 2 else { return }
    let size = Self.tableSize(total)
    let old = slots
    defer { keepAlive(old) }
    let entries = old.words
    if Self.prefersBitmap(bits: bits, tableSize: size) {
      makeBitmap()
      let words = slots.words
      if hasZero { words[0] |= 1 }
      for slot in 0..<entries.count where entries[slot] != 0 {
        let code = entries[slot]
        words[Int(truncatingIfNeeded: code >> 6)] |= 1 &<< (code & 63)
      }
      return
    }
    makeTable(size)
    let words = slots.words
    let mask = size - 1
    for index in 0..<entries.count where entries[index] != 0 {
      let code = entries[index]
      var slot = Int(truncatingIfNeeded: TupleHash.packed(code) &>> shift)
      while words[slot] != 0 { slot = (slot &+ 1) & mask }
      words[slot] = code
    }
  }
}

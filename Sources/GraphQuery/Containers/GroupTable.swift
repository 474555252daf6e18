@_spi(Columns) import GraphCore

/// How two values of a group become one.
enum GroupFold {
  case add, least, greatest

  @inline(__always)
  func combine(_ a: UInt64, _ b: UInt64) -> UInt64 {
    switch self {
    case .add: a &+ b
    case .least: min(a, b)
    case .greatest: max(a, b)
    }
  }
}

/// One value for each of many groups, whose columns fit one word together.
///
/// ```
///   code   0       1       2       3               an array of values by code, where codes are that dense, or
///   value  12      –       7       –
///
///   slot   …  │ code + 1, value │ empty │ code + 1, value │  …           open addressing, both in one cache line
/// ```
///
/// A row touches one cache line in either form. Slots follow the top bits of a hash, so that tables of any size have
/// their groups in the same order, and merging them reads both from front to back.
///
/// What groups come out of one table may be grouped again. A table that grows while codes arrive by ascending hash has all
/// of them at its beginning, so tables hash in orders of their own: those that are merged in the same one.
struct GroupTable {
  let fold: GroupFold
  private(set) var packing: RowPacking
  /// How many groups there are.
  private(set) var count = 0
  /// Values by code, or pairs of words.
  private var words: Column<UInt64>
  /// Which codes have a group; empty for a table of slots.
  private var present = Column<UInt64>()
  private var shift: UInt64 = 0
  private(set) var isDirect = false
  let order: Int
  /// What makes the hash that of the order, and not that of a set of packed rows.
  private let salt: UInt64

  /// - Parameter order: tables of different orders have their groups in orders that are unlike each other.
  init(_ packing: RowPacking, _ fold: GroupFold, order: Int) {
    self.packing = packing
    self.fold = fold
    self.order = order
    salt = TupleHash.mix(TupleHash.seed, UInt64(truncatingIfNeeded: order))
    words = Column()
    if Self.prefersDirect(bits: packing.bits, size: Self.leastSize) {
      makeDirect()
    } else {
      makeSlots(Self.leastSize)
    }
  }

  var byteCount: Int { words.byteCount + present.byteCount }

  private static var leastSize: Int { 64 }
  /// So many words are near anyway; others are asked for so many rows ahead.
  private static var nearSize: Int { 1 << 15 }
  private static var lookahead: Int { 24 }

  @inline(__always)
  private static func hash(_ code: UInt64, _ salt: UInt64) -> UInt64 {
    TupleHash.packed(code ^ salt)
  }

  /// An array of all codes is taken where it needs little more memory than the slots, or fits a core's cache.
  private static func prefersDirect(bits: Int, size: Int) -> Bool {
    bits <= 12 || (bits < 40 && 1 << bits <= 2 * size)
  }

  private mutating func makeDirect() {
    isDirect = true
    words = Column(repeating: 0, count: 1 << packing.bits)
    present = Column(repeating: 0, count: (1 << packing.bits) / 64 + 1)
  }

  private mutating func makeSlots(_ size: Int) {
    isDirect = false
    present = Column()
    words = Column(tableOf: 2 * size)
    shift = UInt64(64 - size.trailingZeroBitCount)
  }

  // MARK: Adding

  /// Combines values with those of their groups. Expected O(count).
  mutating func add(_ codes: Words<UInt64>, _ values: Words<UInt64>, count batch: Int) {
    reserve(count + batch)
    // A loop of its own for each way of combining.
    switch fold {
    case .add: add(codes, values, batch, .add)
    case .least: add(codes, values, batch, .least)
    case .greatest: add(codes, values, batch, .greatest)
    }
  }

  @inline(__always)
  private mutating func add(
    _ codes: Words<UInt64>, _ values: Words<UInt64>, _ batch: Int, _ fold: GroupFold
  ) {
    if isDirect {
      addDirect(codes, values, batch, fold)
    } else {
      addToSlots(codes, values, batch, fold)
    }
  }

  @inline(__always)
  private mutating func addDirect(
    _ codes: Words<UInt64>, _ values: Words<UInt64>, _ batch: Int, _ fold: GroupFold
  ) {
    let (words, present) = (words.words, present.words)
    let ahead = words.count > Self.nearSize ? Self.lookahead : batch
    var new = 0
    for i in 0..<batch {
      if i &+ ahead < batch { words.prefetch(Int(truncatingIfNeeded: codes[i &+ ahead])) }
      let code = codes[i]
      let place = Int(truncatingIfNeeded: code)
      let bits = present[place &>> 6]
      let bit: UInt64 = 1 &<< (code & 63)
      if bits & bit != 0 {
        words[place] = fold.combine(words[place], values[i])
      } else {
        words[place] = values[i]
        present[place &>> 6] = bits | bit
        new &+= 1
      }
    }
    count &+= new
  }

  @inline(__always)
  private mutating func addToSlots(
    _ codes: Words<UInt64>, _ values: Words<UInt64>, _ batch: Int, _ fold: GroupFold
  ) {
    let slots = words.words
    let mask = slots.count / 2 &- 1
    let (shift, salt) = (shift, salt)
    let ahead = slots.count > Self.nearSize ? Self.lookahead : batch
    var new = 0
    for i in 0..<batch {
      if i &+ ahead < batch {
        let home = Int(truncatingIfNeeded: Self.hash(codes[i &+ ahead], salt) &>> shift)
        slots.prefetch(2 &* home)
      }
      let key = codes[i] &+ 1
      var slot = Int(truncatingIfNeeded: Self.hash(codes[i], salt) &>> shift)
      while true {
        let entry = slots[2 &* slot]
        if entry == key {
          slots[2 &* slot &+ 1] = fold.combine(slots[2 &* slot &+ 1], values[i])
          break
        }
        if entry == 0 {
          slots[2 &* slot] = key
          slots[2 &* slot &+ 1] = values[i]
          new &+= 1
          break
        }
        slot = (slot &+ 1) & mask
      }
    }
    count &+= new
  }

  /// Makes room for `total` groups. Whoever adds the groups of another table of the same order does so first.
  mutating func reserve(_ total: Int) {
    if isDirect { return }
    let size = words.count / 2
    guard total * 3 > size * 2 else { return }
    var larger = 2 * size
    while total * 3 > larger * 2 { larger *= 2 }
    let old = words
    defer { keepAlive(old) }
    let entries = old.words
    if Self.prefersDirect(bits: packing.bits, size: larger) {
      makeDirect()
      for slot in 0..<size where entries[2 &* slot] != 0 {
        let place = Int(truncatingIfNeeded: entries[2 &* slot] &- 1)
        words.words[place] = entries[2 &* slot &+ 1]
        present.words[place &>> 6] |= 1 &<< UInt64(place & 63)
      }
      return
    }
    makeSlots(larger)
    let (slots, mask, shift) = (words.words, larger &- 1, shift)
    for index in 0..<size where entries[2 &* index] != 0 {
      let key = entries[2 &* index]
      var slot = Int(truncatingIfNeeded: Self.hash(key &- 1, salt) &>> shift)
      while slots[2 &* slot] != 0 { slot = (slot &+ 1) & mask }
      slots[2 &* slot] = key
      slots[2 &* slot &+ 1] = entries[2 &* index &+ 1]
    }
  }

  // MARK: Reading

  private func value(of code: UInt64) -> UInt64? {
    let words = words.words
    if isDirect {
      let place = Int(truncatingIfNeeded: code)
      return present.words[place &>> 6] &>> (code & 63) & 1 == 1 ? words[place] : nil
    }
    let mask = words.count / 2 &- 1
    var slot = Int(truncatingIfNeeded: Self.hash(code, salt) &>> shift)
    while words[2 &* slot] != 0 {
      if words[2 &* slot] == code &+ 1 { return words[2 &* slot &+ 1] }
      slot = (slot &+ 1) & mask
    }
    return nil
  }

  /// Hands over all groups as batches of codes and values. O(size).
  func forEachBatch(_ body: (Words<UInt64>, Words<UInt64>, _ count: Int) -> Void) {
    Self.forEachBatch(of: [self], part: 0, of: 1, body)
  }

  /// The same for the groups of several tables with the same packing, order and form together, as far as they
  /// belong to one of a power of two of parts: nothing is in two parts.
  static func forEachBatch(
    of tables: [GroupTable], part: Int, of parts: Int,
    _ body: (Words<UInt64>, Words<UInt64>, _ count: Int) -> Void
  ) {
    let (codes, values) = (
      Column<UInt64>(unspecified: Batch.capacity), Column<UInt64>(unspecified: Batch.capacity)
    )
    defer { keepAlive(codes, values) }
    var collected = 0
    for (number, table) in tables.enumerated() {
      table.forEachGroup(inPart: part, of: parts) { code, value in
        for earlier in 0..<number where tables[earlier].value(of: code) != nil { return }
        var value = value
        for later in (number + 1)..<max(tables.count, number + 1) {
          if let other = tables[later].value(of: code) { value = table.fold.combine(value, other) }
        }
        codes[collected] = code
        values[collected] = value
        collected &+= 1
        if collected == Batch.capacity {
          body(codes.words, values.words, collected)
          collected = 0
        }
      }
    }
    if collected > 0 { body(codes.words, values.words, collected) }
  }

  @inline(__always)
  private func forEachGroup(
    inPart part: Int, of parts: Int, _ body: (UInt64, UInt64) -> Void
  ) {
    let words = words.words
    if isDirect {
      let present = present.words
      for place in (words.count * part / parts)..<(words.count * (part + 1) / parts)
      where present[place &>> 6] &>> UInt64(place & 63) & 1 == 1 {
        body(UInt64(place), words[place])
      }
      return
    }
    let size = words.count / 2
    let (mask, partShift) = (size &- 1, UInt64(64 - parts.trailingZeroBitCount))
    let end = size * (part + 1) / parts
    var slot = size * part / parts
    // Groups that found their slots taken are behind them, perhaps beyond the end of their part, or at the start of
    // the table.
    while slot < end || (parts > 1 && words[2 &* (slot & mask)] != 0) {
      let place = 2 &* (slot & mask)
      let key = words[place]
      slot &+= 1
      if key == 0 { continue }
      let home = Self.hash(key &- 1, salt)
      if parts == 1 || home &>> partShift == UInt64(part) { body(key &- 1, words[place &+ 1]) }
    }
  }
}

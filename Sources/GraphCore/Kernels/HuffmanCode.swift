/// Symbols written in bits, the frequent ones in few: the canonical code of some lengths
/// (RFC 1951, 3.2.2).
struct HuffmanCode {
  /// How many symbols take each number of bits; none takes 0.
  private(set) var counts = [Int](repeating: 0, count: longestLength + 1)
  /// The symbols that occur, in the order of their codes: the shorter ones first.
  private(set) var symbols: [UInt16] = []

  /// What no code of deflate is longer than.
  static let longestLength = 15

  /// The code in which symbol `i` takes `lengths[i]` bits, 0 being never. O(symbols).
  init(lengths: ArraySlice<UInt8>) {
    for length in lengths { counts[Int(length)] += 1 }
    counts[0] = 0
    var places = [Int](repeating: 0, count: counts.count)
    for length in 1..<counts.count { places[length] = places[length - 1] + counts[length - 1] }
    symbols = [UInt16](repeating: 0, count: places[counts.count - 1] + (counts.last ?? 0))
    for (symbol, length) in lengths.enumerated() where length > 0 {
      symbols[places[Int(length)]] = UInt16(symbol)
      places[Int(length)] += 1
    }
  }

  /// The same of lengths that may be none of a code: no two symbols begin alike, and only a code of
  /// at most one symbol leaves beginnings unused.
  init?(checking lengths: ArraySlice<UInt8>) {
    self.init(lengths: lengths)
    var free = 1
    for count in counts.dropFirst() {
      free = 2 * free - count
      if free < 0 { return nil }
    }
    guard free == 0 || symbols.count <= 1 else { return nil }
  }

  /// The symbol that some bits begin with, the lowest first, and its length. O(length): for the few
  /// places where a `HuffmanTable` may not be used.
  func symbol(beginning bits: UInt64) -> (symbol: Int, length: Int)? {
    var code = 0
    // The code of the first symbol of a length, and that symbol's place among all.
    var (first, place) = (0, 0)
    for length in 1..<counts.count {
      code = code << 1 | Int(bits >> UInt64(length - 1) & 1)
      let count = counts[length]
      if code - first < count { return (Int(symbols[place + code - first]), length) }
      first = (first + count) << 1
      place += count
    }
    return nil
  }
}

/// What a loop looks up for the bits to come instead of walking through a code: for the next
/// `rootBits` an entry, which for longer codes leads to a smaller table for the bits behind these.
///
/// An entry is, from its lowest bit on:
///
/// | bits | of a literal | of a length or distance |
/// |---|---|---|
/// | 0–5 | how many bits its code takes | how many bits it takes, with the further bits behind the code |
/// | 6 | 1 | 0 |
/// | 8–22 | the byte | the least number |
/// | 24–27 | | how many bits the code takes |
/// | 28–31 | | `isEnd`, `isLink` or `isNone`, else 0 |
///
/// Two literals in an entry, where both codes are short, were no faster: their table takes longer to make.
struct HuffmanTable {
  private(set) var entries: [UInt32]

  /// The end of a block.
  static let isEnd: UInt32 = 1 << 28
  /// Bits 8 to 23 tell where the table for the bits behind is, bits 0 to 5 of how many these are.
  static let isLink: UInt32 = 1 << 29
  /// Bits that no symbol begins with, or a symbol that means nothing.
  static let isNone: UInt32 = 1 << 30
  static let isLiteral: UInt32 = 1 << 6
  static let isOdd = isEnd | isLink | isNone

  /// What stands for a literal, without its code.
  static func literal(_ byte: UInt8) -> UInt32 { UInt32(byte) << 8 | isLiteral }

  /// What stands for a number of at least so much, with what some bits behind the code add to it.
  static func number(_ number: (least: Int, bits: Int)?) -> UInt32 {
    number.map { UInt32($0.least) << 8 | UInt32($0.bits) } ?? isNone
  }

  /// - Parameter meanings: for each symbol of a code its entry, the bits of its code being 0
  init(_ code: HuffmanCode, rootBits: Int, meanings: [UInt32]) {
    entries = [Self.isNone]
    entries.reserveCapacity(2 << rootBits)
    var reversed = 0
    var place = 0
    for length in 1...rootBits {
      // With one bit more each entry stands for two.
      entries += entries
      for _ in 0..<code.counts[length] {
        entries[reversed] = Self.entry(of: code.symbols[place], meanings, length)
        place &+= 1
        reversed = Self.next(reversed, length)
      }
    }
    // The smaller table at the end: what leads to it, where it begins.
    var (prefix, start) = (-1, 0)
    for length in (rootBits + 1)...HuffmanCode.longestLength {
      for _ in 0..<code.counts[length] {
        let root = reversed & (1 << rootBits - 1)
        if root != prefix {
          prefix = root
          start = entries.count
          let width = Self.width(code, from: length, place, rootBits)
          entries += repeatElement(Self.isNone, count: 1 << width)
          entries[root] = Self.isLink | UInt32(start) << 8 | UInt32(width)
        }
        let entry = Self.entry(of: code.symbols[place], meanings, length)
        var target = start + reversed >> rootBits
        while target < entries.count {
          entries[target] = entry
          target += 1 << (length - rootBits)
        }
        place &+= 1
        reversed = Self.next(reversed, length)
      }
    }
  }

  /// What stands for a symbol with a code of a length.
  private static func entry(of symbol: UInt16, _ meanings: [UInt32], _ length: Int) -> UInt32 {
    meanings[Int(symbol)] &+ UInt32(length) &* (1 << 24 | 1)
  }

  /// The code behind one of a length, both with their highest bit lowest.
  private static func next(_ code: Int, _ length: Int) -> Int {
    var bit = 1 << (length - 1)
    while code & bit != 0 { bit >>= 1 }
    return bit == 0 ? 0 : code & (bit - 1) | bit
  }

  /// How many bits the codes that begin alike have behind the root's, the first of them being a
  /// symbol of a length: as many more as it takes for all to be different.
  private static func width(
    _ code: HuffmanCode, from length: Int, _ place: Int, _ rootBits: Int
  ) -> Int {
    var length = length
    // Symbols of the length that are not before the place.
    var count = code.counts[1...length].reduce(0, +) - place
    var free = 1 << (length - rootBits) - count
    while free > 0, length < HuffmanCode.longestLength {
      length += 1
      count = code.counts[length]
      free = 2 * free - count
    }
    return length - rootBits
  }
}

@_spi(Columns) import GraphCore

/// How the 32-bit columns of a row share one word of 64 bits, so that a row is compared, hashed and
/// stored as one number.
///
/// Each column has a field as wide as its values so far need. A column with words whose top bit is
/// set (negative numbers, ids of texts that a query made) is folded: small numbers of either sign
/// become small. Fields only grow; when they no longer fit together, rows cannot be packed. They can be given what is
/// left of the word, so that codes stay as they are when larger values come.
struct RowPacking: Equatable {
  private struct Field: Equatable {
    var shift: UInt64 = 0
    /// How many bits the values so far need, and how many there are.
    var needed = 0
    var width = 0
    var isFolded = false
    /// Words stand for signed numbers.
    let isSigned: Bool
  }

  private var fields: [Field]
  /// How many bits a code has.
  private(set) var bits = 0

  init(_ types: [ColumnType]) {
    fields = types.map { Field(isSigned: $0.wordKind == .signed) }
  }

  /// What becomes of the fields when more rows arrive.
  enum Fit {
    case fits
    /// Fields grew or moved: codes made before mean nothing any more.
    case changed
    /// The fields need more than a word.
    case impossible
  }

  /// Makes the fields wide enough for a batch of rows. O(count).
  mutating func fit(_ columns: Words<Words<UInt64>>, count: Int) -> Fit {
    var hasChanged = false
    for (index, field) in fields.enumerated() {
      let words = columns[index]
      var plain: UInt32 = 0
      var folded: UInt32 = 0
      for i in 0..<count {
        let word = UInt32(truncatingIfNeeded: words[i])
        plain |= word
        folded |= Self.fold(word)
      }
      // A whole word holds them all as they are.
      let isFolded =
        field.isFolded || Int32(bitPattern: plain) < 0 && field.width < UInt32.bitWidth
      let needed = UInt32.bitWidth - (isFolded ? folded : plain).leadingZeroBitCount
      if isFolded != field.isFolded {
        hasChanged = true
        // What was there before needs one bit more.
        fields[index].isFolded = true
        fields[index].needed = max(needed, min(field.needed + 1, 32))
      } else {
        fields[index].needed = max(needed, field.needed)
      }
      if fields[index].needed > field.width {
        hasChanged = true
        fields[index].width = fields[index].needed
      }
    }
    return hasChanged ? layOut() : .fits
  }

  /// Whether fields were given more than they need: values that came since may need that.
  private(set) var hasSlack = false

  /// How many bits the values so far need.
  var neededBits: Int { fields.reduce(0) { $0 + $1.needed } }

  /// Gives each field its part of the bits that no field needs.
  mutating func takeSlack() {
    hasSlack = true
    var (left, others) = (64 - neededBits, fields.count)
    for index in fields.indices {
      let more = max(min(left / others, UInt32.bitWidth - fields[index].needed), 0)
      fields[index].width = fields[index].needed + more
      (left, others) = (left - more, others - 1)
    }
    _ = layOut()
  }

  /// Makes the fields wide enough for all words of each column up to a highest one, or for all of 32 bits where that is
  /// negative or not known. What that is more than the values so far need is slack.
  mutating func widen(to highest: [UInt64?]) -> Fit {
    var hasChanged = false
    for (index, word) in highest.enumerated() {
      let isFolded = fields[index].isFolded
      let isWhole = word.map { $0 > UInt64(Int32.max) } ?? true
      let plain = UInt64.bitWidth - (word ?? 0).leadingZeroBitCount
      let width = isWhole ? UInt32.bitWidth : plain + (isFolded ? 1 : 0)
      if width <= fields[index].width { continue }
      hasChanged = true
      fields[index].width = width
    }
    if !hasChanged { return .fits }
    if fields.reduce(0, { $0 + $1.width }) > 64 { return .impossible }
    hasSlack = true
    return layOut()
  }

  /// Takes the slack back, as far as it is not known to be needed.
  mutating func dropSlack() {
    hasSlack = false
    for index in fields.indices { fields[index].width = fields[index].needed }
    _ = layOut()
  }

  /// Puts the fields side by side, those that have more than they need with that alone where all do not fit.
  private mutating func layOut() -> Fit {
    if fields.reduce(0, { $0 + $1.width }) > 64 {
      for index in fields.indices { fields[index].width = fields[index].needed }
    }
    bits = 0
    for index in fields.indices {
      fields[index].shift = UInt64(bits & 63)
      bits += fields[index].width
    }
    return bits <= 64 ? .changed : .impossible
  }

  /// Writes the codes of rows that the fields are known to fit. O(count).
  func pack(_ columns: Words<Words<UInt64>>, count: Int, into codes: Words<UInt64>) {
    for (index, field) in fields.enumerated() {
      let words = columns[index]
      let shift = field.shift
      switch (index == 0, field.isFolded) {
      case (true, false):
        for i in 0..<count { codes[i] = UInt64(UInt32(truncatingIfNeeded: words[i])) }
      case (true, true):
        for i in 0..<count {
          codes[i] = UInt64(Self.fold(UInt32(truncatingIfNeeded: words[i])))
        }
      case (false, false):
        for i in 0..<count {
          codes[i] |= UInt64(UInt32(truncatingIfNeeded: words[i])) &<< shift
        }
      case (false, true):
        for i in 0..<count {
          codes[i] |= UInt64(Self.fold(UInt32(truncatingIfNeeded: words[i]))) &<< shift
        }
      }
    }
  }

  /// Writes the codes of rows that may have values no field has room for: these get a row of
  /// `isOutside` that is not zero.
  func pack(
    _ columns: Words<Words<UInt64>>, count: Int, into codes: Words<UInt64>,
    isOutside: Words<UInt64>
  ) {
    pack(columns, count: count, into: codes)
    for i in 0..<count { isOutside[i] = 0 }
    for (index, field) in fields.enumerated() {
      let words = columns[index]
      let limit: UInt64 = 1 << UInt64(field.width)
      for i in 0..<count {
        let word = words[i]
        let low = UInt32(truncatingIfNeeded: word)
        let value = field.isFolded ? Self.fold(low) : low
        // A word that is no 32-bit number of the column's kind is in no narrow column.
        let isNarrow =
          field.isSigned
          ? Int64(bitPattern: word) == Int64(Int32(truncatingIfNeeded: word)) : word >> 32 == 0
        if !isNarrow || UInt64(value) >= limit { isOutside[i] = 1 }
      }
    }
  }

  /// Whether rows have only words that narrow columns hold. O(count).
  func isNarrow(_ columns: Words<Words<UInt64>>, count: Int) -> Bool {
    var isNarrow = true
    for (index, field) in fields.enumerated() {
      let words = columns[index]
      if field.isSigned {
        for i in 0..<count {
          isNarrow =
            isNarrow && Int64(bitPattern: words[i]) == Int64(Int32(truncatingIfNeeded: words[i]))
        }
      } else {
        for i in 0..<count { isNarrow = isNarrow && words[i] >> 32 == 0 }
      }
    }
    return isNarrow
  }

  /// Writes the words of one column of rows. O(count).
  func unpack(_ codes: Words<UInt64>, column: Int, count: Int, into words: Words<UInt64>) {
    let field = fields[column]
    let mask: UInt64 = (1 << UInt64(field.width)) - 1
    for i in 0..<count {
      let low = UInt32(truncatingIfNeeded: (codes[i] &>> field.shift) & mask)
      let word = field.isFolded ? Self.unfold(low) : low
      words[i] =
        field.isSigned ? UInt64(bitPattern: Int64(Int32(bitPattern: word))) : UInt64(word)
    }
  }

  /// A column's part of a code, for rows that come one by one.
  struct Part: BitwiseCopyable {
    fileprivate let shift: UInt64
    fileprivate let limit: UInt64
    fileprivate let isFolded: Bool

    /// The part of a word that narrow columns hold; nothing where the field has no room for it.
    @inline(__always)
    func code(of word: UInt64) -> UInt64? {
      let low = UInt32(truncatingIfNeeded: word)
      let value = UInt64(isFolded ? RowPacking.fold(low) : low)
      return value < limit ? value &<< shift : nil
    }
  }

  func part(of column: Int) -> Part {
    let field = fields[column]
    return Part(shift: field.shift, limit: 1 << UInt64(field.width), isFolded: field.isFolded)
  }

  /// Small numbers of either sign as small numbers: 0, -1, 1, -2, … become 0, 1, 2, 3, …
  @inline(__always)
  fileprivate static func fold(_ word: UInt32) -> UInt32 {
    (word &<< 1) ^ UInt32(bitPattern: Int32(bitPattern: word) >> 31)
  }

  @inline(__always)
  private static func unfold(_ word: UInt32) -> UInt32 { (word >> 1) ^ (0 &- (word & 1)) }
}

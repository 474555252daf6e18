extension PackedColumn {
  /// All values, each of which must be below `limit`. O(count).
  package func decode(
    as type: UInt32.Type = UInt32.self, below limit: UInt64
  ) throws(FormatError) -> Column<UInt32> {
    let result = Column<UInt32>(unspecified: count)
    for index in 0..<blockCount {
      try decode(block: index, below: limit, into: rows(ofBlock: index, in: result.words))
    }
    return result
  }

  /// All values, each of which must be below `limit` if there is one: every word may be a value. O(count).
  package func decode(
    as type: UInt64.Type = UInt64.self, below limit: UInt64?
  ) throws(FormatError) -> Column<UInt64> {
    let result = Column<UInt64>(unspecified: count)
    for index in 0..<blockCount {
      let words = rows(ofBlock: index, in: result.words)
      try decodeWide(block: index, into: words)
      if let limit { try PackedColumn.check(words, below: limit) }
    }
    return result
  }

  /// All values, which must ascend strictly and be below `limit`. O(count).
  func decodeAscending(
    below limit: UInt64, in pages: ColumnPages = ColumnPages()
  ) throws(FormatError) -> Column<UInt32> {
    let result: Column<UInt32> = pages.column(unspecified: count)
    var least: UInt64 = 0
    for index in 0..<blockCount {
      let last = try decodeAscending(
        block: index, from: least, below: limit, into: rows(ofBlock: index, in: result.words))
      least = UInt64(last) &+ 1
    }
    return result
  }

  private func rows<T>(ofBlock index: Int, in words: Words<T>) -> Words<T> {
    words.slice(index &* PackedColumn.blockSize, length(ofBlock: index))
  }

  // MARK: - Blocks

  // What goes through all blocks of a column calls one of the following for each. They are not inlined there: each has
  // what it needs in registers.

  /// Puts the values of a block, each of which must be below `limit`, into `words`.
  @inline(never)
  func decode(
    block index: Int, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) {
    if isArithmetic { return try fill(block: index, below: limit, into: words) }
    let block = try block(index)
    guard fits(block) else {
      return try decodeNarrowed(block: index, below: limit, into: words)
    }
    let base = UInt32(truncatingIfNeeded: block.base)
    if block.isDelta {
      let bias = UInt32(truncatingIfNeeded: bias)
      try unpack(block, plus: bias, into: words)
      PackedColumn.accumulate(
        words, block.length, from: base &- bias, mask: UInt32(truncatingIfNeeded: mask))
      if mask < limit { return }
    } else {
      try unpack(block, plus: base, into: words)
      if block.base &+ ((1 &<< UInt64(block.bits)) &- 1) < limit { return }
    }
    try PackedColumn.check(words, block.length, below: limit)
  }

  /// Puts the values of a block into `words`, which must ascend strictly, be at least `least` and
  /// below `limit`; returns the last.
  @inline(never)
  func decodeAscending(
    block index: Int, from least: UInt64, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) -> UInt32 {
    let last: UInt32
    if !isArithmetic, case let block = try block(index), hasGaps(block) {
      let former = UInt32(truncatingIfNeeded: block.base) &- 1
      if block.isFull && block.exceptionCount == 0 {
        LanePacking.unpackSums(
          bytes, at: block.start, width: block.width, base: 1, from: former, into: words)
      } else {
        try unpack(block, plus: 1, into: words)
        PackedColumn.accumulate(words, block.length, from: former, mask: .max)
      }
      last = words[block.length &- 1]
      guard UInt64(last) < limit else { throw FormatError("a packed value is out of range") }
    } else {
      last = try decodeOthers(block: index, below: limit, into: words)
    }
    guard UInt64(words[0]) >= least else { throw FormatError("a set does not ascend") }
    return last
  }

  /// The same for blocks that may not ascend.
  @inline(never)
  private func decodeOthers(
    block index: Int, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) -> UInt32 {
    let length = length(ofBlock: index)
    try decode(block: index, below: limit, into: words)
    guard PackedColumn.ascends(words, length) else { throw FormatError("a set does not ascend") }
    return words[length &- 1]
  }

  /// The ends of a block of values that ascend, and whether each is the one before it plus 1.
  struct Gaps: BitwiseCopyable {
    var first: UInt32
    var last: UInt32
    var areOnes: Bool
  }

  /// Puts how far each value of a block lies behind the one before it into `words`, anything in the place of the
  /// first; nothing where all gaps are 1. The values must ascend strictly and be below `limit`.
  @inline(never)
  func decodeGaps(
    block index: Int, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) -> Gaps {
    guard !isArithmetic, case let block = try block(index), hasGaps(block) else {
      return try decodeOtherGaps(block: index, below: limit, into: words)
    }
    let length = block.length
    let base = UInt32(truncatingIfNeeded: block.base)
    var gaps = Gaps(
      first: base, last: base &+ UInt32(truncatingIfNeeded: length &- 1), areOnes: block.bits == 0)
    if !gaps.areOnes {
      try unpack(block, plus: 1, into: words)
      gaps.first &+= words[0] &- 1
      gaps.last = base &- 1 &+ PackedColumn.sum(words, length)
    }
    guard UInt64(gaps.last) < limit else { throw FormatError("a packed value is out of range") }
    return gaps
  }

  @inline(never)
  private func decodeOtherGaps(
    block index: Int, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) -> Gaps {
    let length = length(ofBlock: index)
    if isArithmetic && step == 1 {
      let first = firstValue(ofBlock: index)
      // That the last value of all does not overflow was found when the column was opened.
      let last = first &+ UInt64(length &- 1)
      guard length > 0, last < min(limit, 1 << 32) else {
        throw FormatError("a packed value is out of range")
      }
      return Gaps(
        first: UInt32(truncatingIfNeeded: first), last: UInt32(truncatingIfNeeded: last),
        areOnes: true)
    }
    let last = try decodeOthers(block: index, below: limit, into: words)
    let gaps = Gaps(
      first: words[0], last: last, areOnes: Int(last &- words[0]) == length &- 1)
    for place in stride(from: length &- 1, to: 0, by: -1) { words[place] &-= words[place &- 1] }
    return gaps
  }

  /// Puts the values of any block into `words`, whatever their width.
  func decodeWide(block index: Int, into words: Words<UInt64>) throws(FormatError) {
    if isArithmetic {
      var value = first &+ step &* UInt64(index &* PackedColumn.blockSize)
      for place in 0..<words.count {
        words[place] = value
        value &+= step
      }
      return
    }
    let block = try block(index)
    try unpackWide(block, into: words)
    try block.exceptions.forEach(of: bytes) { place, high in
      words[place] &+= high &<< UInt64(truncatingIfNeeded: block.width)
    }
    guard block.isDelta else {
      for place in 0..<block.length { words[place] &+= block.base }
      return
    }
    var value = block.base &- bias
    for place in 0..<block.length {
      value = (value &+ words[place] &+ bias) & mask
      words[place] = value
    }
  }

  /// Puts the values of a block of an arithmetic column into `words`.
  private func fill(
    block index: Int, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) {
    let length = length(ofBlock: index)
    let from = firstValue(ofBlock: index)
    // That the last value of all does not overflow was found when the column was opened.
    guard from &+ step &* UInt64(length - 1) < min(limit, 1 << 32) else {
      throw FormatError("a packed value is out of range")
    }
    let step = UInt32(truncatingIfNeeded: step)
    var value = UInt32(truncatingIfNeeded: from)
    for place in 0..<length {
      words[place] = value
      value &+= step
    }
  }

  /// The values of a block whose numbers may have more than 32 bits.
  @inline(never)
  private func decodeNarrowed(
    block index: Int, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) {
    try withBlock(index) { values throws(FormatError) in
      try PackedColumn.check(values, below: min(limit, 1 << 32))
      for place in 0..<values.count { words[place] = UInt32(truncatingIfNeeded: values[place]) }
    }
  }

  /// Lends the values of a block.
  func withBlock(
    _ index: Int, _ body: (Words<UInt64>) throws(FormatError) -> Void
  ) throws(FormatError) {
    let length = length(ofBlock: index)
    guard index >= 0, length > 0 else { throw FormatError("a row lies outside") }
    var storage = InlineArray<128, UInt64>(repeating: 0)
    var failure: FormatError?
    var span = storage.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let words = unsafe Words(base: base, count: length)
      do throws(FormatError) {
        try decodeWide(block: index, into: words)
        try body(words)
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Whether numbers and sums of a block have 32 bits at most.
  @inline(__always)
  private func fits(_ block: Block) -> Bool {
    if block.isDelta { return block.bits <= 32 && mask <= UInt64(UInt32.max) }
    return block.bits < 32 && block.base <= UInt64(UInt32.max) - ((1 &<< UInt64(block.bits)) &- 1)
  }

  /// Whether a block's numbers are gaps of more than 0, of so few bits that the sum of 128 of them, and of 127 high parts
  /// wherever they go, does not overflow.
  @inline(__always)
  private func hasGaps(_ block: Block) -> Bool {
    block.isDelta && bias == 1 && block.bits <= LanePacking.widestSummed && block.base < 1 << 31
  }

  // MARK: - Numbers

  /// Puts the numbers of a block, each plus `addend`, into `words`.
  @inline(__always)
  private func unpack(
    _ block: Block, plus addend: UInt32, into words: Words<UInt32>
  ) throws(FormatError) {
    if block.isFull {
      LanePacking.unpack(bytes, at: block.start, width: block.width, base: addend, into: words)
    } else {
      for place in 0..<block.length {
        let number = BitPacking.read(bytes, from: block.start, place: place, width: block.width)
        words[place] = addend &+ UInt32(truncatingIfNeeded: number)
      }
    }
    if block.exceptionCount == 0 { return }
    let width = UInt64(truncatingIfNeeded: block.width)
    try block.exceptions.forEach(of: bytes) { place, high in
      words[place] &+= UInt32(truncatingIfNeeded: high &<< width)
    }
  }

  /// Puts the numbers of a block, less their high parts, into `words`.
  private func unpackWide(_ block: Block, into words: Words<UInt64>) throws(FormatError) {
    guard block.isFull else {
      for place in 0..<block.length {
        words[place] = BitPacking.read(
          bytes, from: block.start, place: place, width: block.width)
      }
      return
    }
    let low = min(block.width, 32)
    var storage = InlineArray<128, UInt32>(repeating: 0)
    var span = storage.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let halves = unsafe Words(base: base, count: buffer.count)
      LanePacking.unpack(bytes, at: block.start, width: low, base: 0, into: halves)
      for place in 0..<halves.count { words[place] = UInt64(halves[place]) }
      if block.width == low { return }
      LanePacking.unpack(
        bytes, at: block.start + LanePacking.byteCount(width: low), width: block.width - low,
        base: 0, into: halves)
      for place in 0..<halves.count { words[place] |= UInt64(halves[place]) << 32 }
    }
  }

  // MARK: - Loops

  /// Replaces differences by sums: each is the one before it, or `former`, plus the difference, of which
  /// the bits of `mask` count.
  @inline(__always)
  private static func accumulate(
    _ words: Words<UInt32>, _ count: Int, from former: UInt32, mask: UInt32
  ) {
    let fourMasks = SIMD4(repeating: mask)
    var former = SIMD4(repeating: former)
    var place = 0
    while place &+ 4 <= count {
      let four = LanePacking.sums(words.four(at: place))
      words.set((four &+ former) & fourMasks, at: place)
      former &+= SIMD4(repeating: four[3])
      place &+= 4
    }
    var value = former[0]
    while place < count {
      value = (value &+ words[place]) & mask
      words[place] = value
      place &+= 1
    }
  }

  @inline(__always)
  private static func sum(_ words: Words<UInt32>, _ count: Int) -> UInt32 {
    var four = SIMD4<UInt32>(repeating: 0)
    var place = 0
    while place &+ 4 <= count {
      four &+= words.four(at: place)
      place &+= 4
    }
    var result = four.wrappedSum()
    while place < count {
      result &+= words[place]
      place &+= 1
    }
    return result
  }

  /// Whether each is greater than the one before it.
  @inline(__always)
  private static func ascends(_ words: Words<UInt32>, _ count: Int) -> Bool {
    var isAmiss = SIMDMask<SIMD4<Int32>>(repeating: false)
    var place = 1
    while place &+ 4 <= count {
      isAmiss .|= words.four(at: place &- 1) .>= words.four(at: place)
      place &+= 4
    }
    if any(isAmiss) { return false }
    while place < count {
      if words[place &- 1] >= words[place] { return false }
      place &+= 1
    }
    return true
  }

  @inline(__always)
  private static func check(
    _ words: Words<UInt32>, _ count: Int, below limit: UInt64
  ) throws(FormatError) {
    guard limit > 0 else { throw FormatError("a packed value is out of range") }
    let greatest = UInt32(truncatingIfNeeded: min(limit, 1 << 32) &- 1)
    let four = SIMD4(repeating: greatest)
    var isAmiss = SIMDMask<SIMD4<Int32>>(repeating: false)
    var place = 0
    while place &+ 4 <= count {
      isAmiss .|= words.four(at: place) .> four
      place &+= 4
    }
    var isOutside = any(isAmiss)
    while place < count {
      isOutside = isOutside || words[place] > greatest
      place &+= 1
    }
    if isOutside { throw FormatError("a packed value is out of range") }
  }

  private static func check(_ words: Words<UInt64>, below limit: UInt64) throws(FormatError) {
    for place in 0..<words.count where words[place] >= limit {
      throw FormatError("a packed value is out of range")
    }
  }
}

extension Words where Element == UInt32 {
  /// Four words from a place on.
  @inline(__always)
  func four(at place: Int) -> SIMD4<UInt32> {
    assert(place >= 0 && place &+ 4 <= count)
    return unsafe UnsafeRawPointer(base + place).loadUnaligned(as: SIMD4<UInt32>.self)
  }

  /// Sets four words from a place on.
  @inline(__always)
  func set(_ four: SIMD4<UInt32>, at place: Int) {
    assert(place >= 0 && place &+ 4 <= count)
    unsafe UnsafeMutableRawPointer(base + place).storeBytes(of: four, as: SIMD4<UInt32>.self)
  }
}

/// A sealed column of whole numbers: blocks of 128, each bit-packed or delta-coded in as few bits as
/// serve most of its values, with the others patched in.
///
/// ```
///  0  u32  count
///  4  u8   kind: 0 blocks, 1 arithmetic
///  5  u8   bits of a first value (kind 0)
///  6  u8   bits of the largest value; differences are modulo this power of two
///  7  u8   bit 0: the values ascend strictly, and differences are stored less 1
///  8  u64  length in bytes, with this header
///
///  kind 1:  16 u64 first   24 u64 step               value i is first + i · step
///
///  kind 0:  u64 for each 32 blocks                   where their payload begins, from the header on
///           u16 for each block                       its payload, from there on
///           first values, bit-packed                 of each block
///           payloads
///           8 zeros                                  so that words can be read up to the end
///
///  payload: u8 width   u8 mode · 128 + exceptions    mode 0: value − first, mode 1: differences
///           packed numbers of `width` bits           128 in mode 0, 127 in mode 1, fewer at the end
///           if there are exceptions:
///             u8 width of the high parts   u8 place of each   high parts, bit-packed
/// ```
///
/// The first value of a block is its least in mode 0 and its first in mode 1. A block decodes at
/// about a nanosecond a value; one value takes its own block alone.
package final class PackedColumn {
  package static let blockSize = 128
  static let headerSize = 16

  /// How many values there are.
  package let count: Int
  private let bytes: ByteView
  private let isArithmetic: Bool
  private let firstWidth: Int
  private let mask: UInt64
  private let bias: UInt64
  private let first: UInt64
  private let step: UInt64
  private let relatives: Int
  private let firsts: Int
  /// Checks payloads before they are read, where that has not been done.
  private let guarded: GuardedBytes?
  /// Where the column begins in the guarded bytes.
  private let origin: Int
  /// Where the blocks lie, if somebody has asked for many single rows.
  private var heads: Column<BlockHead>?

  /// A block's place, and what its numbers begin from: one access to memory in place of three.
  private struct BlockHead: BitwiseCopyable {
    /// Where the packed numbers begin, 0 where they are differences.
    var start: UInt32
    var width: UInt8
    var exceptions: UInt8
    var base: UInt64
  }

  /// The column that begins a view. Only its header is looked at.
  package convenience init(_ source: ByteView) throws(FormatError) {
    try self.init(source, nil, at: 0)
  }

  /// The column at an offset of bytes that are compared with their checksums as they are touched.
  convenience init(_ guarded: GuardedBytes, at offset: Int) throws(FormatError) {
    let rest = try guarded.bytes.slice(offset, max(0, guarded.bytes.count - offset))
    try guarded.check(offset, offset + min(32, rest.count))
    try self.init(rest, guarded, at: offset)
  }

  private init(
    _ source: ByteView, _ guarded: GuardedBytes?, at origin: Int
  ) throws(FormatError) {
    self.guarded = guarded
    self.origin = origin
    let kind: UInt8 = try source.load(4)
    let valueWidth: UInt8 = try source.load(6)
    let flags: UInt8 = try source.load(7)
    let length: UInt64 = try source.load(8)
    count = Int(try source.load(0, as: UInt32.self))
    firstWidth = Int(try source.load(5, as: UInt8.self))
    guard kind < 2, firstWidth <= 64, valueWidth <= 64, flags < 2,
      length >= 16, length <= UInt64(source.count)
    else { throw FormatError("a packed column has a wrong header") }
    bytes = try source.slice(0, Int(length))
    isArithmetic = kind == 1
    mask = valueWidth == 64 ? .max : (1 << UInt64(valueWidth)) - 1
    bias = UInt64(flags & 1)
    if kind == 1 {
      first = try bytes.load(16)
      step = try bytes.load(24)
      relatives = 0
      firsts = 0
      // A constant column could claim any length in 32 bytes.
      guard step > 0 || count <= 1 << 20 else { throw FormatError("a constant is too long") }
      let (reach, isTooFar) = step.multipliedReportingOverflow(by: UInt64(max(count, 1) - 1))
      guard !isTooFar, !first.addingReportingOverflow(reach).overflow else {
        throw FormatError("a packed column overflows")
      }
    } else {
      first = 0
      step = 0
      let blocks = (count + PackedColumn.blockSize - 1) / PackedColumn.blockSize
      relatives = PackedColumn.headerSize + (blocks + 31) / 32 * 8
      firsts = relatives + blocks * 2
      let payloads = firsts + (blocks * firstWidth + 7) / 8
      guard payloads + 2 * blocks + 8 <= bytes.count else {
        throw FormatError("a packed column is too short")
      }
      try guarded?.check(origin, origin + payloads)
    }
  }

  /// The length in bytes of the column.
  package var byteCount: Int { bytes.count }

  /// The first and the greatest value of a column that ascends evenly, for a quick look at sets.
  package var range: (first: UInt64, step: UInt64)? { isArithmetic ? (first, step) : nil }

  /// All values, each of which must be below `limit`. O(count).
  package func decode<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    as type: T.Type = T.self, below limit: UInt64
  ) throws(FormatError) -> Column<T> {
    guard limit <= UInt64(T.max) &+ 1 || T.bitWidth == 64 else {
      throw FormatError("a packed column is too wide")
    }
    if isArithmetic { try check(last: limit) }
    let result = Column<T>(minimumCapacity: count)
    result.grow(by: count)
    var greatest: UInt64 = 0
    let words = result.words
    var start = 0
    while start < count {
      let length = min(PackedColumn.blockSize, count - start)
      greatest |= try decodeBlock(
        start / PackedColumn.blockSize, length, words.slice(start, length), upTo: length)
      start += length
    }
    // The union of all bits bounds every value; only near the limit they are looked at one by one.
    if greatest >= limit {
      for row in 0..<count where UInt64(words[row]) >= limit || greatest > UInt64(T.max) {
        throw FormatError("a packed value is out of range")
      }
    }
    return result
  }

  /// Lends the values, each below `limit`, a block at a time in order. O(count).
  @inline(__always)
  func forEachBlock(
    below limit: UInt64, _ body: (_ firstRow: Int, Words<UInt32>) -> Void
  ) throws(FormatError) {
    guard limit <= 1 << 32 else { throw FormatError("a packed column is too wide") }
    let buffer = Column<UInt32>(repeating: 0, count: PackedColumn.blockSize)
    defer { keepAlive(buffer) }
    var start = 0
    while start < count {
      let length = min(PackedColumn.blockSize, count - start)
      let words = buffer.words.slice(0, length)
      let union = try decodeBlock(start / PackedColumn.blockSize, length, words, upTo: length)
      if union >= limit {
        for row in 0..<length where UInt64(words[row]) >= limit || union > UInt64(UInt32.max) {
          throw FormatError("a packed value is out of range")
        }
      }
      body(start, words)
      start += length
    }
  }

  /// Puts the values of some rows, each of which must be below `limit`, into `words`. O(rows), beside
  /// at most a block before them.
  func decode(
    _ rows: Range<Int>, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) {
    guard rows.lowerBound >= 0, rows.upperBound <= count, limit <= 1 << 32 else {
      throw FormatError("a row lies outside")
    }
    var greatest: UInt64 = 0
    var row = rows.lowerBound
    while row < rows.upperBound {
      let block = row / PackedColumn.blockSize
      let start = block * PackedColumn.blockSize
      let end = min(start + PackedColumn.blockSize, rows.upperBound)
      let part = words.slice(row - rows.lowerBound, end - row)
      if let union = try decodePlain(block, from: row - start, part) {
        greatest |= union
      } else {
        try withBlock(of: row, upTo: end - start) { values in
          for place in 0..<part.count {
            let value = values[row - start + place]
            greatest |= value
            part[place] = UInt32(truncatingIfNeeded: value)
          }
        }
      }
      row = end
    }
    if greatest >= limit {
      for place in 0..<rows.count where UInt64(words[place]) >= limit || greatest >> 32 != 0 {
        throw FormatError("a packed value is out of range")
      }
    }
  }

  /// Makes single rows cheaper to read: at the price of sixteen bytes a block. O(blocks).
  func prepareForRows() throws(FormatError) {
    guard heads == nil, !isArithmetic else { return }
    let blocks = (count + PackedColumn.blockSize - 1) / PackedColumn.blockSize
    guard bytes.count <= Int(UInt32.max) else { return }
    let result = Column<BlockHead>(minimumCapacity: blocks)
    for block in 0..<blocks { result.append(try head(ofBlock: block)) }
    heads = result
  }

  @inline(__always)
  private func head(ofBlock block: Int) throws(FormatError) -> BlockHead {
    let start = try payload(ofBlock: block)
    let width: UInt8 = try bytes.load(start)
    let mode: UInt8 = try bytes.load(start + 1)
    let isPlain = mode < 128 && width <= 32 && start <= Int(UInt32.max) - 2
    return BlockHead(
      start: isPlain ? UInt32(start + 2) : 0, width: width, exceptions: mode & 127,
      base: try firstValue(ofBlock: block))
  }

  /// The bytes that making rows cheaper takes in memory.
  var headByteCount: Int { heads?.byteCount ?? 0 }

  /// Decodes values from the middle of a block where none depends on another; `nil` where they do.
  @inline(__always)
  private func decodePlain(
    _ block: Int, from first: Int, _ words: Words<UInt32>
  ) throws(FormatError) -> UInt64? {
    let head: BlockHead
    if let heads {
      head = heads.words[block]
    } else if isArithmetic {
      return nil
    } else {
      head = try self.head(ofBlock: block)
    }
    if head.start == 0 { return nil }
    let start = Int(head.start)
    let width = Int(head.width)
    let end = start + ((first + words.count) * width + 7) / 8
    guard end + 8 <= bytes.count else { throw FormatError("a block lies outside") }
    try touch(start, end)
    let base = head.base
    var union: UInt64 = 0
    BitPacking.unpack(bytes, at: start, from: first, count: words.count, width: width) {
      place, value in
      let sum = base &+ value
      union |= sum
      words[place] = UInt32(truncatingIfNeeded: sum)
    }
    if head.exceptions > 0 {
      union |= try patch(block, head, from: first, words)
    }
    return union
  }

  /// Adds the high parts of those values among some that have them.
  private func patch(
    _ block: Int, _ head: BlockHead, from first: Int, _ words: Words<UInt32>
  ) throws(FormatError) -> UInt64 {
    let length = min(PackedColumn.blockSize, count - block * PackedColumn.blockSize)
    let width = Int(head.width)
    let exceptions = Int(head.exceptions)
    let places = Int(head.start) + (length * width + 7) / 8 + 1
    try touch(places - 1, places + exceptions)
    let highWidth = Int(try bytes.load(places - 1, as: UInt8.self))
    guard highWidth <= 64 else { throw FormatError("a block lies outside") }
    var union: UInt64 = 0
    for index in 0..<exceptions {
      let place = Int(try bytes.load(places + index, as: UInt8.self)) - first
      guard place >= 0, place < words.count else { continue }
      let highs = places + exceptions
      try touch(highs, highs + (exceptions * highWidth + 7) / 8)
      let high = try BitPacking.read(bytes, from: highs, place: index, width: highWidth)
      let sum = UInt64(words[place]) &+ high << UInt64(width)
      union |= sum
      words[place] = UInt32(truncatingIfNeeded: sum)
    }
    return union
  }

  /// The value of a row. O(1): at most a block is decoded.
  package func value(at row: Int) throws(FormatError) -> UInt64 {
    guard row >= 0, row < count else { throw FormatError("a row lies outside") }
    if isArithmetic { return first &+ step &* UInt64(row) }
    var result: UInt64 = 0
    let place = row % PackedColumn.blockSize
    try withBlock(of: row, upTo: place + 1) { words in result = words[place] }
    return result
  }

  /// The values of a row and of the next; `nil` in place of the latter behind the last row. O(1).
  func values(at row: Int) throws(FormatError) -> (UInt64, next: UInt64?) {
    let place = row % PackedColumn.blockSize
    guard row + 1 < count else { return (try value(at: row), nil) }
    guard !isArithmetic, place + 1 < PackedColumn.blockSize else {
      return (try value(at: row), try value(at: row + 1))
    }
    var result: (UInt64, UInt64) = (0, 0)
    try withBlock(of: row, upTo: place + 2) { words in result = (words[place], words[place + 1]) }
    return (result.0, result.1)
  }

  /// Lends the values of the block that a row is in, of which the first `limit` are set.
  package func withBlock(
    of row: Int, upTo limit: Int = blockSize, _ body: (Words<UInt64>) -> Void
  ) throws(FormatError) {
    let block = row / PackedColumn.blockSize
    let length = min(PackedColumn.blockSize, count - block * PackedColumn.blockSize)
    guard row >= 0, length > 0 else { throw FormatError("a row lies outside") }
    var storage = InlineArray<128, UInt64>(repeating: 0)
    var failure: FormatError?
    var span = storage.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let words = unsafe Words(base: base, count: length)
      do throws(FormatError) {
        _ = try decodeBlock(block, length, words, upTo: min(limit, length))
        body(words)
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// The row of a value in a column whose values ascend strictly. O(log blocks).
  func place(of value: UInt64) throws(FormatError) -> Int? {
    if isArithmetic {
      guard count > 0, value >= first, step > 0, (value - first) % step == 0 else {
        return count > 0 && value == first ? 0 : nil
      }
      let place = (value - first) / step
      return place < UInt64(count) ? Int(place) : nil
    }
    let row = try lowerBound(value)
    guard row < count, try self.value(at: row) == value else { return nil }
    return row
  }

  /// The first row whose value is not below `bound`, in a column whose values ascend; the number of
  /// rows where there is none. O(log blocks).
  package func lowerBound(_ bound: UInt64) throws(FormatError) -> Int {
    guard count > 0 else { return 0 }
    if isArithmetic {
      if bound <= first { return 0 }
      guard step > 0 else { return count }
      let distance = bound - first
      let rows = distance / step + (distance % step == 0 ? 0 : 1)
      return Int(min(rows, UInt64(count)))
    }
    // The last block that begins below the bound holds the place, or it is the start of the next.
    var low = 0
    var high = (count + PackedColumn.blockSize - 1) / PackedColumn.blockSize
    while low < high {
      let middle = (low + high) / 2
      if try firstValue(ofBlock: middle) < bound { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    var result = 0
    try withBlock(of: (low - 1) * PackedColumn.blockSize) { words in
      var place = 0
      while place < words.count && words[place] < bound { place += 1 }
      result = (low - 1) * PackedColumn.blockSize + place
    }
    return result
  }

  private func check(last limit: UInt64) throws(FormatError) {
    guard count == 0 || first &+ step &* UInt64(count - 1) < limit else {
      throw FormatError("a packed value is out of range")
    }
  }

  private func firstValue(ofBlock block: Int) throws(FormatError) -> UInt64 {
    try BitPacking.read(bytes, from: firsts, place: block, width: firstWidth)
  }

  /// Where the payload of a block begins; its first two bytes may be read.
  @inline(__always)
  private func payload(ofBlock block: Int) throws(FormatError) -> Int {
    let group: UInt64 = try bytes.load(PackedColumn.headerSize + block / 32 * 8)
    guard group < UInt64(bytes.count) else { throw FormatError("a block lies outside") }
    let start = Int(group) + Int(try bytes.load(relatives + block * 2, as: UInt16.self))
    guard start <= bytes.count - 2 else { throw FormatError("a block lies outside") }
    try touch(start, start + 2)
    return start
  }

  /// Makes sure that bytes may be read.
  @inline(__always)
  private func touch(_ start: Int, _ end: Int) throws(FormatError) {
    if let guarded { try guarded.check(origin &+ start, origin &+ end) }
  }

  /// Decodes the first `limit` of the `length` values of a block into `words` and returns the union
  /// of their bits.
  @inline(__always)
  private func decodeBlock<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ block: Int, _ length: Int, _ words: Words<T>, upTo limit: Int
  ) throws(FormatError) -> UInt64 {
    var union: UInt64 = 0
    if isArithmetic {
      var value = first &+ step &* UInt64(block * PackedColumn.blockSize)
      for place in 0..<limit {
        words[place] = T(truncatingIfNeeded: value)
        union |= value
        value &+= step
      }
      return union
    }
    let start = try payload(ofBlock: block)
    let base = try firstValue(ofBlock: block)
    let width = Int(try bytes.load(start, as: UInt8.self))
    let mode: UInt8 = try bytes.load(start + 1)
    let isDelta = mode >= 128
    let packed = isDelta ? length - 1 : length
    let packedEnd = start + 2 + (packed * width + 7) / 8
    guard width <= 64, packedEnd + 8 <= bytes.count else {
      throw FormatError("a block lies outside")
    }
    try touch(start, packedEnd)
    let exceptions = Int(mode & 127)
    var highWidth = 0
    let highs = packedEnd + 1 + exceptions
    if exceptions > 0 {
      try touch(packedEnd, packedEnd + 1)
      highWidth = Int(try bytes.load(packedEnd, as: UInt8.self))
      guard width < 64, highWidth <= 64,
        highs + (exceptions * highWidth + 7) / 8 + 8 <= bytes.count
      else { throw FormatError("a block lies outside") }
      try touch(packedEnd, highs + (exceptions * highWidth + 7) / 8)
    }
    guard T.bitWidth == 64 || fits(T.self, isDelta ? nil : base, width + highWidth) else {
      try withBlock(of: block * PackedColumn.blockSize, upTo: limit) { values in
        for place in 0..<limit {
          words[place] = T(truncatingIfNeeded: values[place])
          union |= values[place]
        }
      }
      return union
    }
    let shift = isDelta ? 1 : 0
    let wanted = limit - shift
    let rest = words.slice(shift, words.count - shift)
    var bits = BitPacking.unpack(
      bytes, at: start + 2, count: wanted, width: width,
      base: isDelta ? 0 : T(truncatingIfNeeded: base), into: rest)
    for index in 0..<exceptions {
      let place = Int(try bytes.load(packedEnd + 1 + index, as: UInt8.self))
      guard place < packed else { throw FormatError("an exception lies outside") }
      if place >= wanted { continue }
      let high = try BitPacking.read(bytes, from: highs, place: index, width: highWidth)
      rest[place] &+= T(truncatingIfNeeded: high << UInt64(width))
      bits |= rest[place]
    }
    if isDelta {
      let mask = T(truncatingIfNeeded: mask)
      let bias = T(truncatingIfNeeded: bias)
      var value = T(truncatingIfNeeded: base)
      bits = value
      union = base
      words[0] = value
      for place in 1..<max(limit, 1) {
        value = (value &+ words[place] &+ bias) & mask
        words[place] = value
        bits |= value
      }
    }
    union |= UInt64(bits)
    return union
  }

  /// Whether all sums of a block are numbers of a type: those of differences stay below the largest
  /// value, the others are at most `bits` wide above their base.
  @inline(__always)
  private func fits<T: FixedWidthInteger>(_ type: T.Type, _ base: UInt64?, _ bits: Int) -> Bool {
    guard let base else { return mask <= UInt64(T.max) }
    return bits < T.bitWidth && base <= UInt64(T.max) - ((1 << UInt64(bits)) - 1)
  }
}

extension PackedColumn {
  /// A block's place, and what its numbers begin from: one access to memory in place of three.
  struct BlockHead: BitwiseCopyable {
    /// Where its numbers begin; 0 where they are not a row's own, or of more than 32 bits.
    var start: UInt32
    var width: UInt8
    var exceptions: UInt8
    /// The bits of the high part of an exception.
    var highWidth: UInt8
    /// How many values it has.
    var length: UInt8
    var base: UInt64
  }

  /// Makes single rows cheaper to read: at the price of sixteen bytes a block. O(blocks).
  func prepareForRows() throws(FormatError) {
    guard heads == nil, !isArithmetic, bytes.count <= Int(UInt32.max) else { return }
    let result = Column<BlockHead>(minimumCapacity: blockCount)
    for index in 0..<blockCount {
      let block = try block(index)
      let isPlain = !block.isDelta && block.width <= 32
      result.append(
        BlockHead(
          start: isPlain ? UInt32(block.start) : 0, width: UInt8(block.width),
          exceptions: UInt8(block.exceptionCount), highWidth: UInt8(block.bits - block.width),
          length: UInt8(block.length), base: block.base))
    }
    heads = result
  }

  /// The bytes that making rows cheaper takes in memory.
  var headByteCount: Int { heads?.byteCount ?? 0 }

  /// Puts the values of some rows, each of which must be below `limit`, into `words`. O(rows), beside
  /// at most a block before them.
  func decode(
    _ rows: Range<Int>, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) {
    guard rows.lowerBound >= 0, rows.upperBound <= count else {
      throw FormatError("a row lies outside")
    }
    if try rowView.read(rows, below: limit, into: words) { return }
    var row = rows.lowerBound
    while row < rows.upperBound {
      let index = row / PackedColumn.blockSize
      let start = index &* PackedColumn.blockSize
      let end = min(start &+ PackedColumn.blockSize, rows.upperBound)
      let part = words.slice(row &- rows.lowerBound, end &- row)
      try decode(partOf: index, from: row &- start, below: limit, into: part)
      row = end
    }
  }

  /// The blocks of a column that has been prepared for rows, without their owners; whoever holds it
  /// holds the column as well. Making the heads has checked that blocks lie inside and are sound.
  struct RowView: BitwiseCopyable {
    fileprivate let heads: Words<BlockHead>
    fileprivate let bytes: UnownedBytes

    /// Puts the values of some rows into `words`, if there are heads, none of the values depends on
    /// another, and all are below `limit`. O(rows).
    @inline(__always)
    func read(
      _ rows: Range<Int>, below limit: UInt64, into words: Words<UInt32>
    ) throws(FormatError) -> Bool {
      var greatest: UInt64 = 0
      var row = rows.lowerBound
      while row < rows.upperBound {
        let index = row / PackedColumn.blockSize
        guard index < heads.count else { return false }
        let head = heads[index]
        if head.start == 0 { return false }
        let start = index &* PackedColumn.blockSize
        let end = min(start &+ PackedColumn.blockSize, rows.upperBound)
        let part = words.slice(row &- rows.lowerBound, end &- row)
        for place in 0..<part.count {
          let value = head.base &+ bytes.number(at: row &- start &+ place, of: head)
          part[place] = UInt32(truncatingIfNeeded: value)
          greatest = max(greatest, value)
        }
        if head.exceptions > 0 {
          greatest = max(greatest, try patch(head, from: row &- start, part))
        }
        row = end
      }
      return greatest < limit
    }

    /// Adds the high parts of those values among some of a block that have them; returns the greatest
    /// of these.
    private func patch(
      _ head: BlockHead, from first: Int, _ words: Words<UInt32>
    ) throws(FormatError) -> UInt64 {
      let width = UInt64(head.width)
      let end = Int(head.start) &+ (Int(head.length) &* Int(head.width) &+ 7) / 8
      let exceptions = Exceptions(
        count: Int(head.exceptions), width: Int(head.highWidth), at: end, length: Int(head.length))
      var greatest: UInt64 = 0
      try exceptions.forEach(in: first..<first &+ words.count, of: bytes) { place, high in
        let place = place &- first
        let value = UInt64(words[place]) &+ high &<< width
        greatest = max(greatest, value)
        words[place] = UInt32(truncatingIfNeeded: value)
      }
      return greatest
    }
  }

  /// The blocks for loops, once the column has been prepared for rows.
  var rowView: RowView { RowView(heads: heads?.words ?? .empty, bytes: bytes) }

  /// Values from the middle of a block that is decoded as a whole.
  @inline(never)
  private func decode(
    partOf index: Int, from first: Int, below limit: UInt64, into words: Words<UInt32>
  ) throws(FormatError) {
    if first == 0 && words.count == length(ofBlock: index) {
      return try decode(block: index, below: limit, into: words)
    }
    var storage = InlineArray<128, UInt32>(repeating: 0)
    var failure: FormatError?
    var span = storage.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let values = unsafe Words(base: base, count: buffer.count)
      do throws(FormatError) {
        try decode(block: index, below: limit, into: values)
        for place in 0..<words.count { words[place] = values[first &+ place] }
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// The value of a row. O(1): at most a block is decoded.
  package func value(at row: Int) throws(FormatError) -> UInt64 {
    guard row >= 0, row < count else { throw FormatError("a row lies outside") }
    if isArithmetic { return first &+ step &* UInt64(row) }
    let place = row % PackedColumn.blockSize
    let block = try block(row / PackedColumn.blockSize)
    if !block.isDelta && block.width <= 32 {
      var value = block.base
      value &+=
        block.isFull
        ? LanePacking.read(bytes, at: block.start, place: place, width: block.width)
        : BitPacking.read(bytes, from: block.start, place: place, width: block.width)
      try block.exceptions.forEach(in: place..<place + 1, of: bytes) { _, high in
        value &+= high &<< UInt64(truncatingIfNeeded: block.width)
      }
      return value
    }
    var result: UInt64 = 0
    try withBlock(row / PackedColumn.blockSize) { words in result = words[place] }
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
    try withBlock(row / PackedColumn.blockSize) { words in
      result = (words[place], words[place + 1])
    }
    return (result.0, result.1)
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
    // It is the first of a block, or in the block before.
    let next = firstBlock(notBelow: value)
    if next < blockCount, firstValue(ofBlock: next) == value {
      return next * PackedColumn.blockSize
    }
    if next == 0 { return nil }
    let (place, isFound) = try position(of: value, inBlock: next - 1)
    return isFound ? (next - 1) * PackedColumn.blockSize + place : nil
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
    let next = firstBlock(notBelow: bound)
    if next == 0 { return 0 }
    return (next - 1) * PackedColumn.blockSize + (try position(of: bound, inBlock: next - 1)).place
  }

  /// The first block whose first value is not below a bound; the number of blocks where there is none.
  private func firstBlock(notBelow bound: UInt64) -> Int {
    var low = 0
    var high = blockCount
    while low < high {
      let middle = (low + high) / 2
      if firstValue(ofBlock: middle) < bound { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// How many values of a block, which ascend, are below a bound, and whether the next is equal to it.
  private func position(
    of bound: UInt64, inBlock index: Int
  ) throws(FormatError) -> (place: Int, isFound: Bool) {
    var result = (place: 0, isFound: false)
    try withBlock(index) { words in
      var place = 0
      for index in 0..<words.count { place &+= words[index] < bound ? 1 : 0 }
      result = (place, place < words.count && words[place] == bound)
    }
    return result
  }
}

extension UnownedBytes {
  /// The number at a place of a block, less its high part.
  @inline(__always)
  fileprivate func number(
    at place: Int, of head: PackedColumn.BlockHead
  ) -> UInt64 {
    let (start, width) = (Int(head.start), Int(head.width))
    if Int(head.length) == PackedColumn.blockSize {
      return LanePacking.read(self, at: start, place: place, width: width)
    }
    return BitPacking.read(self, from: start, place: place, width: width)
  }
}

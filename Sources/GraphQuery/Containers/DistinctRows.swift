@_spi(Columns) import GraphCore

/// Finds rows that repeat earlier ones, in little memory beside the rows themselves.
///
/// A table of all rows would be larger than the rows. In its place each row sets one of about twelve
/// bits a row, chosen by its hash; a bit that is set twice is suspect. Only rows with a suspect bit
/// (one in twelve, and the repetitions) are then compared with each other. Rows that ascend, as
/// files often have them, need none of this.
struct DistinctRows {
  private let views: [ColumnView]
  private let rowCount: Int
  private let workers: Workers
  /// The bits as pairs of words: those seen, and those that are suspect.
  private let bits: Column<UInt64>
  /// The top bits of a hash choose a bit.
  private let shift: UInt64
  private let factors: [UInt64]

  /// The rows that repeat an earlier one, in ascending order. Expected O(rows).
  static func repetitions(
    _ views: [ColumnView], rowCount: Int, workers: Workers
  ) -> Column<UInt32> {
    if rowCount < 2 || isAscending(views, rowCount) { return Column() }
    return DistinctRows(views, rowCount, workers).repetitions()
  }

  private init(_ views: [ColumnView], _ rowCount: Int, _ workers: Workers) {
    self.views = views
    self.rowCount = rowCount
    self.workers = workers
    var bitCount: UInt64 = 10
    while 1 << bitCount < rowCount * 8 { bitCount += 1 }
    bits = Column(repeating: 0, count: 2 << (bitCount - 6))
    shift = 64 - bitCount
    factors = (0..<2 * views.count).map { TupleHash.mix(TupleHash.seed, UInt64($0) + 1) | 1 }
  }

  private func repetitions() -> Column<UInt32> {
    workers.run { markBits(of: $0) }
    let blocks = (rowCount + Self.blockSize - 1) / Self.blockSize
    let suspects = (0..<blocks).map { _ in Column<UInt32>() }
    workers.forEachChunk(of: rowCount, size: Self.blockSize) { _, rows in
      collectSuspects(rows, suspects[rows.lowerBound / Self.blockSize])
    }
    return repetitions(among: suspects)
  }

  private static let blockSize = 1 << 16

  // MARK: Bits

  /// Each worker marks its own part of the bits, so that none waits for another.
  private func markBits(of worker: Int) {
    let hashes = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let scratch = Column<UInt64>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(hashes, scratch) }
    let (hashes_, words) = (hashes.words, bits.words)
    let count = UInt64(workers.count)
    for start in stride(from: 0, to: rowCount, by: Batch.capacity) {
      var size = min(Batch.capacity, rowCount - start)
      hash(from: start, count: size, into: hashes_, scratch.words)
      if count > 1 {
        var kept = 0
        for i in 0..<size {
          let hash = hashes_[i]
          hashes_[kept] = hash
          kept &+= ((hash &>> 32) &* count) &>> 32 == UInt64(worker) ? 1 : 0
        }
        size = kept
      }
      for i in 0..<size {
        let place = hashes_[i] &>> shift
        let pair = Int(place &>> 6) &<< 1
        let bit: UInt64 = 1 &<< (place & 63)
        let seen = words[pair]
        words[pair &+ 1] |= seen & bit
        words[pair] = seen | bit
      }
    }
  }

  private func collectSuspects(_ rows: Range<Int>, _ output: Column<UInt32>) {
    let hashes = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let scratch = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let found = Column<UInt32>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(hashes, scratch, found) }
    let (hashes_, places, words) = (hashes.words, found.words, bits.words)
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Batch.capacity) {
      let size = min(Batch.capacity, rows.upperBound - start)
      hash(from: start, count: size, into: hashes_, scratch.words)
      var kept = 0
      for i in 0..<size {
        let place = hashes_[i] &>> shift
        places[kept] = UInt32(truncatingIfNeeded: start &+ i)
        kept &+= Int((words[(Int(place &>> 6) &<< 1) &+ 1] &>> (place & 63)) & 1)
      }
      for i in 0..<kept { output.append(places[i]) }
    }
  }

  /// Multilinear hashing (Carter and Wegman): a sum of products with fixed odd factors, whose top
  /// bits are as good as random.
  private func hash(
    from start: Int, count: Int, into hashes: Words<UInt64>, _ scratch: Words<UInt64>
  ) {
    for i in 0..<count { hashes[i] = TupleHash.seed }
    for (column, view) in views.enumerated() {
      view.load(from: start, count: count, into: scratch)
      let (low, high) = (factors[2 * column], factors[2 * column + 1])
      for i in 0..<count {
        let word = scratch[i]
        hashes[i] &+= (word & 0xFFFF_FFFF) &* low &+ (word &>> 32) &* high
      }
    }
  }

  // MARK: Comparing

  /// The rows among some, given in ascending order, that repeat an earlier one of them.
  private func repetitions(among suspects: [Column<UInt32>]) -> Column<UInt32> {
    let result = Column<UInt32>()
    var index = RowIndex()
    let hashes = Column<UInt64>(repeating: 0, count: 1)
    let scratch = Column<UInt64>(repeating: 0, count: 1)
    defer { keepAlive(hashes, scratch, suspects) }
    for block in suspects {
      for place in 0..<block.count {
        let row = Int(block[place])
        hash(from: row, count: 1, into: hashes.words, scratch.words)
        let hash = UInt32(truncatingIfNeeded: hashes[0] &>> 32)
        if contains(row, hash, index) {
          result.append(UInt32(truncatingIfNeeded: row))
        } else {
          index.insert(row: row, hash: hash)
        }
      }
    }
    return result
  }

  private func contains(_ row: Int, _ hash: UInt32, _ index: RowIndex) -> Bool {
    let slots = index.words
    var slot = Int(hash) & index.mask
    while slots[slot] != 0 {
      if RowIndex.hash(of: slots[slot]) == hash {
        let other = RowIndex.row(of: slots[slot])
        if views.allSatisfy({ $0[row] == $0[other] }) { return true }
      }
      slot = (slot &+ 1) & index.mask
    }
    return false
  }

  // MARK: Order

  /// Whether each row is above the one before it, column by column as unsigned words.
  private static func isAscending(_ views: [ColumnView], _ rowCount: Int) -> Bool {
    for row in 1..<rowCount {
      var isAbove = false
      for view in views {
        let (before, now) = (view[row &- 1], view[row])
        if before != now {
          if before > now { return false }
          isAbove = true
          break
        }
      }
      if !isAbove { return false }
    }
    return true
  }
}

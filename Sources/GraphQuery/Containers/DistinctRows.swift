@_spi(Columns) import GraphCore

/// Finds rows that repeat earlier ones, in little memory beside the rows themselves.
///
/// A table of all rows would be larger than the rows. In its place each row sets two bits of a word,
/// chosen by its hash, about one word for six rows (a blocked Bloom filter: Putze, Sanders and Singler
/// 2007). A row that finds both set is suspect: that is one in a hundred, and the repetitions. A
/// second, small filter of the suspects then finds all rows that may equal one, and only these are
/// compared. Rows that ascend, as files often have them, need none of this.
struct DistinctRows {
  private let views: [ColumnView]
  private let rowCount: Int
  private let workers: Workers
  private let factors: [UInt64]

  /// The rows that repeat an earlier one, in ascending order. Expected O(rows).
  static func repetitions(
    _ views: [ColumnView], rowCount: Int, workers: Workers
  ) -> Column<UInt32> {
    if rowCount < 2 || isAscending(views, rowCount) { return Column() }
    // Few rows are done before another thread has woken up.
    let workers = rowCount < blockSize ? Workers(count: 1) : workers
    return DistinctRows(views, rowCount, workers).repetitions()
  }

  private init(_ views: [ColumnView], _ rowCount: Int, _ workers: Workers) {
    self.views = views
    self.rowCount = rowCount
    self.workers = workers
    factors = (0..<2 * views.count).map { TupleHash.mix(TupleHash.seed, UInt64($0) + 1) | 1 }
  }

  private func repetitions() -> Column<UInt32> {
    let suspects = suspectHashes()
    let count = suspects.reduce(0) { $0 + $1.count }
    if count == 0 { return Column() }
    let filter = SmallFilter(capacity: count)
    for hashes in suspects {
      for i in 0..<hashes.count { filter.insert(hashes[i]) }
    }
    let blocks = (rowCount + Self.blockSize - 1) / Self.blockSize
    let candidates = (0..<blocks).map { _ in Column<UInt32>() }
    workers.forEachChunk(of: rowCount, size: Self.blockSize) { _, rows in
      collect(rows, filter, into: candidates[rows.lowerBound / Self.blockSize])
    }
    return repetitions(among: candidates)
  }

  private static let blockSize = 1 << 16

  // MARK: Filters

  /// The hashes of rows that may repeat an earlier one, as each worker finds them. Each worker has
  /// its own part of the filter, so that none waits for another.
  private func suspectHashes() -> [Column<UInt64>] {
    var bits: UInt64 = 4
    while 6 << bits < rowCount { bits += 1 }
    let filter = Column<UInt64>(repeating: 0, count: 1 << bits)
    let suspects = (0..<workers.count).map { _ in Column<UInt64>() }
    defer { keepAlive(filter) }
    workers.run { markRows(of: $0, filter.words, shift: 64 - bits, suspects[$0]) }
    return suspects
  }

  private func markRows(
    of worker: Int, _ filter: Words<UInt64>, shift: UInt64, _ suspects: Column<UInt64>
  ) {
    let buffer = HashBuffer()
    defer { keepAlive(buffer) }
    let hashes = buffer.hashes.words
    let count = UInt64(workers.count)
    for start in stride(from: 0, to: rowCount, by: Batch.capacity) {
      var size = min(Batch.capacity, rowCount - start)
      hash(from: start, count: size, buffer)
      if count > 1 {
        var kept = 0
        for i in 0..<size {
          let hash = hashes[i]
          hashes[kept] = hash
          kept &+= ((hash &>> 32) &* count) &>> 32 == UInt64(worker) ? 1 : 0
        }
        size = kept
      }
      var found = 0
      for i in 0..<size {
        let hash = hashes[i]
        let mask: UInt64 = (1 &<< ((hash &>> 12) & 63)) | (1 &<< ((hash &>> 6) & 63))
        let place = Int(truncatingIfNeeded: hash &>> shift)
        let word = filter[place]
        filter[place] = word | mask
        hashes[found] = hash
        found &+= word & mask == mask ? 1 : 0
      }
      for i in 0..<found { suspects.append(hashes[i]) }
    }
  }

  private func collect(_ rows: Range<Int>, _ filter: SmallFilter, into output: Column<UInt32>) {
    let buffer = HashBuffer()
    let found = Column<UInt32>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(buffer, found) }
    let (hashes, places) = (buffer.hashes.words, found.words)
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Batch.capacity) {
      let size = min(Batch.capacity, rows.upperBound - start)
      hash(from: start, count: size, buffer)
      var kept = 0
      for i in 0..<size {
        places[kept] = UInt32(truncatingIfNeeded: start &+ i)
        kept &+= filter.bit(of: hashes[i])
      }
      for i in 0..<kept { output.append(places[i]) }
    }
  }

  /// One bit a hash, with room for sixty-four times as many.
  private final class SmallFilter {
    private let bits: Column<UInt64>
    private let shift: UInt64

    init(capacity: Int) {
      var bits: UInt64 = 6
      while 1 << bits < capacity * 64 { bits += 1 }
      self.bits = Column(repeating: 0, count: 1 << (bits - 6))
      shift = 64 - bits
    }

    /// The bits of a hash that chose a word of the large filter say nothing new here.
    @inline(__always)
    private func place(_ hash: UInt64) -> UInt64 { (hash &* 0x9E37_79B9_7F4A_7C15) &>> shift }

    func insert(_ hash: UInt64) {
      let place = place(hash)
      bits.words[Int(place &>> 6)] |= 1 &<< (place & 63)
    }

    @inline(__always)
    func bit(of hash: UInt64) -> Int {
      let place = place(hash)
      return Int(truncatingIfNeeded: (bits.words[Int(place &>> 6)] &>> (place & 63)) & 1)
    }
  }

  // MARK: Hashes

  /// Room for the hashes of a batch.
  private final class HashBuffer {
    let hashes = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let scratch = Column<UInt64>(repeating: 0, count: Batch.capacity)
  }

  /// Multilinear hashing (Carter and Wegman 1979): a sum of products with fixed odd factors, mixed
  /// once more, because both ends of the hash are used.
  private func hash(from start: Int, count: Int, _ buffer: HashBuffer) {
    let (hashes, scratch) = (buffer.hashes.words, buffer.scratch.words)
    for i in 0..<count { hashes[i] = TupleHash.seed }
    for (column, view) in views.enumerated() {
      let (low, high) = (factors[2 * column], factors[2 * column + 1])
      if view.form == .narrow || view.form == .narrowSigned {
        let words = view.narrow.slice(start, count)
        for i in 0..<count { hashes[i] &+= UInt64(words[i]) &* low }
        continue
      }
      view.load(from: start, count: count, into: scratch)
      for i in 0..<count {
        let word = scratch[i]
        hashes[i] &+= (word & 0xFFFF_FFFF) &* low &+ (word &>> 32) &* high
      }
    }
    for i in 0..<count {
      let sum = hashes[i]
      hashes[i] = (sum ^ (sum &>> 32)) &* 0xD6E8_FEB8_6659_FD93
    }
  }

  // MARK: Comparing

  /// The rows among some, given in ascending order, that repeat an earlier one of them.
  private func repetitions(among candidates: [Column<UInt32>]) -> Column<UInt32> {
    let result = Column<UInt32>()
    var index = RowIndex()
    let buffer = HashBuffer()
    defer { keepAlive(buffer) }
    for block in candidates {
      for place in 0..<block.count {
        let row = Int(block[place])
        hash(from: row, count: 1, buffer)
        let hash = UInt32(truncatingIfNeeded: buffer.hashes[0] &>> 32)
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

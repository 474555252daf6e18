@_spi(Columns) import GraphCore
import Synchronization

/// Finds rows that repeat earlier ones, in little memory beside the rows themselves.
///
/// A table of all rows would be larger than the rows. In its place each row sets two bits of a word,
/// chosen by its hash, about one word for six rows (a blocked Bloom filter: Putze, Sanders and Singler
/// 2007). A row that finds both set is suspect: that is one in a hundred, and the repetitions. A
/// second, small filter of the suspects then finds all rows that may equal one, and only these are
/// compared. Rows that ascend, as files often have them, need none of this: see `keyWidth`.
struct DistinctRows {
  private let views: [ColumnView]
  private let rowCount: Int
  private let workers: Workers
  private let factors: [UInt64]

  /// The rows that repeat an earlier one, in ascending order. Expected O(rows).
  static func repetitions(
    _ views: [ColumnView], rowCount: Int, workers: Workers
  ) -> Column<UInt32> {
    // Few rows are done before another thread has woken up.
    let workers = rowCount < blockSize ? Workers(count: 1) : workers
    if rowCount < 2 { return Column() }
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
    let candidates = (0..<blocks).map { _ in Column<UInt64>() }
    workers.forEachChunk(of: rowCount, size: Self.blockSize) { _, rows in
      collect(rows, filter, into: candidates[rows.lowerBound / Self.blockSize])
    }
    return repetitions(among: candidates)
  }

  private static let blockSize = 1 << 16

  // MARK: Filters

  /// Rows in one wave, and parts of the filter: a part stays in a core's own cache while the hashes of a
  /// wave that fall into it are looked at.
  private static let waveSize = 1 << 19
  private static let partBits: UInt64 = 4

  /// The hashes of rows that may repeat an earlier one, part by part of the filter.
  ///
  /// One worker sets the bits of each batch at once: its misses overlap, and cost less than sorting. Of
  /// several, each row is hashed once, by some worker, which sorts the hashes by the part of the filter that they fall
  /// into (Manegold, Boncz, Kersten, "Optimizing main-memory join on modern hardware", 2002); then each part
  /// is looked after by one worker, so that none waits for another.
  private func suspectHashes() -> [Column<UInt64>] {
    var bits = Self.partBits
    while 6 << bits < rowCount { bits += 1 }
    let filter = Column<UInt64>(tableOf: 1 << bits)
    defer { keepAlive(filter) }
    if workers.count == 1 { return [suspectHashes(filter.words, shift: 64 - bits)] }
    let partCount = 1 << Int(Self.partBits)
    let suspects = (0..<partCount).map { _ in Column<UInt64>() }
    let sorters = (0..<workers.count).map { _ in HashSorter(partCount) }
    for wave in stride(from: 0, to: rowCount, by: Self.waveSize) {
      let size = min(Self.waveSize, rowCount - wave)
      workers.forEachChunk(of: size, size: 1 << 14) { worker, rows in
        sorters[worker].add(rows.lowerBound + wave..<rows.upperBound + wave, of: self)
      }
      workers.forEachChunk(of: partCount, size: size < Self.blockSize ? partCount : 1) { _, parts in
        for part in parts {
          for sorter in sorters {
            let hashes = sorter.parts[part]
            Self.mark(hashes.words, filter.words, shift: 64 - bits, suspects[part])
            hashes.truncate(to: 0)
          }
        }
      }
    }
    return suspects
  }

  private func suspectHashes(_ filter: Words<UInt64>, shift: UInt64) -> Column<UInt64> {
    let suspects = Column<UInt64>()
    let buffer = HashBuffer()
    defer { keepAlive(buffer) }
    for start in stride(from: 0, to: rowCount, by: Batch.capacity) {
      let size = min(Batch.capacity, rowCount - start)
      hash(from: start, count: size, buffer)
      Self.mark(buffer.hashes.words.slice(0, size), filter, shift: shift, suspects)
    }
    return suspects
  }

  /// Sets the bits of some hashes, and keeps those whose bits were set. What is at `words` is used up.
  private static func mark(
    _ words: Words<UInt64>, _ filter: Words<UInt64>, shift: UInt64, _ suspects: Column<UInt64>
  ) {
    var found = 0
    for first in stride(from: 0, to: words.count, by: Batch.capacity) {
      let hashes = words.slice(first, min(Batch.capacity, words.count - first))
      for i in 0..<hashes.count {
        filter.prefetch(Int(truncatingIfNeeded: hashes[i] &>> shift))
      }
      for i in 0..<hashes.count {
        let hash = hashes[i]
        let mask: UInt64 = (1 &<< ((hash &>> 12) & 63)) | (1 &<< ((hash &>> 6) & 63))
        let place = Int(truncatingIfNeeded: hash &>> shift)
        let word = filter[place]
        filter[place] = word | mask
        words[found] = hash
        found &+= word & mask == mask ? 1 : 0
      }
    }
    for i in 0..<found { suspects.append(words[i]) }
  }

  /// Hashes rows and sorts the hashes by their highest bits.
  private final class HashSorter {
    let parts: [Column<UInt64>]
    private let buffer = HashBuffer()
    private let ends: Column<Words<UInt64>>
    private let counts: Column<UInt32>

    init(_ count: Int) {
      parts = (0..<count).map { _ in Column() }
      ends = Column(repeating: .empty, count: count)
      counts = Column(repeating: 0, count: count)
    }

    func add(_ rows: Range<Int>, of distinct: DistinctRows) {
      let (hashes, counts, ends) = (buffer.hashes.words, counts.words, ends.words)
      let shift = 64 - DistinctRows.partBits
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Batch.capacity) {
        let size = min(Batch.capacity, rows.upperBound - start)
        distinct.hash(from: start, count: size, buffer)
        // Room for all in each part, so that the loop stores without a branch.
        for part in 0..<parts.count {
          let before = parts[part].count
          parts[part].grow(by: size)
          ends[part] = parts[part].words.slice(before, size)
          counts[part] = 0
        }
        for i in 0..<size {
          let hash = hashes[i]
          let part = Int(truncatingIfNeeded: hash &>> shift)
          ends[part][Int(counts[part])] = hash
          counts[part] &+= 1
        }
        for part in 0..<parts.count {
          parts[part].truncate(to: parts[part].count - size + Int(counts[part]))
        }
      }
    }
  }

  /// Keeps rows that may equal a suspect: entries of a `RowIndex`, which have the hash with them.
  private func collect(_ rows: Range<Int>, _ filter: SmallFilter, into output: Column<UInt64>) {
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
      for i in 0..<kept {
        let row = Int(places[i])
        output.append(
          RowIndex.entry(row: row, hash: UInt32(truncatingIfNeeded: hashes[row &- start] &>> 32)))
      }
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
    var column = 0
    while column < views.count {
      let view = views[column]
      let (low, high) = (factors[2 * column], factors[2 * column + 1])
      let isFirst = column == 0
      column += 1
      guard view.isNarrow else {
        view.load(from: start, count: count, into: scratch)
        add(to: hashes, count, isFirst) { i in
          (scratch[i] & 0xFFFF_FFFF) &* low &+ (scratch[i] &>> 32) &* high
        }
        continue
      }
      let words = view.narrow.slice(start, count)
      // Two at a time, because storing the sums takes as long as a product.
      if column < views.count, views[column].isNarrow {
        let (others, other) = (views[column].narrow.slice(start, count), factors[2 * column])
        column += 1
        add(to: hashes, count, isFirst) { i in
          UInt64(words[i]) &* low &+ UInt64(others[i]) &* other
        }
      } else {
        add(to: hashes, count, isFirst) { i in UInt64(words[i]) &* low }
      }
    }
    for i in 0..<count {
      let sum = hashes[i] &+ TupleHash.seed
      hashes[i] = (sum ^ (sum &>> 32)) &* 0xD6E8_FEB8_6659_FD93
    }
  }

  @inline(__always)
  private func add(
    to hashes: Words<UInt64>, _ count: Int, _ isFirst: Bool, _ term: (_ i: Int) -> UInt64
  ) {
    if isFirst {
      for i in 0..<count { hashes[i] = term(i) }
    } else {
      for i in 0..<count { hashes[i] &+= term(i) }
    }
  }

  // MARK: Comparing

  /// The rows among some, given in ascending order, that repeat an earlier one of them.
  private func repetitions(among candidates: [Column<UInt64>]) -> Column<UInt32> {
    let result = Column<UInt32>()
    var index = RowIndex(minimumCapacity: candidates.reduce(0) { $0 + $1.count })
    for block in candidates {
      for place in 0..<block.count {
        let (row, hash) = (RowIndex.row(of: block[place]), RowIndex.hash(of: block[place]))
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

  /// So many columns, from the first, in which each row is above the one before it, column by column as unsigned
  /// words, where the rows ascend: those columns alone tell a row from all others. O(rows).
  static func keyWidth(
    _ views: [ColumnView], rowCount: Int, workers: Workers
  ) -> Int? {
    let workers = rowCount < blockSize ? Workers(count: 1) : workers
    // Where rows do not ascend, this shows soon.
    guard let first = keyWidth(views, 1..<max(1, min(rowCount, 1024))) else { return nil }
    let widest = Atomic<Int>(first)
    let isBroken = Atomic<Bool>(false)
    workers.forEachChunk(of: max(0, rowCount - 1), size: blockSize) { _, rows in
      if isBroken.load(ordering: .relaxed) { return }
      if let width = keyWidth(views, rows.lowerBound + 1..<rows.upperBound + 1) {
        widest.max(width, ordering: .relaxed)
      } else {
        isBroken.store(true, ordering: .relaxed)
      }
    }
    return isBroken.load(ordering: .relaxed) ? nil : widest.load(ordering: .relaxed)
  }

  private static func keyWidth(_ views: [ColumnView], _ rows: Range<Int>) -> Int? {
    var widest = 0
    for row in rows {
      var column = 0
      while column < views.count {
        let (before, now) = (views[column][row &- 1], views[column][row])
        column &+= 1
        if before == now { continue }
        if before > now { return nil }
        widest = max(widest, column)
        column = .max
      }
      if column != .max { return nil }
    }
    return widest
  }
}

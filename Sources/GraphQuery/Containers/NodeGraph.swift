@_spi(Columns) import GraphCore

/// The rows of a complete relation as edges between small numbers, grouped by where they start, with
/// what another column says of each.
final class NodeGraph {
  /// The edges of node x are those from `offsets[x]` to `offsets[x + 1]`.
  let offsets: Column<UInt32>
  let targets: Column<UInt32>
  /// The words of the third column, if there is one.
  let weights: Column<UInt64>?

  /// Fewer rows than this are grouped by one worker.
  private static let sharedRows = 1 << 16

  /// How nodes are divided: by their upper bits, so that the edges of a division fit a core's cache. It has some 32,000
  /// edges, if that does not make more divisions than can be written to side by side; lower bits have sixteen bits.
  private struct Division {
    static let edges = 1 << 15
    static let mostSideBySide = 128

    /// How many of the lower bits tell the nodes of a division apart.
    let bits: Int
    let count: Int

    init(rowCount: Int, domain: Int) {
      let wanted = min(max(rowCount / Self.edges, 1), Self.mostSideBySide)
      var bits = 0
      while bits < 16 && domain > wanted << bits { bits += 1 }
      self.bits = bits
      count = max((domain + (1 << bits) - 1) >> bits, 1)
    }

    @inline(__always)
    func callAsFunction(_ node: UInt64) -> Int { Int(truncatingIfNeeded: node) >> bits }

    func nodes(_ number: Int, of domain: Int) -> Range<Int> {
      number << bits..<min((number + 1) << bits, domain)
    }
  }

  /// Groups rows by counting; all ends are below `domain`. Edges of a node stay in the order of the rows.
  /// O(rows + domain).
  ///
  /// Rows go to their division first, each worker those of a part; that writes to a few places side by side, where to go
  /// to the nodes at once would go to far memory for each row (as in the joins of Manegold, Boncz and Kersten,
  /// "Optimizing main-memory join on modern hardware", 2002). Then each division is grouped where it is.
  init(
    from: ColumnView, to: ColumnView, weight: ColumnView?, rowCount: Int, domain: Int,
    workers: Workers?
  ) {
    offsets = Column(unspecified: domain + 1)
    targets = Column(unspecified: rowCount)
    weights = weight.map { _ in Column(unspecified: rowCount) }
    let workers = rowCount < Self.sharedRows ? Workers(count: 1) : workers ?? Workers(count: 1)
    let division = Division(rowCount: rowCount, domain: domain)
    let lowBits = Column<UInt16>(unspecified: rowCount)
    // Where the next row of a part goes in each division; in the end, where those of the next part begin.
    let parts = workers.count
    let nextColumns = (0..<parts).map { _ in Column<Int>(repeating: 0, count: division.count) }
    let starts = Column<Int>(repeating: 0, count: division.count + 1)
    defer { keepAlive(lowBits, nextColumns, starts) }
    let (low, ends, values, next) = (
      lowBits.words, targets.words, weights?.words, nextColumns.map(\.words)
    )
    func rows(_ part: Int) -> Range<Int> {
      part * rowCount / parts..<(part + 1) * rowCount / parts
    }
    workers.forEachChunk(of: parts, size: 1) { _, range in
      for part in range {
        let counts = next[part]
        for row in rows(part) { counts[division(from[row])] &+= 1 }
      }
    }
    var sum = 0
    for number in 0..<division.count {
      starts[number] = sum
      for part in 0..<parts {
        let count = next[part][number]
        next[part][number] = sum
        sum += count
      }
    }
    starts[division.count] = sum
    workers.forEachChunk(of: parts, size: 1) { _, range in
      for part in range {
        Self.divide(rows(part), from, to, weight, division, next[part], low, ends, values)
      }
    }
    let nodeOffsets = offsets.words
    nodeOffsets[domain] = UInt32(truncatingIfNeeded: rowCount)
    let rooms = (0..<parts).map { _ in Room() }
    workers.forEachChunk(of: division.count, size: 1) { worker, numbers in
      for number in numbers {
        let (start, end) = (starts.words[number], starts.words[number + 1])
        Self.group(
          low.slice(start, end - start), division.nodes(number, of: domain), start, nodeOffsets,
          ends.slice(start, end - start), values?.slice(start, end - start), rooms[worker])
      }
    }
  }

  /// Puts rows into their divisions.
  private static func divide(
    _ rows: Range<Int>, _ from: ColumnView, _ to: ColumnView, _ weight: ColumnView?,
    _ division: Division, _ next: Words<Int>, _ low: Words<UInt16>, _ ends: Words<UInt32>,
    _ values: Words<UInt64>?
  ) {
    let mask = (1 as UInt64) << UInt64(division.bits) - 1
    for row in rows {
      let node = from[row]
      let number = division(node)
      let place = next[number]
      next[number] = place &+ 1
      low[place] = UInt16(truncatingIfNeeded: node & mask)
      ends[place] = UInt32(truncatingIfNeeded: to[row])
      if let weight, let values { values[place] = weight[row] }
    }
  }

  /// Copies of a division's columns.
  private final class Room {
    private let ends = Column<UInt32>()
    private let values = Column<UInt64>()

    func copy(_ words: Words<UInt32>) -> Words<UInt32> { Self.copy(words, to: ends) }

    func copy(_ words: Words<UInt64>) -> Words<UInt64> { Self.copy(words, to: values) }

    private static func copy<Word>(_ words: Words<Word>, to column: Column<Word>) -> Words<Word> {
      column.truncate(to: 0)
      column.grow(by: words.count)
      let copy = column.words
      for i in 0..<words.count { copy[i] = words[i] }
      return copy
    }
  }

  /// Groups the edges of a division, the first of which is number `start`, by their nodes.
  private static func group(
    _ low: Words<UInt16>, _ nodes: Range<Int>, _ start: Int, _ offsets: Words<UInt32>,
    _ ends: Words<UInt32>, _ values: Words<UInt64>?, _ room: Room
  ) {
    // First how many edges a node has, then where its next one goes, which is in the end where it begins.
    let places = offsets.slice(nodes.lowerBound, nodes.count)
    for i in 0..<places.count { places[i] = 0 }
    for i in 0..<low.count { places[Int(low[i])] &+= 1 }
    var sum: UInt32 = 0
    for i in 0..<places.count {
      sum &+= places[i]
      places[i] = sum
    }
    let (oldEnds, oldValues) = (room.copy(ends), values.map(room.copy))
    var i = low.count
    while i > 0 {
      i &-= 1
      let place = places[Int(low[i])] &- 1
      places[Int(low[i])] = place
      ends[Int(place)] = oldEnds[i]
      if let values, let oldValues { values[Int(place)] = oldValues[i] }
    }
    let first = UInt32(truncatingIfNeeded: start)
    for i in 0..<places.count { places[i] &+= first }
  }

  var byteCount: Int { offsets.byteCount + targets.byteCount + (weights?.byteCount ?? 0) }
}

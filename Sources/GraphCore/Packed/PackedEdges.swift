/// Which way edges are followed.
package enum EdgeDirection: Sendable {
  /// From the source to the target.
  case outgoing
  /// From the target to the source.
  case incoming

  /// A number for it.
  @inline(__always)
  var index: Int { self == .outgoing ? 0 : 1 }
}

/// The edges of a type as they lie in a file: for each direction the nodes that have edges, where
/// the edges of each begin, and the far end of each as a place among the nodes of the other
/// direction.
///
/// A node's edges are read where they are: a search for the node, two offsets, and the blocks that
/// hold its far ends. Where many nodes are asked for, the nodes and offsets (but not the edges) are
/// unpacked into a directory, which makes the search one access to memory (`RowReader`). Where all are
/// asked for, `EdgeCursor` goes through blocks, not nodes.
final class PackedEdges {
  let count: Int
  /// Whether no two edges join the same ends in the same direction.
  let isDistinct: Bool
  private let section: PackedSection
  private let termCount: Int
  private var known: Sides?
  private var directories: (outgoing: EdgeDirectory, incoming: EdgeDirectory)?
  /// Both directions of the directories: outgoing, incoming. A row is found without counting a reference.
  private let readers = Column<RowReader>()
  private var probes = 0

  /// One direction.
  final class Side {
    let owners: PackedColumn
    let offsets: PackedColumn
    let far: PackedColumn

    init(owners: PackedColumn, offsets: PackedColumn, far: PackedColumn) {
      self.owners = owners
      self.offsets = offsets
      self.far = far
    }
  }

  // Classes, because copying columns one by one costs more than reading a row.
  private final class Sides {
    let outgoing: Side
    let incoming: Side

    init(outgoing: Side, incoming: Side) {
      self.outgoing = outgoing
      self.incoming = incoming
    }
  }

  init(_ section: PackedSection, count: Int, isDistinct: Bool, termCount: Int) {
    self.section = section
    self.count = count
    self.isDistinct = isDistinct
    self.termCount = termCount
  }

  @inline(__always)
  private func sides() throws(FormatError) -> Sides {
    if let known { return known }
    return try openSides()
  }

  @inline(never)
  private func openSides() throws(FormatError) -> Sides {
    let bytes = try section.bytes()
    try bytes.check(0, 8)
    guard try bytes.bytes.load(0) == UInt64(count) else { throw FormatError("edges are missing") }
    var at = 8
    func next() throws(FormatError) -> PackedColumn {
      let column = try PackedColumn(bytes, at: at)
      at += (column.byteCount + 7) & ~7
      return column
    }
    func side() throws(FormatError) -> Side {
      let side = Side(owners: try next(), offsets: try next(), far: try next())
      guard side.offsets.count == side.owners.count + 1, side.far.count == count else {
        throw FormatError("offsets do not cover the rows")
      }
      return side
    }
    let found = Sides(outgoing: try side(), incoming: try side())
    known = found
    return found
  }

  private func side(_ direction: EdgeDirection) throws(FormatError) -> Side {
    let both = try sides()
    return direction == .outgoing ? both.outgoing : both.incoming
  }

  /// How many nodes have edges in a direction. O(1).
  func nodeCount(_ direction: EdgeDirection) -> Int {
    section.read(0) { () throws(FormatError) in try side(direction).owners.count }
  }

  /// The highest node that has edges in a direction. O(1).
  func highestNode(_ direction: EdgeDirection) -> UInt32 {
    section.read(0) { () throws(FormatError) in
      let owners = try side(direction).owners
      guard owners.count > 0 else { return 0 }
      let node = try owners.value(at: owners.count - 1)
      guard node < UInt64(termCount) else { throw FormatError("a packed value is out of range") }
      return UInt32(truncatingIfNeeded: node)
    }
  }

  // MARK: - The edges of a node

  /// Where the edges of a node lie in a direction; places of outgoing edges are rows of the file.
  @inline(__always)
  func range(of node: UInt32, _ direction: EdgeDirection) -> Range<Int> {
    let readers = readers.words
    if readers.count == 2 { return readers[direction.index].range(of: node) }
    return search(node, direction)
  }

  @inline(never)
  private func search(_ node: UInt32, _ direction: EdgeDirection) -> Range<Int> {
    section.read(0..<0) { () throws(FormatError) in
      try considerDirectories()
      if readers.count == 2 { return readers[direction.index].range(of: node) }
      let side = try side(direction)
      guard let rank = try side.owners.place(of: UInt64(node)) else { return 0..<0 }
      let (start, end) = try side.offsets.values(at: rank)
      guard let end, start <= end, end <= UInt64(count) else {
        throw FormatError("offsets do not ascend")
      }
      return Int(start)..<Int(end)
    }
  }

  /// Lends the far ends of edges, which are given by their places in a direction, less some of them, and some nodes
  /// behind them; only these where far ends are damaged.
  ///
  /// - Parameter removed: each takes one that is equal to it away. They ascend, as those of a node do.
  @inline(__always)
  func withEnds(
    _ range: Range<Int>, _ direction: EdgeDirection, without removed: Words<UInt32> = .empty,
    followedBy more: Words<UInt32> = .empty, _ body: (Words<UInt32>) -> Void
  ) {
    let total = range.count &+ more.count
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: total) { buffer in
      guard let base = buffer.baseAddress else { return }
      let all = unsafe Words(base: base, count: total)
      let words = all.slice(0, range.count)
      let readers = readers.words
      let isRead = readers.count == 2 && readers[direction.index].read(range, into: words)
      var count = isRead || fill(words, range, direction) ? range.count : 0
      if removed.count > 0 { count = PackedEdges.remove(removed, from: words.slice(0, count)) }
      for place in 0..<more.count { all[count &+ place] = more[place] }
      body(all.slice(0, count &+ more.count))
    }
  }

  /// Takes nodes out of others, both ascending, and returns how many are left.
  private static func remove(_ removed: Words<UInt32>, from words: Words<UInt32>) -> Int {
    var (left, next) = (0, 0)
    for place in 0..<words.count {
      while next < removed.count && removed[next] < words[place] { next += 1 }
      if next < removed.count && removed[next] == words[place] {
        next += 1
      } else {
        words[left] = words[place]
        left += 1
      }
    }
    return left
  }

  /// Reads far ends block by block; whether they are sound.
  @inline(never)
  private func fill(
    _ words: Words<UInt32>, _ range: Range<Int>, _ direction: EdgeDirection
  ) -> Bool {
    section.read(false) { () throws(FormatError) in
      let both = try sides()
      let (near, far) =
        direction == .outgoing ? (both.outgoing, both.incoming) : (both.incoming, both.outgoing)
      try near.far.decode(range, below: UInt64(far.owners.count), into: words)
      if let directories {
        let owners =
          direction == .outgoing ? directories.incoming.owners : directories.outgoing.owners
        let names = owners.nodes.words
        for place in 0..<words.count { words[place] = names[Int(words[place])] }
        return true
      }
      for place in 0..<words.count {
        let name = try far.owners.value(at: Int(words[place]))
        guard name < UInt64(termCount) else { throw FormatError("a packed value is out of range") }
        words[place] = UInt32(truncatingIfNeeded: name)
      }
      return true
    }
  }

  /// The places of the edges from one node to another, in the order of the file. O(log edges).
  func places(from source: UInt32, to target: UInt32) -> Range<Int> {
    let range = range(of: source, .outgoing)
    if range.isEmpty { return range }
    return section.read(0..<0) { () throws(FormatError) in
      let both = try sides()
      let rank: Int?
      if let directories {
        rank = directories.incoming.owners.rank(of: target)
      } else {
        rank = try both.incoming.owners.place(of: UInt64(target))
      }
      guard let rank else { return 0..<0 }
      let far = both.outgoing.far
      func lowerBound(_ bound: UInt64) throws(FormatError) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
          let middle = (low + high) / 2
          if try far.value(at: middle) < bound { low = middle + 1 } else { high = middle }
        }
        return low
      }
      let start = try lowerBound(UInt64(rank))
      guard start < range.upperBound, try far.value(at: start) == UInt64(rank) else {
        return start..<start
      }
      return start..<(isDistinct ? start + 1 : try lowerBound(UInt64(rank) + 1))
    }
  }

  /// The ends of the edge at a place of the file. O(log edges).
  func ends(at place: Int) -> (source: UInt32, target: UInt32) {
    section.read((0, 0)) { () throws(FormatError) in
      let both = try sides()
      let owner = try both.outgoing.offsets.lowerBound(UInt64(place) + 1) - 1
      let source = try both.outgoing.owners.value(at: owner)
      let rank = try both.outgoing.far.value(at: place)
      guard source < UInt64(termCount), rank < UInt64(both.incoming.owners.count) else {
        throw FormatError("a packed value is out of range")
      }
      let target = try both.incoming.owners.value(at: Int(rank))
      guard target < UInt64(termCount) else {
        throw FormatError("a packed value is out of range")
      }
      return (UInt32(truncatingIfNeeded: source), UInt32(truncatingIfNeeded: target))
    }
  }

  // MARK: - Unpacking

  /// Makes the directories where so many nodes have been asked for that it pays.
  private func considerDirectories() throws(FormatError) {
    probes &+= 1
    guard probes & 63 == 0, directories == nil else { return }
    let both = try sides()
    // A search takes as long as unpacking a hundred nodes.
    guard probes * 64 > both.outgoing.owners.count + both.incoming.owners.count else { return }
    let outgoing = try directory(both.outgoing)
    let incoming = try directory(both.incoming)
    directories = (outgoing, incoming)
    readers.append(RowReader(outgoing, naming: incoming.owners))
    readers.append(RowReader(incoming, naming: outgoing.owners))
  }

  private func directory(_ side: Side) throws(FormatError) -> EdgeDirectory {
    let (owners, offsets) = try unpack(side)
    try side.far.prepareForRows()
    return EdgeDirectory(owners: NodeDirectory(owners), offsets: offsets, far: side.far)
  }

  private func unpack(_ side: Side) throws(FormatError) -> (Column<UInt32>, Column<UInt32>) {
    let owners = try side.owners.decodeAscending(below: UInt64(termCount), in: section.pages)
    let offsets = try side.offsets.decodeAscending(below: UInt64(count) + 1, in: section.pages)
    guard offsets[0] == 0, offsets[owners.count] == UInt32(count) else {
      throw FormatError("offsets do not cover the rows")
    }
    return (owners, offsets)
  }

  /// Reads all edges.
  private func cursor() throws(FormatError) -> EdgeCursor {
    let both = try sides()
    let names =
      if let directories { directories.incoming.owners.nodes } else {
        try both.incoming.owners.decodeAscending(below: UInt64(termCount), in: section.pages)
      }
    return EdgeCursor(both.outgoing, names: names, termCount: termCount)
  }

  /// The ends of all edges in the order of the file, with room for more behind them; zeros where they
  /// are damaged. O(edges).
  func unpack(
    reserving more: Int = 0
  ) -> (sources: Column<UInt32>, targets: Column<UInt32>) {
    let zeros = { Column<UInt32>(repeating: 0, count: self.count) }
    return section.read((zeros(), zeros())) { () throws(FormatError) in
      // Before the cursor's columns, which are given back first.
      let pages = section.pages
      let sources: Column<UInt32> = pages.column(
        minimumCapacity: count + max(more, EdgeCursor.slack))
      let targets: Column<UInt32> = pages.column(minimumCapacity: count + more)
      var cursor = try self.cursor()
      sources.grow(by: count + EdgeCursor.slack)
      targets.grow(by: count)
      while cursor.row < count {
        let size = min(EdgeCursor.chunkSize, count - cursor.row)
        try cursor.next(
          sources: sources.words.slice(cursor.row, size + EdgeCursor.slack),
          targets: targets.words.slice(cursor.row, size))
      }
      sources.truncate(to: count)
      return (sources, targets)
    }
  }

  /// Lends the ends of all edges in the order of the file, some blocks at a time, in columns that are
  /// used again; zeros from damaged ones on. O(edges).
  func forEachChunk(_ body: (_ sources: Words<UInt32>, _ targets: Words<UInt32>) -> Void) {
    let sources = Column<UInt32>(unspecified: EdgeCursor.chunkSize + EdgeCursor.slack)
    let targets = Column<UInt32>(unspecified: EdgeCursor.chunkSize)
    defer { keepAlive(sources, targets) }
    var cursor: EdgeCursor? = section.read(nil) { () throws(FormatError) in try self.cursor() }
    for first in stride(from: 0, to: count, by: EdgeCursor.chunkSize) {
      let size = min(EdgeCursor.chunkSize, count - first)
      let ends = targets.words.slice(0, size)
      let isSound = section.read(false) { () throws(FormatError) in
        try cursor?.next(sources: sources.words, targets: ends)
        return cursor != nil
      }
      if !isSound {
        cursor = nil
        for place in 0..<size { (sources[place], targets[place]) = (0, 0) }
      }
      body(sources.words.slice(0, size), ends)
    }
  }

  /// Whether both directions hold the same edges. O(edges); for `verify`.
  func checkDirections() {
    section.read(()) { () throws(FormatError) in
      let both = try sides()
      let (_, outgoing) = try unpack(both.outgoing)
      let (_, incoming) = try unpack(both.incoming)
      let forward: Column<UInt32> = try both.outgoing.far.decode(
        below: UInt64(both.incoming.owners.count))
      let backward: Column<UInt32> = try both.incoming.far.decode(
        below: UInt64(both.outgoing.owners.count))
      // Walking through the edges forward meets those into each node in the order of the backward side.
      let next = Column<UInt32>(minimumCapacity: incoming.count)
      for rank in 0..<incoming.count { next.append(incoming[rank]) }
      for owner in 0..<both.outgoing.owners.count {
        for row in Int(outgoing[owner])..<Int(outgoing[owner + 1]) {
          let rank = Int(forward[row])
          let place = next[rank]
          guard place < incoming[rank + 1], backward[Int(place)] == UInt32(owner) else {
            throw FormatError("the two directions do not agree")
          }
          next[rank] = place + 1
        }
      }
    }
  }

  /// The bytes that the directories hold in memory.
  var directoryByteCount: Int {
    guard let directories else { return 0 }
    return directories.outgoing.byteCount + directories.incoming.byteCount
  }
}

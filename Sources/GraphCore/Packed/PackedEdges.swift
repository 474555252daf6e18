/// Which way edges are followed.
package enum EdgeDirection: Sendable {
  /// From the source to the target.
  case outgoing
  /// From the target to the source.
  case incoming
}

/// The edges of a type as they lie in a file: for each direction the nodes that have edges, where
/// the edges of each begin, and the far end of each as a place among the nodes of the other
/// direction.
///
/// A node's edges are read where they are: a search for the node, two offsets, and the blocks that
/// hold its far ends. Where many nodes are asked for, the nodes and offsets (but not the edges) are
/// unpacked into a directory, which makes the search one access to memory.
final class PackedEdges {
  let count: Int
  /// Whether no two edges join the same ends in the same direction.
  let isDistinct: Bool
  private let section: PackedSection
  private let termCount: Int
  private var known: Sides?
  private var directories: Directories?
  private var probes = 0

  /// One direction.
  private final class Side {
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

  /// One direction without its edges, unpacked.
  private final class Directory {
    let owners: NodeDirectory
    let offsets: Column<UInt32>
    /// Where the edges of each node begin, by its distance from the first; nothing where the numbers of
    /// nodes lie far apart.
    private let starts: Column<UInt32>?

    init(owners: NodeDirectory, offsets: Column<UInt32>) {
      self.owners = owners
      self.offsets = offsets
      starts = owners.spread(offsets)
    }

    @inline(__always)
    func range(of node: UInt32) -> Range<Int> {
      if let starts {
        let distance = Int(node) &- Int(owners.base)
        let words = starts.words
        guard distance >= 0, distance &+ 1 < words.count else { return 0..<0 }
        return Int(words[distance])..<Int(words[distance &+ 1])
      }
      guard let rank = owners.rank(of: node) else { return 0..<0 }
      let words = offsets.words
      return Int(words[rank])..<Int(words[rank &+ 1])
    }

    var byteCount: Int { owners.byteCount + offsets.byteCount + (starts?.byteCount ?? 0) }
  }

  private final class Directories {
    let outgoing: Directory
    let incoming: Directory

    init(outgoing: Directory, incoming: Directory) {
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

  // MARK: - The edges of a node

  /// Where the edges of a node lie in a direction; places of outgoing edges are rows of the file.
  func range(of node: UInt32, _ direction: EdgeDirection) -> Range<Int> {
    section.read(0..<0) { () throws(FormatError) in
      if let directory = directory(direction) { return directory.range(of: node) }
      let side = try side(direction)
      guard let rank = try side.owners.place(of: UInt64(node)) else { return 0..<0 }
      let (start, end) = try side.offsets.values(at: rank)
      guard let end, start <= end, end <= UInt64(count) else {
        throw FormatError("offsets do not ascend")
      }
      return Int(start)..<Int(end)
    }
  }

  /// Lends the far ends of edges, which are given by their places in a direction; nothing where they
  /// are damaged.
  @inline(__always)
  func withEnds(
    _ range: Range<Int>, _ direction: EdgeDirection, _ body: (Words<UInt32>) -> Void
  ) {
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: range.count) { buffer in
      guard let base = buffer.baseAddress else { return }
      let words = unsafe Words(base: base, count: range.count)
      let isSound = section.read(false) { () throws(FormatError) in
        try fill(words, range, direction)
        return true
      }
      if isSound { body(words) }
    }
  }

  @inline(__always)
  private func fill(
    _ words: Words<UInt32>, _ range: Range<Int>, _ direction: EdgeDirection
  ) throws(FormatError) {
    let both = try sides()
    let (near, far) =
      direction == .outgoing ? (both.outgoing, both.incoming) : (both.incoming, both.outgoing)
    try near.far.decode(range, below: UInt64(far.owners.count), into: words)
    if let directories {
      let owners =
        direction == .outgoing ? directories.incoming.owners : directories.outgoing.owners
      let names = owners.nodes.words
      for place in 0..<words.count { words[place] = names[Int(words[place])] }
      return
    }
    for place in 0..<words.count {
      let name = try far.owners.value(at: Int(words[place]))
      guard name < UInt64(termCount) else { throw FormatError("a packed value is out of range") }
      words[place] = UInt32(truncatingIfNeeded: name)
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

  /// The directory, where so many nodes have been asked for that it has paid.
  @inline(__always)
  private func directory(_ direction: EdgeDirection) -> Directory? {
    if let directories {
      return direction == .outgoing ? directories.outgoing : directories.incoming
    }
    probes &+= 1
    if probes & 63 == 0 { considerDirectories() }
    return nil
  }

  @inline(never)
  private func considerDirectories() {
    section.read(()) { () throws(FormatError) in
      let both = try sides()
      guard probes * 16 > both.outgoing.owners.count + both.incoming.owners.count else { return }
      try both.outgoing.far.prepareForRows()
      try both.incoming.far.prepareForRows()
      directories = Directories(
        outgoing: try unpack(both.outgoing), incoming: try unpack(both.incoming))
    }
  }

  private func unpack(_ side: Side) throws(FormatError) -> Directory {
    let (owners, offsets) = try PackedEdges.unpack(side, termCount, count)
    return Directory(owners: NodeDirectory(owners), offsets: offsets)
  }

  private static func unpack(
    _ side: Side, _ termCount: Int, _ count: Int
  ) throws(FormatError) -> (Column<UInt32>, Column<UInt32>) {
    let owners = try side.owners.decode(as: UInt32.self, below: UInt64(termCount))
    let offsets = try side.offsets.decode(as: UInt32.self, below: UInt64(count) + 1)
    let names = owners.words
    let starts = offsets.words
    for rank in 1..<max(names.count, 1) where names[rank - 1] >= names[rank] {
      throw FormatError("a set does not ascend")
    }
    guard starts[0] == 0, starts[owners.count] == UInt32(count) else {
      throw FormatError("offsets do not cover the rows")
    }
    for rank in 0..<names.count where starts[rank] > starts[rank + 1] {
      throw FormatError("offsets do not ascend")
    }
    return (owners, offsets)
  }

  /// The ends of all edges in the order of the file; zeros where they are damaged. O(edges).
  func unpack() -> (sources: Column<UInt32>, targets: Column<UInt32>) {
    let zeros = { Column<UInt32>(repeating: 0, count: self.count) }
    return section.read((zeros(), zeros())) { () throws(FormatError) in
      let both = try sides()
      let (owners, offsets) = try PackedEdges.unpack(both.outgoing, termCount, count)
      let reached = try both.incoming.owners.decode(as: UInt32.self, below: UInt64(termCount))
      let targets = Column<UInt32>(minimumCapacity: count)
      targets.grow(by: count)
      let sources = Column<UInt32>(repeating: 0, count: count)
      let from = sources.words
      let to = targets.words
      let names = reached.words
      let starts = offsets.words
      let owned = owners.words
      defer { keepAlive(owners, offsets, reached) }
      // The first edge of each owner is marked; then one pass without branches does all rows, most of
      // whose owners have but an edge or two.
      for owner in 0..<owned.count {
        guard starts[owner] < starts[owner + 1] else { throw FormatError("a node has no edges") }
        from[Int(starts[owner])] = 1
      }
      var owner = -1
      var former: UInt32 = 0
      var descents: UInt32 = 0
      try both.outgoing.far.forEachBlock(below: UInt64(names.count)) { first, ranks in
        for place in 0..<ranks.count {
          let row = first &+ place
          let isFirst = from[row]
          let rank = ranks[place]
          owner &+= Int(isFirst)
          from[row] = owned[owner]
          descents |= (former > rank ? 1 : 0) & ~isFirst
          former = rank
          to[row] = names[Int(rank)]
        }
      }
      guard descents == 0 else { throw FormatError("edges do not ascend") }
      return (sources, targets)
    }
  }

  /// Whether both directions hold the same edges. O(edges); for `verify`.
  func checkDirections() {
    section.read(()) { () throws(FormatError) in
      let both = try sides()
      let (_, outgoing) = try PackedEdges.unpack(both.outgoing, termCount, count)
      let (_, incoming) = try PackedEdges.unpack(both.incoming, termCount, count)
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
    guard let directories, let known else { return 0 }
    return directories.outgoing.byteCount + directories.incoming.byteCount
      + known.outgoing.far.headByteCount + known.incoming.far.headByteCount
  }
}

/// Places of nodes that ascend: by a table where their numbers lie close, otherwise by hashing.
struct NodeDirectory {
  /// The nodes, ascending.
  let nodes: Column<UInt32>
  let base: UInt32
  private let table: Column<UInt32>?
  private var index = RowIndex()

  /// O(span) where the numbers lie close, otherwise O(count).
  init(_ nodes: Column<UInt32>) {
    self.nodes = nodes
    let words = nodes.words
    let count = words.count
    base = count > 0 ? words[0] : 0
    let span = count > 0 ? Int(words[count - 1] - words[0]) + 1 : 0
    if span <= count * 4 + 256 {
      let places = Column<UInt32>(repeating: .max, count: span)
      let table = places.words
      for place in 0..<count { table[Int(words[place] &- base)] = UInt32(place) }
      self.table = places
    } else {
      table = nil
      index.reserve(count)
      for place in 0..<count {
        index.insert(row: place, hash: ByteHash.narrow(ByteHash.mix(UInt64(words[place]))))
      }
    }
  }

  /// For each number from the first to the last node what `offsets` has for it, and at the end what
  /// lies behind the last: a number that is no node has nothing between its own and the next. `nil`
  /// where the numbers lie far apart. O(span).
  func spread(_ offsets: Column<UInt32>) -> Column<UInt32>? {
    guard let table, nodes.count > 0 else { return nil }
    let result = Column<UInt32>(minimumCapacity: table.count + 1)
    result.grow(by: table.count + 1)
    let words = result.words
    let places = table.words
    var next = offsets[nodes.count]
    words[table.count] = next
    for distance in stride(from: table.count - 1, through: 0, by: -1) {
      let place = places[distance]
      if place != .max { next = offsets[Int(place)] }
      words[distance] = next
    }
    return result
  }

  /// The place of a node, if it is there. O(1).
  @inline(__always)
  func rank(of node: UInt32) -> Int? {
    if let table {
      let distance = Int(node) &- Int(base)
      guard distance >= 0, distance < table.count else { return nil }
      let place = table.words[distance]
      return place == .max ? nil : Int(place)
    }
    let hash = ByteHash.narrow(ByteHash.mix(UInt64(node)))
    let slots = index.words
    let words = nodes.words
    var slot = Int(hash) & index.mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      if RowIndex.hash(of: entry) == hash && words[RowIndex.row(of: entry)] == node {
        return RowIndex.row(of: entry)
      }
      slot = (slot &+ 1) & index.mask
    }
  }

  var byteCount: Int { nodes.byteCount + (table?.byteCount ?? 0) + index.byteCount }
}

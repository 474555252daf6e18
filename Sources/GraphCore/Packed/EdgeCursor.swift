/// Reads the edges of a packed table in the order of the file, some blocks at a time.
///
/// Rows are short, most of them an edge or two; so nothing is done row by row that can be done by the
/// block: the owners and how many edges each has are decoded 128 at a time, the far ends as well. What
/// remains for an owner is to write its name to some edges at once, because what is written too much is
/// written over by the next. Where all owners of a block have one edge, their names are the sources, and are
/// decoded to where these belong.
///
/// ```
///  owners    3     5        9                      sources  3 3 5 5 5 5 9 …
///  degrees   2     4        …                      ranks    0 4 1 2 4 7 0 …
///  names of the other side  11 12 15 17 …          targets  11 19 12 …
/// ```
struct EdgeCursor {
  /// So many more words than edges may be written.
  static let slack = 7
  /// Edges that are best read at a time: they stay in the nearest cache.
  static let chunkSize = 8 * PackedColumn.blockSize

  private let owning: PackedColumn
  private let offsets: PackedColumn
  private let far: PackedColumn
  /// The nodes of the other direction, by which far ends are named.
  private let names: Column<UInt32>
  private let termCount: UInt64
  /// The next row.
  private(set) var row = 0

  // The block of owners that the next row belongs to.
  private let owners = Column<UInt32>(unspecified: PackedColumn.blockSize)
  /// How many edges each has, from place 1 on. What is at place 0 is of no use.
  private let degrees = Column<UInt32>(repeating: 0, count: PackedColumn.blockSize + 1)
  private var block = -1
  private var ownerCount = 0
  /// Whether they have less than one and a half edges each.
  private var areFew = false
  /// The owner of the next row, counted within the block.
  private var owner = 0
  /// The least that the next block of owners may begin with.
  private var leastOwner: UInt64 = 0

  /// The last edge of the chunk before.
  private var former: (source: UInt32, rank: UInt32) = (.max, 0)

  init(_ side: PackedEdges.Side, names: Column<UInt32>, termCount: Int) {
    owning = side.owners
    offsets = side.offsets
    far = side.far
    self.names = names
    self.termCount = UInt64(termCount)
  }

  /// Puts the ends of the next edges into columns, as many as `targets` has room for. `sources` has
  /// `EdgeCursor.slack` words more, which may be written. All but the last time it is a multiple of
  /// the block size.
  mutating func next(
    sources: Words<UInt32>, targets: Words<UInt32>
  ) throws(FormatError) {
    let count = targets.count
    if count == 0 { return }
    let limit = UInt64(names.count)
    for start in stride(from: 0, to: count, by: PackedColumn.blockSize) {
      try far.decode(
        block: (row &+ start) / PackedColumn.blockSize, below: limit,
        into: targets.slice(start, min(PackedColumn.blockSize, count &- start)))
    }
    let areSingle = try spread(sources, count)
    if !areSingle && Self.descends(sources, targets)
      || former.source == sources[0] && former.rank > targets[0]
    {
      throw FormatError("edges do not ascend")
    }
    former = (sources[count &- 1], targets[count &- 1])
    let names = names.words
    for place in 0..<count { targets[place] = names[Int(targets[place])] }
    row &+= count
  }

  /// Puts the owner of each of the next edges into `sources`; whether each has one edge.
  private mutating func spread(
    _ sources: Words<UInt32>, _ count: Int
  ) throws(FormatError) -> Bool {
    var areSingle = true
    var next = 0
    while true {
      if owner < ownerCount {
        areSingle = false
        next = spread(sources, from: next, to: count)
      }
      if next == count { return areSingle }
      next = try readOwners(sources, from: next, to: count)
    }
  }

  /// The same for the owners of the present block that have edges before place `end`; returns where the last of these edges
  /// ends.
  private mutating func spread(_ sources: Words<UInt32>, from first: Int, to end: Int) -> Int {
    // What is written too much costs less than a branch that nobody foresees.
    areFew
      ? spread(sources, from: first, to: end, by: 4) : spread(sources, from: first, to: end, by: 8)
  }

  @inline(__always)
  private mutating func spread(
    _ sources: Words<UInt32>, from first: Int, to end: Int, by step: Int
  ) -> Int {
    let (owners, degrees) = (owners.words, degrees.words)
    let last = ownerCount
    var owner = owner
    var next = first
    while owner < last {
      let source = SIMD4(repeating: owners[owner])
      let stop = next &+ Int(degrees[owner &+ 1])
      if stop > end {
        // The edges of this one go on in the next chunk.
        degrees[owner &+ 1] = UInt32(truncatingIfNeeded: stop &- end)
        for place in next..<end { sources[place] = owners[owner] }
        next = end
        break
      }
      repeat {
        sources.set(source, at: next)
        if step == 8 { sources.set(source, at: next &+ 4) }
        next &+= step
      } while next < stop
      next = stop
      owner &+= 1
    }
    self.owner = owner
    return next
  }

  /// Decodes the next block of owners and how many edges each has. If they have one each, and there is room for these at
  /// `next` in `sources`, they are put there. Returns where the edges that are in place end.
  private mutating func readOwners(
    _ sources: Words<UInt32>, from next: Int, to end: Int
  ) throws(FormatError) -> Int {
    block &+= 1
    let first = block &* PackedColumn.blockSize
    guard first < owning.count else { throw FormatError("offsets do not cover the rows") }
    let count = min(PackedColumn.blockSize, owning.count &- first)
    let reached = row &+ next
    let gaps = try offsets.decodeGaps(
      block: block, below: UInt64(far.count) &+ 1, into: degrees.words)
    var last = UInt64(gaps.last)
    if count == PackedColumn.blockSize {
      last = offsets.firstValue(ofBlock: block &+ 1)
      guard last > UInt64(gaps.last), last <= UInt64(far.count) else {
        throw FormatError("offsets do not ascend")
      }
    }
    let isLast = first &+ count == owning.count
    guard Int(gaps.first) == reached, !isLast || last == UInt64(far.count) else {
      throw FormatError("offsets do not cover the rows")
    }
    let areSingle = Int(last) &- reached == count
    let arePlaced = areSingle && next &+ count <= end
    let names = arePlaced ? sources.slice(next, count) : owners.words
    let greatest = try owning.decodeAscending(
      block: block, from: leastOwner, below: termCount, into: names)
    leastOwner = UInt64(greatest) &+ 1
    ownerCount = arePlaced ? 0 : count
    owner = 0
    areFew = Int(last) &- reached < count &+ count / 2
    if arePlaced { return next &+ count }
    if gaps.areOnes { for place in 0..<count { degrees[place &+ 1] = 1 } }
    if count == PackedColumn.blockSize {
      degrees[count] = UInt32(truncatingIfNeeded: last) &- gaps.last
    }
    return next
  }

  /// Whether the far ends of an owner descend.
  @inline(__always)
  private static func descends(_ sources: Words<UInt32>, _ ranks: Words<UInt32>) -> Bool {
    var isAmiss = SIMDMask<SIMD4<Int32>>(repeating: false)
    var place = 1
    while place &+ 4 <= ranks.count {
      let isSame = sources.four(at: place &- 1) .== sources.four(at: place)
      isAmiss .|= isSame .& (ranks.four(at: place &- 1) .> ranks.four(at: place))
      place &+= 4
    }
    var result = any(isAmiss)
    while place < ranks.count {
      let isSame = sources[place &- 1] == sources[place]
      result = result || isSame && ranks[place &- 1] > ranks[place]
      place &+= 1
    }
    return result
  }
}

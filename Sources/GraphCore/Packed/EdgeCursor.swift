/// Reads the edges of a packed table in the order of the file, some blocks at a time.
///
/// Rows are short, most of them an edge or two; so nothing is done row by row that can be done by the
/// block: the owners and where their edges begin are decoded 128 at a time, the far ends as well. What
/// remains for an owner is to write its name to the first of its edges, four times at once, because
/// what is written too much is written over by the next.
///
/// ```
///  owners    3     5        9                      sources  3 3 5 5 5 5 9 …
///  starts    0     2        6                      ranks    0 4 1 2 4 7 0 …
///  names of the other side  11 12 15 17 …          targets  11 19 12 …
/// ```
struct EdgeCursor {
  /// So many more words than edges may be written.
  static let slack = 3
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
  private let starts = Column<UInt32>(repeating: 0, count: PackedColumn.blockSize + 1)
  private var block = -1
  private var ownerCount = 0
  /// The owner of the next row, counted within the block.
  private var owner = 0

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
    try spread(sources, targets)
    former = (sources[count &- 1], targets[count &- 1])
    let names = names.words
    for place in 0..<count { targets[place] = names[Int(targets[place])] }
    row &+= count
  }

  /// Puts the owner of each of the next edges into `sources`, and makes sure that the far ends of each
  /// ascend.
  private mutating func spread(
    _ sources: Words<UInt32>, _ ranks: Words<UInt32>
  ) throws(FormatError) {
    let end = row &+ ranks.count
    var next = row
    var descends = false
    var isChecked = true
    while true {
      // Where nearly all have one edge, four owners are four edges.
      if Int(starts[ownerCount] &- starts[0]) <= ownerCount &+ ownerCount >> 5 {
        next = spreadByFour(sources, ranks, from: next, to: end, &descends)
      } else {
        next = spreadOneByOne(sources, from: next, to: end)
        isChecked = false
      }
      if next == end { break }
      if owner < ownerCount {
        // The edges of this one go on in the next chunk.
        for place in (next &- row)..<ranks.count { sources[place] = owners[owner] }
        isChecked = false
        break
      }
      try readOwners()
    }
    if !isChecked { descends = descends || Self.descends(sources, ranks) }
    if descends || former.source == sources[0] && former.rank > ranks[0] {
      throw FormatError("edges do not ascend")
    }
  }

  /// The same for those owners of the block whose edges end before a row; returns where they do.
  @inline(__always)
  private mutating func spreadOneByOne(
    _ sources: Words<UInt32>, from first: Int, to end: Int
  ) -> Int {
    let owners = owners.words
    let starts = starts.words
    let target = sources.slice(first &- row, sources.count &- (first &- row))
    let last = ownerCount
    let limit = UInt32(truncatingIfNeeded: end)
    let origin = UInt32(truncatingIfNeeded: first)
    var owner = owner
    var next = origin
    while owner < last {
      let stop = starts[owner &+ 1]
      if stop > limit { break }
      let place = Int(next &- origin)
      target.set(SIMD4(repeating: owners[owner]), at: place)
      if stop &- next > 4 {
        for more in (place &+ 4)..<Int(stop &- origin) { target[more] = owners[owner] }
      }
      next = stop
      owner &+= 1
    }
    self.owner = owner
    return Int(next)
  }

  /// The same, four owners at a time where each has one edge; far ends need a look only at others.
  @inline(__always)
  private mutating func spreadByFour(
    _ sources: Words<UInt32>, _ ranks: Words<UInt32>, from first: Int, to end: Int,
    _ descends: inout Bool
  ) -> Int {
    let owners = owners.words
    let starts = starts.words
    let origin = UInt32(truncatingIfNeeded: row)
    let last = ownerCount
    let limit = UInt32(truncatingIfNeeded: end)
    var owner = owner
    var next = UInt32(truncatingIfNeeded: first)
    while owner < last {
      if owner &+ 4 <= last, case let stop = starts[owner &+ 4], stop &- next == 4, stop <= limit {
        sources.set(owners.four(at: owner), at: Int(next &- origin))
        next = stop
        owner &+= 4
        continue
      }
      let stop = starts[owner &+ 1]
      if stop > limit { break }
      var place = Int(next &- origin)
      let end = Int(stop &- origin)
      sources[place] = owners[owner]
      place &+= 1
      while place < end {
        sources[place] = owners[owner]
        if ranks[place &- 1] > ranks[place] { descends = true }
        place &+= 1
      }
      next = stop
      owner &+= 1
    }
    self.owner = owner
    return Int(next)
  }

  /// Decodes the next block of owners and where their edges begin.
  private mutating func readOwners() throws(FormatError) {
    let isFirst = block < 0
    block &+= 1
    let first = block &* PackedColumn.blockSize
    guard first < owning.count else { throw FormatError("offsets do not cover the rows") }
    let formerOwner = isFirst ? nil : owners[ownerCount &- 1]
    let expected = isFirst ? 0 : starts[ownerCount]
    ownerCount = min(PackedColumn.blockSize, owning.count &- first)
    owner = 0
    _ = try owning.decodeAscending(
      block: block, after: formerOwner, below: termCount, into: owners.words)
    let last = try offsets.decodeAscending(
      block: block, after: nil, below: UInt64(far.count) + 1, into: starts.words)
    let isLast = first &+ ownerCount == owning.count
    if ownerCount == PackedColumn.blockSize {
      let next = try offsets.firstValue(ofBlock: block &+ 1)
      guard next > UInt64(last), next <= UInt64(far.count) else {
        throw FormatError("offsets do not ascend")
      }
      starts[ownerCount] = UInt32(truncatingIfNeeded: next)
    }
    guard starts[0] == expected, !isLast || Int(starts[ownerCount]) == far.count else {
      throw FormatError("offsets do not cover the rows")
    }
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

/// One direction of packed edges with its nodes and offsets (but not its edges) unpacked.
final class EdgeDirectory {
  let owners: NodeDirectory
  /// Where the edges of each begin, and the number of edges.
  fileprivate let offsets: Column<UInt32>
  /// The same for each number of a node, by its distance from the first; nothing where the numbers of
  /// nodes lie far apart.
  fileprivate let starts: Column<UInt32>?
  fileprivate let far: PackedColumn

  /// - Parameter far: the far ends, prepared for rows.
  init(owners: NodeDirectory, offsets: Column<UInt32>, far: PackedColumn) {
    self.owners = owners
    self.offsets = offsets
    self.far = far
    starts = owners.spread(offsets)
  }

  var byteCount: Int {
    owners.byteCount + offsets.byteCount + (starts?.byteCount ?? 0) + far.headByteCount
  }
}

/// Finds the edges of a node in directories, without their owners: counting references would cost more
/// than all else. Whoever holds it holds the directories as well.
///
/// However large the table, a row takes three accesses to distant memory, each of which needs the one
/// before: where it begins, its numbers, the names of its far ends. The heads of blocks are few
/// enough for a near cache.
struct RowReader: BitwiseCopyable {
  private let first: UInt32
  /// Empty where the numbers of nodes lie far apart.
  private let starts: Words<UInt32>
  private let owners: NodeDirectory.View
  private let offsets: Words<UInt32>
  private let far: PackedColumn.RowView
  /// What far ends are called.
  private let names: Words<UInt32>

  init(_ directory: EdgeDirectory, naming names: NodeDirectory) {
    first = directory.owners.base
    starts = directory.starts?.words ?? .empty
    owners = directory.owners.view
    offsets = directory.offsets.words
    far = directory.far.rowView
    self.names = names.nodes.words
  }

  /// Where the edges of a node lie. O(1).
  @inline(__always)
  func range(of node: UInt32) -> Range<Int> {
    if starts.count > 0 {
      let distance = Int(node) &- Int(first)
      guard distance >= 0, distance &+ 1 < starts.count else { return 0..<0 }
      return unsafe Range(
        uncheckedBounds: (Int(starts[distance]), Int(starts[distance &+ 1])))
    }
    guard let rank = owners.rank(of: node) else { return 0..<0 }
    return unsafe Range(uncheckedBounds: (Int(offsets[rank]), Int(offsets[rank &+ 1])))
  }

  /// Reads far ends, if none of them depends on another and all are sound.
  @inline(__always)
  func read(_ range: Range<Int>, into words: Words<UInt32>) -> Bool {
    guard (try? far.read(range, below: UInt64(names.count), into: words)) == true else {
      return false
    }
    for place in 0..<words.count { words[place] = names[Int(words[place])] }
    return true
  }
}

/// Places of nodes that ascend: by a table where their numbers lie close, otherwise by hashing.
struct NodeDirectory {
  /// The nodes, ascending.
  let nodes: Column<UInt32>
  let base: UInt32
  private let table: Column<UInt32>?
  private var hashed = NodePlaces()

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
      hashed = NodePlaces(words)
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
  func rank(of node: UInt32) -> Int? { view.rank(of: node) }

  var byteCount: Int { nodes.byteCount + (table?.byteCount ?? 0) + hashed.byteCount }

  /// The directory without its owners.
  var view: View {
    View(
      nodes: nodes.words, base: base, table: table?.words ?? .empty, hashed: hashed.view)
  }

  /// What a directory holds, for loops; whoever holds it holds the directory as well.
  struct View: BitwiseCopyable {
    fileprivate let nodes: Words<UInt32>
    fileprivate let base: UInt32
    /// Empty where numbers lie far apart.
    fileprivate let table: Words<UInt32>
    fileprivate let hashed: NodePlaces.View

    @inline(__always)
    fileprivate func rank(of node: UInt32) -> Int? {
      if table.count > 0 {
        let distance = Int(node) &- Int(base)
        guard distance >= 0, distance < table.count else { return nil }
        let place = table[distance]
        return place == .max ? nil : Int(place)
      }
      return hashed.place(of: node, among: nodes)
    }
  }
}

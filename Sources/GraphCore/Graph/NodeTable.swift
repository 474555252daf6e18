/// Nodes in the order of their arrival, each once: those of a graph, of a label or of a property.
///
/// The first may lie in a file, in ascending order. They are looked up there until somebody asks for
/// all ids or so often for one that it pays to unpack them.
package final class NodeTable {
  /// The ids from row `heldFrom` on.
  @safe @exclusivity(unchecked) private var held: Column<UInt32>
  @safe @exclusivity(unchecked) private var heldFrom = 0
  private let base: PackedSet?
  private(set) var baseRows: BaseRows
  @safe @exclusivity(unchecked) private var delta: PendingDelta?
  /// The later nodes, and those of the file as well once `isWhole`; empty while `isSparse`.
  @safe @exclusivity(unchecked) private var membership = Bitmap()
  /// Whether the later ids are so far apart that the bitmap would be much longer than their list. They are
  /// found by `index` then, so that many small tables take memory by their own nodes alone.
  private var isSparse = false
  /// With how many nodes a sparse table is looked at again.
  private var sparseLimit = 0
  @safe @exclusivity(unchecked) private var isWhole: Bool
  private var searches = 0
  /// The first `indexedCount` later rows by their nodes, counted from the first later row; or the first of all once
  /// `isIndexed`, which a table of a few nodes far apart is when it is searched often.
  @safe @exclusivity(unchecked) private var index = RowIndex()
  @safe @exclusivity(unchecked) private var indexedCount = 0
  private var isIndexed = false
  private var isBaseFar: Bool?

  init(minimumCapacity: Int = 0) {
    held = Column(minimumCapacity: minimumCapacity)
    base = nil
    baseRows = BaseRows(total: 0)
    isWhole = true
  }

  /// A table whose first nodes lie in a file.
  init(base: PackedSet?, rows: BaseRows, delta: PendingDelta? = nil) {
    held = Column()
    self.base = base
    baseRows = rows
    heldFrom = rows.count
    self.delta = delta
    isWhole = rows.count == 0 && delta == nil
  }

  /// How many nodes there are; nothing is unpacked. O(1).
  package var count: Int {
    if let delta { return baseRows.total - delta.removed + delta.count }
    return heldFrom + held.count
  }

  /// The ids of the nodes. O(1); O(nodes) the first time where they lie in a file.
  package var ids: Column<UInt32> {
    if heldFrom > 0 || delta != nil { unpack() }
    return held
  }

  /// The node of a row. O(1); nothing is unpacked.
  package func id(at row: Int) -> UInt32 {
    if delta != nil { loadDelta() }
    if row >= heldFrom { return held[row - heldFrom] }
    return base?.number(at: baseRows.place(of: row)) ?? 0
  }

  /// Whether a node is here. O(1), or O(log count) in a file.
  @inline(__always)
  package func contains(_ id: UInt32) -> Bool {
    membership.contains(Int(id)) || (!isWhole && isInBase(id))
  }

  @inline(never)
  private func isInBase(_ id: UInt32) -> Bool {
    if delta != nil {
      loadDelta()
      return contains(id)
    }
    guard let base, base.count > 0, !isSparse else { return row(of: id) != nil }
    guard isSearchedOften(base) else {
      return base.place(of: id).flatMap { baseRows.row(at: $0) } != nil
    }
    if isFar(base) { return row(of: id) != nil }
    let words = ids.words
    for row in 0..<baseRows.count { membership.insert(Int(words[row])) }
    isWhole = true
    return membership.contains(Int(id))
  }

  /// Counts a search in the file; whether there were so many that it pays to unpack the ids.
  private func isSearchedOften(_ base: PackedSet) -> Bool {
    searches &+= 1
    return searches &* 8 > base.count &+ 512
  }

  /// Whether a bitmap of the nodes in the file would be much longer than their list.
  private func isFar(_ base: PackedSet) -> Bool {
    if let known = isBaseFar { return known }
    let result = base.count > 0 && isFar(base.number(at: base.count - 1), base.count)
    isBaseFar = result
    return result
  }

  /// The row of a node, or `nil`. O(1), or O(log count) in a file.
  package func row(of id: UInt32) -> Int? {
    if delta != nil { loadDelta() }
    if let base, !isIndexed {
      if isSearchedOften(base), isFar(base) {
        unpack()
        (index, indexedCount, isIndexed) = (RowIndex(), 0, true)
      } else if let row = base.place(of: id).flatMap({ baseRows.row(at: $0) }) {
        return row
      }
    }
    let first = firstIndexed
    let shift = first - heldFrom
    while indexedCount < held.count - shift {
      index.insert(row: indexedCount, hash: NodePlaces.hash(held[indexedCount + shift]))
      indexedCount += 1
    }
    let hash = NodePlaces.hash(id)
    let slots = index.words
    var slot = Int(hash) & index.mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      let place = RowIndex.row(of: entry)
      if RowIndex.hash(of: entry) == hash && held[place &+ shift] == id {
        return first &+ place
      }
      slot = (slot &+ 1) & index.mask
    }
  }

  /// The row that the index counts from.
  private var firstIndexed: Int { isIndexed ? 0 : baseRows.count }

  /// Adds a node unless it is there, and says whether it is new. Amortised O(1).
  @inline(__always)
  @discardableResult
  func insert(_ id: UInt32) -> Bool {
    guard isWhole, Int(id) < membership.reach else { return insertBeyond(id) }
    guard membership.insert(Int(id)) else { return false }
    held.append(id)
    return true
  }

  @inline(never)
  private func insertBeyond(_ id: UInt32) -> Bool {
    if contains(id) { return false }
    held.append(id)
    if !isSparse, Int(id) < membership.reach || !isFar(id, held.count) {
      membership.insert(Int(id))
    } else if !isSparse || held.count >= sparseLimit {
      settle()
    }
    return true
  }

  /// Whether a bitmap up to an id would be much longer than a list of so many ids.
  private func isFar(_ id: UInt32, _ count: Int) -> Bool { Int(id) >> 6 > count + 32 }

  /// Puts the later nodes into the bitmap, unless they are too far apart. O(later nodes).
  private func settle() {
    let first = baseRows.count - heldFrom
    let words = held.words
    var highest: UInt32 = 0
    for place in first..<held.count { highest = max(highest, words[place]) }
    let wasSparse = isSparse
    isSparse = isFar(highest, held.count - first)
    if isSparse {
      isWhole = false
      membership = Bitmap()
      sparseLimit = max(held.count * 2, 64)
    } else {
      for place in first..<held.count { membership.insert(Int(words[place])) }
      if wasSparse { isWhole = baseRows.count == 0 }
    }
  }

  /// Adds the ends of edges, the source of each before its target. O(edges).
  func insert(_ sources: Words<UInt32>, _ targets: Words<UInt32>) {
    guard isWhole else {
      for row in 0..<sources.count {
        insert(sources[row])
        insert(targets[row])
      }
      return
    }
    // The set is worked on where nobody else can reach it, which saves a check at each access.
    var known = Bitmap()
    swap(&known, &membership)
    let held = held
    for row in 0..<sources.count {
      let (source, target) = (sources[row], targets[row])
      if known.insert(Int(source)) { held.append(source) }
      if known.insert(Int(target)) { held.append(target) }
    }
    swap(&known, &membership)
  }

  /// Forgets the rows from a number on, none of which lies in the file. O(rows forgotten).
  func truncate(to newCount: Int) {
    if newCount == count { return }
    let shift = firstIndexed - heldFrom
    for place in stride(from: held.count - 1, through: newCount - heldFrom, by: -1) {
      membership.remove(Int(held[place]))
      if place - shift < indexedCount {
        index.remove(row: place - shift, hash: NodePlaces.hash(held[place]))
        indexedCount -= 1
      }
    }
    held.truncate(to: newCount - heldFrom)
  }

  /// The same table without some nodes. O(later nodes + removed · log count).
  func removing(_ ids: some Sequence<UInt32>) -> NodeTable {
    if delta != nil { loadDelta() }
    var dropped = Bitmap()
    var rows: [Int] = []
    for id in ids where contains(id) && dropped.insert(Int(id)) {
      if let place = base?.place(of: id), let row = baseRows.row(at: place) { rows.append(row) }
    }
    let result = NodeTable(base: base, rows: baseRows.removing(rows))
    for row in baseRows.count..<count {
      let id = held[row - heldFrom]
      if !dropped.contains(Int(id)) { result.insert(id) }
    }
    return result
  }

  /// The table of the rows that lie in the file alone, without some of them.
  func sharingBase(without rows: [Int]) -> NodeTable {
    if delta != nil { loadDelta() }
    return NodeTable(base: base, rows: baseRows.removing(rows))
  }

  /// Whether the first rows of both tables lie in the same place of a file.
  func sharesBase(with other: NodeTable) -> Bool {
    if delta != nil { loadDelta() }
    if other.delta != nil { other.loadDelta() }
    return base != nil && base === other.base
  }

  /// Removes a row that lies in the file; later rows move up. Only on a table that nobody else holds.
  func removeBaseRow(_ row: Int) {
    if isIndexed { (index, indexedCount, isIndexed) = (RowIndex(), 0, false) }
    searches = 0
    if heldFrom == 0 {
      // The ids are unpacked; those of the file are forgotten again.
      let later = Column<UInt32>(minimumCapacity: held.count - baseRows.count)
      for place in baseRows.count..<held.count { later.append(held[place]) }
      if isWhole { membership.remove(Int(held[row])) }
      held = later
    } else if isWhole, let base {
      membership.remove(Int(base.number(at: baseRows.place(of: row))))
    }
    baseRows.remove(at: baseRows.place(of: row))
    heldFrom = baseRows.count
  }

  /// Takes what has changed since the base was written.
  func adopt(dead: [UInt32], later: Column<UInt32>, isDamaged: Bool) {
    baseRows = BaseRows(total: baseRows.total, dead: dead)
    heldFrom = baseRows.count
    delta = nil
    held = later
    isWhole = baseRows.count == 0 && !isDamaged
    settle()
  }

  @inline(never)
  private func loadDelta() {
    guard let content = delta?.load() else { return }
    adopt(dead: content.dead, later: content.nodes, isDamaged: content.isDamaged)
  }

  @inline(never)
  private func unpack() {
    if delta != nil { loadDelta() }
    guard heldFrom > 0, let base else { return }
    let all = base.unpack()
    let result = Column<UInt32>(minimumCapacity: count)
    if baseRows.dead.isEmpty {
      result.grow(by: all.count)
      let words = result.words
      for row in 0..<all.count { words[row] = all[row] }
    } else {
      for row in 0..<baseRows.count { result.append(all[baseRows.place(of: row)]) }
    }
    for row in 0..<held.count { result.append(held[row]) }
    held = result
    heldFrom = 0
  }

  /// The nodes that came after those in the file.
  var later: Column<UInt32> {
    if delta != nil { loadDelta() }
    let shift = baseRows.count - heldFrom
    let result = Column<UInt32>(minimumCapacity: held.count - shift)
    for place in shift..<held.count { result.append(held[place]) }
    return result
  }

  /// What has changed since the base was written; `nil` where there is no base.
  var changes: TableDelta? {
    let later = later
    guard baseRows.total > 0 else { return nil }
    var result = TableDelta()
    result.dead = baseRows.dead
    result.nodes = later
    return result
  }
}

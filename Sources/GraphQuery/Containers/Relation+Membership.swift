@_spi(Columns) import GraphCore

extension Relation {
  /// Which rows a relation holds, in the cheaper of two forms, brought up to date when it is asked.
  ///
  /// Rows that fit one word are a set of words. Rows that do not, and relations that must find the
  /// *place* of a row (groups, lattices, removals), have a table of row numbers instead.
  struct Membership {
    var packing: RowPacking?
    var packed: PackedSet?
    var places: RowIndex?
    /// How many rows, from the first, the form in use knows.
    var covered = 0
    /// How many rows there were when the set was last made anew.
    var remadeWith = 0
    /// With so many rows a set without slack is a bitmap.
    var slackEnd = Int.max
    /// Whether rows are packed if they are narrow enough.
    var allowsPacking = true

    var byteCount: Int { (packed?.byteCount ?? 0) + (places?.byteCount ?? 0) }

    /// Makes room for so many rows more in the table of row numbers, which leaves dead ones out.
    mutating func reservePlaces(more count: Int) {
      let known = places?.count ?? 0
      places?.reserve(known + count)
    }
  }

  /// Whether there is a set of packed rows, and it knows all of them.
  var isPacked: Bool { membership.packed != nil && membership.covered == rowCount }

  /// Brings the set of packed rows up to date with all rows; false where rows cannot be packed.
  /// O(rows that are new to it).
  ///
  /// - Parameter expected: how many rows the set is made for, where more are to come.
  func coverPacked(expecting expected: Int = 0) -> Bool {
    guard membership.allowsPacking else { return false }
    let expected = max(expected, rowCount)
    if isPacked, expected < membership.slackEnd { return true }
    for column in 0..<arity {
      let view = view(column)
      if view.form == .wide || view.form == .rowNumber || view.presence != nil {
        return givePackingUp()
      }
    }
    var packing = membership.packing ?? RowPacking(types)
    var hasChanged = membership.packed == nil || expected >= membership.slackEnd
    guard fit(&packing, from: membership.covered, &hasChanged) else { return givePackingUp() }
    if hasChanged {
      guard remakePacked(&packing, expecting: expected) else { return givePackingUp() }
    }
    membership.packing = packing
    for row in stride(from: membership.covered, to: rowCount, by: Batch.capacity) {
      let count = min(Batch.capacity, rowCount - row)
      packing.pack(load(from: row, count: count), count: count, into: scratch.states.words)
      _ = membership.packed?.insert(
        scratch.states.words, count: count, added: scratch.selected.words)
    }
    membership.covered = rowCount
    return true
  }

  /// Begins a new set. Values that grow with the rows, as those of counters do, must not have it made anew for each
  /// bit: where rows are not many more than when it was made last, fields get slack. A bitmap has none, nor does what may
  /// soon be one.
  private func remakePacked(_ packing: inout RowPacking, expecting expected: Int) -> Bool {
    if packing.hasSlack {
      // What rows have put into the slack is not known yet.
      packing.dropSlack()
      var hasChanged = false
      guard fit(&packing, from: 0, &hasChanged) else { return false }
    }
    let isTight = PackedSet.isBitmap(bits: packing.neededBits, count: 4 * expected)
    if rowCount < 4 * membership.remadeWith, !isTight { packing.takeSlack() }
    begin(packing, expecting: expected)
    return true
  }

  /// Begins a new set with fields that are known to fit all rows.
  func begin(_ packing: RowPacking, expecting expected: Int) {
    membership.slackEnd = .max
    if packing.hasSlack, !PackedSet.isBitmap(bits: packing.bits, count: expected) {
      let bits = packing.neededBits
      var end = max(expected, 64)
      while end < 1 << 40, !PackedSet.isBitmap(bits: bits, count: end) { end *= 2 }
      membership.slackEnd = end
    }
    membership.remadeWith = rowCount
    membership.packed = PackedSet(bits: packing.bits, capacity: expected)
    membership.covered = 0
  }

  /// Makes fields wide enough for all rows from one on; false where they do not fit together.
  private func fit(_ packing: inout RowPacking, from first: Int, _ hasChanged: inout Bool) -> Bool {
    for row in stride(from: first, to: rowCount, by: Batch.capacity) {
      let count = min(Batch.capacity, rowCount - row)
      switch packing.fit(load(from: row, count: count), count: count) {
      case .fits: break
      case .changed: hasChanged = true
      case .impossible: return false
      }
    }
    return true
  }

  private func givePackingUp() -> Bool {
    membership.allowsPacking = false
    membership.packed = nil
    membership.packing = nil
    membership.covered = 0
    return false
  }

  /// Brings the table of row numbers up to date with all live rows, and uses it from now on.
  /// O(rows that are new to it).
  func coverPlaces() {
    if membership.places == nil {
      _ = givePackingUp()
      membership.places = RowIndex(minimumCapacity: rowCount)
    }
    if membership.covered == rowCount { return }
    membership.reservePlaces(more: rowCount - membership.covered)
    guard let places = membership.places else { return }
    let (slots, mask, dead) = (places.words, places.mask, dead)
    var added = 0
    for row in stride(from: membership.covered, to: rowCount, by: Batch.capacity) {
      let count = min(Batch.capacity, rowCount - row)
      _ = load(from: row, count: count)
      scratch.hash(keyCount: keyCount, count: count)
      let hashes = scratch.states.words.slice(0, count)
      slots.prefetch(hashes: hashes, mask: mask)
      for i in 0..<count where !dead.contains(row + i) {
        var slot = Int(truncatingIfNeeded: hashes[i]) & mask
        while slots[slot] != 0 { slot = (slot &+ 1) & mask }
        slots[slot] = RowIndex.entry(row: row + i, hash: UInt32(truncatingIfNeeded: hashes[i]))
        added &+= 1
      }
    }
    membership.places?.noteInsertions(added)
    membership.covered = rowCount
  }

  /// Gives the table of row numbers back, which only those who add and remove rows look at: it takes about as much as two
  /// columns. Whoever does so after all has it made anew.
  func releasePlaces() {
    guard membership.places != nil else { return }
    membership.places = nil
    membership.covered = 0
  }

  /// The columns by which rows are told apart: with a lattice all but the last.
  var keyCount: Int { lattice == nil ? arity : arity - 1 }

  /// The place of the row that equals row `i` of a batch in the first `keyCount` columns.
  @inline(__always)
  func find(
    _ inputs: Words<Words<UInt64>>, _ i: Int, _ hash: UInt32, keyCount: Int
  ) -> Int? {
    guard let places = membership.places else { return nil }
    let slots = places.words
    let mask = places.mask
    var slot = Int(hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry)
        var isEqual = true
        for column in 0..<keyCount where columns[column].view[row] != inputs[column][i] {
          isEqual = false
          break
        }
        if isEqual { return row }
      }
      slot = (slot &+ 1) & mask
    }
  }

  /// Takes rows out beside which a greater one stands. `lesser` and `greater` hold the columns of the two; of
  /// rows that dominate each other the one that comes last as a greater stays. A row that is taken out stays
  /// in its place, marked dead. Expected O(count).
  func removeDominated(_ lesser: [Words<UInt64>], by greater: [Words<UInt64>], count: Int) {
    precondition(lattice == nil && borrowed == nil)
    coverPlaces()
    let places = Column<UInt32>(repeating: 0, count: 2 * count)
    defer { keepAlive(places) }
    let (low, high) = (places.words.slice(0, count), places.words.slice(count, count))
    locate(greater, count, into: high)
    locate(lesser, count, into: low)
    for i in 0..<count where low[i] != high[i] && low[i] != .max && high[i] != .max {
      let row = Int(low[i])
      if isDead(row) || isDead(Int(high[i])) { continue }
      membership.places?.remove(row: row, hash: UInt32(truncatingIfNeeded: scratch.states[i]))
      dead.insert(row)
    }
  }

  /// Takes out the rows that give way to others, as far as the fronts do not know them yet. O(rows) for one batch
  /// of them, and what the fronts take.
  func removeDominatedBatch(_ fronts: Fronts) {
    let rows = fronts.takeBatch(of: self)
    if rows.count == 0 { return }
    coverPlaces()
    scratch.prepare(rows.count, arity: arity)
    for column in 0..<arity { scratch.views[column] = columns[column].view }
    let views = scratch.views.words
    for i in 0..<rows.count {
      let row = Int(rows[i])
      var state = TupleHash.seed
      for column in 0..<arity { state = TupleHash.mix(state, views[column][row]) }
      membership.places?.remove(row: row, hash: TupleHash.narrow(state))
      dead.insert(row)
    }
  }

  /// The place of each row of a batch, or `.max` where it is not there; leaves their hashes in the scratch states.
  private func locate(_ rows: [Words<UInt64>], _ count: Int, into places: Words<UInt32>) {
    take(rows, count)
    scratch.hash(keyCount: arity, count: count)
    for i in 0..<count {
      let hash = UInt32(truncatingIfNeeded: scratch.states[i])
      let place = find(scratch.batch.words, i, hash, keyCount: arity)
      places[i] = place.map { UInt32(truncatingIfNeeded: $0) } ?? .max
    }
  }

  /// Writes the places of those keys of a batch that are rows, or of those that are not, and returns
  /// how many there are. Nothing where the relation's rows cannot be packed. The keys are given in the
  /// order of the columns. Expected O(count).
  func selectMembers(
    _ keys: Words<Words<UInt64>>, count: Int, present: Bool, codes: Words<UInt64>,
    outside: Words<UInt64>, into selected: Words<UInt32>
  ) -> Int? {
    guard !hasDeadRows, coverPacked(), let packing = membership.packing,
      let packed = membership.packed
    else { return nil }
    packing.pack(keys, count: count, into: codes, isOutside: outside)
    // A key that is outside of the fields might look like a code that is there.
    var hasOutside: UInt64 = 0
    for i in 0..<count { hasOutside |= outside[i] }
    if hasOutside == 0 {
      return packed.select(codes, count: count, present: present, into: selected)
    }
    var kept = 0
    for i in 0..<count {
      let isMember = outside[i] == 0 && packed.contains(codes[i])
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= isMember == present ? 1 : 0
    }
    return kept
  }
}

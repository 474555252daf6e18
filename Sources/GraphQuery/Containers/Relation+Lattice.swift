@_spi(Columns) import GraphCore

/// Relations whose last column is a function of the others: the better of two values stays.
extension Relation {
  /// Adds those rows of the batch in the scratch whose key is new, or whose value is better than the one that their
  /// key has. Expected O(count).
  ///
  /// Values that are words in order are compared as such; texts and records are asked for theirs.
  func insertBetter(_ count: Int) {
    guard let order, let lattice, let type = types.last else { return }
    if type.hasOrderKey {
      let flip: UInt64 = lattice == .min ? 0 : .max
      insertBetter(count) { type.orderKey($0) ^ flip < type.orderKey($1) ^ flip }
    } else if lattice == .min {
      insertBetter(count) { order.precedes($0, $1) }
    } else {
      insertBetter(count) { order.precedes($1, $0) }
    }
  }

  @inline(__always)
  private func insertBetter(
    _ count: Int, _ isBetter: (_ new: UInt64, _ old: UInt64) -> Bool
  ) {
    hash(scratch.batch.words, keyCount: keyCount, count: count)
    membership.reservePlaces(more: count)
    guard let places = membership.places else { return }
    for column in 0..<arity {
      scratch.views[column] = columns[column].prepare(for: scratch.batch[column], count: count)
    }
    let (views, batch, hashes) = (scratch.views.words, scratch.batch.words, scratch.states.words)
    let last = arity - 1
    let slots = places.words
    let mask = places.mask
    let visible = visible
    var (next, newKeys) = (rowCount, 0)
    for i in 0..<count {
      if i % Self.nearGroup == 0 {
        bringNear(i..<min(i + Self.nearGroup, count), places, keyCount: last)
      }
      let hash = hashes[i]
      var slot = Int(hash) & mask
      while true {
        let entry = slots[slot]
        if entry == 0 {
          newKeys &+= 1
          break
        }
        if entry >> 32 == hash {
          let row = RowIndex.row(of: entry)
          var column = 0
          while column < last && views[column][row] == batch[column][i] { column &+= 1 }
          if column == last {
            if !isBetter(batch[last][i], views[last][row]) {
              slot = -1
            } else if row >= visible {
              // Nobody has seen the row yet, so its value can change in place.
              views[last].set(batch[last][i], at: row)
              slot = -1
            } else {
              dead.insert(row)
            }
            break
          }
        }
        slot = (slot &+ 1) & mask
      }
      if slot < 0 { continue }
      // A better row takes the slot of the one that it replaces.
      for column in 0...last { views[column].set(batch[column][i], at: next) }
      next &+= 1
      slots[slot] = hash << 32 | UInt64(next)
    }
    membership.places?.noteInsertions(newKeys)
    rowCount = next
    membership.covered = next
    for column in columns { column.commit(count: next) }
  }
}

@_spi(Columns) import GraphCore

/// Relations whose last column is a function of the others: the better of two values stays, or what they come to.
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

  /// Adds rows whose key is new, and the last column of each other to what its key has. False where one comes to more
  /// than `highest`, and is left as it was. Expected O(count).
  ///
  /// - Parameter bound: no less than any value of the last column; brought up to date.
  func insertAdding(
    _ inputs: [Words<UInt64>], count: Int, upTo highest: UInt64, bound: inout UInt64
  ) -> Bool {
    guard let terms = inputs.last, count > 0 else { return true }
    coverPlaces()
    take(inputs, count)
    // What terms add up to may be wider than each of them.
    var most = bound
    for i in 0..<count {
      bound = max(bound, terms[i])
      let (sum, isOver) = most.addingReportingOverflow(terms[i])
      most = isOver ? .max : sum
    }
    let isNarrow = columns[arity - 1].fits(most)
    var (greatest, isWithin) = (bound, true)
    merge(count, isNarrow: isNarrow) { term, total in
      let (sum, isOver) = total.addingReportingOverflow(term)
      if isOver || sum > highest {
        isWithin = false
        return nil
      }
      greatest = max(greatest, sum)
      return term == 0 ? nil : sum
    }
    bound = greatest
    return isWithin
  }

  @inline(__always)
  private func insertBetter(
    _ count: Int, _ isBetter: (_ new: UInt64, _ old: UInt64) -> Bool
  ) {
    let values = scratch.batch[arity - 1]
    let isNarrow = columns[arity - 1].isNarrow(values, count: count)
    merge(count, isNarrow: isNarrow) { isBetter($0, $1) ? $0 : nil }
  }

  /// Adds those rows of the batch in the scratch whose key is new, and changes the last column of others.
  ///
  /// - Parameters:
  ///   - isNarrow: whether the last column takes 32 bits a value with all that comes to it.
  ///   - change: what the value of a key becomes, if it changes.
  @inline(__always)
  private func merge(
    _ count: Int, isNarrow: Bool, _ change: (_ new: UInt64, _ old: UInt64) -> UInt64?
  ) {
    scratch.hash(keyCount: keyCount, count: count)
    membership.reservePlaces(more: count)
    guard let places = membership.places else { return }
    let last = arity - 1
    for column in 0..<last {
      scratch.views[column] = columns[column].prepare(for: scratch.batch[column], count: count)
    }
    scratch.views[last] = columns[last].prepare(count: count, areNarrow: isNarrow)
    let (views, batch, hashes) = (scratch.views.words, scratch.batch.words, scratch.states.words)
    let slots = places.words
    let mask = places.mask
    let visible = visible
    var (next, newKeys) = (rowCount, 0)
    for i in 0..<count {
      if i % Scratch.nearGroup == 0 {
        scratch.bringNear(i..<min(i + Scratch.nearGroup, count), places, keyCount: last)
      }
      let hash = hashes[i]
      var slot = Int(hash) & mask
      var value = batch[last][i]
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
            if let changed = change(value, views[last][row]) {
              value = changed
              if row < visible {
                dead.insert(row)
                break
              }
              // Nobody has seen the row yet, so its value can change in place.
              views[last].set(value, at: row)
            }
            slot = -1
            break
          }
        }
        slot = (slot &+ 1) & mask
      }
      if slot < 0 { continue }
      // A row takes the slot of the one that it replaces.
      for column in 0..<last { views[column].set(batch[column][i], at: next) }
      views[last].set(value, at: next)
      next &+= 1
      slots[slot] = hash << 32 | UInt64(next)
    }
    membership.places?.noteInsertions(newKeys)
    rowCount = next
    membership.covered = next
    for column in columns { column.commit(count: next) }
  }
}

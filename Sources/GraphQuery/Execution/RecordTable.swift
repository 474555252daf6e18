@_spi(Columns) import GraphCore

/// Interned tuples of words: equal tuples have equal ids, whatever type they are read as.
///
/// Id 0 is `nil`; the tuple numbered `n` has id `n + 1`.
package final class RecordTable {
  /// What the fields of each record type are.
  package let types: RecordTypes
  private let words = Column<UInt64>()
  /// Where each tuple begins; one more entry than there are tuples.
  private let starts = Column<UInt32>([0])
  private var index = RowIndex()

  package init(types: RecordTypes = RecordTypes()) { self.types = types }

  package var count: Int { starts.count - 1 }

  var byteCount: Int { words.byteCount + starts.byteCount + index.byteCount }

  /// The id of a tuple that is there already.
  package func lookup(_ tuple: [UInt64]) -> UInt32? {
    let hash = Self.hash(tuple)
    let slots = index.words
    var slot = Int(hash) & index.mask
    while slots[slot] != 0 {
      let entry = slots[slot]
      if RowIndex.hash(of: entry) == hash, isEqual(RowIndex.row(of: entry), tuple) {
        return UInt32(RowIndex.row(of: entry) + 1)
      }
      slot = (slot &+ 1) & index.mask
    }
    return nil
  }

  /// The id of a tuple, new if need be.
  package func intern(_ tuple: [UInt64]) -> UInt32 {
    if let id = lookup(tuple) { return id }
    let number = count
    for word in tuple { words.append(word) }
    starts.append(UInt32(words.count))
    index.insert(row: number, hash: Self.hash(tuple))
    return UInt32(number + 1)
  }

  /// A field of a record; 0 where the record has no such field, as `nil` has none.
  package func field(_ position: Int, of id: UInt32) -> UInt64 {
    guard id > 0, id <= count else { return 0 }
    let start = Int(starts[Int(id) - 1])
    return start + position < Int(starts[Int(id)]) ? words[start + position] : 0
  }

  private func isEqual(_ number: Int, _ tuple: [UInt64]) -> Bool {
    let start = Int(starts[number])
    guard Int(starts[number + 1]) - start == tuple.count else { return false }
    for (position, word) in tuple.enumerated() where words[start + position] != word {
      return false
    }
    return true
  }

  private static func hash(_ tuple: [UInt64]) -> UInt32 {
    var state = TupleHash.mix(TupleHash.seed, UInt64(tuple.count))
    for word in tuple { state = TupleHash.mix(state, word) }
    return TupleHash.narrow(state)
  }
}

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
  private let scratch = Column<UInt64>()

  package init(types: RecordTypes = RecordTypes()) { self.types = types }

  /// How many different tuples there are.
  package var count: Int { starts.count - 1 }

  var byteCount: Int { words.byteCount + starts.byteCount + index.byteCount }

  /// The id of a tuple, new if need be. Amortised O(fields).
  package func intern(_ tuple: [UInt64]) -> UInt32 {
    scratch.truncate(to: 0)
    for word in tuple { scratch.append(word) }
    return intern(scratch.words)
  }

  /// The same for words side by side.
  func intern(_ words: Words<UInt64>) -> UInt32 {
    var state = TupleHash.mix(TupleHash.seed, UInt64(words.count))
    for position in 0..<words.count { state = TupleHash.mix(state, words[position]) }
    let hash = UInt64(TupleHash.narrow(state))
    let id = lookup(words, hash)
    return id == 0 ? add(words, hash) : id
  }

  /// A field of a record; 0 where the record has no such field, as `nil` has none.
  package func field(_ position: Int, of id: UInt32) -> UInt64 {
    view.field(position, of: id)
  }

  // MARK: Batches

  /// A row of columns as a tuple, for whoever has many of them.
  struct Row: RecordTuple {
    let columns: Words<Words<UInt64>>
    let number: Int

    var count: Int { columns.count }

    @inline(__always)
    subscript(position: Int) -> UInt64 { columns[position][number] }
  }

  /// Writes the hash of each row of a batch as a tuple.
  static func hash(_ columns: Words<Words<UInt64>>, count: Int, into hashes: Words<UInt64>) {
    let seed = TupleHash.mix(TupleHash.seed, UInt64(columns.count))
    for i in 0..<count { hashes[i] = seed }
    for column in 0..<columns.count { TupleHash.fold(columns[column], count: count, into: hashes) }
    for i in 0..<count { hashes[i] = UInt64(TupleHash.narrow(hashes[i])) }
  }

  /// Begins to bring near what the search for tuples with some hashes reads first.
  func bringNear(_ hashes: Words<UInt64>) {
    index.words.prefetch(hashes: hashes, mask: index.mask)
  }

  /// The id of a tuple that is there already, given its hash; 0 where there is none.
  func lookup(_ tuple: some RecordTuple, _ hash: UInt64) -> UInt32 {
    let (slots, words, starts) = (index.words, words.words, starts.words)
    let (mask, arity) = (index.mask, tuple.count)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if slots[slot] >> 32 == hash {
        let number = RowIndex.row(of: slots[slot])
        let start = Int(starts[number])
        var position = Int(starts[number + 1]) - start == arity ? 0 : arity + 1
        while position < arity && words[start + position] == tuple[position] { position += 1 }
        if position == arity { return UInt32(number + 1) }
      }
      slot = (slot &+ 1) & mask
    }
    return 0
  }

  /// Adds a tuple that is not there.
  func add(_ tuple: some RecordTuple, _ hash: UInt64) -> UInt32 {
    let number = count
    for position in 0..<tuple.count { words.append(tuple[position]) }
    starts.append(UInt32(words.count))
    index.insert(row: number, hash: UInt32(truncatingIfNeeded: hash))
    return UInt32(number + 1)
  }

  /// The records as loops read them, until one is added.
  var view: View { View(words: words.words, starts: starts.words) }

  struct View: BitwiseCopyable {
    fileprivate let words: Words<UInt64>
    fileprivate let starts: Words<UInt32>

    /// A field of a record; 0 where the record has no such field.
    @inline(__always)
    func field(_ position: Int, of id: UInt32) -> UInt64 {
      guard id > 0, Int(id) < starts.count else { return 0 }
      let start = Int(starts[Int(id) - 1])
      return start + position < Int(starts[Int(id)]) ? words[start + position] : 0
    }
  }
}

/// The words of a tuple, wherever they lie.
protocol RecordTuple: BitwiseCopyable {
  var count: Int { get }
  subscript(position: Int) -> UInt64 { get }
}

extension Words: RecordTuple where Element == UInt64 {}

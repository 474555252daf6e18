@_spi(Columns) import GraphCore

/// Room for rows that several threads add to a relation whose rows do not fit one word, and the table of row
/// numbers that tells them apart.
///
/// Each thread takes places in blocks, writes a row to the relation's own columns at the next of its places, and
/// fills a slot of the table with the place by one compare and swap: whoever fills it has added the row, and
/// whoever did not writes the next row over it. So rows are hashed and looked up once, and nothing is copied.
///
/// ```
///   rows      │ known … │ block of A │ block of B │ block of A …free │ block of B …free │
///                                                  ▲─────────────────┘  the last rows fill the gaps in the end
/// ```
final class SharedPlaces {
  /// So few rows at most stay to be moved for each thread.
  private static let blockSize = 512

  /// The columns with room for the rows of all blocks.
  fileprivate let views: Column<ColumnView>
  private let kinds: [WordKind]
  fileprivate let table: RowIndex
  /// The number of the first place.
  fileprivate let start: Int
  private let blocks: ChunkDispenser

  fileprivate init(_ relation: Relation, _ table: RowIndex) {
    start = relation.rowCount
    self.table = table
    let room = table.room
    kinds = relation.columns.map(\.kind)
    views = Column(relation.columns.map { $0.room(for: room) })
    blocks = ChunkDispenser(start..<start + room, size: Self.blockSize)
  }

  /// Whether all places are taken.
  fileprivate var isFull: Bool { blocks.isEmpty }

  /// The bytes of a row.
  fileprivate var rowSize: Int { kinds.indices.reduce(0) { $0 + (views[$1].isNarrow ? 4 : 8) } }

  /// Whether the columns hold the words of a batch in the form that they have. O(count).
  fileprivate func fit(_ columns: [Words<UInt64>], count: Int) -> Bool {
    columns.indices.allSatisfy {
      views[$0].form == .wide || WordColumn.fit(columns[$0].slice(0, count), kinds[$0])
    }
  }

  /// Tells rows apart that one thread derives.
  ///
  /// What it writes all the time lies apart from what others write.
  final class Writer {
    private let places: SharedPlaces
    /// The places of the present block that have no row yet.
    fileprivate private(set) var free: Range<Int>
    /// How many rows it has added.
    private(set) var added = 0
    private let scratch = Relation.Scratch()

    init(_ places: SharedPlaces) {
      self.places = places
      free = places.start..<places.start
    }

    var isFull: Bool { places.isFull }

    /// The bytes of the rows that it has added.
    var byteCount: Int { added * places.rowSize }

    func fit(_ columns: [Words<UInt64>], count: Int) -> Bool { places.fit(columns, count: count) }

    /// Whether the columns have room for a row of a batch.
    func fits(_ columns: [Words<UInt64>], _ row: Int) -> Bool {
      columns.indices.allSatisfy { places.views[$0].fits(columns[$0][row]) }
    }

    /// Adds the rows of a batch that are new, which must fit the columns, and returns how many rows it has looked at:
    /// fewer than all where there is no place left. Expected O(count).
    func insert(_ columns: [Words<UInt64>], count: Int) -> Int {
      scratch.take(columns, count)
      let (arity, table) = (columns.count, places.table)
      scratch.hash(keyCount: arity, count: count)
      for column in 0..<arity { scratch.views[column] = places.views[column] }
      let (views, batch, hashes) = (scratch.views.words, scratch.batch.words, scratch.states.words)
      let (slots, mask) = (table.words, table.mask)
      var (next, end, new) = (free.lowerBound, free.upperBound, 0)
      defer {
        free = next..<end
        added += new
      }
      for i in 0..<count {
        if i % Relation.Scratch.nearGroup == 0 {
          scratch.bringNear(
            i..<min(i + Relation.Scratch.nearGroup, count), table, keyCount: arity)
        }
        if next == end {
          guard let block = places.blocks.next() else { return i }
          (next, end) = (block.lowerBound, block.upperBound)
        }
        let hash = hashes[i]
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
          var entry = slots.publishedWord(at: slot)
          if entry == 0 {
            for column in 0..<arity { views[column].set(batch[column][i], at: next) }
            entry = slots.publishShared(hash << 32 | UInt64(next &+ 1), at: slot)
            if entry == 0 {
              next &+= 1
              new &+= 1
              break
            }
          }
          if entry >> 32 == hash {
            let row = RowIndex.row(of: entry)
            var column = 0
            while column < arity && views[column][row] == batch[column][i] { column &+= 1 }
            if column == arity { break }
          }
          slot = (slot &+ 1) & mask
        }
      }
      return count
    }
  }
}

extension Relation {
  /// Makes room for so many rows of several threads, or as many as the table has room for then; nothing where rows are
  /// more than told apart.
  func sharedPlaces(capacity: Int) -> SharedPlaces? {
    guard arity > 0, keepsEachRow else { return nil }
    coverPlaces()
    membership.reservePlaces(more: capacity)
    return membership.places.map { SharedPlaces(self, $0) }
  }

  /// Takes over the rows that threads have added. O(threads): rows are where they will be, but for those that fill what
  /// is free of the last blocks.
  func adopt(_ writers: [SharedPlaces.Writer]) {
    let added = writers.reduce(0) { $0 + $1.added }
    guard added > 0, let last = writers.map(\.free.upperBound).max() else { return }
    for column in columns { _ = column.prepare(count: last - rowCount, areNarrow: true) }
    let total = rowCount + added
    var source = last
    for writer in writers where writer.free.lowerBound < total {
      for place in writer.free.lowerBound..<min(writer.free.upperBound, total) {
        repeat { source -= 1 } while writers.contains { $0.free.contains(source) }
        moveRow(source, to: place)
      }
    }
    for column in columns { column.commit(count: total) }
    membership.places?.noteInsertions(added)
    rowCount = total
    membership.covered = total
  }

  private func moveRow(_ row: Int, to place: Int) {
    var state = TupleHash.seed
    for column in columns {
      let word = column.view[row]
      state = TupleHash.mix(state, word)
      column.view.set(word, at: place)
    }
    membership.places?.renumber(row: row, as: place, hash: TupleHash.narrow(state))
  }
}

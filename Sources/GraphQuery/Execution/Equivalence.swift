@_spi(Columns) import GraphCore

/// An equivalence relation as classes: what Soufflé calls `eqrel`.
///
/// A forest of members, each pointing towards the one that stands for its class (Tarjan, "Efficiency
/// of a good but not linear set union algorithm", 1975), and a ring through the members of each class, so that
/// two classes become one by an exchange of two links.
final class Equivalence: RowSink {
  private let relation: Relation
  /// Each member with the one that stands for its class, for rules of the same recursion.
  private let classes: Relation?
  /// Where the row of each member is in `classes`.
  private let classRows = Column<UInt32>()
  /// The members, numbered in the order of arrival.
  private let members: Relation
  private let parents = Column<UInt32>()
  private let following = Column<UInt32>()
  private let sizes = Column<UInt32>()
  private let left = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let right = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let pairs: [Column<UInt64>]
  private var pairCount = 0

  init(_ relation: Relation, classes: Relation? = nil, terms: TermSpace) {
    self.relation = relation
    self.classes = classes
    classes?.mayRenumber = false
    members = Relation(name: "members", types: [relation.types[0]], terms: terms)
    pairs = (0..<2).map { _ in Column(repeating: 0, count: Batch.capacity) }
  }

  /// Makes the rows equivalent that the relation has without rules.
  func addStoredRows() throws(EngineFailure) {
    let columns = (0..<2).map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(columns) }
    let stored = relation.rowCount
    var row = 0
    while row < stored {
      let count = min(Batch.capacity, stored - row)
      for column in 0..<2 {
        let view = relation.view(column)
        for i in 0..<count { columns[column].words[i] = view[row + i] }
      }
      try add(columns.map(\.words), count: count)
      row += count
    }
  }

  /// Makes the two values of each row equivalent. Nearly O(1) a row, and with `classes` O(log members) a member in
  /// all.
  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    number(columns[0], count, left.words)
    number(columns[1], count, right.words)
    for i in 0..<count { unite(left[i], right[i]) }
    flush()
  }

  private func number(_ values: Words<UInt64>, _ count: Int, _ output: Words<UInt32>) {
    members.findOrInsert([values], count: count, rows: output)
    while parents.count < members.rowCount {
      let new = UInt32(truncatingIfNeeded: parents.count)
      parents.append(new)
      following.append(new)
      sizes.append(1)
      if classes != nil {
        classRows.append(0)
        place(new, in: new)
      }
    }
  }

  private func root(_ member: UInt32) -> UInt32 {
    let parents = parents.words
    var member = member
    while parents[Int(member)] != member {
      // Halving the way makes later ones short.
      parents[Int(member)] = parents[Int(parents[Int(member)])]
      member = parents[Int(member)]
    }
    return member
  }

  private func unite(_ a: UInt32, _ b: UInt32) {
    var (a, b) = (root(a), root(b))
    if a == b { return }
    if sizes[Int(a)] < sizes[Int(b)] { (a, b) = (b, a) }
    if let classes {
      var member = b
      repeat {
        classes.dead.insert(Int(classRows[Int(member)]))
        place(member, in: a)
        member = following[Int(member)]
      } while member != b
    }
    parents[Int(b)] = a
    sizes[Int(a)] += sizes[Int(b)]
    let next = following[Int(a)]
    following[Int(a)] = following[Int(b)]
    following[Int(b)] = next
  }

  /// Writes down the class of a member; nobody has two rows of the same class.
  private func place(_ member: UInt32, in root: UInt32) {
    if pairCount == Batch.capacity { flush() }
    classRows[Int(member)] = UInt32(truncatingIfNeeded: (classes?.rowCount ?? 0) + pairCount)
    add(Int(member), Int(root))
  }

  private func add(_ a: Int, _ b: Int) {
    pairs[0][pairCount] = members.word(row: a, column: 0)
    pairs[1][pairCount] = members.word(row: b, column: 0)
    pairCount += 1
  }

  private func flush() {
    classes?.insertDistinct(pairs.map(\.words), count: pairCount)
    pairCount = 0
  }

  // MARK: Result

  /// Gives the relation its pairs: a row a class, which its members share. O(members), and O(members · log) where they are
  /// too far apart to number rows by.
  func finish() {
    let numbering = NodeNumbering([(relation: members, column: 0)])
    let places = numbering.domain
    let arena = WordArena()
    let rows = Column<BinaryRows.Row>()
    // What is no member has the empty row, which is the first.
    rows.append(BinaryRows.Row(words: .empty, count: 0, isBitmap: false))
    let rowOf = Column<UInt32>(repeating: 0, count: places)
    let rowOfClass = Column<UInt32>(repeating: 0, count: members.rowCount)
    defer { keepAlive(rowOfClass) }
    var count = 0
    for member in 0..<members.rowCount where parents[member] == UInt32(member) {
      let size = Int(sizes[member])
      rowOfClass[member] = UInt32(truncatingIfNeeded: rows.count)
      rows.append(BinaryRows.Row(words: arena.takeExactly(size), count: 0, isBitmap: false))
      count += size * size
    }
    for member in 0..<members.rowCount {
      guard let place = numbering.number(of: members.word(row: member, column: 0)) else { continue }
      rowOf[place] = rowOfClass[Int(root(UInt32(truncatingIfNeeded: member)))]
    }
    // So each class lists its members in ascending order.
    for place in 0..<places where rowOf[place] != 0 {
      let row = Int(rowOf[place])
      rows[row].words[Int(rows[row].count)] = UInt32(truncatingIfNeeded: place)
      rows[row].count += 1
    }
    relation.adopt(
      BinaryRows(
        count: count, domain: places, rows: rows, rowOf: rowOf, isTransposed: false,
        isEquivalence: true, ranks: numbering.ranks, owner: arena,
        byteCount: arena.byteCount + rows.byteCount + rowOf.byteCount))
  }

  /// Fills a relation with each member and the one that stands for its class. O(members).
  func writeClasses(into relation: Relation) {
    func insert() {
      relation.insertDistinct(pairs.map(\.words), count: pairCount)
      pairCount = 0
    }
    for member in 0..<members.rowCount {
      add(member, Int(root(UInt32(truncatingIfNeeded: member))))
      if pairCount == Batch.capacity { insert() }
    }
    insert()
    relation.settle()
  }
}

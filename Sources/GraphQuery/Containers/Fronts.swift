@_spi(Columns) import GraphCore

/// When a row gives way to another one of its relation: both agree in some columns, and in others the other one is as
/// good or better.
///
/// ```
/// p(k, a, b) <= p(k, c, d) :- c <= a, d <= b.        keys: 0      criteria: the less of 1, the less of 2
/// ```
///
/// What a row gives way to in turn, it gives way to itself, and no two rows give way to each other. So which rows stay
/// does not depend on the order in which they are compared.
struct DominanceOrder {
  struct Criterion {
    let column: Int
    /// Greater values are better.
    let isGreatest: Bool
    /// Equal values are not as good.
    let isStrict: Bool
  }

  let keys: [Int]
  /// At least one; of types whose values have an order key.
  let criteria: [Criterion]
}

/// The rows of a relation that give way to no other, for each key: what the next row is compared with.
///
/// ```
///  key    where the values of its rows begin, how many there are, and for how many there is room
///  place  ─►  │ values of the criteria, the best least │   the last row with these values
///  row    ─►  the row before it with the same values
/// ```
///
/// A row that gives way to one of them can be forgotten, and so can those that give way to it: what they would
/// dominate is dominated without them. No two of them dominate each other, so that one pass over those of its key
/// tells all of a new row. Of rows with equal values none dominates another, and one comparison stands for all.
final class Fronts {
  private struct Front: BitwiseCopyable {
    var start = 0
    var count = 0
    var room = 0
  }

  let order: DominanceOrder
  private let criteria: [(type: ColumnType, flip: UInt64)]
  /// Which criteria allow equal values.
  private let loose: Column<Bool>
  /// The keys, each once.
  private let groups: Relation
  private let fronts = Column<Front>()
  private let values = Column<UInt64>()
  /// For each place of `values` the last row there, for each row the one before it, both plus one.
  private let last = Column<UInt32>()
  private let before = Column<UInt32>()
  /// Where values lay that have moved for more room, by the power of two that there is room for.
  private var free: [[Int]] = Array(repeating: [], count: Int.bitWidth)
  /// How many rows, from the first, it knows.
  private(set) var covered = 0
  private let groupRows = Column<UInt32>(unspecified: Batch.capacity)
  private let batch: Column<UInt64>
  private let dead = Column<UInt32>()

  /// Knows no row yet of the relation that it is for.
  init(_ order: DominanceOrder, for relation: Relation, terms: TermSpace) {
    self.order = order
    criteria = order.criteria.map { (relation.types[$0.column], $0.isGreatest ? .max : 0) }
    loose = Column(order.criteria.map { !$0.isStrict })
    groups = Relation(
      name: relation.name, types: order.keys.map { relation.types[$0] }, terms: terms)
    batch = Column(unspecified: order.criteria.count * Batch.capacity)
  }

  var byteCount: Int {
    groups.byteCount + fronts.byteCount + values.byteCount + last.byteCount + before.byteCount
  }

  /// Goes through a batch of rows that it does not know yet, and writes the numbers of those that give way now, these or
  /// known ones. Expected O(rows × rows of their keys that stay).
  func takeBatch(of relation: Relation) -> Words<UInt32> {
    dead.truncate(to: 0)
    let (first, width) = (covered, criteria.count)
    let count = min(Batch.capacity, relation.rowCount - first)
    let columns = relation.load(from: first, count: count)
    groups.findOrInsert(order.keys.map { columns[$0] }, count: count, rows: groupRows.words)
    while fronts.count < groups.rowCount { fronts.append(Front()) }
    while before.count < first + count { before.append(0) }
    let batch = batch.words
    for (number, criterion) in criteria.enumerated() {
      let (type, flip) = (criterion.type, criterion.flip)
      let words = columns[order.criteria[number].column]
      for i in 0..<count { batch[i &* width &+ number] = type.orderKey(words[i]) ^ flip }
    }
    for i in 0..<count where !relation.isDead(first + i) {
      let group = Int(groupRows.words[i])
      place(UInt32(truncatingIfNeeded: first + i), batch.slice(i &* width, width), group)
    }
    covered = first + count
    return dead.words
  }

  /// Compares a row with those of its key, which it joins unless it gives way.
  private func place(_ row: UInt32, _ new: Words<UInt64>, _ group: Int) {
    var front = fronts[group]
    let (width, values, loose) = (new.count, values.words, loose.words)
    var place = front.start
    while place < front.start &+ front.count {
      let known = values.slice(place &* width, width)
      var (isBetter, isWorse, isEqual) = (true, true, true)
      for column in 0..<width {
        let (a, b) = (new[column], known[column])
        let agrees = a == b
        let allows = agrees && loose[column]
        isBetter = isBetter && (a < b || allows)
        isWorse = isWorse && (b < a || allows)
        isEqual = isEqual && agrees
      }
      if isWorse {
        dead.append(row)
        // What one row gives way to is likely to be what the next does.
        swap(place, front.start &+ (place &- front.start) / 2)
        return
      }
      if isEqual {
        before[Int(row)] = last[place]
        last[place] = row &+ 1
        return
      }
      if isBetter {
        bury(last[place])
        front.count &-= 1
        copy(front.start &+ front.count, to: place)
        fronts[group] = front
      } else {
        place &+= 1
      }
    }
    if front.count == front.room { makeRoom(&front) }
    let end = front.start &+ front.count
    for column in 0..<width { self.values[end &* width &+ column] = new[column] }
    last[end] = row &+ 1
    front.count &+= 1
    fronts[group] = front
  }

  /// Notes that the rows of one place give way.
  private func bury(_ last: UInt32) {
    var link = last
    while link != 0 {
      dead.append(link &- 1)
      link = before[Int(link &- 1)]
    }
  }

  private func copy(_ place: Int, to other: Int) {
    let (width, values) = (criteria.count, values.words)
    for column in 0..<width { values[other &* width &+ column] = values[place &* width &+ column] }
    last[other] = last[place]
  }

  private func swap(_ place: Int, _ other: Int) {
    if place == other { return }
    let (width, values) = (criteria.count, values.words)
    for column in 0..<width {
      let value = values[place &* width &+ column]
      values[place &* width &+ column] = values[other &* width &+ column]
      values[other &* width &+ column] = value
    }
    (last[place], last[other]) = (last[other], last[place])
  }

  /// Moves a front that is full to where there is twice the room.
  private func makeRoom(_ front: inout Front) {
    let (width, start) = (criteria.count, front.start)
    let room = max(2 * front.room, 2)
    if let place = free[room.trailingZeroBitCount].popLast() {
      front.start = place
    } else {
      front.start = last.count
      last.grow(by: room)
      values.grow(by: room * width)
    }
    for place in 0..<front.count { copy(start + place, to: front.start + place) }
    if front.room > 0 { free[front.room.trailingZeroBitCount].append(start) }
    front.room = room
  }

  /// Takes over the new numbers of rows of which some are left out that gave way. O(rows).
  ///
  /// - Parameter kept: the old numbers of the others, ascending.
  func renumber(_ kept: Words<UInt32>) {
    let numbers = Column<UInt32>(repeating: 0, count: covered)
    defer { keepAlive(numbers) }
    var count = 0
    while count < kept.count, Int(kept[count]) < covered {
      numbers[Int(kept[count])] = UInt32(truncatingIfNeeded: count + 1)
      count += 1
    }
    func number(_ link: UInt32) -> UInt32 { link == 0 ? 0 : numbers[Int(link - 1)] }
    for row in 0..<count { before[row] = number(before[Int(kept[row])]) }
    for group in 0..<fronts.count {
      let front = fronts[group]
      for place in front.start..<(front.start + front.count) { last[place] = number(last[place]) }
    }
    before.truncate(to: count)
    covered = count
  }
}

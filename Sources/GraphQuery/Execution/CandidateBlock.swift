@_spi(Columns) import GraphCore

/// Evaluates a filter for a block of candidates at a time: a loop for each instruction over words that stay near.
///
/// A block is small, so that what is computed lies in the processor's first cache until the next instruction reads it, and no
/// instruction knows which of its operands are the same for all.
final class CandidateBlock {
  static let capacity = 128
  /// So many marks are looked at together.
  static let group = 16

  let filter: CandidateFilter
  private let instructions: Column<CandidateFilter.Instruction>
  private let values: Column<UInt64>
  /// Per candidate 1 where all conditions so far hold.
  private let marked: Column<UInt8>
  private let views: Column<ColumnView>

  init(_ filter: CandidateFilter) {
    self.filter = filter
    instructions = Column(filter.instructions)
    values = Column(unspecified: filter.slotCount * Self.capacity)
    marked = Column(unspecified: Self.capacity)
    views = Column()
  }

  var marks: Words<UInt8> { marked.words }

  @inline(__always)
  private func slot(_ number: Int) -> Words<UInt64> {
    values.words.slice(number &* Self.capacity, Self.capacity)
  }

  // MARK: Operands

  /// Where the columns of candidates are: again whenever rows may have been inserted.
  func read(_ relation: Relation) {
    views.truncate(to: 0)
    for (_, column) in filter.columns { views.append(relation.view(column)) }
  }

  /// Sets what the next `count` candidates or fewer have in common.
  func share(_ number: Int, _ word: UInt64, count: Int) {
    let slot = slot(filter.shared[number].slot)
    for i in 0..<min(count, Self.capacity) { slot[i] = word }
  }

  /// Takes some rows as candidates.
  func load(_ rows: Words<UInt32>) {
    for number in filter.columns.indices {
      views[number].gather(rows, count: rows.count, into: slot(filter.columns[number].slot))
    }
  }

  /// Takes values as candidates, which have one column.
  func load(values: Words<UInt32>) {
    for (number, _) in filter.columns {
      let slot = slot(number)
      for i in 0..<values.count { slot[i] = UInt64(values[i]) }
    }
  }

  /// Takes consecutive rows as candidates.
  func load(from row: Int, count: Int) {
    for number in filter.columns.indices {
      views[number].load(from: row, count: count, into: slot(filter.columns[number].slot))
    }
  }

  // MARK: Evaluation

  /// Marks the candidates for which all conditions hold; false where there are none, and then nothing is marked.
  /// - Parameter meter: is told how many candidates reach each step, of which the filter covers those from `firstStep` on
  func evaluate(count: Int, meter: StepMeter?, firstStep: Int) -> Bool {
    for i in 0..<count { marks[i] = 1 }
    for number in 0..<instructions.count {
      meter?.count(marked(count), at: firstStep &+ number)
      let instruction = instructions[number]
      let (a, b) = (slot(instruction.left), slot(instruction.right))
      if instruction.operation.isCondition {
        mark(instruction.operation, a, b, count)
        if !isAnyMarked(0..<count) { return false }
      } else {
        compute(instruction.operation, a, b, count, slot(instruction.target))
      }
    }
    return true
  }

  private func marked(_ count: Int) -> Int {
    var sum = 0
    for i in 0..<count { sum &+= Int(marks[i]) }
    return sum
  }

  /// Whether some candidate among these is marked.
  @inline(__always)
  func isAnyMarked(_ range: Range<Int>) -> Bool {
    let marks = marks
    var any: UInt8 = 0
    for i in range { any |= marks[i] }
    return any != 0
  }

  private func compute(
    _ operation: CandidateFilter.Operation, _ a: Words<UInt64>, _ b: Words<UInt64>, _ count: Int,
    _ output: Words<UInt64>
  ) {
    @inline(__always)
    func forEach(_ compute: (UInt64, UInt64) -> UInt64) {
      for i in 0..<count { output[i] = compute(a[i], b[i]) }
    }
    @inline(__always)
    func forEachFloat(_ compute: (Double, Double) -> Double) {
      forEach { compute(Double(bitPattern: $0), Double(bitPattern: $1)).bitPattern }
    }
    let (signed, unsigned) = (ColumnType.number, ColumnType.unsigned)
    switch operation {
    case .add: forEach { $0 &+ $1 }
    case .subtract: forEach { $0 &- $1 }
    case .multiply: forEach { $0 &* $1 }
    case .negate: forEach { x, _ in 0 &- x }
    case .absolute: forEach { x, _ in Int64(bitPattern: x) < 0 ? 0 &- x : x }
    case .and: forEach { $0 & $1 }
    case .or: forEach { $0 | $1 }
    case .exclusiveOr: forEach { $0 ^ $1 }
    case .not: forEach { x, _ in ~x }
    case .shiftLeft: forEach { $0 &<< $1 }
    case .shiftRight:
      forEach { UInt64(bitPattern: Int64(bitPattern: $0) &>> Int64(truncatingIfNeeded: $1)) }
    case .shiftRightUnsigned: forEach { $0 &>> $1 }
    case .least: forEach { signed.orderKey($1) < signed.orderKey($0) ? $1 : $0 }
    case .greatest: forEach { signed.orderKey($1) < signed.orderKey($0) ? $0 : $1 }
    case .leastUnsigned: forEach { unsigned.orderKey($1) < unsigned.orderKey($0) ? $1 : $0 }
    case .greatestUnsigned: forEach { unsigned.orderKey($1) < unsigned.orderKey($0) ? $0 : $1 }
    case .addFloats: forEachFloat { $0 + $1 }
    case .subtractFloats: forEachFloat { $0 - $1 }
    case .multiplyFloats: forEachFloat { $0 * $1 }
    // The sign of a zero would be seen here.
    case .divideFloats: forEachFloat { $0 / ($1 + 0) }
    case .negateFloat: forEachFloat { x, _ in -x }
    case .absoluteFloat: forEachFloat { x, _ in x.magnitude }
    case .equal, .notEqual, .less, .lessOrEqual, .lessUnsigned, .lessOrEqualUnsigned, .lessFloat,
      .lessOrEqualFloat, .equalFloats, .notEqualFloats:
      break
    }
  }

  private func mark(
    _ operation: CandidateFilter.Operation, _ a: Words<UInt64>, _ b: Words<UInt64>, _ count: Int
  ) {
    let marks = marks
    @inline(__always)
    func forEach(_ holds: (UInt64, UInt64) -> Bool) {
      for i in 0..<count { marks[i] &= holds(a[i], b[i]) ? 1 : 0 }
    }
    // Both sides are looked at, so that nothing is jumped over.
    @inline(__always)
    func forEachFloat(_ holds: (Double, Double) -> UInt8) {
      for i in 0..<count { marks[i] &= holds(Double(bitPattern: a[i]), Double(bitPattern: b[i])) }
    }
    @inline(__always)
    func bit(_ condition: Bool) -> UInt8 { condition ? 1 : 0 }
    switch operation {
    case .equal: forEach { $0 == $1 }
    case .notEqual: forEach { $0 != $1 }
    case .less: forEach { Int64(bitPattern: $0) < Int64(bitPattern: $1) }
    case .lessOrEqual: forEach { Int64(bitPattern: $0) <= Int64(bitPattern: $1) }
    case .lessUnsigned: forEach { $0 < $1 }
    case .lessOrEqualUnsigned: forEach { $0 <= $1 }
    // There is one NaN, above infinity.
    case .lessFloat: forEachFloat { bit($0 < $1) | (bit($1 != $1) & bit($0 == $0)) }
    case .lessOrEqualFloat: forEachFloat { bit($0 <= $1) | bit($1 != $1) }
    case .equalFloats: forEachFloat { bit($0 == $1) | (bit($0 != $0) & bit($1 != $1)) }
    case .notEqualFloats: forEachFloat { bit($0 != $1) & (bit($0 == $0) | bit($1 == $1)) }
    case .add, .subtract, .multiply, .negate, .absolute, .and, .or, .exclusiveOr, .not, .shiftLeft,
      .shiftRight, .shiftRightUnsigned, .least, .greatest, .leastUnsigned, .greatestUnsigned,
      .addFloats, .subtractFloats, .multiplyFloats, .divideFloats, .negateFloat, .absoluteFloat:
      break
    }
  }
}

@_spi(Columns) import GraphCore

/// What a functor has given for the operands of earlier rows.
///
/// The values of a join's rows come from far fewer rows of its relations, so that operands come again, and making a
/// text costs some twenty times what this does: its bytes are put together, hashed and looked up. It is a direct-mapped cache: operands have one
/// place, chosen by their hash, and whatever comes there takes it. Where operands hardly ever come again nothing is
/// looked up for a while.
///
/// ```
///   operands (7, 3)  ─ hash ─►  │ 7 │ 3 │ result │     found: the result is copied
///   operands (8, 3)  ─ hash ─►  │ 2 │ 9 │ result │     missing: made with all others of the batch, then kept here
/// ```
final class KnownResults {
  /// So few that they stay in a processor's own cache.
  private static let slotCount = 1 << 14
  /// Results are ids of texts, which are shorter.
  private static let none = UInt64.max
  /// So many rows are computed before anything is kept: most programs have fewer.
  private static let leastRows = 1 << 12
  /// After so many rows it is asked whether it was worth it.
  private static let trial = 1 << 14
  /// At least one of so many rows must be known.
  private static let leastShare = 4
  /// Otherwise so many rows are computed before it is tried again.
  private static let pause = 1 << 18

  private let operandCount: Int
  /// For each place the operands and the result.
  private var entries = Column<UInt64>()
  private var states = Column<UInt64>()
  /// The rows of a batch that are not known, their operands and results.
  private var missing = Column<UInt32>()
  private var gathered: [Column<UInt64>] = []
  private var results = Column<UInt64>()
  /// How many rows are computed before it is looked again.
  private var resting = KnownResults.leastRows
  private var (asked, found) = (0, 0)

  init(operandCount: Int) { self.operandCount = operandCount }

  /// Has `make` compute the rows of a batch whose operands are not known. Expected O(count) beside that.
  func compute<Failure: Error>(
    _ operands: [Words<UInt64>], count: Int, into output: Words<UInt64>,
    _ make: (_ operands: [Words<UInt64>], _ count: Int, _ output: Words<UInt64>) throws(Failure) ->
      Void
  ) throws(Failure) {
    if resting > 0 {
      resting -= count
      return try make(operands, count, output)
    }
    prepare()
    let missed = find(operands, count: count, into: output)
    asked += count
    found += count - missed
    if asked >= Self.trial {
      if found * Self.leastShare < asked { resting = Self.pause }
      (asked, found) = (0, 0)
    }
    if missed == 0 { return }
    for (column, operand) in zip(gathered, operands) {
      for i in 0..<missed { column[i] = operand[Int(missing[i])] }
    }
    try make(gathered.map { $0.words.slice(0, missed) }, missed, results.words.slice(0, missed))
    keep(missed, output)
  }

  private func prepare() {
    guard entries.count == 0 else { return }
    entries = Column(repeating: Self.none, count: Self.slotCount * (operandCount + 1))
    states = Column(unspecified: Batch.capacity)
    missing = Column(unspecified: Batch.capacity)
    gathered = (0..<operandCount).map { _ in Column(unspecified: Batch.capacity) }
    results = Column(unspecified: Batch.capacity)
  }

  /// Writes the results that are known, and notes the rows of the others; returns how many these are.
  private func find(_ operands: [Words<UInt64>], count: Int, into output: Words<UInt64>) -> Int {
    let (states, entries, missing) = (states.words, entries.words, missing.words)
    for i in 0..<count { states[i] = TupleHash.seed }
    for operand in operands { TupleHash.fold(operand, count: count, into: states) }
    let (width, last) = (operandCount &+ 1, operandCount)
    for i in 0..<count {
      let slot = Int(truncatingIfNeeded: states[i]) & (Self.slotCount &- 1)
      states[i] = UInt64(slot &* width)
    }
    var missed = 0
    for i in 0..<count { output[i] = entries[Int(states[i]) &+ last] }
    for (number, operand) in operands.enumerated() {
      for i in 0..<count where entries[Int(states[i]) &+ number] != operand[i] {
        output[i] = Self.none
      }
    }
    for i in 0..<count {
      missing[missed] = UInt32(truncatingIfNeeded: i)
      missed &+= output[i] == Self.none ? 1 : 0
    }
    keepAlive(self)
    return missed
  }

  /// Hands the results of missing rows over, and keeps them in place of what was there.
  private func keep(_ missed: Int, _ output: Words<UInt64>) {
    let (states, entries, missing) = (states.words, entries.words, missing.words)
    let (results, last) = (results.words, operandCount)
    for i in 0..<missed {
      let row = Int(missing[i])
      output[row] = results[i]
      entries[Int(states[row]) &+ last] = results[i]
    }
    for (number, column) in gathered.enumerated() {
      let operand = column.words
      for i in 0..<missed { entries[Int(states[Int(missing[i])]) &+ number] = operand[i] }
    }
    keepAlive(self)
  }
}

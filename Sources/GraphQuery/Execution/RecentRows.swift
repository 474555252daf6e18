@_spi(Columns) import GraphCore

/// The rows that a scan brought lately, as far as later steps read them: one that comes again leads to nothing new.
///
/// ```
/// busy(c) :- flight(_, c, _, _), n = count : { delayed(_, c) }, n > 100.
/// ```
///
/// Among a million flights there are some hundred values of `c`, each of which is looked at once in place of thousands of times.
/// The rows are kept in a small table where a row takes the place of another: it stays in the nearest cache, and what it
/// forgets is found again by whoever tells the derived rows apart. Where few rows come again it is given up.
final class RecentRows {
  private static let sizeBits = 11
  /// After so many rows it is known whether it pays.
  private static let trial = 16 * Batch.capacity

  private let table: Column<UInt64>
  private let width: Int
  /// Whether the table holds rows of the present run.
  private var isFilled = false
  private var seen = 0
  private var dropped = 0
  private var isWorthwhile = true

  /// - Parameter width: how many words a row has
  init(width: Int) {
    self.width = width
    table = Column(unspecified: width << Self.sizeBits)
  }

  /// Forgets all rows.
  func begin() { isFilled = false }

  /// Writes the numbers of the rows that did not come lately to `output`, which also hold the rows' hashes before.
  /// Returns how many; nothing where all are to be kept. O(count · width).
  func select(
    _ columns: Words<Words<UInt64>>, count: Int, hashes: Words<UInt64>, into output: Words<UInt32>
  ) -> Int? {
    // A few rows are not worth filling a table.
    guard isWorthwhile, isFilled || count == Batch.capacity else { return nil }
    let table = table.words
    if !isFilled {
      // Any row will do where no other has been, as long as it comes now.
      for place in 0..<1 << Self.sizeBits {
        for column in 0..<width { table[place &* width &+ column] = columns[column][0] }
      }
    }
    for i in 0..<count { hashes[i] = TupleHash.seed }
    for column in 0..<width {
      TupleHash.fold(columns[column], count: count, into: hashes)
    }
    var kept = 0
    if !isFilled {
      output[0] = 0
      kept = 1
      isFilled = true
    }
    for i in kept..<count {
      let place = Int(truncatingIfNeeded: hashes[i] &>> UInt64(64 &- Self.sizeBits)) &* width
      var difference: UInt64 = 0
      for column in 0..<width {
        let word = columns[column][i]
        difference |= table[place &+ column] ^ word
        table[place &+ column] = word
      }
      output[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= difference == 0 ? 0 : 1
    }
    seen &+= count
    dropped &+= count &- kept
    if seen >= Self.trial {
      isWorthwhile = dropped > seen / 2
      (seen, dropped) = (0, 0)
    }
    return kept
  }
}

extension RuleExecution {
  /// Leaves the rows out that the first scan brought lately. Returns how many stay.
  func dropRecent(_ recent: RecentRows, _ registers: [Int], count: Int) -> Int {
    for (place, index) in registers.enumerated() {
      keyWords.words[place] = register(index, level: 1)
    }
    let selected = pairLeft(1)
    guard
      let kept = recent.select(
        keyWords.words, count: count, hashes: states(1), into: selected)
    else { return count }
    return compact(selected, kept, from: count, at: 0, level: 1)
  }
}

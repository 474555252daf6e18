@_spi(Columns) import GraphCore

/// What is known of terms, two bits each: whether a question was answered for it, and how.
///
/// ```
///   ids   … 3  2  1  0      those of stored texts from 0 up, those of made ones from 2³² − 1 down:
///   bits  … 00 11 01 00     a table for each
///             │  │
///             │  no         known, and what was found
///             yes
/// ```
///
/// A word is 32 terms. Only as far as terms were asked about there is memory, a quarter of a byte for each, of which the
/// text itself takes twenty or more.
struct TermVerdicts {
  private let stored = Column<UInt64>()
  private let made = Column<UInt64>()

  var byteCount: Int { stored.byteCount + made.byteCount }

  /// Writes what is known of terms to `marks`, 1 or 0, and the places of those of which nothing is to `unknown`. Returns how
  /// many these are. O(terms).
  func find(_ terms: Words<UInt64>, into marks: Words<UInt8>, unknown: Words<UInt32>) -> Int {
    let (stored, made) = (stored.words, made.words)
    var count = 0
    for i in 0..<terms.count {
      let (isStored, block, shift) = Self.place(of: terms[i])
      let table = isStored ? stored : made
      let bits = block < table.count ? table[block] &>> shift : 0
      marks[i] = UInt8(truncatingIfNeeded: bits &>> 1) & 1
      unknown[count] = UInt32(truncatingIfNeeded: i)
      count &+= Int(truncatingIfNeeded: ~bits & 1)
    }
    keepAlive(self)
    return count
  }

  /// Takes down what was found out about terms. O(terms) beside the room up to them.
  func note(_ terms: Words<UInt64>, _ marks: Words<UInt8>) {
    var (storedEnd, madeEnd) = (0, 0)
    for i in 0..<terms.count {
      let (isStored, block, _) = Self.place(of: terms[i])
      if isStored {
        storedEnd = max(storedEnd, block &+ 1)
      } else {
        madeEnd = max(madeEnd, block &+ 1)
      }
    }
    Self.makeRoom(stored, storedEnd)
    Self.makeRoom(made, madeEnd)
    let (stored, made) = (stored.words, made.words)
    for i in 0..<terms.count {
      let (isStored, block, shift) = Self.place(of: terms[i])
      let table = isStored ? stored : made
      table[block] |= (UInt64(marks[i]) &<< 1 | 1) &<< shift
    }
    keepAlive(self)
  }

  private static func makeRoom(_ table: Column<UInt64>, _ end: Int) {
    guard end > table.count else { return }
    table.growZeroed(by: max(end, 2 * table.count) - table.count)
  }

  /// Whether a term is a stored text, and where its bits are.
  @inline(__always)
  private static func place(of term: UInt64) -> (isStored: Bool, block: Int, shift: UInt64) {
    let id = UInt32(truncatingIfNeeded: term)
    let isStored = id < 1 << 31
    let place = Int(isStored ? id : ~id)
    return (isStored, place &>> 5, UInt64(truncatingIfNeeded: 2 &* (place & 31)))
  }
}

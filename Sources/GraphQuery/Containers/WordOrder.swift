import GraphCore

/// The order of the words of one type: numbers by value, texts by code point.
package struct WordOrder {
  private let type: ColumnType
  private let terms: TermSpace

  package init(_ type: ColumnType, _ terms: TermSpace) {
    self.type = type
    self.terms = terms
  }

  /// Whether `a` comes before `b`. The one NaN comes last.
  package func precedes(_ a: UInt64, _ b: UInt64) -> Bool {
    switch type {
    case .symbol:
      return terms.precedes(UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b))
    case .boolean, .unsigned, .record: return a < b
    case .number: return Int64(bitPattern: a) < Int64(bitPattern: b)
    case .float:
      let (x, y) = (Double(bitPattern: a), Double(bitPattern: b))
      return x < y || (x == x && y != y)
    }
  }
}

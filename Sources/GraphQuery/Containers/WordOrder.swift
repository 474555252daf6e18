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
    case .boolean, .unsigned: return a < b
    case .record(let type): return precedes(a, b, type)
    case .number: return Int64(bitPattern: a) < Int64(bitPattern: b)
    case .float:
      let (x, y) = (Double(bitPattern: a), Double(bitPattern: b))
      return x < y || (x == x && y != y)
    }
  }

  /// `nil` comes first; records compare field by field, branches by their names before that.
  private func precedes(_ a: UInt64, _ b: UInt64, _ type: UInt32) -> Bool {
    var (a, b, type) = (a, b, type)
    // A list is as deep as it is long, so that the last field is followed in a loop.
    while a != b {
      let fields: [RecordTypes.Field]
      let first: Int
      switch terms.records.types.shape(type) {
      case .record(let all):
        if a == 0 || b == 0 { return a == 0 }
        (fields, first) = (all, 0)
      case .variants(let branches):
        if terms.records.types.isEnumeration(type) { return a < b }
        let (x, y) = (field(0, a), field(0, b))
        if x != y || x >= branches.count { return x < y }
        (fields, first) = (branches[Int(x)].fields, 1)
      }
      var following: (UInt64, UInt64, UInt32)?
      for (position, part) in fields.enumerated() {
        let (x, y) = (field(first + position, a), field(first + position, b))
        if x == y { continue }
        if position == fields.count - 1, case .record(let inner) = part.type {
          following = (x, y, inner)
          break
        }
        return WordOrder(part.type, terms).precedes(x, y)
      }
      guard let following else { return false }
      (a, b, type) = following
    }
    return false
  }

  private func field(_ position: Int, _ record: UInt64) -> UInt64 {
    terms.field(position, ofRecord: UInt32(truncatingIfNeeded: record))
  }
}

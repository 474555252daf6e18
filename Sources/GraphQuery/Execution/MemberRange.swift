@_spi(Columns) import GraphCore

/// A comparison of members with one known number a row of a batch.
struct MemberBound: BitwiseCopyable {
  let relation: Comparison.Operator
  let isSigned: Bool
  let values: Words<UInt64>

  init(_ bound: RulePlan.Bound, _ values: Words<UInt64>) {
    relation = bound.relation
    isSigned = bound.type == .number
    self.values = values
  }
}

/// The numbers that the members of an intersection may be, by all comparisons with known ones.
///
/// Members are below `UInt32.max` and none is negative, so what they are compared with is cut to that.
struct MemberRange: BitwiseCopyable {
  private(set) var lowest: UInt32 = 0
  private(set) var highest: UInt32 = .max
  private(set) var isEmpty = false
  /// Numbers that are left out, in row `row` of each.
  private let bounds: Words<MemberBound>
  private let row: Int
  /// How many comparisons only leave one number out.
  private(set) var excludedCount = 0

  static var whole: MemberRange { MemberRange(.empty, row: 0) }

  init(_ bounds: Words<MemberBound>, row: Int) {
    self.bounds = bounds
    self.row = row
    for i in 0..<bounds.count { add(bounds[i]) }
    if lowest > highest { isEmpty = true }
  }

  var isWhole: Bool { bounds.count == 0 }

  private mutating func add(_ bound: MemberBound) {
    let word = bound.values[row]
    let isNegative = bound.isSigned && Int64(bitPattern: word) < 0
    let value = UInt32(truncatingIfNeeded: min(word, UInt64(UInt32.max)))
    switch bound.relation {
    case .less:
      if isNegative || word == 0 { isEmpty = true } else { highest = min(highest, value &- 1) }
    case .lessOrEqual:
      if isNegative { isEmpty = true } else { highest = min(highest, value) }
    case .greater:
      if isNegative { return }
      if value == .max { isEmpty = true } else { lowest = max(lowest, value &+ 1) }
    case .greaterOrEqual:
      if isNegative { return }
      lowest = max(lowest, value)
    case .equal: break
    case .notEqual: excludedCount &+= 1
    }
  }

  /// Whether a member keeps to all comparisons.
  @inline(__always)
  func contains(_ member: UInt32) -> Bool {
    if member < lowest || member > highest { return false }
    if excludedCount == 0 { return true }
    for i in 0..<bounds.count
    where bounds[i].relation == .notEqual && bounds[i].values[row] == UInt64(member) {
      return false
    }
    return true
  }
}

import GraphCore

/// The numbers of `range(from, to, step)`: `to` is not included, and the default step leads from
/// `from` towards `to`.
struct NumberRange {
  private let type: ColumnType
  private var current: UInt64
  private let end: UInt64
  private let step: UInt64
  private let isDescending: Bool
  private var isDone: Bool
  private let isSingle: Bool

  init(type: ColumnType, from: UInt64, to: UInt64, step: UInt64?) {
    self.type = type
    current = from
    end = to
    switch type {
    case .float:
      let (a, b) = (Double(bitPattern: from), Double(bitPattern: to))
      let size = step.map { Double(bitPattern: $0) } ?? (a <= b ? 1 : -1)
      self.step = size.bitPattern
      isDescending = size < 0
      isDone = size != size
      isSingle = size == 0
    case .unsigned:
      // Unsigned steps have no sign; without one the direction is that of the bounds.
      isDescending = step == nil && from > to
      self.step = step ?? 1
      isDone = false
      isSingle = self.step == 0
    case .number, .symbol, .boolean, .record:
      let isFalling = Int64(bitPattern: from) > Int64(bitPattern: to)
      let size = step ?? (isFalling ? UInt64(bitPattern: -1) : 1)
      self.step = size
      isDescending = Int64(bitPattern: size) < 0
      isDone = false
      isSingle = size == 0
    }
  }

  mutating func next() -> UInt64? {
    if isDone { return nil }
    let value = current
    if isSingle {
      // A step of nothing stays at the start, if the range has one.
      isDone = true
      return current == end ? nil : current
    }
    switch type {
    case .float:
      let (x, last) = (Double(bitPattern: current), Double(bitPattern: end))
      guard isDescending ? x > last : x < last else { return nil }
      let following = x + Double(bitPattern: step)
      // A step too small to change the value would never end.
      if following == x { isDone = true }
      current = following.bitPattern
      return canonicalWord(x)
    case .unsigned:
      guard isDescending ? current > end : current < end else { return nil }
      let (following, overflow) =
        isDescending
        ? current.subtractingReportingOverflow(step) : current.addingReportingOverflow(step)
      current = following
      isDone = overflow
      return value
    case .number, .symbol, .boolean, .record:
      let (x, last) = (Int64(bitPattern: current), Int64(bitPattern: end))
      guard isDescending ? x > last : x < last else { return nil }
      let (following, overflow) = x.addingReportingOverflow(Int64(bitPattern: step))
      current = UInt64(bitPattern: following)
      isDone = overflow
      return value
    }
  }
}

@_spi(Columns) import GraphCore

/// Sums of doubles by groups, as numbers of 128 bits with one fixed point for all: exact, whatever the order of the terms.
///
/// Terms whose magnitudes lie within some forty powers of two have room in them, however many there are: those of most
/// columns. A batch with others is refused, and whoever adds it keeps the terms (`parts` has what was added so far).
final class FixedSums {
  private let sums = Column<Int128>()
  /// The power of two of the last place, as the exponent field of a double: that of a term whose last bit stands there.
  private var lowest = Int.max
  /// The greatest exponent field of a term.
  private var highest = 0
  /// How many terms there are at most in a sum.
  private var termCount = 0

  /// So many powers below the least term are left free, so that somewhat smaller ones find their place.
  private static let slack = 8
  private static let exponentMask: UInt64 = 0x7FF

  var byteCount: Int { sums.byteCount }

  /// Makes sums of zero for new groups.
  func grow(to count: Int) {
    while sums.count < count { sums.append(0) }
  }

  /// Adds a batch of terms to the sums of their groups; false, and nothing is added, where one has no room. O(count), or
  /// O(groups) where a term is smaller than all before.
  func add(_ terms: Words<UInt64>, to groups: Words<UInt32>, count: Int) -> Bool {
    var (least, greatest) = (UInt64(Int.max), UInt64(0))
    for i in 0..<count {
      let field = terms[i] &>> 52 & Self.exponentMask
      // Zero has no last place.
      least = min(least, terms[i] &<< 1 == 0 ? UInt64(Int.max) : max(field, 1))
      greatest = max(greatest, field)
    }
    guard makeRoom(Int(least), Int(greatest), count) else { return false }
    let (sums, lowest) = (sums.words, lowest)
    for i in 0..<count {
      let bits = terms[i]
      let field = bits &>> 52 & Self.exponentMask
      let significand = bits & (1 &<< 52 &- 1) | (field == 0 ? 0 : 1 &<< 52)
      let shift = Int(truncatingIfNeeded: max(field, 1)) &- lowest
      // Of a zero only that it has no significand is known.
      let term = Int128(truncatingIfNeeded: significand) &<< Int128(truncatingIfNeeded: shift & 127)
      let group = Int(groups[i])
      sums[group] = bits &>> 63 == 0 ? sums[group] &+ term : sums[group] &- term
    }
    return true
  }

  /// Adds the sums of other groups to those that `groups` names for them; false, and nothing is added, where they have no room.
  func add(_ other: FixedSums, to groups: Words<UInt32>) -> Bool {
    guard other.termCount > 0 else { return true }
    guard makeRoom(other.lowest, other.highest, other.termCount, slack: 0) else { return false }
    let (sums, others) = (sums.words, other.sums.words)
    let shift = Int128(truncatingIfNeeded: other.lowest == .max ? 0 : other.lowest - lowest)
    for i in 0..<others.count { sums[Int(groups[i])] &+= others[i] &<< shift }
    return true
  }

  /// Moves the point so that terms with some exponents find room, if there is any.
  private func makeRoom(
    _ least: Int, _ greatest: Int, _ count: Int, slack: Int = FixedSums.slack
  ) -> Bool {
    let (highest, termCount) = (max(highest, greatest), termCount + count)
    let place = least < lowest ? max(1, least - slack) : lowest
    // Zeros alone need no point.
    if place != .max {
      let carries = Int.bitWidth - termCount.leadingZeroBitCount
      // Infinities and what is no number have the greatest exponent of all.
      guard highest + carries < 0x7FF, highest - place + 53 + carries < 127 else { return false }
    } else if highest == 0x7FF {
      return false
    }
    if place < lowest, lowest != .max {
      let sums = sums.words
      for group in 0..<sums.count { sums[group] &<<= Int128(lowest - place) }
    }
    (self.highest, self.termCount, lowest) = (highest, termCount, place)
    return true
  }

  /// The double nearest to a sum.
  func value(of group: Int) -> Double {
    let sum = sums.words[group]
    if sum == 0 { return 0 }
    let value = FixedPoint.double(sum.magnitude, power: lowest - 1075)
    return sum < 0 ? -value : value
  }

  /// Doubles that add up to a sum, exactly.
  func parts(of group: Int) -> [Double] {
    var parts: [Double] = []
    var rest = sums.words[group]
    while rest != 0 {
      // The highest 53 bits.
      let drop = max(0, 128 - rest.magnitude.leadingZeroBitCount - 53)
      let high = (rest.magnitude &>> UInt128(drop)) &<< UInt128(drop)
      let part = FixedPoint.double(high, power: lowest - 1075)
      parts.append(rest < 0 ? -part : part)
      rest = rest < 0 ? rest + Int128(high) : rest - Int128(high)
    }
    return parts
  }
}

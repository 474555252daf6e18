/// Looking for a value among words that ascend, by halves.
///
/// No jump depends on the words: neighbouring questions have unlike answers, and a jump that the processor guesses wrong costs
/// as much as several halves (Khuong, Morin, "Array layouts for comparison-based searching", 2017, measure both). Decision
/// 0057 has the figures.
@_spi(Columns) extension Words where Element: FixedWidthInteger & UnsignedInteger {
  /// The place of the first word that is not below a value; the number of words where all are below it. O(log words).
  ///
  /// ```swift
  /// Column<UInt32>([2, 3, 5, 7]).words.firstPlace(notBelow: 4)  // 2
  /// ```
  @inlinable
  @inline(__always)
  public func firstPlace(notBelow value: Element) -> Int {
    if count == 0 { return 0 }
    var (place, rest) = (0, count)
    while rest > 1 {
      let half = rest &>> 1
      place &+= half & self[place &+ half &- 1].onesIfBelow(value)
      rest &-= half
    }
    return place &- self[place].onesIfBelow(value)
  }

  /// The place of the last word that is not above a value; 0 where all are above it. O(log words).
  @inlinable
  @inline(__always)
  public func lastPlace(notAbove value: Element) -> Int {
    var (place, rest) = (0, count)
    while rest > 1 {
      let half = rest &>> 1
      place &+= half & ~value.onesIfBelow(self[place &+ half])
      rest &-= half
    }
    return place
  }
}

@_spi(Columns) extension FixedWidthInteger where Self: UnsignedInteger {
  /// All bits where the number is less than another, otherwise none: what a subtraction of a longer one borrows. Of a choice
  /// between two values the compiler makes a jump.
  @inlinable
  @inline(__always)
  public func onesIfBelow(_ other: Self) -> Int {
    let difference = UInt128(truncatingIfNeeded: self) &- UInt128(truncatingIfNeeded: other)
    return Int(truncatingIfNeeded: difference &>> 64)
  }
}

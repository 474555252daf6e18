@_spi(Columns) import GraphCore

/// Numbers in a buffer of bytes, read as most files write them.
///
/// Up to eight digits are converted by three multiplications (Lemire, "Quickly parsing eight digits", 2018), a decimal by one more
/// (`DecimalNumber`). Each answer is the word of all that stands between two places, or nothing where that is not common:
/// then it may be a number all the same.
@safe
struct PlainNumbers {
  /// How many bytes must stand before a number: it is read as the words before its end.
  static let headroom = 24

  private let bytes: UnsafePointer<UInt8>

  init(_ bytes: Words<UInt8>) { unsafe self.bytes = UnsafePointer(bytes.base) }

  /// A whole number with a minus or without, in base 10, 16 or 2.
  @inline(__always)
  func signed(_ first: Int, _ last: Int) -> UInt64? {
    let isNegative = unsafe bytes[first] == UInt8(ascii: "-")
    guard let value = unsigned(first &+ (isNegative ? 1 : 0), last), value <= Int64.max else {
      return nil
    }
    return isNegative ? 0 &- value : value
  }

  /// A whole number without a sign.
  @inline(__always)
  func unsigned(_ first: Int, _ last: Int) -> UInt64? {
    integer(first, last) ?? longInteger(first, last) ?? prefixed(first, last)
  }

  /// `true` or `false`.
  @inline(__always)
  func truth(_ first: Int, _ last: Int) -> UInt64? {
    guard last &- first == 4 || last &- first == 5 else { return nil }
    // "true" is what stands in four bytes, "alse" in the last four of five.
    let raw = unsafe UnsafeRawPointer(bytes + (last &- 4))
    let word = unsafe UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self))
    if last &- first == 4 { return word == 0x6575_7274 ? 1 : nil }
    return unsafe word == 0x6573_6C61 && bytes[first] == UInt8(ascii: "f") ? 0 : nil
  }

  /// The value of up to 18 digits that are all there is between two places; nothing where it is
  /// anything else.
  @inline(__always)
  private func integer(_ start: Int, _ end: Int) -> UInt64? {
    let count = end &- start
    guard count > 0 else { return nil }
    if count <= 8 { return digits(before: end, count) }
    guard count <= 18, let last = digits(before: end, 8) else { return nil }
    if count <= 16 {
      guard let first = digits(before: end &- 8, count &- 8) else { return nil }
      return first &* 100_000_000 &+ last
    }
    guard let middle = digits(before: end &- 8, 8),
      let first = digits(before: end &- 16, count &- 16)
    else { return nil }
    return (first &* 100_000_000 &+ middle) &* 100_000_000 &+ last
  }

  /// The same for 19 or 20 digits, as far as their number is below 2⁶⁴.
  private func longInteger(_ start: Int, _ end: Int) -> UInt64? {
    let count = end &- start
    guard count == 19 || count == 20, let last = digits(before: end, 8),
      let middle = digits(before: end &- 8, 8), let first = digits(before: end &- 16, count &- 16)
    else { return nil }
    let (head, isTooLong) = first.multipliedReportingOverflow(by: 10_000_000_000_000_000)
    let (value, isTooLarge) = head.addingReportingOverflow(middle &* 100_000_000 &+ last)
    return isTooLong || isTooLarge ? nil : value
  }

  /// The number below 2⁶⁴ that hexadecimal digits behind `0x` or binary ones behind `0b` are. Which digit is a letter is asked of
  /// none: the processor could not foretell it.
  private func prefixed(_ first: Int, _ last: Int) -> UInt64? {
    guard last &- first > 2, unsafe bytes[first] == UInt8(ascii: "0") else { return nil }
    let mark = unsafe bytes[first &+ 1]
    guard mark == UInt8(ascii: "x") || mark == UInt8(ascii: "b") else { return nil }
    let width: UInt64 = mark == UInt8(ascii: "x") ? 4 : 1
    var (value, wrong): (UInt64, UInt64) = (0, 0)
    for place in first &+ 2..<last {
      let byte = unsafe UInt64(bytes[place])
      let digit = (byte & 15) &+ 9 &* (byte &>> 6)
      let isNoNumeral: UInt64 = byte &- 0x30 < 10 ? 0 : 1
      let isNoLetter: UInt64 = (byte | 0x20) &- 0x61 < 6 ? 0 : 1
      wrong |= isNoNumeral & isNoLetter | digit &>> width | value &>> (64 &- width)
      value = value &<< width | digit
    }
    return wrong == 0 ? value : nil
  }

  /// The double nearest to a decimal, with an exponent or without, of up to 19 digits.
  @inline(__always)
  func decimal(_ start: Int, _ end: Int) -> UInt64? {
    guard start < end else { return nil }
    let sign = unsafe bytes[start]
    let first = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? start &+ 1 : start
    guard
      let number = shortDecimal(first, end) ?? decimal(first, end, exponent: 0)
        ?? scientific(first, end)
    else { return nil }
    return canonicalWord(sign == UInt8(ascii: "-") ? -number : number)
  }

  /// A decimal with a point of up to sixteen bytes: what stands before the point is moved into its place, so that the digits are
  /// those of a whole number, which a double can hold.
  @inline(__always)
  private func shortDecimal(_ first: Int, _ end: Int) -> Double? {
    let length = end &- first
    guard length > 2, length <= 16 else { return nil }
    let last = word(before: end, min(length, 8))
    let point = Self.pointPlace(last)
    if length <= 8 {
      guard point > 8 &- length, point < 7, let value = Self.number(Self.closing(last, point))
      else { return nil }
      return DecimalNumber.exact(value, places: 7 &- point)
    }
    let head = word(before: end &- 8, length &- 8)
    let (low, high, places): (UInt64, UInt64, Int)
    if point < 8 {
      guard point < 7 else { return nil }
      (low, high, places) = (head &<< 8, Self.closing(last, point) | head &>> 56, 7 &- point)
    } else {
      let point = Self.pointPlace(head)
      guard point < 8, point > 16 &- length else { return nil }
      (low, high, places) = (Self.closing(head, point), last, 15 &- point)
    }
    guard let upper = Self.number(low), let lower = Self.number(high) else { return nil }
    return DecimalNumber.exact(upper &* 100_000_000 &+ lower, places: places)
  }

  /// Which of eight bytes is a point, less `"0"` like all of them; 8 where none is.
  @inline(__always)
  private static func pointPlace(_ digits: UInt64) -> Int {
    let rest = digits ^ 0x1E1E_1E1E_1E1E_1E1E
    let zeros = (rest &- 0x0101_0101_0101_0101) & ~rest & 0x8080_8080_8080_8080
    return zeros.trailingZeroBitCount &>> 3
  }

  /// Eight bytes, those before the one at `point` moved onto it.
  @inline(__always)
  private static func closing(_ digits: UInt64, _ point: Int) -> UInt64 {
    let before = (1 &<< UInt64(truncatingIfNeeded: 8 &* point)) &- 1
    return (digits & before) &<< 8 | digits & ~(before &<< 8 | 0xFF)
  }

  @inline(__always)
  private func decimal(_ first: Int, _ end: Int, exponent: Int) -> Double? {
    var point = first
    while point < end, unsafe bytes[point] != UInt8(ascii: ".") { point &+= 1 }
    guard var value = integer(first, point) else { return nil }
    var places = 0
    if point < end {
      places = end &- point &- 1
      guard places <= 18, value == 0 || point &- first &+ places <= 19,
        let digits = integer(point &+ 1, end)
      else { return nil }
      value = value &* Self.powerOfTen(places) &+ digits
    }
    return DecimalNumber.nearest(value, exponent: exponent &- places)
  }

  /// A decimal with an exponent of up to three digits.
  private func scientific(_ first: Int, _ end: Int) -> Double? {
    var mark = end &- 2
    while mark > first, unsafe bytes[mark] | 0x20 != UInt8(ascii: "e") {
      if mark < end &- 5 { return nil }
      mark &-= 1
    }
    guard mark > first else { return nil }
    let sign = unsafe bytes[mark &+ 1]
    let isNegative = sign == UInt8(ascii: "-")
    let digits = isNegative || sign == UInt8(ascii: "+") ? mark &+ 2 : mark &+ 1
    guard end &- digits <= 3, let exponent = integer(digits, end) else { return nil }
    return decimal(first, mark, exponent: isNegative ? -Int(exponent) : Int(exponent))
  }

  /// The value of the last bytes before a place, `count` of up to eight, if they are digits.
  @inline(__always)
  private func digits(before end: Int, _ count: Int) -> UInt64? {
    Self.number(word(before: end, count))
  }

  /// The last bytes before a place, `count` of one to eight, less `"0"` each; what stands before them is taken for zeros.
  @inline(__always)
  private func word(before end: Int, _ count: Int) -> UInt64 {
    let raw = unsafe UnsafeRawPointer(bytes + (end &- 8))
    let word = unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
    return (word ^ 0x3030_3030_3030_3030)
      & UInt64.max &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
  }

  /// The number that eight digits are, the first of them the lowest byte; nothing where one is none.
  @inline(__always)
  private static func number(_ digits: UInt64) -> UInt64? {
    // A byte above 9 sets its highest bit; what a carry does to later bytes does not matter.
    if ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 != 0 { return nil }
    let pairs = digits &* 10 &+ (digits &>> 8)
    let high = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let low = ((pairs &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return (high &+ low) &>> 32
  }

  /// The value of a hexadecimal digit.
  @inline(__always)
  static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
    default: nil
    }
  }

  /// Ten to a power of up to 18.
  @inline(__always)
  private static func powerOfTen(_ exponent: Int) -> UInt64 {
    exponent <= 8
      ? smallPower(exponent)
      : 100_000_000 &* smallPower(min(exponent &- 8, 8)) &* smallPower(max(exponent &- 16, 0))
  }

  @inline(__always)
  private static func smallPower(_ exponent: Int) -> UInt64 {
    switch exponent {
    case 0: 1
    case 1: 10
    case 2: 100
    case 3: 1000
    case 4: 10_000
    case 5: 100_000
    case 6: 1_000_000
    case 7: 10_000_000
    default: 100_000_000
    }
  }
}

@_spi(Columns) import GraphCore

/// The fast way through lines of plain values: whole words of eight bytes at a time.
///
/// A number is converted by three multiplications for up to eight digits, a text is searched for
/// its end by the usual test for a zero byte in a word (both after Mycroft and Lemire: "Quickly
/// parsing eight digits", 2018). Whatever does not look common (signs other than a minus, exponents,
/// a wrong number of values) is left to `FactLineReader`, which alone decides what is right.
@safe
struct FactLineScanner {
  enum Kind: UInt8 {
    case signed, unsigned, float, text, skipped
    /// What only the slow way can read.
    case other
  }

  @safe
  struct Target: BitwiseCopyable {
    let kind: Kind
    /// Where the values go, or the texts: one of the two has no room.
    let words: UnsafeMutablePointer<UInt64>
    let texts: UnsafeMutablePointer<TextField>

    init(_ kind: Kind, words: Words<UInt64>, texts: Words<TextField>) {
      self.kind = kind
      unsafe self.words = words.base
      unsafe self.texts = texts.base
    }
  }

  private let bytes: UnsafePointer<UInt8>
  private let delimiter: UInt8
  private let targets: UnsafeMutablePointer<Target>
  private let targetCount: Int

  /// - Parameters:
  ///   - bytes: a text with a line end and eight more bytes behind it
  ///   - targets: where the values of a line go, in the order of the line
  init(_ bytes: Words<UInt8>, delimiter: UInt8, targets: Words<Target>) {
    unsafe self.bytes = UnsafePointer(bytes.base)
    self.delimiter = delimiter
    unsafe self.targets = targets.base
    targetCount = targets.count
  }

  /// Reads the line that begins at `start` into row `row`.
  ///
  /// - Returns: the beginning of the next line, or nothing where this one is not plain.
  @inline(__always)
  func scan(from start: Int, row: Int) -> Int? {
    var position = start
    var index = 0
    while true {
      let target = unsafe targets[index]
      switch target.kind {
      case .signed:
        let isNegative = unsafe bytes[position] == UInt8(ascii: "-")
        if isNegative { position &+= 1 }
        guard let value = digits(&position) else { return nil }
        unsafe target.words[row] = isNegative ? 0 &- value : value
      case .unsigned:
        guard let value = digits(&position) else { return nil }
        unsafe target.words[row] = value
      case .float:
        guard let value = decimal(&position) else { return nil }
        unsafe target.words[row] = value
      case .other: return nil
      case .text, .skipped:
        let first = position
        position = end(of: position)
        var last = position
        if unsafe bytes[last] == UInt8(ascii: "\n"), last > start,
          unsafe bytes[last &- 1] == UInt8(ascii: "\r"), last > first
        {
          last &-= 1
        }
        if target.kind == .text {
          unsafe target.texts[row] = TextField(
            start: UInt32(truncatingIfNeeded: first),
            count: UInt32(truncatingIfNeeded: last &- first))
        }
      }
      index &+= 1
      let byte = unsafe bytes[position]
      if index < targetCount {
        guard byte == delimiter else { return nil }
        position &+= 1
        continue
      }
      if byte == UInt8(ascii: "\n") { return position &+ 1 }
      if byte == UInt8(ascii: "\r"), unsafe bytes[position &+ 1] == UInt8(ascii: "\n") {
        return position &+ 2
      }
      guard byte == delimiter else { return nil }
      // Values beyond the last one that is wanted.
      while unsafe bytes[position] != UInt8(ascii: "\n") { position &+= 1 }
      return position &+ 1
    }
  }

  // MARK: Numbers

  /// The value of up to 18 digits; nothing where there are none or more. What follows is not looked
  /// at.
  @inline(__always)
  private func digits(_ position: inout Int) -> UInt64? {
    let (first, count) = word(at: position)
    if count == 0 { return nil }
    position &+= count
    if count < 8 { return first }
    let (second, more) = word(at: position)
    position &+= more
    if more < 8 { return first &* Self.powerOfTen(more) &+ second }
    let (third, last) = word(at: position)
    guard last <= 2 else { return nil }
    position &+= last
    return (first &* 100_000_000 &+ second) &* Self.powerOfTen(last) &+ third
  }

  /// A decimal of up to 15 digits without exponent: exact as a quotient of two floats.
  @inline(__always)
  private func decimal(_ position: inout Int) -> UInt64? {
    let isNegative = unsafe bytes[position] == UInt8(ascii: "-")
    if isNegative { position &+= 1 }
    let start = position
    guard var value = digits(&position) else { return nil }
    var places = 0
    if unsafe bytes[position] == UInt8(ascii: ".") {
      position &+= 1
      let fraction = position
      guard let digits = digits(&position) else { return nil }
      places = position &- fraction
      guard position &- start <= 16, places <= 8 else { return nil }
      value = value &* Self.powerOfTen(places) &+ digits
    }
    guard position &- start <= 16, value < 1 << 53 else { return nil }
    let number = Double(value) / Double(Self.powerOfTen(places))
    return canonicalWord(isNegative ? -number : number)
  }

  /// The value of the digits at the front of the next eight bytes, and how many they are.
  @inline(__always)
  private func word(at position: Int) -> (value: UInt64, count: Int) {
    let raw = unsafe UnsafeRawPointer(bytes + position)
    var digits =
      unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
    // A byte above 9 sets its highest bit; what a carry does to later bytes does not matter.
    let others = ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
    let count = others.trailingZeroBitCount >> 3
    if count == 0 { return (0, 0) }
    // The digits move to the end; zeros in front of them change nothing.
    digits &<<= UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    digits = digits &* 10 &+ (digits &>> 8)
    let high = (digits & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let low = ((digits &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return ((high &+ low) &>> 32, count)
  }

  @inline(__always)
  private static func powerOfTen(_ exponent: Int) -> UInt64 {
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

  // MARK: Texts

  /// The place of the next delimiter or line end.
  @inline(__always)
  private func end(of start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let delimiters = UInt64(delimiter) &* ones
    let lineEnds = UInt64(UInt8(ascii: "\n")) &* ones
    var position = start
    while true {
      let raw = unsafe UnsafeRawPointer(bytes + position)
      let word = unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
      let a = word ^ delimiters
      let b = word ^ lineEnds
      // The lowest bit set is that of the first zero byte.
      let zeros = (((a &- ones) & ~a) | ((b &- ones) & ~b)) & tops
      if zeros != 0 { return position &+ (zeros.trailingZeroBitCount >> 3) }
      position &+= 8
    }
  }
}

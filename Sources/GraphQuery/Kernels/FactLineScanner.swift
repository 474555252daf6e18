@_spi(Columns) import GraphCore

/// The fast way through lines of plain values: whole words of eight bytes at a time.
///
/// The places of all delimiters and line ends are known beforehand (`FactPlaces`), so that no value
/// waits until the one before it has been read. A number is converted by three multiplications for
/// up to eight digits (Lemire, "Quickly parsing eight digits", 2018). Whatever does not look common (signs other than a minus, exponents,
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
  private let targets: UnsafeMutablePointer<Target>
  private let targetCount: Int
  private let places: UnsafeMutablePointer<UInt32>
  /// The first of the places that has not been passed.
  private var cursor = 0

  /// - Parameters:
  ///   - bytes: a text with a line end behind it
  ///   - places: those of its delimiters and line ends
  ///   - targets: where the values of a line go, in the order of the line
  init(
    _ bytes: Words<UInt8>, places: Words<UInt32>, targets: Words<Target>
  ) {
    unsafe self.bytes = UnsafePointer(bytes.base)
    unsafe self.places = places.base
    unsafe self.targets = targets.base
    targetCount = targets.count
  }

  /// Goes on at a place that was reached in another way.
  mutating func skip(to start: Int) {
    while unsafe places[cursor] < start { cursor &+= 1 }
  }

  /// Reads the line that begins at `start`, where the scanner is, into row `row`.
  ///
  /// - Returns: the beginning of the next line, or nothing where this one is not plain.
  @inline(__always)
  mutating func scan(from start: Int, row: Int) -> Int? {
    var cursor = cursor
    var first = start
    var index = 0
    while true {
      let target = unsafe targets[index]
      var end = unsafe Int(places[cursor])
      cursor &+= 1
      index &+= 1
      let endsLine = unsafe bytes[end] == UInt8(ascii: "\n")
      if endsLine && index < targetCount { return nil }
      var last = end
      if endsLine, end > first, unsafe bytes[end &- 1] == UInt8(ascii: "\r") { last &-= 1 }
      switch target.kind {
      case .signed:
        let isNegative = unsafe bytes[first] == UInt8(ascii: "-")
        guard let value = integer(first &+ (isNegative ? 1 : 0), last) else { return nil }
        unsafe target.words[row] = isNegative ? 0 &- value : value
      case .unsigned:
        guard let value = integer(first, last) else { return nil }
        unsafe target.words[row] = value
      case .float:
        guard let value = decimal(first, last) else { return nil }
        unsafe target.words[row] = value
      case .other: return nil
      case .skipped: break
      case .text:
        unsafe target.texts[row] = TextField(
          start: UInt32(truncatingIfNeeded: first),
          count: UInt32(truncatingIfNeeded: last &- first))
      }
      if index == targetCount {
        // Values beyond the last one that is wanted.
        while unsafe bytes[end] != UInt8(ascii: "\n") {
          end = unsafe Int(places[cursor])
          cursor &+= 1
        }
        self.cursor = cursor
        return end &+ 1
      }
      first = end &+ 1
    }
  }

  // MARK: Numbers

  /// The value of up to 18 digits that are all there is between two places; nothing where it is
  /// anything else, or stands so near to the beginning that a word before its end cannot be read.
  @inline(__always)
  private func integer(_ start: Int, _ end: Int) -> UInt64? {
    let count = end &- start
    guard count > 0, end >= 8 else { return nil }
    if count <= 8 { return digits(before: end, count) }
    guard count <= 18, end >= 24, let last = digits(before: end, 8) else { return nil }
    if count <= 16 {
      guard let first = digits(before: end &- 8, count &- 8) else { return nil }
      return first &* 100_000_000 &+ last
    }
    guard let middle = digits(before: end &- 8, 8),
      let first = digits(before: end &- 16, count &- 16)
    else { return nil }
    return (first &* 100_000_000 &+ middle) &* 100_000_000 &+ last
  }

  /// A decimal of up to 15 digits without exponent: exact as a quotient of two floats.
  @inline(__always)
  private func decimal(_ start: Int, _ end: Int) -> UInt64? {
    let isNegative = unsafe start < end && bytes[start] == UInt8(ascii: "-")
    let first = isNegative ? start &+ 1 : start
    guard end &- first <= 16 else { return nil }
    var point = first
    while point < end, unsafe bytes[point] != UInt8(ascii: ".") { point &+= 1 }
    guard var value = integer(first, point) else { return nil }
    var places = 0
    if point < end {
      places = end &- point &- 1
      guard places <= 8, let digits = integer(point &+ 1, end) else { return nil }
      value = value &* Self.powerOfTen(places) &+ digits
    }
    guard value < 1 << 53 else { return nil }
    let number = Double(value) / Double(Self.powerOfTen(places))
    return canonicalWord(isNegative ? -number : number)
  }

  /// The value of the last bytes before a place, `count` of up to eight, if they are digits.
  @inline(__always)
  private func digits(before end: Int, _ count: Int) -> UInt64? {
    let raw = unsafe UnsafeRawPointer(bytes + (end &- 8))
    var digits =
      unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
    // What stands before them is taken for zeros.
    digits &= UInt64.max &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    // A byte above 9 sets its highest bit; what a carry does to later bytes does not matter.
    if ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 != 0 { return nil }
    digits = digits &* 10 &+ (digits &>> 8)
    let high = (digits & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let low = ((digits &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return (high &+ low) &>> 32
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
}

/// Splits lines of separated values into fields, eight bytes at a time.
///
/// The end of a field is found by the usual test for a zero byte in a word (Mycroft 1987). Only lines
/// that need no further thought are taken: with exactly as many fields as there are columns, none of
/// them empty where `hasQuotes`, quotes around whole fields alone and nothing doubled within them.
/// `DelimitedReader` reads the others; it alone decides what they mean.
@safe
struct FieldScanner {
  private let bytes: UnsafePointer<UInt8>
  private let separators: UInt64
  private let hasQuotes: Bool
  /// For each column where its fields go.
  private let targets: Words<Words<TextField>>

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080
  private static let lineEnds = 10 * ones
  private static let quotes = 34 * ones

  /// - Parameters:
  ///   - bytes: text with a line end and eight more bytes behind it
  ///   - targets: for each column of a line the room for its fields; an empty one leaves them out
  init(
    _ bytes: Words<UInt8>, separator: UInt8, hasQuotes: Bool, targets: Words<Words<TextField>>
  ) {
    unsafe self.bytes = UnsafePointer(bytes.base)
    separators = UInt64(separator) &* FieldScanner.ones
    self.hasQuotes = hasQuotes
    self.targets = targets
  }

  /// Splits the line that begins at `start` into row `row` of the targets.
  ///
  /// - Returns: where the next line begins, or `nil` where this one needs another reader.
  @inline(__always)
  func scan(from start: Int, row: Int) -> Int? {
    var position = start
    var column = 0
    while true {
      let first: Int
      var last: Int
      if hasQuotes, unsafe bytes[position] == UInt8(ascii: "\"") {
        first = position &+ 1
        last = quoteOrLineEnd(from: first)
        guard unsafe last > first && bytes[last] == UInt8(ascii: "\"") else { return nil }
        position = last &+ 1
        if unsafe bytes[position] == UInt8(ascii: "\r"), unsafe bytes[position &+ 1] == 10 {
          position &+= 1
        }
        let isEnd = unsafe bytes[position] == 10 || isSeparator(bytes[position])
        guard isEnd else { return nil }
      } else {
        first = position
        position = end(from: position)
        last = position
        if unsafe bytes[last] == 10, last > first, unsafe bytes[last &- 1] == UInt8(ascii: "\r") {
          last &-= 1
        }
        if hasQuotes {
          // An empty field is no value, and a quote in the middle of one has its own rules.
          let isPlain = unsafe last > first && bytes[position] != UInt8(ascii: "\"")
          guard isPlain else { return nil }
        }
      }
      let target = targets[column]
      if target.count > 0 {
        target[row] = TextField(
          start: UInt32(truncatingIfNeeded: first), count: UInt32(truncatingIfNeeded: last &- first)
        )
      }
      column &+= 1
      let isLast = unsafe bytes[position] == 10
      if column == targets.count { return isLast ? position &+ 1 : nil }
      if isLast { return nil }
      position &+= 1
    }
  }

  @inline(__always)
  private func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(truncatingIfNeeded: separators)
  }

  /// The place of the next separator or line end, or of a quote where these count.
  @inline(__always)
  private func end(from start: Int) -> Int {
    var position = start
    while true {
      let word = word(at: position)
      var zeros = zeros(word ^ separators) | zeros(word ^ FieldScanner.lineEnds)
      if hasQuotes { zeros |= self.zeros(word ^ FieldScanner.quotes) }
      if zeros != 0 { return position &+ (zeros.trailingZeroBitCount >> 3) }
      position &+= 8
    }
  }

  @inline(__always)
  private func quoteOrLineEnd(from start: Int) -> Int {
    var position = start
    while true {
      let word = word(at: position)
      let zeros = zeros(word ^ FieldScanner.quotes) | zeros(word ^ FieldScanner.lineEnds)
      if zeros != 0 { return position &+ (zeros.trailingZeroBitCount >> 3) }
      position &+= 8
    }
  }

  /// The highest bit of each zero byte, and perhaps of bytes above the first of them.
  @inline(__always)
  private func zeros(_ word: UInt64) -> UInt64 {
    (word &- FieldScanner.ones) & ~word & FieldScanner.tops
  }

  @inline(__always)
  private func word(at position: Int) -> UInt64 {
    let raw = unsafe UnsafeRawPointer(bytes + position)
    return unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
  }
}

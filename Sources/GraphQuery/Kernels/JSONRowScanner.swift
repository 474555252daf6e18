@_spi(Columns) import GraphCore

/// The fast way through rows of JSON: byte by byte once, straight into the words and texts of the columns.
///
/// It reads a part of an array, as `JSONRowEnds` cuts it: the parts side by side are what stands in the file, so whatever is
/// accepted of each is right as a whole. Escapes in texts are replaced where they stand. A value that `PlainNumbers` does not know
/// is left to others; anything else that is not common (values that there is no column for, a name that comes twice, mistakes) is
/// refused, and `JSONFactReader` reads the file.
@safe
struct JSONRowScanner {
  /// The names of columns, and which of them a row has had: a bit each.
  static let mostColumns = 64

  /// The names of the columns, side by side.
  final class Names {
    fileprivate let bytes = Column<UInt8>()
    /// Where each ends.
    fileprivate let ends = Column<Int>()

    init(_ names: [String]) {
      for name in names {
        for byte in name.utf8 { bytes.append(byte) }
        ends.append(bytes.count)
      }
    }
  }

  /// A value whose word is still to be found: `count` bytes from `start` on, for a column of a row.
  struct OddValue: BitwiseCopyable {
    let column: Int
    let row: Int
    let start: Int
    let count: Int
  }

  private let bytes: UnsafeMutablePointer<UInt8>
  private let end: Int
  private let numbers: PlainNumbers
  private let targets: UnsafeMutablePointer<FactBlockScanner.Target>
  private let targetCount: Int
  private let names: Words<UInt8>
  private let nameEnds: Words<Int>
  private let oddValues: Column<OddValue>
  private var position = 0
  private(set) var rowCount = 0
  /// Whether the array ends in this part.
  private(set) var isClosed = false

  /// - Parameters:
  ///   - bytes: with a line end behind them, and 64 bytes that may be read
  ///   - targets: where the values of each column go
  ///   - oddValues: gets those that are left to others
  init(
    _ bytes: Words<UInt8>, targets: Words<FactBlockScanner.Target>, names: Names,
    oddValues: Column<OddValue>
  ) {
    unsafe self.bytes = bytes.base
    end = bytes.count
    numbers = PlainNumbers(bytes)
    unsafe self.targets = targets.base
    targetCount = targets.count
    self.names = names.bytes.words
    nameEnds = names.ends.words
    self.oddValues = oddValues
  }

  // MARK: Rows

  /// Reads all rows, with the commas between them and the brackets of the array; false where something is not plain. O(bytes).
  ///
  /// - Parameter isFirst: whether the array begins in this part
  mutating func scan(isFirst: Bool) -> Bool {
    if isFirst {
      guard accept(UInt8(ascii: "[")) else { return false }
      if accept(UInt8(ascii: "]")) { return close() }
      guard readRow() else { return false }
    }
    while true {
      skipSpaces()
      if position >= end { return true }
      if accept(UInt8(ascii: "]")) { return close() }
      guard accept(UInt8(ascii: ",")), readRow() else { return false }
    }
  }

  /// Nothing stands behind the array.
  private mutating func close() -> Bool {
    isClosed = true
    skipSpaces()
    return position >= end
  }

  private mutating func readRow() -> Bool {
    if accept(UInt8(ascii: "[")) {
      for column in 0..<targetCount {
        guard column == 0 || accept(UInt8(ascii: ",")), readValue(column) else {
          return false
        }
      }
      guard accept(UInt8(ascii: "]")) else { return false }
    } else {
      guard accept(UInt8(ascii: "{")) else { return false }
      var seen: UInt64 = 0
      for number in 0..<targetCount {
        guard number == 0 || accept(UInt8(ascii: ",")), let column = readName(number) else {
          return false
        }
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: column)
        guard seen & bit == 0, readValue(column) else { return false }
        seen |= bit
      }
      guard accept(UInt8(ascii: "}")) else { return false }
    }
    rowCount &+= 1
    return true
  }

  /// Reads a name and the colon behind it; most often it is that of the column which is next.
  private mutating func readName(_ expected: Int) -> Int? {
    guard accept(UInt8(ascii: "\"")) else { return nil }
    var column = expected
    if !isName(column) {
      column = 0
      while !isName(column) {
        column &+= 1
        if column == targetCount { return nil }
      }
    }
    position &+= nameEnds[column] &- nameStart(column) &+ 1
    return accept(UInt8(ascii: ":")) ? column : nil
  }

  @inline(__always)
  private func nameStart(_ column: Int) -> Int { column == 0 ? 0 : nameEnds[column &- 1] }

  /// Whether the name of a column stands at the position, with a quotation mark behind it.
  @inline(__always)
  private func isName(_ column: Int) -> Bool {
    let (first, last) = (nameStart(column), nameEnds[column])
    guard position &+ last &- first < end else { return false }
    var place = position
    for index in first..<last {
      if unsafe bytes[place] != names[index] { return false }
      place &+= 1
    }
    return unsafe bytes[place] == UInt8(ascii: "\"")
  }

  // MARK: Values

  @inline(__always)
  private mutating func readValue(_ column: Int) -> Bool {
    let target = unsafe targets[column]
    if accept(UInt8(ascii: "\"")) {
      guard let text = readText() else { return false }
      switch target.kind {
      case .text:
        unsafe target.texts[rowCount] = TextField(
          start: UInt32(truncatingIfNeeded: text.lowerBound),
          count: UInt32(truncatingIfNeeded: text.count))
        return true
      case .skipped: return true
      default: return store(text, column, target)
      }
    }
    // What is passed over is a text too.
    guard target.kind != .text, target.kind != .skipped else { return false }
    let first = position
    while unsafe Self.isPlain(bytes[position]) { position &+= 1 }
    // The columns have room for rows whose values take a byte at least.
    return position > first && store(first..<position, column, target)
  }

  /// Reads the number or truth value that stands at a place.
  @inline(__always)
  private func store(
    _ place: Range<Int>, _ column: Int, _ target: FactBlockScanner.Target
  ) -> Bool {
    var value: UInt64?
    if place.lowerBound >= PlainNumbers.headroom, !place.isEmpty {
      switch target.kind {
      case .signed: value = numbers.signed(place.lowerBound, place.upperBound)
      case .unsigned: value = numbers.unsigned(place.lowerBound, place.upperBound)
      case .float: value = numbers.decimal(place.lowerBound, place.upperBound)
      case .truth: value = numbers.truth(place.lowerBound, place.upperBound)
      case .text, .skipped, .other: return false
      }
    }
    if let value {
      unsafe target.words[rowCount] = value
    } else {
      leave(place, column)
    }
    return true
  }

  @inline(never)
  private func leave(_ place: Range<Int>, _ column: Int) {
    oddValues.append(
      OddValue(column: column, row: rowCount, start: place.lowerBound, count: place.count))
  }

  /// Whether a byte may be part of a value without quotation marks: a letter, a digit, or one of `+-.`; no line end is.
  @inline(__always)
  private static func isPlain(_ byte: UInt8) -> Bool {
    let bits: UInt64 = byte < 64 ? 0x03FF_6800_0000_0000 : 0x07FF_FFFE_07FF_FFFE
    return byte < 128 && (bits &>> UInt64(byte & 63)) & 1 == 1
  }

  // MARK: Texts

  /// The text whose first quotation mark has been passed, without the last one.
  @inline(__always)
  private mutating func readText() -> Range<Int>? {
    let start = position
    while true {
      let raw = unsafe UnsafeRawPointer(bytes + position)
      let next = unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
      let (a, b) = (next ^ 0x2222_2222_2222_2222, next ^ 0x5C5C_5C5C_5C5C_5C5C)
      let ones: UInt64 = 0x0101_0101_0101_0101
      // The lowest bit set is that of the first zero byte.
      let zeros = ((a &- ones) & ~a | (b &- ones) & ~b) & 0x8080_8080_8080_8080
      if zeros == 0 {
        position &+= 8
        if position >= end { return nil }
        continue
      }
      position &+= zeros.trailingZeroBitCount &>> 3
      if position >= end { return nil }
      if unsafe bytes[position] == UInt8(ascii: "\\") { return readEscapes(from: start) }
      position &+= 1
      return start..<position &- 1
    }
  }

  /// The same for a text with escapes, the first of them at the position: what they stand for is shorter.
  @inline(never)
  private mutating func readEscapes(from start: Int) -> Range<Int>? {
    let bytes = unsafe bytes
    var target = position
    func put(_ byte: UInt8) {
      unsafe bytes[target] = byte
      target &+= 1
    }
    while position < end {
      let byte = unsafe bytes[position]
      position &+= 1
      if byte == UInt8(ascii: "\"") { return start..<target }
      guard byte == UInt8(ascii: "\\"), position < end else {
        put(byte)
        continue
      }
      let letter = unsafe bytes[position]
      position &+= 1
      switch letter {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): put(letter)
      case UInt8(ascii: "b"): put(8)
      case UInt8(ascii: "f"): put(12)
      case UInt8(ascii: "n"): put(10)
      case UInt8(ascii: "r"): put(13)
      case UInt8(ascii: "t"): put(9)
      case UInt8(ascii: "u"):
        guard let scalar = readScalar() else { return nil }
        for byte in UTF8.encode(scalar) ?? .init() { put(byte) }
      default: return nil
      }
    }
    return nil
  }

  /// The character of an escape whose `\u` has been passed; two surrogates are one, a NUL is none.
  private mutating func readScalar() -> Unicode.Scalar? {
    guard var code = readHexadecimal() else { return nil }
    if 0xD800..<0xDC00 ~= code {
      guard unsafe position &+ 1 < end && bytes[position] == UInt8(ascii: "\\"),
        unsafe bytes[position &+ 1] == UInt8(ascii: "u")
      else { return nil }
      position &+= 2
      guard let low = readHexadecimal(), 0xDC00..<0xE000 ~= low else { return nil }
      code = 0x10000 &+ (code &- 0xD800) &<< 10 &+ (low &- 0xDC00)
    }
    return code == 0 ? nil : Unicode.Scalar(code)
  }

  private mutating func readHexadecimal() -> UInt32? {
    guard position &+ 4 <= end else { return nil }
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = unsafe PlainNumbers.hexadecimal(bytes[position]) else { return nil }
      code = code &<< 4 | UInt32(digit)
      position &+= 1
    }
    return code
  }

  // MARK: Steps

  /// Passes over a byte, and the white space before it.
  @inline(__always)
  private mutating func accept(_ byte: UInt8) -> Bool {
    if unsafe bytes[position] <= UInt8(ascii: " ") { skipSpaces() }
    guard unsafe position < end && bytes[position] == byte else { return false }
    position &+= 1
    return true
  }

  private mutating func skipSpaces() {
    while position < end {
      switch unsafe bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        position &+= 1
      default: return
      }
    }
  }
}

@_spi(Columns) import GraphCore

/// The fast way through lines of plain values: column by column, in blocks of some hundred lines.
///
/// The places of all delimiters and line ends are known beforehand (`FactPlaces`). Where the lines have equally
/// many values, each column's values end at every so many of them: a column is read by one loop that asks
/// nothing about its kind, and in which no value waits until the one before it has been read (`PlainNumbers`). Whatever does not
/// look common (a plus before a whole number, a wrong number of values) ends the block; `FactLineReader` reads that line, and alone
/// decides what is right.
@safe
struct FactBlockScanner {
  enum Kind: UInt8 {
    case signed, unsigned, float, truth, text, skipped
    /// What only the slow way can read.
    case other
  }

  @safe
  struct Target: BitwiseCopyable {
    let kind: Kind
    /// Where the values go, or the texts: one of the two has no room.
    let words: UnsafeMutablePointer<UInt64>
    let texts: UnsafeMutablePointer<TextField>
    /// Whether a value of the block has doubled quotation marks.
    fileprivate var holdsDoubled = false

    init(_ kind: Kind, words: Words<UInt64>, texts: Words<TextField>) {
      self.kind = kind
      unsafe self.words = words.base
      unsafe self.texts = texts.base
    }
  }

  /// How many bytes must stand before a line.
  static let headroom = PlainNumbers.headroom
  /// What of a block is read again and again, column after column, stays in the nearest cache.
  private static let longestBlock = 256

  private let bytes: UnsafeMutablePointer<UInt8>
  private let numbers: PlainNumbers
  private let targets: UnsafeMutablePointer<Target>
  private let targetCount: Int
  private let places: UnsafeMutablePointer<UInt32>
  private let placeCount: Int
  /// The first of the places that has not been passed.
  private var cursor = 0
  /// How many places each line of the last block has.
  private var lastWidth = 0
  /// The lines of the next block: few where lines that are not plain are near.
  private var blockSize = longestBlock
  private let looksForSurplus: Bool
  private let isQuoted: Bool
  /// The first line that was found with values beyond those that are wanted, if that is looked for: where it
  /// and these values begin, and its number among the lines of its block.
  private(set) var surplus: (line: Int, value: Int, number: Int)?

  /// - Parameters:
  ///   - bytes: a text with a line end behind it
  ///   - places: those of its delimiters and line ends
  ///   - targets: where the values of a line go, in the order of the line
  ///   - looksForSurplus: whether the first line with more values is wanted
  ///   - isQuoted: whether values may stand in quotation marks, with places in them left out
  init(
    _ bytes: Words<UInt8>, places: Words<UInt32>, targets: Words<Target>,
    looksForSurplus: Bool = false, isQuoted: Bool = false
  ) {
    self.looksForSurplus = looksForSurplus
    self.isQuoted = isQuoted
    unsafe self.bytes = bytes.base
    numbers = PlainNumbers(bytes)
    unsafe self.places = places.base
    placeCount = places.count
    unsafe self.targets = targets.base
    targetCount = targets.count
  }

  /// Goes on at a place that was reached in another way.
  mutating func skip(to start: Int) {
    while unsafe cursor < placeCount && places[cursor] < start { cursor &+= 1 }
  }

  /// Where the line begins that comes next.
  var lineStart: Int { cursor == 0 ? 0 : unsafe Int(places[cursor &- 1]) &+ 1 }

  /// Reads the next lines, of which `headroom` bytes stand before the first, into the rows from `row` on. What is doubled in their
  /// texts stays until `settle`.
  ///
  /// - Returns: how many lines were read; none where the next one is not plain.
  mutating func scan(row: Int) -> Int {
    let width = placesOfLine()
    guard width >= targetCount else { return 0 }
    var count = min(blockSize, (placeCount &- cursor) / width)
    for index in 0..<targetCount { count = read(index, width: width, count, row) }
    // Values beyond the last one that is wanted.
    for index in targetCount..<width { count = pass(index, width: width, count) }
    if looksForSurplus, width > targetCount, surplus == nil { findSurplus(width: width, count) }
    blockSize = count < blockSize ? max(count, 1) : min(2 &* blockSize, Self.longestBlock)
    cursor &+= count &* width
    lastWidth = width
    return count
  }

  /// Goes back by the last lines of the block that was read: they turned out not to be plain.
  mutating func takeBack(_ lines: Int, of read: Int) {
    cursor &-= lines &* lastWidth
    blockSize = max(read &- lines, 1)
    if let found = surplus, found.number >= read &- lines { surplus = nil }
  }

  /// Finds the first of some lines with more than delimiters behind the values that are wanted.
  private mutating func findSurplus(width: Int, _ count: Int) {
    for number in 0..<count {
      let line = cursor &+ number &* width
      let value = unsafe Int(places[line &+ targetCount &- 1]) &+ 1
      var end = unsafe Int(places[line &+ width &- 1])
      if unsafe end > value && bytes[end &- 1] == UInt8(ascii: "\r") { end &-= 1 }
      guard end &- value > width &- targetCount &- 1 else { continue }
      let start = line == 0 ? 0 : unsafe Int(places[line &- 1]) &+ 1
      surplus = (start, value, number)
      return
    }
  }

  /// How many places the next line has, its end among them.
  private func placesOfLine() -> Int {
    var end = cursor
    while unsafe end < placeCount && bytes[Int(places[end])] != UInt8(ascii: "\n") { end &+= 1 }
    return end &+ 1 &- cursor
  }

  /// Reads the value at `index` of some lines; returns how many, from the first line on, are plain.
  private func read(_ index: Int, width: Int, _ count: Int, _ row: Int) -> Int {
    let target = unsafe targets[index]
    switch target.kind {
    case .signed:
      let words = unsafe target.words + row
      return forEach(index, width: width, count) { line, first, last in
        guard let value = numbers.signed(first, last) else { return false }
        unsafe words[line] = value
        return true
      }
    case .unsigned:
      let words = unsafe target.words + row
      return forEach(index, width: width, count) { line, first, last in
        guard let value = numbers.unsigned(first, last) else { return false }
        unsafe words[line] = value
        return true
      }
    case .float:
      let words = unsafe target.words + row
      return forEach(index, width: width, count) { line, first, last in
        guard let value = numbers.decimal(first, last) else { return false }
        unsafe words[line] = value
        return true
      }
    case .truth:
      let words = unsafe target.words + row
      return forEach(index, width: width, count) { line, first, last in
        guard let value = numbers.truth(first, last) else { return false }
        unsafe words[line] = value
        return true
      }
    case .text:
      let texts = unsafe target.texts + row
      var holdsDoubled = false
      let read = forEach(index, width: width, count, &holdsDoubled) { line, first, last in
        unsafe texts[line] = TextField(
          start: UInt32(truncatingIfNeeded: first),
          count: UInt32(truncatingIfNeeded: last &- first))
        return true
      }
      unsafe targets[index].holdsDoubled = holdsDoubled
      return read
    case .skipped: return pass(index, width: width, count)
    case .other: return 0
    }
  }

  private func pass(_ index: Int, width: Int, _ count: Int) -> Int {
    var holdsDoubled = false
    return forEach(index, width: width, count, &holdsDoubled) { _, _, _ in true }
  }

  /// The same for values that can have no quotation mark inside.
  @inline(__always)
  private func forEach(
    _ index: Int, width: Int, _ count: Int, _ body: (_ line: Int, _ first: Int, _ last: Int) -> Bool
  ) -> Int {
    var holdsDoubled = false
    return forEach(index, width: width, count, &holdsDoubled, body)
  }

  /// Hands over where the value at `index` of each line begins and ends, until one is refused or has
  /// another end than it should: the last one that of the line, the others a delimiter. Quotation marks around a value are left
  /// out; `holdsDoubled` becomes true where marks inside one are doubled.
  ///
  /// - Returns: how many lines were passed.
  @inline(__always)
  private func forEach(
    _ index: Int, width: Int, _ count: Int, _ holdsDoubled: inout Bool,
    _ body: (_ line: Int, _ first: Int, _ last: Int) -> Bool
  ) -> Int {
    let ends = unsafe places + (cursor &+ index)
    let isLast = index == width &- 1
    for line in 0..<count {
      let place = line &* width
      var first = unsafe Int(ends[place &- 1]) &+ 1
      var last = unsafe Int(ends[place])
      guard unsafe (bytes[last] == UInt8(ascii: "\n")) == isLast else { return line }
      if isLast, last > first, unsafe bytes[last &- 1] == UInt8(ascii: "\r") { last &-= 1 }
      if isQuoted, first < last, unsafe bytes[first] == UInt8(ascii: "\"") {
        guard isWhole(first, last, &holdsDoubled) else { return line }
        (first, last) = (first &+ 1, last &- 1)
      }
      guard body(line, first, last) else { return line }
    }
    return count
  }

  // MARK: Quotation marks

  /// Whether a value that begins with a quotation mark ends with one, and all between them are doubled.
  @inline(__always)
  private func isWhole(_ first: Int, _ last: Int, _ holdsDoubled: inout Bool) -> Bool {
    guard last &- first >= 2, unsafe bytes[last &- 1] == Self.quote else { return false }
    var place = first &+ 1
    while true {
      let raw = unsafe UnsafeRawPointer(bytes + place)
      let rest =
        unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)) ^ 0x2222_2222_2222_2222
      let zeros = (rest &- 0x0101_0101_0101_0101) & ~rest & 0x8080_8080_8080_8080
      if zeros == 0 {
        place &+= 8
        continue
      }
      place &+= zeros.trailingZeroBitCount &>> 3
      if place == last &- 1 { return true }
      guard unsafe place < last &- 2 && bytes[place &+ 1] == Self.quote else { return false }
      holdsDoubled = true
      place &+= 2
    }
  }

  /// Replaces what is doubled in the texts of a block, which was read to some rows. From here on its lines are not as they stand in
  /// the file, so nobody may read them again.
  mutating func settle(row: Int, _ count: Int) {
    for index in 0..<targetCount where unsafe targets[index].holdsDoubled {
      unsafe targets[index].holdsDoubled = false
      unsafe halveMarks(of: targets[index].texts + row, count)
    }
  }

  /// Halves the doubled quotation marks of those texts that stand in quotation marks.
  private func halveMarks(of texts: UnsafeMutablePointer<TextField>, _ count: Int) {
    for line in 0..<count {
      let start = unsafe Int(texts[line].start)
      guard unsafe bytes[start &- 1] == Self.quote else { continue }
      let end = unsafe start &+ Int(texts[line].count)
      var (from, to) = (start, start)
      while from < end {
        let byte = unsafe bytes[from]
        unsafe bytes[to] = byte
        from &+= byte == Self.quote ? 2 : 1
        to &+= 1
      }
      unsafe texts[line].count = UInt32(truncatingIfNeeded: to &- start)
    }
  }

  private static let quote = UInt8(ascii: "\"")
}

@_spi(Columns) package import GraphCore

/// A growable column of 64-bit words that takes 32 bits a value while the values allow it.
///
/// Codes (texts, truth values) always fit. Integers start narrow and widen once, for good, when a
/// larger one arrives; doubles are wide from the start.
package final class WordColumn {
  package let kind: WordKind
  private let narrow: Column<UInt32>
  private let wide: Column<UInt64>
  private(set) var isWide: Bool

  package init(kind: WordKind) {
    self.kind = kind
    narrow = Column()
    wide = Column()
    isWide = kind == .float
  }

  package var count: Int { isWide ? wide.count : narrow.count }

  package var byteCount: Int { isWide ? wide.byteCount : narrow.byteCount }

  /// A view for loops, invalid after the next append.
  package var view: ColumnView {
    if isWide { return ColumnView(wide: wide.words) }
    return ColumnView(narrow: narrow.words, isSigned: kind == .signed)
  }

  /// Appends one word. Amortised O(1); widening is O(count), once.
  package func append(_ word: UInt64) {
    if !isWide {
      if fits(word) {
        narrow.append(UInt32(truncatingIfNeeded: word))
        return
      }
      widen()
    }
    wide.append(word)
  }

  /// Makes room for `count` words that may be any of these, and returns the column's view with that
  /// room in it: until `commit`, writing through the view moves nothing.
  func prepare(for words: Words<UInt64>, count: Int) -> ColumnView {
    prepare(count: count, areNarrow: isWide || Self.fit(words.slice(0, count), kind))
  }

  /// Makes room for `count` words, of which it is known whether they fit 32 bits.
  func prepare(count: Int, areNarrow: Bool) -> ColumnView {
    if !isWide && !areNarrow { widen() }
    if isWide { wide.grow(by: count) } else { narrow.grow(by: count) }
    return view
  }

  /// The column's view with room for so many words more of the form that it has: until `prepare` makes them the
  /// column's, they may be written, and are not counted.
  func room(for count: Int) -> ColumnView {
    let before = self.count
    let view = prepare(count: count, areNarrow: true)
    truncate(to: before)
    return view
  }

  /// Whether the column takes 32 bits a value and goes on to with these words.
  func isNarrow(_ words: Words<UInt64>, count: Int) -> Bool {
    !isWide && Self.fit(words.slice(0, count), kind)
  }

  /// Appends those words of a batch that are at the given places; they must fit 32 bits. O(count).
  func appendNarrow(_ words: Words<UInt64>, _ places: Words<UInt32>, count: Int) {
    let start = narrow.count
    narrow.grow(by: count)
    let output = narrow.words
    for i in 0..<count {
      output[start &+ i] = UInt32(truncatingIfNeeded: words[Int(places[i])])
    }
  }

  /// Appends all of another column's words of the same kind. O(count).
  func append(contentsOf other: WordColumn) {
    let rows = other.count
    if isWide || other.isWide {
      if !isWide { widen() }
      let start = wide.count
      wide.grow(by: rows)
      other.view.load(from: 0, count: rows, into: wide.words.slice(start, rows))
      return
    }
    let start = narrow.count
    narrow.grow(by: rows)
    let (input, output) = (other.narrow.words, narrow.words.slice(start, rows))
    for row in 0..<rows { output[row] = input[row] }
  }

  /// Whether words of a kind take 32 bits each. O(count).
  static func fit(_ words: Words<UInt64>, _ kind: WordKind) -> Bool {
    var bits: UInt64 = 0
    switch kind {
    case .code: return true
    case .signed: for i in 0..<words.count { bits |= words[i] &+ 0x8000_0000 }
    case .unsigned: for i in 0..<words.count { bits |= words[i] }
    case .float: return false
    }
    return bits &>> 32 == 0
  }

  /// The view of the column with all the room that it has, which is some: until `commit`, writing through it moves
  /// nothing. Amortised O(1) for each word that is written.
  func prepareRoom() -> ColumnView {
    if isWide { Self.takeRoom(wide) } else { Self.takeRoom(narrow) }
    return view
  }

  private static func takeRoom<Word>(_ column: Column<Word>) {
    if column.count == column.capacity { column.reserve(max(64, 2 * column.count)) }
    column.grow(by: column.capacity - column.count)
  }

  /// Keeps the first `count` words of what `prepare` made room for.
  func commit(count: Int) { truncate(to: count) }

  /// Leaves the words at some places, which ascend. O(places).
  func keep(_ places: Words<UInt32>) {
    if isWide { Self.keep(places, of: wide) } else { Self.keep(places, of: narrow) }
  }

  private static func keep<Word>(_ places: Words<UInt32>, of column: Column<Word>) {
    let words = column.words
    for place in 0..<places.count { words[place] = words[Int(places[place])] }
    column.truncate(to: places.count)
  }

  package func reserve(_ count: Int) {
    if isWide { wide.reserve(count) } else { narrow.reserve(count) }
  }

  package func truncate(to count: Int) {
    if isWide { wide.truncate(to: count) } else { narrow.truncate(to: count) }
  }

  /// Whether a word takes 32 bits.
  @inline(__always)
  func fits(_ word: UInt64) -> Bool {
    switch kind {
    case .code: true
    case .signed: Int64(bitPattern: word) == Int64(Int32(truncatingIfNeeded: word))
    case .unsigned: word <= UInt64(UInt32.max)
    case .float: false
    }
  }

  @inline(never)
  private func widen() {
    let old = view
    let rows = narrow.count
    wide.grow(by: rows)
    let words = wide.words
    for row in 0..<rows { words[row] = old[row] }
    narrow.truncate(to: 0)
    isWide = true
  }
}

/// A column as loops read it, whatever its width; owned by somebody else.
package struct ColumnView: BitwiseCopyable {
  enum Form: UInt8 {
    case narrow, narrowSigned, wide
    /// The value of a row is its number: the id of an edge.
    case rowNumber
  }

  let form: Form
  let narrow: Words<UInt32>
  let wide: Words<UInt64>
  /// One bit a row; absent where every row has a value.
  let presence: Words<UInt64>?

  package init(narrow: Words<UInt32>, isSigned: Bool = false, presence: Words<UInt64>? = nil) {
    form = isSigned ? .narrowSigned : .narrow
    self.narrow = narrow
    wide = .empty
    self.presence = presence
  }

  package init(wide: Words<UInt64>, presence: Words<UInt64>? = nil) {
    form = .wide
    narrow = .empty
    self.wide = wide
    self.presence = presence
  }

  /// The column whose values are the row numbers.
  package static var rowNumbers: ColumnView {
    ColumnView(form: .rowNumber, narrow: .empty, wide: .empty)
  }

  private init(form: Form, narrow: Words<UInt32>, wide: Words<UInt64>) {
    self.form = form
    self.narrow = narrow
    self.wide = wide
    presence = nil
  }

  /// Whether a value takes 32 bits.
  @inline(__always)
  var isNarrow: Bool { form == .narrow || form == .narrowSigned }

  /// The value of one row.
  @inline(__always)
  package subscript(row: Int) -> UInt64 {
    switch form {
    case .narrow: UInt64(narrow[row])
    case .narrowSigned:
      UInt64(bitPattern: Int64(Int32(bitPattern: narrow[row])))
    case .wide: wide[row]
    case .rowNumber: UInt64(row)
    }
  }

  /// Whether a row can hold a word.
  @inline(__always)
  func fits(_ word: UInt64) -> Bool {
    switch form {
    case .narrow: word >> 32 == 0
    case .narrowSigned: Int64(bitPattern: word) == Int64(Int32(truncatingIfNeeded: word))
    case .wide: true
    case .rowNumber: false
    }
  }

  /// Writes the value of one row; there are no such columns of row numbers.
  @inline(__always)
  func set(_ word: UInt64, at row: Int) {
    if form == .wide { wide[row] = word } else { narrow[row] = UInt32(truncatingIfNeeded: word) }
  }

  /// Writes a batch of values to the rows from `start` on.
  func store(_ words: Words<UInt64>, count: Int, at start: Int) {
    if form == .wide {
      for i in 0..<count { wide[start &+ i] = words[i] }
    } else {
      for i in 0..<count { narrow[start &+ i] = UInt32(truncatingIfNeeded: words[i]) }
    }
  }

  /// Writes the values of consecutive rows to `output`.
  func load(from start: Int, count: Int, into output: Words<UInt64>) {
    switch form {
    case .narrow:
      for i in 0..<count { output[i] = UInt64(narrow[start &+ i]) }
    case .narrowSigned:
      for i in 0..<count {
        output[i] = UInt64(bitPattern: Int64(Int32(bitPattern: narrow[start &+ i])))
      }
    case .wide:
      for i in 0..<count { output[i] = wide[start &+ i] }
    case .rowNumber:
      for i in 0..<count { output[i] = UInt64(start &+ i) }
    }
  }

  /// The highest of some rows' words; a negative number is a very large word.
  func highestWord(from start: Int, to end: Int) -> UInt64 {
    var result: UInt64 = 0
    switch form {
    case .narrow, .narrowSigned:
      // Extending the sign keeps the order of words without one.
      var highest: UInt32 = 0
      for row in start..<end { highest = max(highest, narrow[row]) }
      result =
        form == .narrow
        ? UInt64(highest) : UInt64(bitPattern: Int64(Int32(bitPattern: highest)))
    case .wide:
      for row in start..<end { result = max(result, self[row]) }
    case .rowNumber: result = UInt64(max(end - 1, 0))
    }
    return result
  }

  /// Begins to bring the values of some rows near.
  func prefetch(_ rows: Words<UInt32>) {
    switch form {
    case .narrow, .narrowSigned: narrow.prefetch(rows)
    case .wide: wide.prefetch(rows)
    case .rowNumber: break
    }
  }

  /// Moves those of some rows to the front that hold a word; returns how many there are.
  func keep(_ rows: Words<UInt32>, _ count: Int, having word: UInt64) -> Int {
    var kept = 0
    for i in 0..<count {
      let row = rows[i]
      rows[kept] = row
      kept &+= self[Int(row)] == word ? 1 : 0
    }
    return kept
  }

  /// Whether every row has a value, and it is kept.
  var isWhole: Bool { presence == nil && form != .rowNumber }

  @inline(__always)
  package func isPresent(_ row: Int) -> Bool {
    guard let presence else { return true }
    return presence[row >> 6] & (1 << UInt64(row & 63)) != 0
  }

  /// Writes the values of the given rows to `output`.
  package func gather(_ rows: Words<UInt32>, count: Int, into output: Words<UInt64>) {
    switch form {
    case .narrow:
      for i in 0..<count { output[i] = UInt64(narrow[Int(rows[i])]) }
    case .narrowSigned:
      for i in 0..<count {
        output[i] = UInt64(bitPattern: Int64(Int32(bitPattern: narrow[Int(rows[i])])))
      }
    case .wide:
      for i in 0..<count { output[i] = wide[Int(rows[i])] }
    case .rowNumber:
      for i in 0..<count { output[i] = UInt64(rows[i]) }
    }
  }
}

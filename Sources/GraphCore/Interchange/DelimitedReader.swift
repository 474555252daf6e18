/// Splits a file of separated values into records and their fields, without copying what it need not.
///
/// With quotes it follows RFC 4180: a field that begins with a quote may hold separators, line ends
/// and, doubled, quotes. A quote further behind is a byte like others, as in `15" screen`. A field
/// that is empty without quotes is absent, one that is empty within them is an empty text. Without
/// quotes, as in Soufflé's fact files, every byte stands for itself and no field is absent.
struct DelimitedReader {
  /// Where a field is.
  struct Field {
    var start: Int
    var end: Int

    static let absent = Field(start: -1, end: -1)
    var isAbsent: Bool { start < 0 }
  }

  /// The fields of the present record: places in the source's buffer, or in `text`.
  private(set) var fields: [Field] = []
  /// The line on which the present record begins.
  private(set) var line = 0
  /// The bytes of a record that had quotes, with these undone.
  private var text: [UInt8] = []
  private var isPlain = true
  private let separator: UInt8
  private let hasQuotes: Bool
  /// The present record as it is written, where it had quotes.
  private var written: [UInt8] = []
  /// Where in a field with quotes `unquote` has come to.
  private var state = State.atStart
  /// Where in `text` the present field begins.
  private var start = 0

  private enum State { case atStart, plain, quoted, closed, behind }

  init(separator: UInt8, hasQuotes: Bool = true) {
    self.separator = separator
    self.hasQuotes = hasQuotes
  }

  /// The present record as it stands in the file, where that is no single line.
  var row: ArraySlice<UInt8>? { isPlain ? nil : written[...] }

  /// The bytes of a field.
  func bytes(_ field: Int, _ source: borrowing ImportSource) -> ArraySlice<UInt8> {
    let place = fields[field]
    return isPlain
      ? source.buffer[place.start..<place.end] : text[place.start..<place.end]
  }

  func string(_ field: Int, _ source: borrowing ImportSource) -> String {
    String(decoding: bytes(field, source), as: UTF8.self)
  }

  /// The term of a field's text.
  func term(
    _ field: Int, _ source: borrowing ImportSource, _ writer: inout GraphWriter
  ) -> UInt32 {
    let place = fields[field]
    return isPlain
      ? writer.intern(source.buffer.span.extracting(place.start..<place.end))
      : writer.intern(text.span.extracting(place.start..<place.end))
  }

  /// Goes to the next record; false at the end. Empty lines are passed over where there are quotes,
  /// and so are records that end within quotes or go on behind them, once they are rejected.
  mutating func next(_ source: inout ImportSource) throws(ImportStop) -> Bool {
    while let place = try source.nextLinePlace() {
      if place.isEmpty && hasQuotes { continue }
      line = source.line
      isPlain = true
      if split(source.buffer.span, place) { return true }
      isPlain = false
      if try readQuoted(place, &source) { return true }
    }
    return false
  }

  /// Reads the record with quotes that begins with a line; false, once it is rejected, where it is none.
  private mutating func readQuoted(
    _ place: Range<Int>, _ source: inout ImportSource
  ) throws(ImportStop) -> Bool {
    fields.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    written.removeAll(keepingCapacity: true)
    start = 0
    state = .atStart
    unquote(source.buffer[place])
    while state == .quoted {
      let hadReturn = source.endsWithReturn
      guard let more = try source.nextLinePlace() else { break }
      unquote(hadReturn ? [13, 10] : [10])
      unquote(source.buffer[more])
    }
    let reason: String? =
      switch state {
      case .quoted: "a quote is not closed"
      case .behind: "something stands behind a closing quote; a quote inside is written \"\""
      case .atStart, .plain, .closed: nil
      }
    guard let reason else {
      endField()
      return true
    }
    if try source.beginRow(line: line) {
      try source.reject(reason, line: line, row: written[...])
    }
    return false
  }

  /// Splits a line; false where it has quotes.
  private mutating func split(_ bytes: Span<UInt8>, _ place: Range<Int>) -> Bool {
    fields.removeAll(keepingCapacity: true)
    var start = place.lowerBound
    var index = start
    let end = place.upperBound
    while index < end {
      let byte = bytes[index]
      if byte == separator {
        add(start, index)
        start = index &+ 1
      } else if byte == UInt8(ascii: "\"") && hasQuotes {
        return false
      }
      index &+= 1
    }
    add(start, end)
    return true
  }

  private mutating func add(_ start: Int, _ end: Int) {
    fields.append(start == end && hasQuotes ? .absent : Field(start: start, end: end))
  }

  /// Takes further bytes of a record with quotes.
  private mutating func unquote(_ bytes: ArraySlice<UInt8>) {
    written.append(contentsOf: bytes)
    let quote = UInt8(ascii: "\"")
    for byte in bytes {
      switch state {
      case .quoted where byte == quote: state = .closed
      case .quoted: text.append(byte)
      case .closed where byte == quote:
        text.append(byte)
        state = .quoted
      case .atStart, .plain, .closed:
        if byte == separator {
          endField()
        } else if state == .closed {
          state = .behind
        } else if state == .atStart && byte == quote {
          state = .quoted
        } else {
          text.append(byte)
          state = .plain
        }
      case .behind: break
      }
    }
  }

  private mutating func endField() {
    fields.append(state == .atStart ? .absent : Field(start: start, end: text.count))
    start = text.count
    state = .atStart
  }
}

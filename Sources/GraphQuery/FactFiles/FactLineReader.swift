import GraphCore

/// Reads a line of a fact file, whatever stands in it.
struct FactLineReader {
  let line: [UInt8]
  let layout: FactLayout
  let values: ValueReader
  /// Whether a value of the line may be no text.
  let checksTexts: Bool

  /// Where the values begin that `read` has passed over, if they are more than delimiters.
  private(set) var surplus: Int?

  enum Value {
    case word(UInt64)
    /// A text of the line.
    case text(Range<Int>)
    /// The text between quotation marks that begins at a place of the line, after its inner
    /// quotation marks were halved.
    case unquoted([UInt8], at: Int)
  }

  /// Hands each value that is kept over with its place; what is wrong with the line where something is.
  mutating func read(into store: (_ place: Int, _ value: Value) -> Void) -> FactProblem.Kind? {
    var start = 0
    for (found, field) in layout.fields.enumerated() {
      guard found == 0 || start <= line.count else { return .missing(found: found) }
      let (value, end) = value(from: start, field)
      if case .unquoted = value, let problem = problem(from: start, to: end) { return problem }
      if let column = field.column {
        if checksTexts, field.holdsTexts {
          let text = Array(content(value))
          guard TextBytes.areSound(text.span) else {
            return .noText(value: text, place: start..<end)
          }
        }
        if field.type == .symbol {
          if let place = field.place { store(place, value) }
        } else {
          let content = content(value)
          guard let word = values.word(content, field.type) else {
            return .malformed(column: column, value: Array(content), place: start..<end)
          }
          if let place = field.place { store(place, .word(word)) }
        }
      }
      start = end + layout.delimiter.count
    }
    if layout.tellsOfSurplus { noteSurplus(from: start) }
    return nil
  }

  private mutating func noteSurplus(from start: Int) {
    var place = start
    while isDelimiter(at: place) { place += layout.delimiter.count }
    if place < line.count { surplus = start }
  }

  /// What is wrong with the end of a value in quotation marks, if anything is.
  private func problem(from start: Int, to end: Int) -> FactProblem.Kind? {
    if end > line.count { return .unclosed(place: start) }
    return end == line.count || isDelimiter(at: end) ? nil : .behindQuote(place: end)
  }

  private func content(_ value: Value) -> ArraySlice<UInt8> {
    switch value {
    case .text(let range): line[range]
    case .unquoted(let text, _): text[...]
    case .word: []
    }
  }

  /// The value that begins at `start`, and where it ends.
  private func value(from start: Int, _ field: FactLayout.Field) -> (Value, end: Int) {
    if layout.isQuoted, start < line.count, line[start] == UInt8(ascii: "\"") {
      return quotedValue(from: start)
    }
    let isRecord = if case .record = field.type { true } else { false }
    var position = start
    var open = 0
    while position < line.count, open > 0 || !isDelimiter(at: position) {
      if isRecord {
        switch line[position] {
        case UInt8(ascii: "["), UInt8(ascii: "("): open += 1
        case UInt8(ascii: "]"), UInt8(ascii: ")"): open -= 1
        default: break
        }
      }
      position += 1
    }
    return (.text(start..<position), position)
  }

  /// The value in quotation marks that begins at `start`; it ends behind the line where these are not
  /// closed.
  private func quotedValue(from start: Int) -> (Value, end: Int) {
    var content: [UInt8] = []
    var position = start + 1
    while position < line.count {
      if line[position] == UInt8(ascii: "\"") {
        position += 1
        guard position < line.count, line[position] == UInt8(ascii: "\"") else {
          return (.unquoted(content, at: start + 1), position)
        }
      }
      content.append(line[position])
      position += 1
    }
    return (.unquoted(content, at: start + 1), line.count + 1)
  }

  private func isDelimiter(at offset: Int) -> Bool {
    guard offset + layout.delimiter.count <= line.count else { return false }
    for (index, byte) in layout.delimiter.enumerated() where line[offset + index] != byte {
      return false
    }
    return true
  }
}

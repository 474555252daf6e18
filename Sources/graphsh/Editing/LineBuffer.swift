import GraphCore

/// The text being edited and the cursor in it.
///
/// Invariant: `cursor` is the UTF-8 offset of a grapheme boundary of `text`, from 0 to its length.
/// Every operation keeps it, also where inserted text joins with its neighbours into one grapheme.
/// Line ends are line feeds; the text may have many lines.
struct LineBuffer: Equatable, Sendable {
  private(set) var text = ""
  private(set) var cursor = 0
  /// The display column that moving up and down tries to keep, while nothing else is done.
  private var goalColumn: Int?

  init() {}

  init(_ text: String, cursor: Int? = nil) {
    self.text = text
    self.cursor = boundary(atOrAfter: cursor ?? text.utf8.count)
  }

  var isEmpty: Bool { text.isEmpty }
  var length: Int { text.utf8.count }

  func text(in range: Range<Int>) -> String {
    String(text[index(range.lowerBound)..<index(range.upperBound)])
  }

  // MARK: Changing

  /// Puts text in place of a range and the cursor behind it.
  mutating func replace(_ range: Range<Int>, with new: String) {
    text.replaceSubrange(index(range.lowerBound)..<index(range.upperBound), with: new)
    cursor = boundary(atOrAfter: range.lowerBound + new.utf8.count)
    goalColumn = nil
  }

  mutating func insert(_ new: String) { replace(cursor..<cursor, with: new) }

  /// Takes out a range and returns what was there.
  @discardableResult
  mutating func remove(_ range: Range<Int>) -> String {
    let removed = text(in: range)
    replace(range, with: "")
    return removed
  }

  /// Exchanges the graphemes around the cursor, or the last two at the end of a line.
  mutating func transpose() -> Bool {
    var middle = cursor
    if middle == lineEnd(at: middle) { middle = offset(before: middle) }
    let lower = offset(before: middle)
    let upper = offset(after: middle)
    guard lower < middle, middle < upper, lineStart(at: upper) == lineStart(at: lower) else {
      return false
    }
    replace(lower..<upper, with: text(in: middle..<upper) + text(in: lower..<middle))
    return true
  }

  // MARK: Moving

  mutating func move(to offset: Int) {
    cursor = boundary(atOrAfter: min(max(0, offset), length))
    goalColumn = nil
  }

  /// Moves to the line above or below, to the same display column; false if there is none.
  mutating func moveLine(by step: Int) -> Bool {
    let start = lineStart(at: cursor)
    let end = lineEnd(at: cursor)
    guard step < 0 ? start > 0 : end < length else { return false }
    let goal = goalColumn ?? DisplayWidth.columns(of: text(in: start..<cursor))
    let target = step < 0 ? lineStart(at: start - 1) : end + 1
    let targetEnd = lineEnd(at: target)
    var column = 0
    var position = target
    while position < targetEnd {
      let next = offset(after: position)
      column += DisplayWidth.columns(of: text(in: position..<next))
      guard column <= goal else { break }
      position = next
    }
    cursor = position
    goalColumn = goal
    return true
  }

  // MARK: Places

  /// The boundary before an offset, or 0.
  func offset(before offset: Int) -> Int {
    guard offset > 0 else { return 0 }
    return self.offset(of: text.index(before: index(offset)))
  }

  /// The boundary after an offset, or the length.
  func offset(after offset: Int) -> Int {
    guard offset < length else { return length }
    return self.offset(of: text.index(after: index(offset)))
  }

  func lineStart(at offset: Int) -> Int {
    let before = text.utf8[..<index(offset)]
    return before.lastIndex(of: 0x0A).map { self.offset(of: $0) + 1 } ?? 0
  }

  func lineEnd(at offset: Int) -> Int {
    text.utf8[index(offset)...].firstIndex(of: 0x0A).map { self.offset(of: $0) } ?? length
  }

  /// The start of the word before an offset.
  func wordStart(before offset: Int) -> Int {
    var position = offset
    while position > 0, !WordKind(of: character(before: position)).isWord {
      position = self.offset(before: position)
    }
    guard position > 0 else { return 0 }
    let kind = WordKind(of: character(before: position))
    while position > 0, WordKind(of: character(before: position)) == kind {
      position = self.offset(before: position)
    }
    return position
  }

  /// The end of the word after an offset.
  func wordEnd(after offset: Int) -> Int {
    var position = offset
    while position < length, !WordKind(of: character(after: position)).isWord {
      position = self.offset(after: position)
    }
    guard position < length else { return length }
    let kind = WordKind(of: character(after: position))
    while position < length, WordKind(of: character(after: position)) == kind {
      position = self.offset(after: position)
    }
    return position
  }

  /// The start of what stands between blanks before an offset.
  func blankStart(before offset: Int) -> Int {
    var position = offset
    while position > 0, character(before: position).isWhitespace {
      position = self.offset(before: position)
    }
    while position > 0, !character(before: position).isWhitespace {
      position = self.offset(before: position)
    }
    return position
  }

  func character(before offset: Int) -> Character { text[text.index(before: index(offset))] }
  func character(after offset: Int) -> Character { text[index(offset)] }

  private func index(_ offset: Int) -> String.Index {
    text.utf8.index(text.startIndex, offsetBy: offset)
  }

  private func offset(of index: String.Index) -> Int {
    text.utf8.distance(from: text.startIndex, to: index)
  }

  private func boundary(atOrAfter offset: Int) -> Int {
    var position = index(offset)
    while position < text.endIndex, String.Index(position, within: text) == nil {
      position = text.utf8.index(after: position)
    }
    return self.offset(of: position)
  }
}

/// What words are made of. A word is a run of one kind, so that a Chinese name beside a Latin one,
/// as in `晋钢supplies`, is a word of its own; no dictionary is asked where a name ends.
enum WordKind: Equatable {
  case blank
  case punctuation
  case ideographs
  case kana
  case letters

  var isWord: Bool {
    switch self {
    case .blank, .punctuation: false
    case .ideographs, .kana, .letters: true
    }
  }

  init(of character: Character) {
    guard let scalar = character.unicodeScalars.first else {
      self = .blank
      return
    }
    switch scalar.value {
    case 0x3005, 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
      self = .ideographs
    case 0x3041...0x3096, 0x30A1...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F:
      self = .kana
    default:
      if character.isWhitespace {
        self = .blank
      } else if character.isLetter || character.isNumber || character == "_" {
        self = .letters
      } else {
        self = .punctuation
      }
    }
  }
}

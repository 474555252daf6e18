import GraphCore

/// Reads the rows of a relation from a JSON array of arrays or objects, value by value.
///
/// `JSONRowScanner` reads most files; this way knows everything that may stand in one, and what is wrong.
struct JSONFactReader {
  let text: SourceText
  let id: SourceID
  let declaration: DeclaredRelation
  let values: ValueReader
  private var position = 0
  private var depth = 0
  /// The first values that there is no argument for.
  private var surplus: SourceSpan?

  private static let deepestNesting = 20_000

  init(text: SourceText, id: SourceID, declaration: DeclaredRelation, values: ValueReader) {
    self.text = text
    self.id = id
    self.declaration = declaration
    self.values = values
  }

  /// The rows of the file added to those there were before; reading stops at the first mistake. Of rows with too many
  /// values the first is told of, by a warning.
  mutating func read(adding before: Relation?, terms: TermSpace) -> (Relation, [Diagnostic]) {
    let relation = Relation(
      name: declaration.name, types: declaration.attributes.map(\.type), terms: terms)
    if let before { relation.insert(contentsOf: before) }
    let fields = declaration.attributes.map {
      RecordTypes.Field(name: $0.name, type: $0.type)
    }
    var isWrong = !accept("[")
    if !isWrong, !accept("]") {
      repeat {
        guard let row = tuple(fields, passesSurplus: true) else {
          isWrong = true
          break
        }
        relation.insert(row)
      } while accept(",")
      if !isWrong { isWrong = !accept("]") }
    }
    guard isWrong || !isAtEnd() else {
      let warning = surplus.map {
        FactProblem.surplus(of: declaration.name, at: $0, help: nil)
      }
      return (relation, warning.map { [$0] } ?? [])
    }
    let place = min(position, text.bytes.count)
    return (
      relation,
      [
        Diagnostic(
          .malformedRow,
          isWrong
            ? "this is no row of `\(declaration.name)`" : "something stands behind the rows",
          at: SourceSpan(source: id, lower: UInt32(place), upper: UInt32(place)),
          help: "the file is a JSON array of rows, each an array or an object")
      ]
    )
  }

  /// Whether nothing but white space is left.
  private mutating func isAtEnd() -> Bool {
    skipSpaces()
    return position >= text.bytes.count
  }

  // MARK: Values

  /// - Parameter passesSurplus: whether a list may go on behind its last field, as a row may.
  private mutating func tuple(
    _ fields: [RecordTypes.Field], passesSurplus: Bool = false
  ) -> [UInt64]? {
    if accept("[") {
      var words: [UInt64] = []
      for (index, field) in fields.enumerated() {
        if index > 0, !accept(",") { return nil }
        guard let word = word(field.type) else { return nil }
        words.append(word)
      }
      if passesSurplus, !fields.isEmpty, accept(",") {
        guard passSurplus() else { return nil }
      }
      return accept("]") ? words : nil
    }
    guard accept("{") else { return nil }
    var words: [UInt64?] = Array(repeating: nil, count: fields.count)
    if !accept("}") {
      repeat {
        guard let name = quoted(), accept(":"),
          let index = fields.firstIndex(where: { $0.name.utf8.elementsEqual(name) }),
          let word = word(fields[index].type)
        else { return nil }
        words[index] = word
      } while accept(",")
      guard accept("}") else { return nil }
    }
    let present = words.compactMap { $0 }
    return present.count == fields.count ? present : nil
  }

  /// Passes over values up to the end of their list; false where there is none.
  private mutating func passSurplus() -> Bool {
    skipSpaces()
    let start = position
    repeat {
      guard passValue() else { return false }
    } while accept(",")
    surplus =
      surplus ?? SourceSpan(source: id, lower: UInt32(start), upper: UInt32(position))
    return true
  }

  /// Passes over a value of any kind, however deep; false where there is none.
  private mutating func passValue() -> Bool {
    // The brackets that are open: whether each is that of an object.
    var open: [Bool] = []
    while true {
      if open.last == true {
        guard quoted() != nil, accept(":") else { return false }
      }
      if accept("[") {
        if !accept("]") {
          open.append(false)
          continue
        }
      } else if accept("{") {
        if !accept("}") {
          open.append(true)
          continue
        }
      } else if !passWord() {
        return false
      }
      while let isObject = open.last, !accept(",") {
        guard accept(isObject ? "}" : "]") else { return false }
        open.removeLast()
      }
      if open.isEmpty { return true }
    }
  }

  /// Passes over a text, a number or a name; false where there is none.
  private mutating func passWord() -> Bool {
    skipSpaces()
    guard position < text.bytes.count else { return false }
    if text.bytes[position] == UInt8(ascii: "\"") { return quoted() != nil }
    let start = position
    while position < text.bytes.count, isPlain(text.bytes[position]) { position += 1 }
    return position > start
  }

  private mutating func word(_ type: ColumnType) -> UInt64? {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepestNesting else { return nil }
    skipSpaces()
    switch type {
    case .symbol: return quoted().flatMap { values.word($0[...], .symbol) }
    case .record(let number):
      if case .record(let fields) = values.records.types.shape(number) {
        if acceptWord("null") { return 0 }
        return tuple(fields).map { UInt64(values.records.intern($0)) }
      }
      return quoted().flatMap { values.word($0[...], type) }
    case .number, .unsigned, .float, .boolean:
      if position < text.bytes.count, text.bytes[position] == UInt8(ascii: "\"") {
        return quoted().flatMap { values.word($0[...], type) }
      }
      let start = position
      while position < text.bytes.count, isPlain(text.bytes[position]) { position += 1 }
      return values.word(text.bytes[start..<position], type)
    }
  }

  private func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  // MARK: Steps

  private mutating func skipSpaces() {
    while position < text.bytes.count {
      switch text.bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        position += 1
      default: return
      }
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard position < text.bytes.count, text.bytes[position] == UInt8(ascii: character) else {
      return false
    }
    position += 1
    return true
  }

  private mutating func acceptWord(_ word: String) -> Bool {
    let end = position + word.utf8.count
    guard end <= text.bytes.count, text.bytes[position..<end].elementsEqual(word.utf8) else {
      return false
    }
    position = end
    return true
  }

  private mutating func quoted() -> [UInt8]? {
    skipSpaces()
    guard position < text.bytes.count, text.bytes[position] == UInt8(ascii: "\"") else {
      return nil
    }
    return try? JSONText.read(text.bytes[...], at: &position)
  }
}

import GraphCore

/// Reads the values of fact files: texts as they stand, numbers, records and branches.
struct ValueReader {
  let dictionary: TermDictionary
  let records: RecordTable

  func name(of type: ColumnType) -> String { records.types.name(of: type) }

  /// The word of a whole value; nothing where it is none of the type.
  func word(_ bytes: ArraySlice<UInt8>, _ type: ColumnType) -> UInt64? {
    switch type {
    case .symbol: return bytes.withSpan { UInt64(dictionary.intern($0)) }
    case .number:
      return Self.trimmed(bytes).withSpan { NumberText.signed($0) }.map {
        UInt64(bitPattern: $0)
      }
    case .unsigned:
      return Self.trimmed(bytes).withSpan { NumberText.unsigned($0) }
    case .float:
      return Double(String(decoding: Self.trimmed(bytes), as: UTF8.self)).map { canonicalWord($0) }
    case .boolean:
      switch String(decoding: bytes, as: UTF8.self) {
      case "true": return 1
      case "false": return 0
      default: return nil
      }
    case .record:
      var cursor = Cursor(bytes: bytes, position: bytes.startIndex)
      guard let word = word(type, &cursor) else { return nil }
      cursor.skipSpaces()
      return cursor.position == bytes.endIndex ? word : nil
    }
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    bytes.drop { $0 == UInt8(ascii: " ") }
  }

  // MARK: Records

  private struct Cursor {
    let bytes: ArraySlice<UInt8>
    var position: Int
    var depth = 0

    var byte: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    mutating func skipSpaces() {
      while byte == UInt8(ascii: " ") { position += 1 }
    }

    mutating func accept(_ character: Unicode.Scalar) -> Bool {
      skipSpaces()
      guard byte == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    /// Everything up to one of the characters that end a value inside a record.
    mutating func plain() -> ArraySlice<UInt8> {
      let start = position
      while let byte, byte != UInt8(ascii: ","), byte != UInt8(ascii: "]"),
        byte != UInt8(ascii: ")")
      { position += 1 }
      return bytes[start..<position]
    }

    mutating func name() -> String {
      skipSpaces()
      let start = position
      while let byte, byte != UInt8(ascii: "("), byte != UInt8(ascii: ","),
        byte != UInt8(ascii: "]"), byte != UInt8(ascii: ")"), byte != UInt8(ascii: " ")
      { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
  }

  /// How deep records of a file may be nested.
  private static let deepestNesting = 20_000

  private func word(_ type: ColumnType, _ cursor: inout Cursor) -> UInt64? {
    cursor.depth += 1
    defer { cursor.depth -= 1 }
    guard cursor.depth < Self.deepestNesting else { return nil }
    cursor.skipSpaces()
    guard case .record(let number) = type else {
      if type == .symbol, cursor.accept("\"") { return quoted(&cursor) }
      let bytes = cursor.plain()
      if type == .symbol { return word(bytes, type) }
      guard let last = bytes.lastIndex(where: { $0 != UInt8(ascii: " ") }) else { return nil }
      return word(bytes[bytes.startIndex...last], type)
    }
    switch records.types.shape(number) {
    case .record(let fields):
      if !cursor.accept("[") { return cursor.name() == "nil" ? 0 : nil }
      guard let tuple = tuple(fields, closedBy: "]", &cursor) else { return nil }
      return UInt64(records.intern(tuple))
    case .variants(let branches):
      guard cursor.accept("$") else { return nil }
      let name = cursor.name()
      guard let tag = branches.firstIndex(where: { $0.name == name }) else { return nil }
      if records.types.isEnumeration(number) { return UInt64(tag) }
      let fields = branches[tag].fields
      if fields.isEmpty { return UInt64(records.intern([UInt64(tag)])) }
      guard cursor.accept("("), let tuple = tuple(fields, closedBy: ")", &cursor) else {
        return nil
      }
      return UInt64(records.intern([UInt64(tag)] + tuple))
    }
  }

  private func tuple(
    _ fields: [RecordTypes.Field], closedBy end: Unicode.Scalar, _ cursor: inout Cursor
  ) -> [UInt64]? {
    var words: [UInt64] = []
    for (index, field) in fields.enumerated() {
      if index > 0, !cursor.accept(",") { return nil }
      guard let word = word(field.type, &cursor) else { return nil }
      words.append(word)
    }
    return cursor.accept(end) ? words : nil
  }

  private func quoted(_ cursor: inout Cursor) -> UInt64? {
    var content: [UInt8] = []
    while let byte = cursor.byte {
      cursor.position += 1
      if byte == UInt8(ascii: "\"") {
        return content.withSpan { UInt64(dictionary.intern($0)) }
      }
      if byte == UInt8(ascii: "\\"), let next = cursor.byte {
        content.append(next)
        cursor.position += 1
      } else {
        content.append(byte)
      }
    }
    return nil
  }
}

extension Array<UInt8> {
  fileprivate func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R { body(span) }
}

extension ArraySlice<UInt8> {
  fileprivate func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R { body(span) }
}

@_spi(Columns) import GraphCore

/// The fast way through records and branches in fact files: the fields of each are put side by side on a stack, and interned
/// from there.
///
/// What is not common (numbers that `PlainNumbers` does not know, escapes in texts, very deep values, mistakes) is refused;
/// `ValueReader` reads it, and alone decides what is right. O(bytes) of each value.
final class RecordReader {
  private let shapes: RecordShapes
  private let records: RecordTable
  private let dictionary: TermDictionary
  private let stack = Column<UInt64>()
  private let lines: LineChunk
  private var bytes = Words<UInt8>.empty
  private var position = 0
  private var end = 0
  private var depth = 0

  private static let deepestNesting = 1_000

  init(_ values: ValueReader, lines: LineChunk) {
    shapes = RecordShapes(values.records.types)
    records = values.records
    dictionary = values.dictionary
    self.lines = lines
  }

  /// The number that `word` wants of a type.
  func number(of type: ColumnType) -> Int { shapes.number(of: type) }

  /// The word of a value that stands in the chunk, of the type with some number; nothing where that is not plain.
  func word(of text: TextField, _ type: Int) -> UInt64? {
    bytes = lines.bytes
    position = Int(text.start)
    end = position + Int(text.count)
    depth = 0
    stack.truncate(to: 0)
    guard let word = value(type) else { return nil }
    skipSpaces()
    return position == end ? word : nil
  }

  // MARK: Values

  private func value(_ number: Int) -> UInt64? {
    skipSpaces()
    let shape = shapes.shapes[number]
    switch shape.kind {
    case .text: return text()
    case .signed, .unsigned, .float, .truth: return plain(shape.kind)
    case .record:
      guard accept(UInt8(ascii: "[")) else { return isNil() ? 0 : nil }
      return tuple(shape.first, shape.count, UInt8(ascii: "]"), base: stack.count)
    case .variants, .enumeration: return branch(of: shape)
    }
  }

  private func branch(of shape: RecordShapes.Shape) -> UInt64? {
    guard accept(UInt8(ascii: "$")) else { return nil }
    skipSpaces()
    let first = position
    while position < end, !endsName(bytes[position]) { position &+= 1 }
    for tag in 0..<shape.count {
      let branch = shapes.branches[shape.first &+ tag]
      guard isName(branch, first..<position) else { continue }
      if shape.kind == .enumeration { return UInt64(tag) }
      let base = stack.count
      stack.append(UInt64(tag))
      if branch.fieldCount == 0 { return record(from: base) }
      guard accept(UInt8(ascii: "(")) else { return nil }
      return tuple(branch.firstField, branch.fieldCount, UInt8(ascii: ")"), base: base)
    }
    return nil
  }

  /// Reads fields up to what closes them, and interns them behind what is on the stack from `base` on.
  private func tuple(_ first: Int, _ count: Int, _ close: UInt8, base: Int) -> UInt64? {
    depth &+= 1
    defer { depth &-= 1 }
    guard depth < Self.deepestNesting else { return nil }
    for index in 0..<count {
      guard index == 0 || accept(UInt8(ascii: ",")),
        let word = value(shapes.fields[first &+ index])
      else { return nil }
      stack.append(word)
    }
    return accept(close) ? record(from: base) : nil
  }

  private func record(from base: Int) -> UInt64 {
    let id = records.intern(stack.words.slice(base, stack.count &- base))
    stack.truncate(to: base)
    return UInt64(id)
  }

  /// A number or a truth value, with spaces behind it or none.
  private func plain(_ kind: RecordShapes.Kind) -> UInt64? {
    let first = position
    while position < end, !endsValue(bytes[position]) { position &+= 1 }
    var last = position
    while last > first, bytes[last &- 1] == UInt8(ascii: " ") { last &-= 1 }
    guard last > first, first >= PlainNumbers.headroom else { return nil }
    let numbers = PlainNumbers(bytes)
    switch kind {
    case .signed: return numbers.signed(first, last)
    case .unsigned: return numbers.unsigned(first, last)
    case .float: return numbers.decimal(first, last)
    case .truth: return numbers.truth(first, last)
    case .text, .record, .variants, .enumeration: return nil
    }
  }

  /// A text as it stands or in quotation marks. One with a bracket is refused: brackets that stay open tell where a value ends.
  private func text() -> UInt64? {
    let isQuoted = accept(UInt8(ascii: "\""))
    let first = position
    while position < end {
      let byte = bytes[position]
      if isQuoted ? byte == UInt8(ascii: "\"") : endsValue(byte) { break }
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: "\\"): return nil
      default: position &+= 1
      }
    }
    if isQuoted, position >= end { return nil }
    let field = TextField(start: UInt32(first), count: UInt32(position &- first))
    if isQuoted { position &+= 1 }
    return lines.withBytes(of: field) { UInt64(dictionary.intern($0)) }
  }

  // MARK: Steps

  private func isNil() -> Bool {
    let first = position
    while position < end, !endsName(bytes[position]) { position &+= 1 }
    return position &- first == 3 && bytes[first] == UInt8(ascii: "n")
      && bytes[first &+ 1] == UInt8(ascii: "i") && bytes[first &+ 2] == UInt8(ascii: "l")
  }

  private func isName(_ branch: RecordShapes.Branch, _ place: Range<Int>) -> Bool {
    guard place.count == branch.nameCount else { return false }
    for index in 0..<branch.nameCount {
      if bytes[place.lowerBound &+ index] != shapes.names[branch.firstName &+ index] {
        return false
      }
    }
    return true
  }

  @inline(__always)
  private func endsValue(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")")
  }

  @inline(__always)
  private func endsName(_ byte: UInt8) -> Bool {
    endsValue(byte) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: " ")
  }

  @inline(__always)
  private func skipSpaces() {
    while position < end, bytes[position] == UInt8(ascii: " ") { position &+= 1 }
  }

  @inline(__always)
  private func accept(_ byte: UInt8) -> Bool {
    skipSpaces()
    guard position < end, bytes[position] == byte else { return false }
    position &+= 1
    return true
  }
}

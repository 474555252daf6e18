import GraphCore

/// The text of a word, as answers show it and files hold it.
package enum WordText {
  /// How many digits a double is written with.
  package enum FloatForm: Sendable {
    /// As few as read back as the same value.
    case shortest
    /// Seventeen significant digits, as Soufflé writes them.
    case exact
  }

  package static func text(_ word: UInt64, _ type: ColumnType, _ terms: TermSpace) -> String {
    var bytes: [UInt8] = []
    append(word, type, terms, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the text of a word, as UTF-8 and without quotes; those inside records on demand.
  /// O(length).
  package static func append(
    _ word: UInt64, _ type: ColumnType, _ terms: TermSpace, to output: inout [UInt8],
    floats: FloatForm = .shortest, quotesInRecords: Bool = false
  ) {
    switch type {
    case .symbol: terms.append(UInt32(truncatingIfNeeded: word), to: &output)
    case .number: append(Int64(bitPattern: word), to: &output)
    case .unsigned: append(word, to: &output)
    case .float:
      let value = Double(bitPattern: word)
      if floats == .exact {
        ExactDecimal(value).withBytes { bytes in
          for place in bytes.indices { output.append(bytes[place]) }
        }
      } else {
        append(value, to: &output)
      }
    case .boolean: output.append(contentsOf: (word == 0 ? "false" : "true").utf8)
    case .record(let type):
      let printer = RecordPrinter(terms: terms, floats: floats, quotes: quotesInRecords)
      printer.append(record: word, type, to: &output)
    }
  }

  static func append(_ value: Int, to output: inout [UInt8]) { append(Int64(value), to: &output) }

  private static func append(_ value: Int64, to output: inout [UInt8]) {
    if value < 0 { output.append(UInt8(ascii: "-")) }
    append(value.magnitude, to: &output)
  }

  private static func append(_ value: UInt64, to output: inout [UInt8]) {
    if value < 10 {
      output.append(UInt8(ascii: "0") + UInt8(value))
      return
    }
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = digits.count
    var rest = value
    while rest > 0 {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
    for place in first..<digits.count { output.append(digits[place]) }
  }

  /// The shortest digits that read back as the same value; whole values without a fraction.
  private static func append(_ value: Double, to output: inout [UInt8]) {
    if value.magnitude < 9_007_199_254_740_992, value == value.rounded(.towardZero) {
      append(Int64(value), to: &output)
      return
    }
    output.append(contentsOf: value.description.utf8)
  }
}

/// Writes records as `[1, nil]` and branches as `$Branch(1, 2)` or `$Branch`.
///
/// It keeps its own stack, because a list is as deep as it is long.
private struct RecordPrinter {
  let terms: TermSpace
  let floats: WordText.FloatForm
  /// Whether texts inside records stand in quotation marks.
  let quotes: Bool

  private struct Open {
    var id: UInt32
    var fields: [RecordTypes.Field]
    /// The place of the first field in the tuple; a branch's tag stands before it.
    var first: Int
    var next = 0
    var closing: UInt8
  }

  func append(record word: UInt64, _ type: UInt32, to output: inout [UInt8]) {
    var stack: [Open] = []
    begin(word, type, &stack, to: &output)
    while var top = stack.popLast() {
      if top.next == top.fields.count {
        output.append(top.closing)
        continue
      }
      if top.next > 0 { output += ", ".utf8 }
      let field = top.fields[top.next]
      let value = terms.field(top.first + top.next, ofRecord: top.id)
      top.next += 1
      stack.append(top)
      switch field.type {
      case .record(let type): begin(value, type, &stack, to: &output)
      case .symbol where quotes:
        appendQuoted(value, to: &output)
      case .symbol, .number, .unsigned, .float, .boolean:
        WordText.append(value, field.type, terms, to: &output, floats: floats)
      }
    }
  }

  /// A text in quotation marks; those in it stand behind a backslash.
  private func appendQuoted(_ word: UInt64, to output: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    var text: [UInt8] = []
    WordText.append(word, .symbol, terms, to: &text)
    output.append(quote)
    for byte in text {
      if byte == quote { output.append(UInt8(ascii: "\\")) }
      output.append(byte)
    }
    output.append(quote)
  }

  private func begin(
    _ word: UInt64, _ type: UInt32, _ stack: inout [Open], to output: inout [UInt8]
  ) {
    let id = UInt32(truncatingIfNeeded: word)
    switch terms.records.types.shape(type) {
    case .record(let fields):
      if id == 0 {
        output += "nil".utf8
        return
      }
      output.append(UInt8(ascii: "["))
      stack.append(Open(id: id, fields: fields, first: 0, closing: UInt8(ascii: "]")))
    case .variants(let branches):
      let isEnumeration = terms.records.types.isEnumeration(type)
      let tag = isEnumeration ? word : terms.field(0, ofRecord: id)
      guard tag < branches.count else { return }
      let branch = branches[Int(tag)]
      output.append(UInt8(ascii: "$"))
      output += branch.name.utf8
      if branch.fields.isEmpty { return }
      output.append(UInt8(ascii: "("))
      stack.append(Open(id: id, fields: branch.fields, first: 1, closing: UInt8(ascii: ")")))
    }
  }
}

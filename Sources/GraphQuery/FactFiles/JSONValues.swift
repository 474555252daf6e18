import GraphCore

/// Writes rows and records as JSON: lists, or objects with the names of the fields.
struct JSONValues {
  let terms: TermSpace
  let hasObjects: Bool

  func append(_ fields: [(name: String, type: ColumnType, word: UInt64)], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: hasObjects ? "{" : "["))
    for (position, field) in fields.enumerated() {
      if position > 0 { bytes += ", ".utf8 }
      if hasObjects {
        JSONText.append(field.name, to: &bytes)
        bytes += ": ".utf8
      }
      append(field.word, field.type, to: &bytes)
    }
    bytes.append(UInt8(ascii: hasObjects ? "}" : "]"))
  }

  private func append(_ word: UInt64, _ type: ColumnType, to bytes: inout [UInt8]) {
    switch type {
    case .number, .unsigned, .float, .boolean:
      WordText.append(word, type, terms, to: &bytes, floats: .exact)
    case .symbol:
      var text: [UInt8] = []
      terms.append(UInt32(truncatingIfNeeded: word), to: &text)
      JSONText.append(text, to: &bytes)
    case .record(let number):
      guard case .record(let fields) = terms.records.types.shape(number) else {
        var text: [UInt8] = []
        WordText.append(word, type, terms, to: &text, floats: .exact)
        JSONText.append(text, to: &bytes)
        return
      }
      let id = UInt32(truncatingIfNeeded: word)
      if id == 0 {
        bytes += "null".utf8
        return
      }
      append(
        fields.enumerated().map { ($1.name, $1.type, terms.field($0, ofRecord: id)) }, to: &bytes)
    }
  }
}

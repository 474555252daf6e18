/// Finds the ends of rows of separated values in which fields may stand in quotes, as in RFC 4180.
///
/// A quote opens a field only where the field begins; inside, two quotes stand for one and a line end
/// belongs to the text. A quote anywhere else is a byte like others: `15" screen` is a whole field.
///
/// Every byte is looked at once, in order; the state is that behind the last one.
package struct QuotedRows {
  private let separator: [UInt8]
  private var isOpen = false
  /// Whether the last byte was a quote that closes its field unless another one follows.
  private var mayClose = false

  private static let quote = UInt8(ascii: "\"")
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  package init(separator: [UInt8]) { self.separator = separator }

  /// Whether a quote is open, or is so if the next byte is one.
  var isInside: Bool { isOpen || mayClose }

  /// The place of the line end that ends the row that begins at `start`, or the end of the bytes.
  package static func endOfRow(
    from start: Int, in bytes: Words<UInt8>, separator: [UInt8]
  ) -> Int {
    var rows = QuotedRows(separator: separator)
    var place = start
    while place < bytes.count, !rows.endsRow(at: place, in: bytes) { place &+= 1 }
    return place
  }

  /// Looks at the next byte; whether it is a line end that ends a row.
  @inline(__always)
  mutating func endsRow(at place: Int, in bytes: Words<UInt8>) -> Bool {
    let byte = bytes[place]
    if isOpen {
      mayClose = byte == QuotedRows.quote
      isOpen = !mayClose
      return false
    }
    if byte == QuotedRows.quote { isOpen = mayClose || beginsField(place, bytes) }
    mayClose = false
    return byte == UInt8(ascii: "\n")
  }

  /// Whether a line, the text or a separator ends before a place.
  private func beginsField(_ place: Int, _ bytes: Words<UInt8>) -> Bool {
    if place == 0 || bytes[place &- 1] == UInt8(ascii: "\n") { return true }
    return ends(separator, at: place, bytes)
      || place == QuotedRows.mark.count && ends(QuotedRows.mark, at: place, bytes)
  }

  private func ends(_ text: [UInt8], at place: Int, _ bytes: Words<UInt8>) -> Bool {
    guard place >= text.count else { return false }
    for index in text.indices where bytes[place - text.count + index] != text[index] {
      return false
    }
    return true
  }
}

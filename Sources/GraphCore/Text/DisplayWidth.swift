/// How many columns of a terminal a text takes, and how to make a text take so many.
///
/// A column is the width of one Latin letter. East Asian wide and full-width characters and emoji
/// take two, ambiguous characters one, combining marks none. Whatever a terminal would obey rather
/// than show (control characters, line breaks, bidirectional overrides) is counted as the escape
/// that `printable(_:)` writes for it.
///
/// ```
/// DisplayWidth.columns(of: "祁县A")              // 5
/// DisplayWidth.truncated("祁县经济开发区", to: 8)  // "祁县经…"
/// ```
public enum DisplayWidth {
  /// Where a text stands in a wider field.
  public enum Alignment: Sendable {
    case leading
    case trailing
    case center
  }

  /// The version of the Unicode data that widths are taken from.
  public static var unicodeVersion: String { DisplayWidthTable.unicodeVersion }

  // MARK: Measuring

  /// The columns of one code point by itself. O(1) for ASCII and CJK ideographs, else O(log runs).
  public static func columns(of scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x7F, value >= 0x20 { return 1 }
    if value >= 0x4E00, value <= 0x9FFF { return 2 }
    let width = tableWidth(value)
    return width == escapedWidth ? escapeLength(value) : width
  }

  /// The columns of one grapheme: emoji sequences count as the one picture they are shown as.
  public static func columns(of character: Character) -> Int {
    if let ascii = character.asciiValue, ascii >= 0x20, ascii < 0x7F { return 1 }
    var total = 0
    var previous: Unicode.Scalar?
    var isPicture = false
    for scalar in character.unicodeScalars {
      let width = columns(of: scalar)
      total += width
      if let before = previous {
        isPicture = isPicture || joinsIntoPicture(scalar, after: before, width: width)
      }
      previous = scalar
    }
    return isPicture ? 2 : total
  }

  /// The columns of a text. O(length), fastest for ASCII and CJK ideographs.
  public static func columns(of text: some StringProtocol) -> Int {
    var total = 0
    for byte in text.utf8 {
      guard byte >= 0x20, byte < 0x7F else { return columnsByGrapheme(of: text) }
      total += 1
    }
    return total
  }

  /// The columns of UTF-8 bytes; what is no UTF-8 counts as U+FFFD, one column. O(length).
  ///
  /// This is the form for many cells: it makes no `String` unless a text holds anything but
  /// printable ASCII, CJK ideographs, kana and full-width punctuation.
  public static func columns(of bytes: Span<UInt8>) -> Int {
    var total = 0
    var offset = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte >= 0x20, byte < 0x7F {
        total += 1
        offset += 1
      } else if isPlainWide(bytes, at: offset) {
        total += 2
        offset += 3
      } else {
        return columnsByGrapheme(of: string(of: bytes))
      }
    }
    return total
  }

  // MARK: Shaping

  /// Whether a text holds anything that `printable(_:)` would escape. O(length).
  public static func needsEscape(_ text: some StringProtocol) -> Bool {
    text.unicodeScalars.contains(where: isEscaped)
  }

  /// Whether UTF-8 bytes hold anything that `printable(_:)` would escape. O(length).
  public static func needsEscape(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices {
      let byte = bytes[index]
      // Only texts with a byte that can begin an escaped character are looked at more closely.
      if byte < 0x20 || byte == 0x7F || byte == 0xC2 || byte == 0xE2 || byte == 0xEF {
        return needsEscape(string(of: bytes))
      }
    }
    return false
  }

  /// The text with everything a terminal would obey written as an escape: `\n`, `\t`, `\u{1b}`.
  /// O(length).
  public static func printable(_ text: some StringProtocol) -> String {
    guard needsEscape(text) else { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars { appendPrintable(scalar, to: &result) }
    return result
  }

  /// The text cut to at most `limit` columns, the cut shown as `…`.
  ///
  /// A wide character that fits only in part is left out, so the result may be one column short.
  /// O(length).
  public static func truncated(_ text: String, to limit: Int) -> String {
    if text.utf8.count <= limit, !needsEscape(text) { return text }
    guard columns(of: text) > limit else { return printable(text) }
    guard limit > 0 else { return "" }
    var result = ""
    var used = 0
    for character in text {
      let width = columns(of: character)
      guard used + width <= limit - 1 else { break }
      for scalar in character.unicodeScalars { appendPrintable(scalar, to: &result) }
      used += width
    }
    result += "…"
    return result
  }

  /// The text filled up with spaces to at least `width` columns; a longer one is left as it is.
  public static func padded(
    _ text: String, to width: Int, alignment: Alignment = .leading
  ) -> String {
    let missing = width - columns(of: text)
    let shown = printable(text)
    guard missing > 0 else { return shown }
    let before: Int
    switch alignment {
    case .leading: before = 0
    case .trailing: before = missing
    case .center: before = missing / 2
    }
    return String(repeating: " ", count: before) + shown
      + String(repeating: " ", count: missing - before)
  }

  /// The columns from the start of a line to where a tab at `column` leads.
  public static func nextTabStop(after column: Int, every width: Int) -> Int {
    (column / width + 1) * width
  }

  // MARK: Parts

  private static let escapedWidth = 3

  private static func columnsByGrapheme(of text: some StringProtocol) -> Int {
    var total = 0
    for character in text { total += columns(of: character) }
    return total
  }

  /// Whether `scalar` makes the grapheme one picture, two columns wide, together with what is
  /// before it: a joined emoji, one that a variation selector turns into a picture, a skin tone or
  /// the second letter of a flag.
  private static func joinsIntoPicture(
    _ scalar: Unicode.Scalar, after previous: Unicode.Scalar, width: Int
  ) -> Bool {
    switch scalar.value {
    case 0xFE0F: previous.properties.isEmoji
    case 0x1F3FB...0x1F3FF: true
    case 0x1F1E6...0x1F1FF: (0x1F1E6...0x1F1FF).contains(previous.value)
    default: previous.value == 0x200D && scalar.properties.isEmoji
    }
  }

  /// The table's word for a code point: columns, or `escapedWidth`.
  private static func tableWidth(_ value: UInt32) -> Int {
    let runs = DisplayWidthTable.runs
    let key = value << 2 | 3
    var low = 0
    var high = runs.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if runs[middle] <= key { low = middle } else { high = middle }
    }
    return Int(runs[low] & 3)
  }

  private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    if value < 0x7F { return value < 0x20 }
    // The controls lie below U+00A0, in general punctuation, and at the byte order mark.
    guard value < 0xA0 || (0x2028...0x2069).contains(value) || value == 0xFEFF else { return false }
    return tableWidth(value) == escapedWidth
  }

  private static func appendPrintable(_ scalar: Unicode.Scalar, to result: inout String) {
    guard isEscaped(scalar) else { return result.unicodeScalars.append(scalar) }
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default: result += "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }

  private static func escapeLength(_ value: UInt32) -> Int {
    switch value {
    case 0x09, 0x0A, 0x0D: 2
    default: 4 + (value < 0x10 ? 1 : value < 0x100 ? 2 : 4)
    }
  }

  /// Whether the three bytes at `offset` encode a character that is two columns wide and never part
  /// of a longer grapheme by itself; a mark after it is found when the next character is looked at.
  private static func isPlainWide(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
    guard offset + 2 < bytes.count, bytes[offset] & 0xF0 == 0xE0,
      bytes[offset + 1] & 0xC0 == 0x80, bytes[offset + 2] & 0xC0 == 0x80
    else { return false }
    let value =
      UInt32(bytes[offset] & 0xF) << 12 | UInt32(bytes[offset + 1] & 0x3F) << 6
      | UInt32(bytes[offset + 2] & 0x3F)
    switch value {
    case 0x4E00...0x9FFF, 0x3001...0x3029, 0x3041...0x3096, 0x30A0...0x30FF, 0xFF01...0xFF60:
      return true
    default:
      return false
    }
  }

  private static func string(of bytes: Span<UInt8>) -> String {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    return String(decoding: copy, as: UTF8.self)
  }
}

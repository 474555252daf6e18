import GraphCore

/// The statements entered so far, oldest first, each once.
struct History: Equatable, Sendable {
  static let standardLimit = 5000
  /// A longer statement is not kept: it came from a file, and is there.
  static let longestEntry = 1 << 16

  private(set) var entries: [String] = []
  let limit: Int

  init(limit: Int = standardLimit) { self.limit = max(1, limit) }

  /// Adds a statement as the newest; an equal older one goes. Returns the entry as it was kept, or
  /// nil if it is blank or too long.
  @discardableResult
  mutating func add(_ statement: String) -> String? {
    var entry = statement[...]
    while let last = entry.last, last.isWhitespace { entry.removeLast() }
    guard entry.contains(where: { !$0.isWhitespace }), entry.utf8.count <= Self.longestEntry else {
      return nil
    }
    let kept = String(entry)
    if let older = entries.lastIndex(of: kept) { entries.remove(at: older) }
    entries.append(kept)
    if entries.count > limit { entries.removeFirst(entries.count - limit) }
    return kept
  }

  /// The newest entry before `end` that contains a text.
  func lastIndex(containing text: String, before end: Int) -> Int? {
    entries[..<min(max(0, end), entries.count)].lastIndex {
      TextSearch.firstPlace(of: text, in: $0) != nil
    }
  }

  /// The oldest entry after `start` that contains a text.
  func firstIndex(containing text: String, after start: Int) -> Int? {
    guard start + 1 < entries.count else { return nil }
    return entries[(start + 1)...].firstIndex { TextSearch.firstPlace(of: text, in: $0) != nil }
  }

  // MARK: The form in a file

  /// One line for a statement of any number of lines: line feed, carriage return and backslash are
  /// written `\n`, `\r` and `\\`.
  static func encode(_ entry: String) -> [UInt8] {
    var line: [UInt8] = []
    for byte in entry.utf8 {
      switch byte {
      case 0x0A: line += "\\n".utf8
      case 0x0D: line += "\\r".utf8
      case UInt8(ascii: "\\"): line += "\\\\".utf8
      default: line.append(byte)
      }
    }
    line.append(0x0A)
    return line
  }

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries { bytes += Self.encode(entry) }
    return bytes
  }

  /// The entries of a file, and how many lines it had. A line that was cut off is taken as it is.
  static func decode(_ bytes: [UInt8], limit: Int = standardLimit) -> (History, lineCount: Int) {
    var newestFirst: [String] = []
    var seen: Set<String> = []
    let lines = bytes.split(separator: 0x0A)
    for line in lines.reversed() where newestFirst.count < max(1, limit) {
      let entry = decodeLine(line)
      let isBlank = entry.allSatisfy(\.isWhitespace)
      if !isBlank, seen.insert(entry).inserted { newestFirst.append(entry) }
    }
    var history = History(limit: limit)
    history.entries = newestFirst.reversed()
    return (history, lines.count)
  }

  private static func decodeLine(_ line: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in line {
      if isEscaped {
        bytes.append(byte == UInt8(ascii: "n") ? 0x0A : byte == UInt8(ascii: "r") ? 0x0D : byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

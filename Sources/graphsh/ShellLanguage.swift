import GraphCore
import GraphQuery

/// What the line editor asks about the language: where statements end, what may follow, what
/// belongs to which colour.
struct ShellLanguage {
  private let session: QuerySession

  init(_ session: QuerySession) { self.session = session }

  var editorLanguage: EditorLanguage {
    var language = EditorLanguage()
    language.isComplete = { Self.isComplete($0) }
    language.complete = { [session] text, offset in Self.complete(text, offset, session) }
    return language
  }

  static func isComplete(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var scanner = ScriptScanner(SourceText(name: "", bytes: bytes))
    // A command is a line; of statements the last one decides.
    var isComplete = true
    while let item = scanner.next() {
      switch item {
      case .command: isComplete = true
      case .statement(let statement):
        if case .incomplete = StatementScanner.scan(statement.bytes) { isComplete = false }
      }
    }
    return isComplete
  }

  /// Commands at the start of a line, names of nodes inside quotes, names of relations elsewhere.
  static func complete(_ text: String, _ offset: Int, _ session: QuerySession) -> Completion? {
    let bytes = Array(text.utf8.prefix(offset))
    let lineStart = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    let line = bytes[lineStart...]
    if line.first == UInt8(ascii: "."), !line.contains(UInt8(ascii: " ")) {
      let prefix = String(decoding: line, as: UTF8.self)
      return candidates(
        ShellCommand.all.map { ($0.name, $0.summary) }, prefix, lineStart..<offset, suffix: " ")
    }
    if bytes.count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 1,
      let quote = bytes.lastIndex(of: UInt8(ascii: "\""))
    {
      let part = String(decoding: bytes[(quote + 1)...], as: UTF8.self)
      return names(containing: part, (quote + 1)..<offset, session)
    }
    var start = offset
    while start > lineStart, isNameByte(bytes[start - 1]) { start -= 1 }
    let prefix = String(decoding: bytes[start...], as: UTF8.self)
    guard !prefix.isEmpty else { return nil }
    return candidates(session.relationNames.map { ($0, "") }, prefix, start..<offset, suffix: "(")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_")
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
      || ((byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z"))
  }

  private static func candidates(
    _ words: [(String, String)], _ prefix: String, _ range: Range<Int>, suffix: String
  ) -> Completion? {
    let found = words.filter { $0.0.hasPrefix(prefix) }
    guard !found.isEmpty else { return nil }
    return Completion(
      replacing: range,
      with: found.map { Completion.Candidate($0.0 + suffix, label: $0.0, note: $0.1) })
  }

  /// Nodes and aliases with the typed text anywhere in their name, those that begin with it first.
  private static func names(containing part: String, _ range: Range<Int>, _ session: QuerySession)
    -> Completion?
  {
    let limit = 200
    var starting: [String] = []
    var others: [String] = []
    for name in session.nodeNames {
      if part.isEmpty || name.hasPrefix(part) {
        starting.append(name)
      } else if name.contains(part) {
        others.append(name)
      }
      if starting.count >= limit { break }
    }
    let found = (starting + others).prefix(limit)
    guard !found.isEmpty else { return nil }
    return Completion(
      replacing: range, with: found.map { Completion.Candidate($0 + "\"", label: $0) })
  }
}

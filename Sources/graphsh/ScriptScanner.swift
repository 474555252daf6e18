import GraphCore
import GraphQuery

/// Splits a script into commands of the shell, each a line, and statements of the language. Facts and rules that stand
/// on one line are one statement, so that rules may speak of one another.
struct ScriptScanner {
  enum Item {
    /// A command as it is meant, and as it stands in the script.
    case command(String, SourceText)
    case statement(SourceText)
  }

  private let script: SourceText
  /// Whether more may come behind the text, whose lines are whole then. What could go on there is not
  /// handed out.
  private let mayGoOn: Bool
  /// Where what has not been handed out begins.
  private(set) var offset: Int

  init(_ script: SourceText, from offset: Int = 0, mayGoOn: Bool = false) {
    self.script = script
    self.offset = offset
    self.mayGoOn = mayGoOn
  }

  /// The next command or statement; nothing at the end.
  mutating func next() -> Item? {
    skipBlanks()
    guard offset < script.bytes.count else { return nil }
    let start = offset
    if let word = lineOfWord() { return .command(word, text(start..<offset)) }
    if let line = commandLine() {
      let end = start + line.utf8.count
      // What is no UTF-8 is read as U+FFFD, and takes another room then.
      let stands = end <= offset && script.bytes[start..<end].elementsEqual(line.utf8)
      let place = script.location(at: start).line
      return .command(
        line,
        stands ? text(start..<end) : SourceText(name: script.name, text: line, firstLine: place))
    }
    switch scan(from: start) {
    case .blank:
      offset = script.bytes.count
      // What is no text has no tokens either; the parser says so.
      let rest = Array(script.bytes[start...])
      return TextCheck.isText(rest.span) ? nil : .statement(text(start..<offset))
    case .complete(let end):
      offset = max(end, start + 1)
      if isClause(at: start) {
        while let end = endOfClauseOnLine() { offset = end }
        // A clause on the same line that goes on in the next belongs to the statement.
        if mayGoOn, hasOpenClauseOnLine { offset = start }
      }
      if mayGoOn, StatementScanner.mayGoOn(script.bytes, start..<offset) { offset = start }
    case .incomplete, .broken: offset = mayGoOn ? start : script.bytes.count
    }
    return offset == start ? nil : .statement(text(start..<offset))
  }

  /// Looks at the statement that begins at a place. Where it is not finished, the line of a command ends it.
  private func scan(from start: Int) -> StatementScanner.Result {
    StatementScanner.scan(script.bytes, from: start) { word in
      ShellCommand.named("." + word) != nil && !ShellCommand.directives.contains("." + word)
    }
  }

  /// Whether one more fact or rule begins on the present line and has no end in the text.
  private var hasOpenClauseOnLine: Bool {
    let next = endOfBlanks
    guard isClause(at: next) else { return false }
    switch scan(from: next) {
    case .incomplete, .broken: return true
    case .blank, .complete: return false
    }
  }

  /// Where the blanks end that the rest of the present line begins with.
  private var endOfBlanks: Int {
    let bytes = script.bytes
    var next = offset
    while next < bytes.count, bytes[next] == UInt8(ascii: " ") || bytes[next] == UInt8(ascii: "\t")
    {
      next += 1
    }
    return next
  }

  /// The end of one more fact or rule on the present line; nothing where it does not end.
  private func endOfClauseOnLine() -> Int? {
    let next = endOfBlanks
    guard isClause(at: next),
      case .complete(let end) = scan(from: next)
    else { return nil }
    return end > next ? end : nil
  }

  /// Whether what stands at a place is neither a question, a directive, a command, a comment nor the end of the line.
  private func isClause(at offset: Int) -> Bool {
    let bytes = script.bytes
    guard offset < bytes.count else { return false }
    switch bytes[offset] {
    case UInt8(ascii: "?"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "#"),
      UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      return false
    // Full-width question marks and stops.
    case 0xEF: return !bytes[offset...].starts(with: [0xEF, 0xBC, 0x9F])
    case 0xE3: return !bytes[offset...].starts(with: [0xE3, 0x80, 0x82])
    default: return true
    }
  }

  /// The command that the whole line stands for, where it is a lone word from another shell.
  private mutating func lineOfWord() -> String? {
    let bytes = script.bytes
    // A question mark may be the name of a relation whose arguments follow in the next line.
    guard bytes[offset] != UInt8(ascii: "?"), bytes[offset] != UInt8(ascii: ".") else { return nil }
    let before = bytes[..<offset].last { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    guard before == nil || before == UInt8(ascii: "\n") else { return nil }
    var end = offset
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
      // The longest of these words is `:schema`.
      guard end - offset < 10 else { return nil }
      end += 1
    }
    let line = String(decoding: bytes[offset..<end], as: UTF8.self)
    guard let command = ReadForm.command(forWord: line) else { return nil }
    offset = end
    return command
  }

  /// A line that begins with the name of a command, or with a dot and a word that no directive has.
  private mutating func commandLine() -> String? {
    let bytes = script.bytes
    // Input methods for Chinese write a full-width stop.
    let isWide = bytes[offset...].starts(with: [0xE3, 0x80, 0x82])
    guard bytes[offset] == UInt8(ascii: ".") || isWide else { return nil }
    let nameStart = offset + (isWide ? 3 : 1)
    var end = nameStart
    while end < bytes.count, isLetter(bytes[end]) { end += 1 }
    let word = "." + String(decoding: bytes[nameStart..<end], as: UTF8.self)
    guard end > nameStart, !ShellCommand.directives.contains(word) else { return nil }
    if word == ".plan", isOrderOfConditions(from: end) { return nil }
    var lineEnd = end
    while lineEnd < bytes.count, bytes[lineEnd] != UInt8(ascii: "\n") { lineEnd += 1 }
    let line = String(decoding: bytes[offset..<lineEnd], as: UTF8.self)
    offset = lineEnd
    return line[...].trimmed
  }

  /// Whether a number follows, as in Soufflé's directive `.plan 0:(2, 1)`; the command has a query.
  private func isOrderOfConditions(from offset: Int) -> Bool {
    let next = script.bytes[offset...].first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    return next.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_")
      || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
  }

  private func text(_ range: Range<Int>) -> SourceText { SourceText(part: range, of: script) }

  /// Skips white space and comments, so that a command may follow a comment.
  private mutating func skipBlanks() {
    let bytes = script.bytes
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        offset += 1
      case 0xEF
      where offset == 0 && script.firstLine == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF]):
        offset = 3
      case UInt8(ascii: "/")
      where offset + 1 < bytes.count && bytes[offset + 1] == UInt8(ascii: "/"):
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
      case UInt8(ascii: "/")
      where offset + 1 < bytes.count && bytes[offset + 1] == UInt8(ascii: "*"):
        var end = offset + 2
        while end + 1 < bytes.count,
          !(bytes[end] == UInt8(ascii: "*") && bytes[end + 1] == UInt8(ascii: "/"))
        {
          end += 1
        }
        // An open comment is left for the parser to report.
        guard end + 1 < bytes.count else { return }
        offset = end + 2
      default: return
      }
    }
  }
}

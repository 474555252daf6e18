/// A tag of XML.
struct XMLTag {
  /// The name without its namespace.
  var name: String
  var attributes: [String: String] = [:]
  var isEnd: Bool
  /// Whether the element ends with its first tag.
  var isEmpty: Bool
  /// The line on which the tag begins, from 1.
  var line: Int
}

/// What comes next in a document.
enum XMLPiece {
  /// The text before a tag, and the tag.
  case tag(XMLTag, text: String)
  case text(String)
  /// The document cannot be read on.
  case broken(reason: String, line: Int)
}

/// Reads the tags of an XML document and the text between them, piece by piece in bounded memory.
///
/// It checks that the text is UTF-8 and that every element is closed, in order. Comments, processing
/// instructions and the document type are passed over; entities that the latter declares are not expanded, so
/// that text with one of them is refused.
struct XMLReader {
  /// The names and lines of the elements that are open.
  private(set) var open: [(name: String, line: Int)] = []
  private var encoding: String?

  private static let close = UInt8(ascii: ">")

  /// The next piece; `nil` behind the last element.
  mutating func next(_ source: inout ImportSource) throws(ImportStop) -> XMLPiece? {
    var line = source.line + 1
    guard let first = try source.next(through: XMLReader.close) else {
      guard let last = open.last else { return nil }
      return .broken(reason: "<\(last.name)> is never closed", line: last.line)
    }
    guard let start = first.firstIndex(of: UInt8(ascii: "<")) else {
      return problem(first, line) ?? Self.unknownReference(first, line)
        ?? .text(Self.decode(first))
    }
    let text = first[..<start]
    if let problem = problem(text, line) ?? Self.unknownReference(text, line) { return problem }
    line += text.count { $0 == UInt8(ascii: "\n") }
    let before = Self.decode(text)
    var tag = Array(first[start...])
    var end = XMLTagEnd()
    while !end.isReached(by: tag) {
      guard let more = try source.next(through: XMLReader.close) else {
        return .broken(reason: "the file ends in the middle of what begins here", line: line)
      }
      tag.append(contentsOf: more)
    }
    if let problem = problem(tag[...], line) { return problem }
    if tag.starts(with: "<![CDATA[".utf8) {
      return .text(before + String(decoding: tag.dropFirst(9).dropLast(3), as: UTF8.self))
    }
    if tag.starts(with: "<?".utf8) || tag.starts(with: "<!".utf8) {
      if tag.starts(with: "<?xml ".utf8) {
        encoding = Self.parse(tag, line).attributes["encoding"]
      }
      return .text(before)
    }
    if let problem = Self.unknownReference(tag[...], line) { return problem }
    return take(Self.parse(tag, line), before)
  }

  /// Notes a tag among the open elements.
  private mutating func take(_ tag: XMLTag, _ text: String) -> XMLPiece {
    if tag.name.isEmpty { return .broken(reason: "a tag has no name", line: tag.line) }
    if tag.isEnd {
      guard let last = open.popLast() else {
        return .broken(reason: "</\(tag.name)> closes nothing", line: tag.line)
      }
      if last.name != tag.name {
        return .broken(
          reason: "</\(tag.name)> stands where <\(last.name)> of line \(last.line) is open",
          line: tag.line)
      }
    } else if !tag.isEmpty {
      open.append((tag.name, tag.line))
    }
    return .tag(tag, text: text)
  }

  /// What to say of bytes that are no text; `nil` where they are one.
  private func problem(_ bytes: ArraySlice<UInt8>, _ line: Int) -> XMLPiece? {
    guard var reason = TextCheck.problem(of: bytes.span) else { return nil }
    if let encoding, encoding.uppercased() != "UTF-8" {
      reason += "; the file says it is \(encoding)"
    }
    return .broken(reason: reason, line: line)
  }

  private static func parse(_ bytes: [UInt8], _ line: Int) -> XMLTag {
    let isEnd = bytes.dropFirst().first == UInt8(ascii: "/")
    let isEmpty = !isEnd && bytes.dropLast().last == UInt8(ascii: "/")
    var rest = bytes.dropFirst(isEnd ? 2 : 1).dropLast(isEmpty ? 2 : 1)
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
    let name = rest.prefix { !isSpace($0) }
    rest = rest.dropFirst(name.count)
    var tag = XMLTag(name: local(name), isEnd: isEnd, isEmpty: isEmpty, line: line)
    while true {
      rest = rest.drop(while: isSpace)
      let key = rest.prefix { $0 != UInt8(ascii: "=") && !isSpace($0) }
      rest = rest.dropFirst(key.count).drop(while: isSpace)
      guard !key.isEmpty, rest.first == UInt8(ascii: "=") else { break }
      rest = rest.dropFirst().drop(while: isSpace)
      guard let quote = rest.first else { break }
      let value = rest.dropFirst().prefix { $0 != quote }
      rest = rest.dropFirst(value.count + 2)
      tag.attributes[String(decoding: key, as: UTF8.self)] = decode(value)
    }
    return tag
  }

  private static func local(_ name: ArraySlice<UInt8>) -> String {
    String(decoding: name.split(separator: UInt8(ascii: ":")).last ?? name, as: UTF8.self)
  }

  /// What to say of text with a reference that nobody can undo; `nil` where there is none.
  private static func unknownReference(_ bytes: ArraySlice<UInt8>, _ line: Int) -> XMLPiece? {
    func isNamePart(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
        true
      default: "#._-:".utf8.contains(byte)
      }
    }
    var rest = bytes
    while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
      rest = rest[(start + 1)...]
      let part = rest.prefix(while: isNamePart)
      guard !part.isEmpty, rest.dropFirst(part.count).first == UInt8(ascii: ";") else { continue }
      let name = String(decoding: part, as: UTF8.self)
      guard reference(name) == nil else { continue }
      let line = line + bytes[..<start].count { $0 == UInt8(ascii: "\n") }
      let reason =
        name.hasPrefix("#")
        ? "&\(name); is no character"
        : "the entity &\(name); is not known; &amp; &lt; &gt; &quot; &apos; and &#NUMBER; are read"
      return .broken(reason: reason, line: line)
    }
    return nil
  }

  /// Text with its character references undone; an `&` that begins none stays as it is.
  private static func decode(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
    var result = ""
    for (place, part) in bytes.split(
      separator: UInt8(ascii: "&"), omittingEmptySubsequences: false
    ).enumerated() {
      guard place > 0, let end = part.firstIndex(of: UInt8(ascii: ";")) else {
        result += (place > 0 ? "&" : "") + String(decoding: part, as: UTF8.self)
        continue
      }
      let name = String(decoding: part[..<end], as: UTF8.self)
      result += reference(name) ?? "&\(name);"
      result += String(decoding: part[(end + 1)...], as: UTF8.self)
    }
    return result
  }

  private static func reference(_ name: String) -> String? {
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      let digits = name.dropFirst()
      guard name.hasPrefix("#") else { return nil }
      let code =
        digits.hasPrefix("x")
        ? HexDigits.value(Array(digits.dropFirst().utf8)) : UInt32(digits)
      // XML has no NUL, and neither have our texts.
      guard let code, code > 0 else { return nil }
      return Unicode.Scalar(code).map { String(Character($0)) }
    }
  }
}

/// Looks for the end of a tag, comment, section or document type, whose bytes come piece by piece up to
/// each `>`.
///
/// A `>` ends nothing inside quotes and between the brackets of a document type, and of these neither does a quote in
/// a comment or instruction.
///
/// - Complexity: O(bytes) for all pieces together.
private struct XMLTagEnd {
  /// What is read to its own end, whatever it holds.
  private enum Passage: CaseIterable {
    case comment, section, instruction

    var begin: String.UTF8View {
      switch self {
      case .comment: "<!--".utf8
      case .section: "<![CDATA[".utf8
      case .instruction: "<?".utf8
      }
    }

    var end: String.UTF8View {
      switch self {
      case .comment: "-->".utf8
      case .section: "]]>".utf8
      case .instruction: "?>".utf8
      }
    }
  }

  private enum State {
    case markup
    case quoted(by: UInt8)
    case passage(Passage, from: Int)
  }

  private var state = State.markup
  /// How many bytes have been looked at.
  private var place = 0
  private var brackets = 0

  /// Whether bytes, the first of which are those of the call before, end what they begin.
  mutating func isReached(by tag: [UInt8]) -> Bool {
    let isDeclaration = tag.starts(with: "<!".utf8)
    while place < tag.count {
      let byte = tag[place]
      defer { place += 1 }
      switch (state, byte) {
      case (.passage(let passage, let start), UInt8(ascii: ">")):
        let content = tag[(start + passage.begin.count)...place]
        guard content.suffix(passage.end.count).elementsEqual(passage.end) else { continue }
        if start == 0 { return true }
        state = .markup
      case (.passage, _): continue
      case (.quoted(let quote), _): if byte == quote { state = .markup }
      case (.markup, UInt8(ascii: "\"")), (.markup, UInt8(ascii: "'")): state = .quoted(by: byte)
      case (.markup, UInt8(ascii: "[")): brackets += 1
      case (.markup, UInt8(ascii: "]")): brackets -= 1
      case (.markup, UInt8(ascii: "<")) where place == 0 || isDeclaration:
        let rest = tag[place...]
        if let passage = Passage.allCases.first(where: { rest.starts(with: $0.begin) }) {
          state = .passage(passage, from: place)
        }
      case (.markup, UInt8(ascii: ">")): if brackets <= 0 || !isDeclaration { return true }
      case (.markup, _): continue
      }
    }
    return false
  }
}

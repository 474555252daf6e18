import GraphCore

/// The fast way through files of facts: reads `name("text", 1, key: 2.5) @ 3-4.` from bytes straight
/// into a `FactTable`.
///
/// It knows the common spellings only and reports nothing. Whatever else it meets, it takes back
/// and leaves to the parser, so that it never decides what the language is.
struct FactScanner {
  private var names = NameTable()

  /// So many facts are read at a time.
  private static let mostFacts = 1 << 17

  /// Reads facts from the next token on for as long as they are plain and not too many, and leaves the
  /// lexer in front of what is not read.
  mutating func scan(
    _ lexer: inout Lexer, into table: inout FactTable, source: UInt32, ordinal: UInt32
  ) {
    // The bytes stay in a local, so that no fact costs any reference counting.
    let text = lexer.bytes
    let bytes = text.span
    if table.facts.isEmpty { table.expect(byteCount: bytes.count) }
    for _ in 0..<Self.mostFacts {
      let start = lexer.offset
      guard let lower = Self.factStart(bytes, &lexer) else {
        lexer.offset = start
        return
      }
      let argumentCount = table.arguments.count
      let citationCount = table.citations.count
      let decodedCount = table.decodedTexts.count
      guard let (name, end) = fact(bytes, lexer, from: lower, into: &table) else {
        table.arguments.removeSubrange(argumentCount...)
        table.citations.removeSubrange(citationCount...)
        table.decodedTexts.removeSubrange(decodedCount...)
        lexer.offset = start
        return
      }
      lexer.offset = end
      table.facts.append(
        FactTable.Fact(
          name: name, ordinal: ordinal, firstArgument: UInt32(argumentCount),
          argumentCount: UInt32(table.arguments.count - argumentCount),
          firstCitation: UInt32(citationCount),
          citationCount: UInt32(table.citations.count - citationCount),
          document: table.currentDocument, source: source, lower: UInt32(lower), upper: UInt32(end)
        ))
    }
  }

  /// The number of a name that the parser read, quotes removed.
  mutating func index(of name: String, in table: inout FactTable) -> UInt32 {
    let bytes = Array(name.utf8)
    if let index = names.index(of: 0..<bytes.count, in: bytes.span, names: &table.names) {
      return index
    }
    // A keyword in backquotes: rare, so that looking through all names is good enough.
    if let index = table.names.firstIndex(of: name) { return UInt32(index) }
    table.names.append(name)
    return UInt32(table.names.count - 1)
  }

  /// Where the next token begins; nothing where what stands before it is to be reported, which the
  /// parser does when it comes here again.
  private static func factStart(_ bytes: Span<UInt8>, _ lexer: inout Lexer) -> Int? {
    var index = lexer.offset
    while index < bytes.count,
      bytes[index] == UInt8(ascii: "\n") || bytes[index] == UInt8(ascii: " ")
    { index &+= 1 }
    switch byte(bytes, index) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): return index
    default:
      _ = lexer.skipTrivia()
      guard lexer.problems.isEmpty else {
        lexer.problems.removeAll()
        return nil
      }
      return lexer.offset
    }
  }

  /// The byte at a place, 0 behind the end.
  @inline(__always)
  private static func byte(_ bytes: Span<UInt8>, _ index: Int) -> UInt8 {
    index < bytes.count ? bytes[index] : 0
  }

  private mutating func fact(
    _ bytes: Span<UInt8>, _ lexer: borrowing Lexer, from start: Int, into table: inout FactTable
  ) -> (name: UInt32, end: Int)? {
    guard let (name, nameEnd) = relation(bytes, lexer, start, &table) else { return nil }
    var index = Self.skipSpaces(bytes, nameEnd + 1)
    if Self.byte(bytes, index) == UInt8(ascii: ")") {
      index += 1
    } else {
      var place = 0
      while true {
        place &+= 1
        guard let end = argument(bytes, lexer, index, place, into: &table) else { return nil }
        index = Self.skipSpaces(bytes, end)
        let separator = Self.byte(bytes, index)
        index += 1
        if separator == UInt8(ascii: ")") { break }
        guard separator == UInt8(ascii: ",") else { return nil }
        index = Self.skipSpaces(bytes, index)
      }
    }
    index = Self.skipSpaces(bytes, index)
    if Self.byte(bytes, index) == UInt8(ascii: "@") {
      guard let end = citation(bytes, index + 1, into: &table) else { return nil }
      index = end
    }
    guard Self.byte(bytes, index) == UInt8(ascii: ".") else { return nil }
    return (name, index + 1)
  }

  /// The name that begins a fact; a parenthesis follows it.
  @inline(__always)
  private mutating func relation(
    _ bytes: Span<UInt8>, _ lexer: borrowing Lexer, _ start: Int, _ table: inout FactTable
  ) -> (name: UInt32, end: Int)? {
    if let known = names.again(at: start, in: bytes, place: 0),
      bytes[known.end] == UInt8(ascii: "(")
    {
      return (known.index, known.end)
    }
    guard let end = Self.nameEnd(bytes, lexer, start), Self.byte(bytes, end) == UInt8(ascii: "("),
      let name = names.index(of: start..<end, in: bytes, names: &table.names)
    else { return nil }
    return (name, end)
  }

  @inline(__always)
  private static func nameEnd(_ bytes: Span<UInt8>, _ lexer: borrowing Lexer, _ start: Int) -> Int?
  {
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        index &+= 1
      case UInt8(ascii: "0")...UInt8(ascii: "9") where index > start,
        UInt8(ascii: "?") where index > start:
        index &+= 1
      case 0x80...: return wideNameEnd(lexer, start)
      default:
        let isWildcard = index == start + 1 && bytes[start] == UInt8(ascii: "_")
        return index == start || isWildcard ? nil : index
      }
    }
    return index == start ? nil : index
  }

  /// The end of a name with letters beyond ASCII.
  @inline(never)
  private static func wideNameEnd(_ lexer: borrowing Lexer, _ start: Int) -> Int? {
    if lexer.byte(start) >= 0x80 {
      guard case .letter = lexer.wideCharacter(at: start) else { return nil }
    }
    return lexer.identifierEnd(from: start)
  }

  @inline(__always)
  private static func skipSpaces(_ bytes: Span<UInt8>, _ start: Int) -> Int {
    var index = start
    while index < bytes.count,
      bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\t")
    { index &+= 1 }
    return index
  }

  // MARK: Arguments

  private mutating func argument(
    _ bytes: Span<UInt8>, _ lexer: borrowing Lexer, _ start: Int, _ place: Int,
    into table: inout FactTable
  ) -> Int? {
    var lower = start
    var key = FactTable.positional
    if Self.byte(bytes, start) == UInt8(ascii: "\"") {
      // A text, which nothing names.
    } else if let known = names.again(at: start, in: bytes, place: place),
      bytes[known.end] == UInt8(ascii: ":"), Self.byte(bytes, known.end + 1) != UInt8(ascii: "-")
    {
      key = known.index
      lower = Self.skipSpaces(bytes, known.end + 1)
    } else if let end = Self.nameEnd(bytes, lexer, start) {
      if let value = Self.boolean(bytes, start..<end) {
        return append(.boolean, value ? 1 : 0, start, end, key, &table)
      }
      let colon = Self.skipSpaces(bytes, end)
      guard Self.byte(bytes, colon) == UInt8(ascii: ":"),
        Self.byte(bytes, colon + 1) != UInt8(ascii: "-"),
        let name = names.index(of: start..<end, in: bytes, place: place, names: &table.names)
      else { return nil }
      key = name
      lower = Self.skipSpaces(bytes, colon + 1)
    }
    switch Self.byte(bytes, lower) {
    case UInt8(ascii: "\""):
      guard let (end, hasEscapes) = Self.closingQuote(bytes, lower + 1) else { return nil }
      if hasEscapes {
        table.decodedTexts.append(
          Lexer.decodedText(lexer.bytes, lower + 1..<end, hasEscapes: true))
        let payload = UInt64(table.decodedTexts.count - 1)
        return append(.decodedText, payload, lower, end + 1, key, &table)
      }
      let payload = UInt64(lower + 1) << 32 | UInt64(end)
      return append(.text, payload, lower, end + 1, key, &table)
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      guard let (kind, payload, end) = Self.number(bytes, lower) else { return nil }
      return append(kind, payload, lower, end, key, &table)
    default:
      guard let end = Self.nameEnd(bytes, lexer, lower),
        let value = Self.boolean(bytes, lower..<end)
      else { return nil }
      return append(.boolean, value ? 1 : 0, lower, end, key, &table)
    }
  }

  @inline(__always)
  private func append(
    _ kind: FactTable.Kind, _ payload: UInt64, _ lower: Int, _ upper: Int, _ key: UInt32,
    _ table: inout FactTable
  ) -> Int {
    table.arguments.append(
      FactTable.Argument(
        payload: payload, lower: UInt32(truncatingIfNeeded: lower),
        upper: UInt32(truncatingIfNeeded: upper), key: key, kind: kind))
    return upper
  }

  /// The truth value that a name spells.
  @inline(__always)
  private static func boolean(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool? {
    switch range.count {
    case 4: word(bytes, range) == 0x7472_7565 ? true : nil
    case 5: word(bytes, range) == 0x66_616C_7365 ? false : nil
    default: nil
    }
  }

  /// A few bytes as a number: `true` is 0x74727565.
  private static func word(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var word: UInt64 = 0
    for index in range { word = word << 8 | UInt64(bytes[index]) }
    return word
  }

  /// The quote that ends a text on this line, and whether the text holds escapes, all of them known.
  @inline(__always)
  private static func closingQuote(
    _ bytes: Span<UInt8>, _ start: Int
  ) -> (end: Int, hasEscapes: Bool)? {
    var index = start
    var hasEscapes = false
    while true {
      index = TextBytes.endOfPlainText(bytes, from: index)
      switch byte(bytes, index) {
      case UInt8(ascii: "\""): return (index, hasEscapes)
      case UInt8(ascii: "\\"):
        guard index + 1 < bytes.count, Lexer.unescaped(bytes[index + 1]) != nil else { return nil }
        hasEscapes = true
        index &+= 2
      default: return nil
      }
    }
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Plain integers of up to 18 digits, and decimals of up to 15: those are exact as a quotient of
  /// two floats. Everything else is the parser's.
  private static func number(
    _ bytes: Span<UInt8>, _ start: Int
  ) -> (kind: FactTable.Kind, payload: UInt64, end: Int)? {
    var index = start
    let isNegative = byte(bytes, index) == UInt8(ascii: "-")
    if isNegative { index += 1 }
    let firstDigit = index
    var digits: Int64 = 0
    var places: Int?
    scanning: while index < bytes.count, index - firstDigit <= 18 {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        guard index - firstDigit < 18 else { return nil }
        digits = digits * 10 + Int64(byte - UInt8(ascii: "0"))
        places? += 1
      case UInt8(ascii: ".") where places == nil && index > firstDigit:
        places = 0
      case UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: " "):
        break scanning
      default:
        return nil
      }
      index += 1
    }
    let length = index - firstDigit
    guard length > 0, length <= 18, index < bytes.count else { return nil }
    guard let places else {
      return (.integer, UInt64(bitPattern: isNegative ? -digits : digits), index)
    }
    guard places > 0, length <= 16 else { return nil }
    let value = Double(digits) / powersOfTen[places]
    return (.float, (isNegative ? -value : value).bitPattern, index)
  }

  // MARK: Citations

  private func citation(_ bytes: Span<UInt8>, _ start: Int, into table: inout FactTable) -> Int? {
    var index = start
    while true {
      index = Self.skipSpaces(bytes, index)
      guard let (first, firstEnd) = Self.line(bytes, index) else { return nil }
      var last = first
      index = Self.skipSpaces(bytes, firstEnd)
      if Self.byte(bytes, index) == UInt8(ascii: "-") {
        index = Self.skipSpaces(bytes, index + 1)
        guard let (number, end) = Self.line(bytes, index), number >= first else { return nil }
        last = number
        index = Self.skipSpaces(bytes, end)
      }
      table.citations.append(LineRange(first: first, last: last))
      guard Self.byte(bytes, index) == UInt8(ascii: ",") else { break }
      index += 1
    }
    // `@ 3.5.` is a mistake, which the parser reports.
    let following = Self.byte(bytes, index + 1)
    return following >= UInt8(ascii: "0") && following <= UInt8(ascii: "9") ? nil : index
  }

  private static func line(_ bytes: Span<UInt8>, _ start: Int) -> (number: Int, end: Int)? {
    var index = start
    var number = 0
    while index < bytes.count, index - start < 10 {
      let byte = bytes[index]
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
      number = number * 10 + Int(byte - UInt8(ascii: "0"))
      index += 1
    }
    return index > start && index - start < 10 && number > 0 ? (number, index) : nil
  }
}

extension FactTable {
  /// The document of the facts that come next.
  var currentDocument: UInt32 {
    documents.isEmpty ? Self.noDocument : UInt32(documents.count - 1)
  }
}

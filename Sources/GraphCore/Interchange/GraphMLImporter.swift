/// Reads GraphML as `GraphMLFormat`, Gephi, yEd and networkx write it.
///
/// A node's name is its data key `name`, or its id; `labels` holds its labels, separated by `;`. The
/// type of an edge is its data key `label`, or the name of the file. `source` and `lines` are
/// citations; all other data are properties in the type that their key declares. Edges of an
/// undirected graph are taken as they stand.
struct GraphMLImporter {
  private struct Key {
    var name: String
    var type: ValueType
  }

  /// A node or an edge while its data are being read.
  private struct Element {
    var isEdge: Bool
    var line: Int
    var attributes: [String: String]
    var data: [(key: String, text: String)] = []
  }

  private var keys: [String: Key] = [:]
  /// Names of nodes by their ids.
  private var names: [String: String] = [:]
  /// Ids that edges have spoken of before a node has them.
  private var early: Set<String> = []
  private var element: Element?
  private var openData: (key: String, text: String)?

  static func read(
    _ source: inout ImportSource, into writer: inout GraphWriter
  ) throws(ImportStop) {
    var importer = GraphMLImporter()
    var sawRoot = false
    while let (text, tag) = try XMLPiece.next(&source) {
      importer.openData?.text += text
      guard let tag else { continue }
      sawRoot = sawRoot || tag.name == "graphml"
      if !tag.isEnd { importer.begin(tag, source.line) }
      if tag.isEnd || tag.isEmpty { try importer.end(tag.name, &source, &writer) }
    }
    if !sawRoot, try source.beginRow(line: 1) {
      try source.reject("the file is no GraphML", line: 1)
    }
    if let open = importer.element, try source.beginRow(line: open.line) {
      try source.reject("an element is not closed", line: open.line)
    }
  }

  private mutating func begin(_ tag: XMLTag, _ line: Int) {
    switch tag.name {
    case "key":
      let type: ValueType =
        switch tag.attributes["attr.type"] {
        case "int", "long", "integer": .number
        case "float", "double": .float
        case "boolean": .boolean
        default: .symbol
        }
      if let id = tag.attributes["id"] {
        keys[id] = Key(name: tag.attributes["attr.name"] ?? id, type: type)
      }
    case "node", "edge":
      element = Element(isEdge: tag.name == "edge", line: line, attributes: tag.attributes)
    case "data": openData = tag.attributes["key"].map { ($0, "") }
    default: break
    }
  }

  private mutating func end(
    _ name: String, _ source: inout ImportSource, _ writer: inout GraphWriter
  ) throws(ImportStop) {
    switch name {
    case "data":
      if let openData { element?.data.append(openData) }
      openData = nil
    case "node", "edge":
      guard let done = element else { return }
      element = nil
      guard try source.beginRow(line: done.line) else { return }
      writer.ordinal = source.ordinal
      if let reason = take(done, source.baseName, &writer) {
        try source.reject(reason, line: done.line)
      } else {
        source.accept()
      }
    default: break
    }
  }

  /// Adds an element; returns why it cannot.
  private mutating func take(
    _ element: Element, _ baseName: String, _ writer: inout GraphWriter
  ) -> String? {
    var properties: [(key: String, value: Value)] = []
    var special: [String: String] = [:]
    for (id, text) in element.data {
      let key = keys[id] ?? Key(name: id, type: .symbol)
      let isSpecial =
        ["source", "lines"].contains(key.name)
        || (element.isEdge ? ["label"] : ["name", "labels"]).contains(key.name)
      if isSpecial && special[key.name] == nil && (keys[id] == nil || id == key.name) {
        special[key.name] = text
        continue
      }
      guard let value = ValueGuess.value(text, as: key.type) else {
        return "\"\(text)\" is no \(key.type)"
      }
      properties.append((key.name, value))
    }
    func parts(_ key: String) -> [String] {
      guard let text = special[key] else { return [] }
      return text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    }
    let citations = Citation.list(sources: parts("source"), lines: parts("lines"))
    if element.isEdge {
      guard let start = element.attributes["source"], let end = element.attributes["target"] else {
        return "the edge lacks an end"
      }
      for id in [start, end] where names[id] == nil { early.insert(id) }
      let from = names[start] ?? start
      let to = names[end] ?? end
      writer.add(citations) {
        $0.addEdge(
          special["label"] ?? baseName, from: from, to: to, properties: properties, citation: $1)
      }
      return nil
    }
    guard let id = element.attributes["id"] else { return "the node has no id" }
    let name = special["name"] ?? id
    if name != id, early.contains(id) {
      return "edges before it speak of the node \(id), whose name is known only here"
    }
    names[id] = name
    writer.addNode(
      name, labels: parts("labels").filter { !$0.isEmpty }, properties: properties,
      citations: citations)
    return nil
  }
}

/// A tag of XML.
struct XMLTag {
  var name: String
  var attributes: [String: String] = [:]
  var isEnd: Bool
  var isEmpty: Bool
}

/// A piece of XML: text up to a tag, and the tag.
enum XMLPiece {
  static func next(
    _ source: inout ImportSource
  ) throws(ImportStop) -> (text: String, tag: XMLTag?)? {
    let close = UInt8(ascii: ">")
    guard let first = try source.next(through: close) else { return nil }
    guard let start = first.firstIndex(of: UInt8(ascii: "<")) else {
      return (decode(first), nil)
    }
    let text = decode(first[..<start])
    var tag = Array(first[start...])
    while !isWhole(tag) {
      guard let more = try source.next(through: close) else { return (text, nil) }
      tag.append(contentsOf: more)
    }
    if tag.starts(with: Array("<![CDATA[".utf8)) {
      return (text + String(decoding: tag.dropFirst(9).dropLast(3), as: UTF8.self), nil)
    }
    return (text, parse(tag))
  }

  /// Whether a tag, comment or CDATA section ends where the bytes end.
  private static func isWhole(_ tag: [UInt8]) -> Bool {
    func ends(_ text: String) -> Bool { tag.suffix(text.utf8.count).elementsEqual(text.utf8) }
    if tag.starts(with: Array("<!--".utf8)) { return tag.count >= 7 && ends("-->") }
    if tag.starts(with: Array("<![CDATA[".utf8)) { return ends("]]>") }
    var quote: UInt8?
    for byte in tag where byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      if quote == nil { quote = byte } else if quote == byte { quote = nil }
    }
    return quote == nil
  }

  private static func parse(_ bytes: [UInt8]) -> XMLTag? {
    guard let second = bytes.dropFirst().first, second != UInt8(ascii: "!"),
      second != UInt8(ascii: "?")
    else { return nil }
    let isEnd = second == UInt8(ascii: "/")
    let isEmpty = bytes.dropLast().last == UInt8(ascii: "/")
    var rest = bytes.dropFirst(isEnd ? 2 : 1).dropLast(isEmpty && !isEnd ? 2 : 1)
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
    let name = rest.prefix { !isSpace($0) }
    rest = rest.dropFirst(name.count)
    var tag = XMLTag(
      name: local(name), isEnd: isEnd, isEmpty: isEmpty && !isEnd)
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

  /// A name without its namespace.
  private static func local(_ name: ArraySlice<UInt8>) -> String {
    String(decoding: name.split(separator: UInt8(ascii: ":")).last ?? name, as: UTF8.self)
  }

  /// Text with its character references undone; one that is unknown stays as it is.
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
      return code.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
  }
}

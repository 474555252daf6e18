/// Reads comma- or tab-separated values with a header.
///
/// - Neo4j's headers: `name:ID`, `:LABEL`, `:START_ID`, `:END_ID`, `:TYPE`, `key:long`, `:IGNORE`;
///   what stands in brackets behind them is passed over.
/// - Plain headers: `from`, `to` and `type` for edges; otherwise the first column is the name of a
///   node and `label` its labels. Where labels or types are not given, the name of the file is.
/// - `source` and `lines` are citations. Several labels or citations are separated by `;`.
///
/// In a file with nodes and edges the columns before `:START_ID` are those of nodes, the others
/// those of edges. A column whose type is not given holds numbers if all values among the first
/// thousand rows are numbers. An empty field is no value; `""` is the empty text.
struct CSVImporter {
  private enum Role: Equatable {
    case id, label, start, end, type, source, lines, ignored
    case property(key: String, type: ValueType?, isOfEdge: Bool)
  }

  private var roles: [Role]
  private let baseName: String
  private let hasNodes: Bool
  private let hasEdges: Bool

  static func read(
    _ source: inout ImportSource, _ separator: UInt8, into writer: inout GraphWriter
  ) throws(ImportStop) {
    var reader = CSVRecordReader(separator: separator)
    guard let header = try reader.next(&source) else { return }
    var importer = CSVImporter(header.map { $0 ?? "" }, source.baseName)
    // Types of columns are judged by the first rows, which are held back until then.
    var held: [(line: Int, row: [String?])] = []
    while held.count < 1000, let row = try reader.next(&source) {
      held.append((reader.line, row))
    }
    importer.guessTypes(held.map(\.row))
    for (line, row) in held { try importer.take(row, line, &source, &writer) }
    held = []
    while let row = try reader.next(&source) {
      try importer.take(row, reader.line, &source, &writer)
    }
  }

  private init(_ header: [String], _ baseName: String) {
    self.baseName = baseName
    func bare(_ text: String) -> String {
      (text.firstIndex(of: "(").map { String(text[..<$0]) } ?? text)
    }
    let marks = header.map { name in
      name.lastIndex(of: ":").map { bare(String(name[name.index(after: $0)...])).uppercased() }
    }
    let plainEdges = header.contains("from") && header.contains("to")
    let firstStart = marks.firstIndex(of: "START_ID")
    let hasIDs = marks.contains("ID")
    roles = []
    for (place, name) in header.enumerated() {
      let isOfEdge = plainEdges || (firstStart.map { !hasIDs || place > $0 } ?? false)
      switch (marks[place], name) {
      case ("ID", _): roles.append(.id)
      case ("LABEL", _): roles.append(.label)
      case ("START_ID", _): roles.append(.start)
      case ("END_ID", _): roles.append(.end)
      case (_, "from") where plainEdges: roles.append(.start)
      case (_, "to") where plainEdges: roles.append(.end)
      case ("TYPE", _): roles.append(.type)
      case (_, "type") where plainEdges: roles.append(.type)
      case ("IGNORE", _): roles.append(.ignored)
      case (_, "source"): roles.append(.source)
      case (_, "lines"): roles.append(.lines)
      case (_, "label") where !isOfEdge && firstStart == nil: roles.append(.label)
      case (let mark?, _):
        let type = CSVImporter.type(mark)
        let key = name.lastIndex(of: ":").map { String(name[..<$0]) } ?? name
        roles.append(.property(key: type == nil ? name : key, type: type, isOfEdge: isOfEdge))
      case (nil, _): roles.append(.property(key: name, type: nil, isOfEdge: isOfEdge))
      }
    }
    hasEdges = roles.contains(.start) && roles.contains(.end)
    if !hasEdges && !roles.contains(.id) && !roles.isEmpty { roles[0] = .id }
    hasNodes = roles.contains(.id)
  }

  private static func type(_ mark: String) -> ValueType? {
    switch mark {
    case "INT", "LONG", "SHORT", "BYTE", "INTEGER": .number
    case "FLOAT", "DOUBLE": .float
    case "BOOLEAN": .boolean
    case "STRING", "CHAR", "DATE", "DATETIME", "STRING[]": .symbol
    default: nil
    }
  }

  private mutating func guessTypes(_ rows: [[String?]]) {
    for (place, role) in roles.enumerated() {
      guard case .property(let key, nil, let isOfEdge) = role else { continue }
      let texts = rows.compactMap { place < $0.count ? $0[place] : nil }
      roles[place] = .property(key: key, type: ValueGuess.type(of: texts), isOfEdge: isOfEdge)
    }
  }

  private func take(
    _ row: [String?], _ line: Int, _ source: inout ImportSource, _ writer: inout GraphWriter
  ) throws(ImportStop) {
    guard row.count <= roles.count else {
      return try source.reject(
        "\(row.count) fields, but the header has \(roles.count)", line: line)
    }
    var names: (id: String?, start: String?, end: String?, type: String?) = (nil, nil, nil, nil)
    var labels: [String] = []
    var sources: [String] = []
    var lines: [String] = []
    var properties: [(key: String, value: Value)] = []
    func parts(_ text: String) -> [String] {
      text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    }
    for (place, text) in row.enumerated() {
      guard let text else { continue }
      switch roles[place] {
      case .id: names.id = text
      case .label: labels = parts(text).filter { !$0.isEmpty }
      case .start: names.start = text
      case .end: names.end = text
      case .type: names.type = text
      case .source: sources = parts(text)
      case .lines: lines = parts(text)
      case .ignored: break
      case .property(let key, let type, _):
        guard let value = ValueGuess.value(text, as: type ?? .symbol) else {
          return try source.reject("\"\(text)\" is no \(type ?? .symbol)", line: line)
        }
        properties.append((key, value))
      }
    }
    let citations = Citation.list(sources: sources, lines: lines)
    if hasEdges, let start = names.start, let end = names.end {
      let type = names.type ?? baseName
      writer.add(citations) {
        $0.addEdge(type, from: start, to: end, properties: properties, citation: $1)
      }
    } else if hasNodes, let id = names.id {
      if labels.isEmpty && !roles.contains(.label) { labels = [baseName] }
      writer.addNode(id, labels: labels, properties: properties, citations: citations)
    } else {
      return try source.reject(
        hasEdges ? "an edge needs both ends" : "the name is missing", line: line)
    }
    source.accept()
  }
}

/// Splits lines into fields as RFC 4180 says; a field in quotes may hold separators and line ends.
struct CSVRecordReader {
  let separator: UInt8
  /// The line on which the last record began.
  private(set) var line = 0

  init(separator: UInt8) { self.separator = separator }

  /// The next record that is not an empty line; a field that is empty without quotes is `nil`.
  mutating func next(_ source: inout ImportSource) throws(ImportStop) -> [String?]? {
    while let first = try source.nextLine() {
      line = source.line
      if first.isEmpty { continue }
      guard first.contains(UInt8(ascii: "\"")) else { return split(first) }
      var record = Array(first)
      while record.count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 1 {
        guard let more = try source.nextLine() else {
          try source.reject("a quote is not closed", line: line)
          return nil
        }
        record.append(10)
        record.append(contentsOf: more)
      }
      return quoted(record)
    }
    return nil
  }

  private func split(_ record: ArraySlice<UInt8>) -> [String?] {
    record.split(separator: separator, omittingEmptySubsequences: false).map {
      $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self)
    }
  }

  private func quoted(_ record: [UInt8]) -> [String?] {
    let quote = UInt8(ascii: "\"")
    var fields: [String?] = []
    var field: [UInt8] = []
    var place = 0
    var isQuoted = false
    var wasQuoted = false
    while place < record.count {
      let byte = record[place]
      place += 1
      if isQuoted {
        if byte != quote {
          field.append(byte)
        } else if place < record.count && record[place] == quote {
          field.append(quote)
          place += 1
        } else {
          isQuoted = false
        }
      } else if byte == quote {
        isQuoted = true
        wasQuoted = true
      } else if byte == separator {
        fields.append(field.isEmpty && !wasQuoted ? nil : String(decoding: field, as: UTF8.self))
        field.removeAll(keepingCapacity: true)
        wasQuoted = false
      } else {
        field.append(byte)
      }
    }
    fields.append(field.isEmpty && !wasQuoted ? nil : String(decoding: field, as: UTF8.self))
    return fields
  }
}

/// Values out of texts.
enum ValueGuess {
  /// The narrowest type that all texts have; text where there are none.
  static func type(of texts: [String]) -> ValueType {
    guard !texts.isEmpty else { return .symbol }
    for type in [ValueType.number, .float, .boolean]
    where texts.allSatisfy({ value($0, as: type) != nil }) {
      return type
    }
    return .symbol
  }

  /// The value that a text spells in a type.
  static func value(_ text: String, as type: ValueType) -> Value? {
    let bytes = Array(text.utf8)
    switch type {
    case .symbol: return .text(text)
    case .number, .unsigned: return NumberFormat.integer(in: bytes).map(Value.integer)
    case .float:
      if let number = NumberFormat.double(in: bytes) { return .float(number) }
      return ["nan", "inf", "-inf"].contains(text)
        ? Double(text).map { .float($0.canonical) } : nil
    case .boolean: return text == "true" ? true : text == "false" ? false : nil
    }
  }
}

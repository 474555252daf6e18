/// Reads comma- or tab-separated values with a header.
///
/// - Neo4j's headers: `name:ID`, `:LABEL`, `:START_ID`, `:END_ID`, `:TYPE`, `key:long`, `:IGNORE`;
///   what stands in brackets behind them is passed over.
/// - Plain headers: `from`, `to` and `type` for edges; otherwise the first column is the name of a
///   node and `label` its labels. Where labels or types are not given, the name of the file is.
/// - `source` and `lines` are citations. Several labels or citations are separated by `;`.
///
/// In a file with nodes and edges the columns before `:START_ID` are those of nodes, the others
/// those of edges. A column whose type is not given has the type of its values among the first
/// thousand rows, unless the schema knows it; if these are integers, decimals may follow. An empty field is no value; `""` is the
/// empty text.
struct CSVImporter {
  private enum Role: Equatable {
    case id, label, start, end, type, source, lines, ignored
    /// `isGuess`: the type was not given.
    case property(key: String, type: ValueType?, isGuess: Bool)
  }

  private var roles: [Role] = []
  /// The terms of the properties' keys, by column.
  private var keys: [UInt32] = []
  private var reader: DelimitedReader
  private let hasNodes: Bool
  private let hasEdges: Bool
  private let hasLabels: Bool
  private let baseTerm: UInt32
  /// Whether edges are put with those that wait to be added all at once.
  private var waits = false
  // The parts of the present row.
  private var id: Int?
  private var start: Int?
  private var end: Int?
  private var type: Int?
  private var labels: Int?
  private var citedSource: Int?
  private var citedLines: Int?
  private var staged: [StagedProperty] = []

  static func read(
    _ source: inout ImportSource, _ separator: UInt8, header: [String]?, hasQuotes: Bool = true,
    into writer: inout GraphWriter
  ) throws(ImportStop) {
    var reader = DelimitedReader(separator: separator, hasQuotes: hasQuotes)
    var names = header ?? []
    if header == nil {
      guard try reader.next(&source) else { return }
      names = reader.fields.indices.map {
        reader.fields[$0].isAbsent ? "" : reader.string($0, source)
      }
    }
    var importer = CSVImporter(names, source.baseName, reader, &writer)
    if let reason = importer.refusal {
      guard try source.beginRow() else { return }
      return try source.reject(reason)
    }
    if let layout = importer.edgeLayout(separator, hasQuotes), source.takesAllRows {
      importer.waits = true
      return try source.readEdges(layout, type: importer.baseTerm, into: &writer) {
        part, writer throws(ImportStop) in try importer.readRows(&part, into: &writer)
      }
    }
    source.flush(into: &writer)
    importer.adoptSchema(writer)
    try importer.guessTypes(&source)
    try importer.readRows(&source, into: &writer)
  }

  private mutating func readRows(
    _ source: inout ImportSource, into writer: inout GraphWriter
  ) throws(ImportStop) {
    while try reader.next(&source) {
      guard try source.beginRow(line: reader.line) else { continue }
      if let reason = take(source, &writer) {
        try source.reject(reason, line: reader.line, row: reader.row)
      } else {
        source.accept()
      }
    }
  }

  /// The layout of rows that are edges without properties and citations.
  private func edgeLayout(_ separator: UInt8, _ hasQuotes: Bool) -> EdgeLayout? {
    guard hasEdges, !hasNodes else { return nil }
    var layout = EdgeLayout(
      separator: separator, hasQuotes: hasQuotes, columnCount: roles.count, source: -1, target: -1)
    for (place, role) in roles.enumerated() {
      switch role {
      case .start where layout.source < 0: layout.source = place
      case .end where layout.target < 0: layout.target = place
      case .type where layout.type == nil: layout.type = place
      case .ignored: break
      default: return nil
      }
    }
    return layout
  }

  // MARK: Header

  private init(
    _ header: [String], _ baseName: String, _ reader: DelimitedReader,
    _ writer: inout GraphWriter
  ) {
    self.reader = reader
    baseTerm = writer.intern(baseName)
    func bare(_ text: String) -> String {
      (text.firstIndex(of: "(").map { String(text[..<$0]) } ?? text)
    }
    let marks = header.map { name in
      name.lastIndex(of: ":").map { bare(String(name[name.index(after: $0)...])).uppercased() }
    }
    let plainEdges = header.contains("from") && header.contains("to")
    let firstStart = marks.firstIndex(of: "START_ID")
    let hasIDs = marks.contains("ID")
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
        roles.append(
          .property(key: type == nil ? name : key, type: type, isGuess: type == nil))
      case (nil, _): roles.append(.property(key: name, type: nil, isGuess: true))
      }
    }
    hasEdges = roles.contains(.start) && roles.contains(.end)
    if !hasEdges && !roles.contains(.id) && !roles.isEmpty { roles[0] = .id }
    hasNodes = roles.contains(.id)
    hasLabels = roles.contains(.label)
    for role in roles {
      if case .property(let key, _, _) = role {
        keys.append(writer.intern(key))
      } else {
        keys.append(TermID.none.raw)
      }
    }
  }

  /// Why the header cannot be used.
  private var refusal: String? {
    if hasEdges && !hasNodes,
      roles.contains(where: { if case .property("id", _, _) = $0 { true } else { false } })
    {
      return "an edge has no property id of its own; name the column otherwise, or id:IGNORE"
    }
    return nil
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

  /// Takes the types that the graph declares for columns whose header gives none.
  private mutating func adoptSchema(_ writer: borrowing GraphWriter) {
    let schema = writer.graph.schema
    for (place, role) in roles.enumerated() {
      guard case .property(let name, nil, true) = role else { continue }
      let declared =
        hasEdges
        ? schema.type(ofEdgeProperty: keys[place], of: baseTerm)
        : schema.type(ofNodeProperty: keys[place])
      if let declared { roles[place] = .property(key: name, type: declared, isGuess: false) }
    }
  }

  private mutating func guessTypes(_ source: inout ImportSource) throws(ImportStop) {
    let guessed = roles.indices.filter {
      if case .property(_, _, true) = roles[$0] { true } else { false }
    }
    guard !guessed.isEmpty else { return }
    var guesses = roles.map { _ in TypeGuess() }
    var preview = try source.preview()
    var reader = reader
    var count = 0
    while count < 1000, try reader.next(&preview) {
      count += 1
      for place in guessed where place < reader.fields.count && !reader.fields[place].isAbsent {
        guesses[place].add(reader.bytes(place, preview))
      }
    }
    for place in guessed {
      guard case .property(let key, _, _) = roles[place] else { continue }
      roles[place] = .property(key: key, type: guesses[place].type, isGuess: true)
    }
  }

  // MARK: Rows

  /// Adds the present row, or says why it cannot.
  private mutating func take(
    _ source: borrowing ImportSource, _ writer: inout GraphWriter
  ) -> String? {
    let fields = reader.fields
    guard fields.count <= roles.count else {
      return "\(fields.count) fields, but the header has \(roles.count)"
    }
    (id, start, end, type, labels) = (nil, nil, nil, nil, nil)
    (citedSource, citedLines) = (nil, nil)
    staged.removeAll(keepingCapacity: true)
    for place in 0..<fields.count where !fields[place].isAbsent {
      switch roles[place] {
      case .id: id = place
      case .label: labels = place
      case .start: start = place
      case .end: end = place
      case .type: type = place
      case .source: citedSource = place
      case .lines: citedLines = place
      case .ignored: break
      case .property(_, let type, let isGuess):
        guard let property = property(place, type ?? .symbol, isGuess, source, &writer) else {
          return "\"\(reader.string(place, source))\" is no \(type ?? .symbol)"
        }
        staged.append(property)
      }
    }
    let ordinal = source.ordinal
    if hasEdges, let start, let end {
      let type = type.map { reader.term($0, source, &writer) } ?? baseTerm
      let from = reader.term(start, source, &writer)
      let to = reader.term(end, source, &writer)
      if waits {
        source.wait(type, from: from, to: to)
        return nil
      }
      guard citedSource != nil || citedLines != nil else {
        // A closure here would cost more than the edge.
        writer.addEdge(type: type, from: from, to: to, properties: staged, ordinal: ordinal)
        return nil
      }
      forEachCitation(source, &writer) { writer, citation in
        writer.addEdge(
          type: type, from: from, to: to, properties: staged, citation: citation, ordinal: ordinal)
      }
      return nil
    }
    guard hasNodes, let id else {
      return hasEdges ? "an edge needs both ends" : "the name is missing"
    }
    let node = reader.term(id, source, &writer)
    if let labels {
      for part in reader.bytes(labels, source).split(separator: UInt8(ascii: ";")) {
        let label = writer.intern(part.span)
        forEachCitation(source, &writer) { writer, citation in
          writer.addLabel(label, to: node, citation: citation, ordinal: ordinal)
        }
      }
    } else if !hasLabels {
      forEachCitation(source, &writer) { writer, citation in
        writer.addLabel(baseTerm, to: node, citation: citation, ordinal: ordinal)
      }
    }
    for property in staged { writer.setProperty(property, of: node, ordinal: ordinal) }
    return nil
  }

  private func property(
    _ place: Int, _ type: ValueType, _ isGuess: Bool, _ source: borrowing ImportSource,
    _ writer: inout GraphWriter
  ) -> StagedProperty? {
    let key = keys[place]
    if type == .symbol {
      return StagedProperty(key: key, text: reader.term(place, source, &writer))
    }
    let bytes = reader.bytes(place, source)
    if type == .number {
      if let number = NumberFormat.integer(in: bytes) {
        return StagedProperty(key: key, integer: number)
      }
      return isGuess
        ? ValueGuess.float(bytes).map { StagedProperty(key: key, float: $0) } : nil
    }
    switch ValueGuess.value(bytes, as: type) {
    case .float(let number)?: return StagedProperty(key: key, float: number)
    case .boolean(let flag)?: return StagedProperty(key: key, boolean: flag)
    case .text?, .integer?, nil: return nil
    }
  }

  /// Calls the closure once for each citation of the row, or once with none.
  private func forEachCitation(
    _ source: borrowing ImportSource, _ writer: inout GraphWriter,
    _ body: (inout GraphWriter, StagedCitation) -> Void
  ) {
    if citedSource == nil && citedLines == nil { return body(&writer, StagedCitation()) }
    func parts(_ field: Int?) -> [ArraySlice<UInt8>] {
      field.map {
        reader.bytes($0, source).split(
          separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      } ?? []
    }
    let sources = parts(citedSource)
    let lines = parts(citedLines)
    var count = 0
    for place in 0..<max(sources.count, lines.count) {
      var citation = StagedCitation()
      if place < sources.count, !sources[place].isEmpty {
        let text = sources[place]
        citation.source = writer.intern(text.span)
      }
      if place < lines.count, !lines[place].isEmpty {
        let text = lines[place]
        citation.lines = writer.intern(text.span)
      }
      if citation.isEmpty { continue }
      count += 1
      body(&writer, citation)
    }
    if count == 0 { body(&writer, StagedCitation()) }
  }
}

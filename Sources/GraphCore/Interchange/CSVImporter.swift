/// Reads comma- or tab-separated values with a header, which `CSVHeader` understands.
///
/// Where the header does not say labels or types, the name of the file is it. Several labels or citations are
/// separated by `;`. A plain type column that holds nothing but `Directed` and `Undirected` is Gephi's and says no type.
///
/// In a file with nodes and edges the columns before `:START_ID` are those of nodes, the others
/// those of edges. A column whose type is not given has the type of its values among the first
/// thousand rows, unless the schema knows it; if these are integers, decimals may follow. An empty field is no value, nor is one that a
/// row does not have; `""` is the empty text.
struct CSVImporter {
  private typealias Role = CSVHeader.Role

  /// Decimals of a column that have more digits than a float.
  private struct Rounding {
    var count: Int
    let line: Int
    let text: String
    let number: Double
  }

  private let header: CSVHeader
  private var roles: [Role]
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
  /// Rows that say they are undirected.
  private var undirectedCount = 0
  /// Rows with fewer fields than the header, and the line of the first.
  private var short: (count: Int, line: Int) = (0, 0)
  /// Rows that give their node no label and no property, and the line of the first.
  private var empty: (count: Int, line: Int) = (0, 0)
  /// By column.
  private var roundings: [Int: Rounding] = [:]

  /// - Parameter hasQuotes: false for fact files, whose separator is the usual one whatever they hold.
  static func read(
    _ source: inout ImportSource, _ usual: UInt8, header: [String]?, hasQuotes: Bool = true,
    into writer: inout GraphWriter
  ) throws(ImportStop) {
    var separator = usual
    if hasQuotes {
      var preview = try source.preview()
      var line: ArraySlice<UInt8>? = []
      while line?.isEmpty ?? false { line = try preview.nextLine() }
      if let whole = line, endsLinesInReturns(whole), try preview.nextLine() == nil {
        guard try source.beginRow(line: 1) else { return }
        return try source.reject(
          "the lines end in CR alone; `tr '\\r' '\\n' < OLD > NEW` converts them", line: 1,
          row: whole)
      }
      if header?.count != 1 {
        separator = FieldSeparator.find(in: line ?? [], usual: usual, columnCount: header?.count)
      }
    }
    var reader = DelimitedReader(separator: separator, hasQuotes: hasQuotes)
    var names = header ?? []
    if header == nil {
      guard try reader.next(&source) else { return }
      names = reader.fields.indices.map {
        reader.fields[$0].isAbsent ? "" : reader.string($0, source)
      }
    }
    var found = CSVHeader(names)
    if let reason = found.refusal {
      guard try source.beginRow() else { return }
      return try source.reject(reason)
    }
    if found.mayLackName, try !holdsIntegers(0, reader, &source) {
      guard try source.beginRow() else { return }
      return try source.reject(
        "the first column has no name; call it \"name\" if it names the nodes, \":IGNORE\" to leave it out"
      )
    }
    if found.hasPlainEnds, let type = found.roles.firstIndex(of: .type),
      try saysDirections(type, reader, &source)
    {
      found.roles[type] = .direction
    }
    if !found.unnamed.isEmpty {
      source.remark(.unnamedColumns(file: source.name, columns: found.unnamed.map { $0 + 1 }))
    }
    var importer = CSVImporter(found, source.baseName, reader, &writer)
    if let layout = found.edgeLayout(separator, hasQuotes), source.takesAllRows {
      importer.waits = true
      try source.readEdges(layout, type: importer.baseTerm, into: &writer) {
        part, writer throws(ImportStop) in try importer.readRows(&part, into: &writer)
      }
      return importer.remarkOnRows(source)
    }
    source.flush(into: &writer)
    importer.adoptSchema(writer)
    try importer.guessTypes(&source)
    try importer.remarkOnHeader(&source)
    try importer.readRows(&source, into: &writer)
    importer.remarkOnRows(source)
  }

  /// Whether what is one line of a file would be several if CR ended lines, as it did once: one stands outside quotes,
  /// with something behind it.
  private static func endsLinesInReturns(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.contains(13) else { return false }
    var isQuoted = false
    for byte in line.dropLast() {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == 13 && !isQuoted { return true }
    }
    return false
  }

  private init(
    _ header: CSVHeader, _ baseName: String, _ reader: DelimitedReader,
    _ writer: inout GraphWriter
  ) {
    self.header = header
    roles = header.roles
    self.reader = reader
    baseTerm = writer.intern(baseName)
    hasNodes = header.hasNodes
    hasEdges = header.hasEdges
    hasLabels = header.hasLabels
    for role in header.roles {
      if case .property(let key, _, _) = role {
        keys.append(writer.intern(key))
      } else {
        keys.append(TermID.none.raw)
      }
    }
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

  // MARK: Columns

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
    try CSVImporter.forEachRow(reader, &source) { reader, preview in
      for place in guessed where place < reader.fields.count && !reader.fields[place].isAbsent {
        guesses[place].add(reader.bytes(place, preview), line: reader.line)
      }
    }
    for place in guessed {
      guard case .property(let key, _, _) = roles[place] else { continue }
      roles[place] = .property(key: key, type: guesses[place].type, isGuess: true)
      if let (text, line) = guesses[place].culprit {
        source.remark(.textColumn(file: source.name, line: line, key: key, text: text))
      }
    }
  }

  /// Hands the first thousand rows that are to come to the closure, as far as the first piece of the file has them.
  private static func forEachRow(
    _ reader: DelimitedReader, _ source: inout ImportSource,
    _ body: (DelimitedReader, borrowing ImportSource) -> Void
  ) throws(ImportStop) {
    var preview = try source.preview()
    var reader = reader
    var count = 0
    while count < 1000, try reader.next(&preview) {
      count += 1
      body(reader, preview)
    }
  }

  /// Whether a column holds nothing but integers, as the numbers of rows that pandas and R write.
  private static func holdsIntegers(
    _ place: Int, _ reader: DelimitedReader, _ source: inout ImportSource
  ) throws(ImportStop) -> Bool {
    var isIndex = true
    try forEachRow(reader, &source) { reader, preview in
      guard place < reader.fields.count, !reader.fields[place].isAbsent else { return }
      isIndex = isIndex && NumberFormat.integer(in: reader.bytes(place, preview)) != nil
    }
    return isIndex
  }

  /// Whether a column holds nothing but what Gephi calls the type of an edge.
  private static func saysDirections(
    _ place: Int, _ reader: DelimitedReader, _ source: inout ImportSource
  ) throws(ImportStop) -> Bool {
    var isDirection: Bool?
    try forEachRow(reader, &source) { reader, preview in
      guard place < reader.fields.count, !reader.fields[place].isAbsent else { return }
      let isKnown = isUndirected(reader.bytes(place, preview)) != nil
      isDirection = isKnown && isDirection ?? true
    }
    return isDirection ?? false
  }

  private static func isUndirected(_ bytes: ArraySlice<UInt8>) -> Bool? {
    switch String(decoding: bytes, as: UTF8.self).lowercased() {
    case "directed": false
    case "undirected": true
    default: nil
    }
  }

  // MARK: Remarks

  private func remarkOnHeader(_ source: inout ImportSource) throws(ImportStop) {
    for key in header.lists { source.remark(.listColumn(file: source.name, key: key)) }
    for space in header.idSpaces {
      if let first = source.ledger.idSpace, first != space {
        source.remark(.idSpaces(file: source.name, first: first, other: space))
      }
      source.ledger.idSpace = source.ledger.idSpace ?? space
    }
    for (column, type) in header.likelyTypes {
      source.remark(.likelyType(file: source.name, column: column, type: type))
    }
    if let ends = header.likelyEnds {
      source.remark(.likelyEnds(file: source.name, start: ends.start, end: ends.end))
    }
    guard let name = header.names.first, header.names.count == 1 else { return }
    var rows: [String] = []
    try CSVImporter.forEachRow(reader, &source) { reader, preview in
      if !reader.fields[0].isAbsent { rows.append(reader.string(0, preview)) }
    }
    if let separator = FieldSeparator.likely(in: name, rows) {
      source.remark(.likelySeparator(file: source.name, separator: separator))
    }
  }

  private func remarkOnRows(_ source: borrowing ImportSource) {
    for (place, rounding) in roundings.sorted(by: { $0.key < $1.key }) {
      guard case .property(let key, _, _) = roles[place] else { continue }
      source.remark(
        .roundedNumbers(
          file: source.name, line: rounding.line, key: key, count: rounding.count,
          text: rounding.text, number: rounding.number))
    }
    if short.count > 0 {
      source.remark(
        .shortRows(
          file: source.name, line: short.line, count: short.count, columnCount: roles.count))
    }
    // Beside edges, nodes that are only their ends are listed, too.
    if empty.count > 0, !hasEdges {
      source.remark(.emptyRows(file: source.name, line: empty.line, count: empty.count))
    }
    if undirectedCount > 0 {
      source.remark(
        .undirectedEdges(file: source.name, count: undirectedCount, type: source.baseName))
    }
  }

  // MARK: Rows

  /// Adds the present row, or says why it cannot.
  private mutating func take(
    _ source: borrowing ImportSource, _ writer: inout GraphWriter
  ) -> String? {
    let fields = reader.fields
    guard fields.count <= roles.count else {
      return "\(Wording.counted(fields.count, "field")), but the header has \(roles.count)"
    }
    if fields.count < roles.count {
      short = (short.count + 1, short.count == 0 ? reader.line : short.line)
    }
    (id, start, end, type, labels) = (nil, nil, nil, nil, nil)
    (citedSource, citedLines) = (nil, nil)
    staged.removeAll(keepingCapacity: true)
    var hasDirection = true
    for place in 0..<fields.count where !fields[place].isAbsent {
      switch roles[place] {
      case .id: id = place
      case .label: labels = place
      case .start: start = place
      case .end: end = place
      case .type: type = place
      case .direction:
        guard let isUndirected = CSVImporter.isUndirected(reader.bytes(place, source)) else {
          return "\"\(reader.string(place, source))\" is neither Directed nor Undirected"
        }
        hasDirection = !isUndirected
      case .source: citedSource = place
      case .lines: citedLines = place
      case .ignored: break
      case .property(_, let type, let isGuess):
        guard let property = property(place, type ?? .symbol, isGuess, source, &writer) else {
          return mistake(place, type ?? .symbol, isGuess, source)
        }
        staged.append(property)
      }
    }
    let ordinal = source.ordinal
    if hasEdges, let start, let end {
      if let type, reader.bytes(type, source).isEmpty { return "the type is empty" }
      if !hasDirection { undirectedCount += 1 }
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
    takeNode(reader.term(id, source, &writer), source, &writer)
    return nil
  }

  /// Adds what the present row says of a node.
  private mutating func takeNode(
    _ node: UInt32, _ source: borrowing ImportSource, _ writer: inout GraphWriter
  ) {
    let ordinal = source.ordinal
    var labelCount = 0
    if let labels {
      for part in reader.bytes(labels, source).split(separator: UInt8(ascii: ";")) {
        labelCount += 1
        let label = writer.intern(part.span)
        forEachCitation(source, &writer) { writer, citation in
          writer.addLabel(label, to: node, citation: citation, ordinal: ordinal)
        }
      }
    } else if !hasLabels {
      labelCount = 1
      forEachCitation(source, &writer) { writer, citation in
        writer.addLabel(baseTerm, to: node, citation: citation, ordinal: ordinal)
      }
    }
    for property in staged { writer.setProperty(property, of: node, ordinal: ordinal) }
    if labelCount == 0, staged.isEmpty {
      empty = (empty.count + 1, empty.count == 0 ? reader.line : empty.line)
    }
  }

  private mutating func property(
    _ place: Int, _ type: ValueType, _ isGuess: Bool, _ source: borrowing ImportSource,
    _ writer: inout GraphWriter
  ) -> StagedProperty? {
    let key = keys[place]
    if type == .symbol {
      return StagedProperty(key: key, text: reader.term(place, source, &writer))
    }
    let bytes = reader.bytes(place, source)
    if type == .number, let number = NumberFormat.integer(in: bytes) {
      return StagedProperty(key: key, integer: number)
    }
    if type == .number, case .unsigned(let number)? = ValueGuess.whole(bytes) {
      return StagedProperty(key: key, unsigned: number)
    }
    if isGuess && (type == .number || type == .float) {
      guard let number = ValueGuess.float(bytes), ValueGuess.fitsFloat(bytes) else { return nil }
      if ValueGuess.rounded(bytes) != nil { note(bytes, rounded: number, place) }
      return StagedProperty(key: key, float: number)
    }
    switch ValueGuess.value(bytes, as: type) {
    case .unsigned(let number)?: return StagedProperty(key: key, unsigned: number)
    case .float(let number)?: return StagedProperty(key: key, float: number)
    case .boolean(let flag)?: return StagedProperty(key: key, boolean: flag)
    case .text?, .integer?, nil: return nil
    }
  }

  private mutating func note(_ bytes: ArraySlice<UInt8>, rounded number: Double, _ place: Int) {
    if roundings[place] != nil {
      roundings[place]?.count += 1
    } else {
      roundings[place] = Rounding(
        count: 1, line: reader.line, text: String(decoding: bytes, as: UTF8.self), number: number)
    }
  }

  /// Why a field is no value of the column's type.
  private func mistake(
    _ place: Int, _ type: ValueType, _ isGuess: Bool, _ source: borrowing ImportSource
  ) -> String {
    let text = reader.string(place, source)
    if isGuess, ValueGuess.float(reader.bytes(place, source)) != nil {
      return "\"\(text)\" has more digits than a number holds; "
        + "\(header.names[place]):string in the header keeps them"
    }
    return "\"\(text)\" is no \(type)"
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

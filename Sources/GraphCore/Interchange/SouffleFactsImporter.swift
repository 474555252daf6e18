/// Reads a folder of `.facts` files as `SouffleFactsFormat` writes it, or one such file.
///
/// A file of one column is a label, a file of two columns an edge type. `TYPE.id.facts` and
/// `TYPE.KEY.facts` give edges with properties, in the same order of edges, `node.KEY.facts`
/// properties of nodes (`node.id.facts` too) and `alias.facts` aliases. A file of more columns, which no graph relation
/// has, is refused. Values are numbers where all values of a file are.
struct SouffleFactsImporter {
  private let folder: String
  private let ledger: ImportLedger
  private let relations: [String]
  /// Edge types whose edges are numbered.
  private let numbered: Set<ExactText>

  init(folder: String, _ ledger: ImportLedger) throws(ImportStop) {
    self.folder = folder
    self.ledger = ledger
    relations = try ImportJob.factFiles(in: folder).map { $0.droppingLast(".facts") }
    // A type `node` is written `%6Eode`.
    numbered = Set(
      relations.filter { $0.ends(with: ".id") && $0 != "node.id" }
        .map { ExactText($0.droppingLast(".id")) })
  }

  func read(into writer: inout GraphWriter) throws(ImportStop) {
    for relation in relations {
      if relation.ends(with: ".id"), isNumbered(relation.droppingLast(".id")) {
        try readEdges(relation.droppingLast(".id"), into: &writer)
      } else if relation.starts(with: "node.") {
        try readProperty(relation, into: &writer)
      } else if !isNumbered(relation),
        !numbered.contains(where: { relation.starts(with: $0.text + ".") })
      {
        var source = try source(relation)
        try SouffleFactsImporter.readRelation(&source, into: &writer)
      }
    }
  }

  private func isNumbered(_ type: String) -> Bool { numbered.contains(ExactText(type)) }

  private func source(_ relation: String) throws(ImportStop) -> ImportSource {
    try ImportSource("\(folder)/\(relation).facts", ledger)
  }

  // MARK: Relations

  /// Reads a label, an edge type or aliases.
  static func readRelation(
    _ source: inout ImportSource, into writer: inout GraphWriter
  ) throws(ImportStop) {
    let relation = source.baseName
    let term = writer.intern(typeName(relation))
    if source.takesAllRows && relation != "alias" {
      let layout = EdgeLayout(
        separator: 9, hasQuotes: false, columnCount: 2, source: 0, target: 1)
      var preview = try source.preview()
      var reader = DelimitedReader(separator: 9, hasQuotes: false)
      if try reader.next(&preview), reader.fields.count == 2 {
        return try source.readEdges(layout, type: term, into: &writer) {
          part, writer throws(ImportStop) in
          try readRows(&part, relation, term, waits: true, into: &writer)
        }
      }
    }
    source.flush(into: &writer)
    try readRows(&source, relation, term, waits: false, into: &writer)
  }

  private static func readRows(
    _ source: inout ImportSource, _ relation: String, _ term: UInt32, waits: Bool,
    into writer: inout GraphWriter
  ) throws(ImportStop) {
    var reader = DelimitedReader(separator: 9, hasQuotes: false)
    while try reader.next(&source) {
      guard try source.beginRow() else { continue }
      let first = reader.term(0, source, &writer)
      switch reader.fields.count {
      case 1: writer.addLabel(term, to: first, ordinal: source.ordinal)
      case 2:
        let second = reader.term(1, source, &writer)
        if relation == "alias" {
          writer.addAlias(first, of: second, ordinal: source.ordinal)
        } else if waits {
          source.wait(term, from: first, to: second)
        } else {
          writer.addEdge(type: term, from: first, to: second, ordinal: source.ordinal)
        }
      case let count:
        try source.reject(
          "\(count) columns, but a label has one and an edge type two; --header names them otherwise"
        )
        continue
      }
      source.accept()
    }
  }

  // MARK: Properties

  /// A file of keys and values: where it is, and what its values are.
  private struct Values {
    var source: ImportSource
    var reader = DelimitedReader(separator: 9, hasQuotes: false)
    let key: UInt32
    let type: ValueType
    var isAtEnd = false

    mutating func advance() throws(ImportStop) {
      while try reader.next(&source) {
        if reader.fields.count == 2 { return }
        if try source.beginRow() {
          try source.reject("\(Wording.counted(reader.fields.count, "column")) in place of 2")
        }
      }
      isAtEnd = true
    }

    /// The value of the present row.
    func property(_ writer: inout GraphWriter) -> StagedProperty? {
      if type == .symbol {
        return StagedProperty(key: key, text: reader.term(1, source, &writer))
      }
      switch ValueGuess.value(reader.bytes(1, source), as: type) {
      case .integer(let number)?: return StagedProperty(key: key, integer: number)
      case .unsigned(let number)?: return StagedProperty(key: key, unsigned: number)
      case .float(let number)?: return StagedProperty(key: key, float: number)
      case .boolean(let flag)?: return StagedProperty(key: key, boolean: flag)
      case .text?, nil: return nil
      }
    }
  }

  private func values(
    _ relation: String, key: String, _ writer: inout GraphWriter
  ) throws(ImportStop) -> Values {
    // The type is that of all values, so they are looked at before any is taken.
    var guess = TypeGuess()
    let silent = ImportLedger(ImportOptions(maximumErrors: .max))
    var source = try ImportSource("\(folder)/\(relation).facts", silent)
    var reader = DelimitedReader(separator: 9, hasQuotes: false)
    while try reader.next(&source) {
      if reader.fields.count == 2 { guess.add(reader.bytes(1, source)) }
    }
    return Values(
      source: try self.source(relation),
      key: writer.intern(SouffleFactsImporter.name(key)), type: guess.type)
  }

  private func readProperty(
    _ relation: String, into writer: inout GraphWriter
  ) throws(ImportStop) {
    var values = try values(relation, key: relation.droppingFirst("node."), &writer)
    try values.advance()
    while !values.isAtEnd {
      if try values.source.beginRow(), let property = values.property(&writer) {
        let node = values.reader.term(0, values.source, &writer)
        writer.setProperty(property, of: node, ordinal: values.source.ordinal)
        values.source.accept()
      }
      try values.advance()
    }
  }

  /// Numbered edges, with the properties that the other files of the type give them.
  private func readEdges(
    _ relation: String, into writer: inout GraphWriter
  ) throws(ImportStop) {
    var columns: [Values] = []
    for name in relations where name.starts(with: relation + ".") && name != relation + ".id" {
      let key = name.droppingFirst(relation + ".")
      // `a.edge.id` belongs to `a.edge`, not to `a`.
      if numbered.contains(where: {
        name.starts(with: $0.text + ".") && $0.text.starts(with: relation + ".")
      }) {
        continue
      }
      columns.append(try values(name, key: key, &writer))
    }
    for place in columns.indices { try columns[place].advance() }
    let type = writer.intern(SouffleFactsImporter.typeName(relation))
    var source = try source(relation + ".id")
    source.flush(into: &writer)
    var reader = DelimitedReader(separator: 9, hasQuotes: false)
    var staged: [StagedProperty] = []
    while try reader.next(&source) {
      let isTaken = try source.beginRow()
      guard reader.fields.count == 3 else {
        if isTaken {
          try source.reject("\(Wording.counted(reader.fields.count, "column")) in place of 3")
        }
        continue
      }
      staged.removeAll(keepingCapacity: true)
      for place in columns.indices where !columns[place].isAtEnd {
        let edge = columns[place].reader.bytes(0, columns[place].source)
        guard edge.elementsEqual(reader.bytes(0, source)) else { continue }
        if let property = columns[place].property(&writer) { staged.append(property) }
        try columns[place].advance()
      }
      guard isTaken else { continue }
      let from = reader.term(1, source, &writer)
      let to = reader.term(2, source, &writer)
      writer.addEdge(
        type: type, from: from, to: to, properties: staged, ordinal: source.ordinal)
      source.accept()
    }
    for place in columns.indices where !columns[place].isAtEnd {
      if try columns[place].source.beginRow() {
        try columns[place].source.reject(
          "the edge is not in \(relation).id.facts, or not in the order of that file")
      }
    }
  }

  // MARK: Names

  /// The edge type or label that a file's name stands for.
  private static func typeName(_ relation: String) -> String {
    name(relation.ends(with: ".edge") ? relation.droppingLast(".edge") : relation)
  }

  /// The name that a part of a file's name stands for.
  private static func name(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      if byte == UInt8(ascii: "%"), let code = HexDigits.value(rest.dropFirst().prefix(2)) {
        bytes.append(UInt8(truncatingIfNeeded: code))
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Parts of names by their bytes: a mark that combines with a dot must not hide it.
extension String {
  fileprivate func starts(with part: String) -> Bool { utf8.starts(with: part.utf8) }

  fileprivate func ends(with part: String) -> Bool {
    utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
  }

  fileprivate func droppingFirst(_ part: String) -> String {
    String(decoding: utf8.dropFirst(part.utf8.count), as: UTF8.self)
  }

  fileprivate func droppingLast(_ part: String) -> String {
    String(decoding: utf8.dropLast(part.utf8.count), as: UTF8.self)
  }
}

extension GraphWriter {
  /// Adds what a folder of Soufflé's `.facts` files says to the graph.
  ///
  /// ```swift
  /// try store.write { try $0.importFacts(folder: "facts") }
  /// ```
  @discardableResult
  public mutating func importFacts(
    folder: String, options: ImportOptions = ImportOptions()
  ) throws(ImportError) -> ImportReport {
    try importFile(folder, options: options)
  }
}

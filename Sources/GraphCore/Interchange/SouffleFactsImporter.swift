/// Reads a folder of `.facts` files as `SouffleFactsFormat` writes it.
///
/// A file of one column is a label, a file of two columns an edge type. `TYPE.id.facts` and
/// `TYPE.KEY.facts` give edges with properties, `node.KEY.facts` properties of nodes and
/// `alias.facts` aliases. A file of more columns, which no graph relation has, is refused. Values are
/// numbers where all values of a file are.
struct SouffleFactsImporter {
  private let options: ImportOptions
  private var report = ImportReport()

  /// Reads all files of a folder into the write.
  static func read(
    folder: String, into writer: inout GraphWriter, options: ImportOptions
  ) throws(ImportError) -> ImportReport {
    var importer = SouffleFactsImporter(options: options)
    let names: [String]
    do throws(FileError) {
      names = try Files.list(folder).filter { $0.hasSuffix(".facts") }
    } catch {
      throw .unreadable(StoreError(.cannotOpen, error.reason, path: folder))
    }
    let relations = names.map { String($0.dropLast(".facts".count)) }
    let withIDs = Set(relations.filter { $0.hasSuffix(".id") }.map { String($0.dropLast(3)) })
    for relation in relations {
      let path = folder + "/" + relation + ".facts"
      do throws(ImportStop) {
        try importer.take(relation, path, withIDs, folder, &writer)
      } catch {
        switch error {
        case .tooMany: throw .tooManyErrors(importer.report)
        case .unreadable(let error): throw .unreadable(error)
        }
      }
    }
    return importer.report
  }

  private mutating func take(
    _ relation: String, _ path: String, _ withIDs: Set<String>, _ folder: String,
    _ writer: inout GraphWriter
  ) throws(ImportStop) {
    if withIDs.contains(relation) { return }
    if relation.hasSuffix(".id") {
      return try takeEdges(String(relation.dropLast(3)), folder, &writer)
    }
    if withIDs.contains(where: { relation.hasPrefix($0 + ".") }) { return }
    let rows = try rows(path)
    if relation.hasPrefix("node.") {
      let key = SouffleFactsImporter.name(String(relation.dropFirst(5)))
      let type = ValueGuess.type(of: rows.compactMap { $0.fields.last })
      for row in rows where try expect(2, row, path) {
        if let value = ValueGuess.value(row.fields[1], as: type) {
          writer.setProperty(key, of: row.fields[0], to: value)
        }
      }
      return
    }
    let name = SouffleFactsImporter.name(
      relation.hasSuffix(".edge") ? String(relation.dropLast(5)) : relation)
    for row in rows {
      switch row.fields.count {
      case 1: writer.addLabel(name, to: row.fields[0])
      case 2 where relation == "alias": writer.addAlias(row.fields[0], of: row.fields[1])
      case 2: writer.addEdge(name, from: row.fields[0], to: row.fields[1])
      default:
        try reject("\(row.fields.count) columns, but a graph has one or two", row.line, path)
        continue
      }
      report.accepted += 1
    }
  }

  /// Edges by number, with the properties that the other files of the type give them.
  private mutating func takeEdges(
    _ relation: String, _ folder: String, _ writer: inout GraphWriter
  ) throws(ImportStop) {
    var properties: [String: [(key: String, value: Value)]] = [:]
    let files = ((try? Files.list(folder)) ?? []).filter {
      $0.hasPrefix(relation + ".") && $0.hasSuffix(".facts") && $0 != "\(relation).id.facts"
    }
    for file in files {
      let key = SouffleFactsImporter.name(
        String(file.dropFirst(relation.utf8.count + 1).dropLast(".facts".count)))
      let rows = try rows(folder + "/" + file)
      let type = ValueGuess.type(of: rows.compactMap { $0.fields.last })
      for row in rows where try expect(2, row, folder + "/" + file) {
        guard let value = ValueGuess.value(row.fields[1], as: type) else { continue }
        properties[row.fields[0], default: []].append((key, value))
      }
    }
    let path = "\(folder)/\(relation).id.facts"
    let type = SouffleFactsImporter.name(
      relation.hasSuffix(".edge") ? String(relation.dropLast(5)) : relation)
    for row in try rows(path) where try expect(3, row, path) {
      writer.addEdge(
        type, from: row.fields[1], to: row.fields[2], properties: properties[row.fields[0]] ?? [])
    }
  }

  private mutating func rows(
    _ path: String
  ) throws(ImportStop) -> [(line: Int, fields: [String])] {
    var result: [(line: Int, fields: [String])] = []
    let input: InputFile
    do throws(StoreError) { input = try InputFile(path) } catch { throw .unreadable(error) }
    var source = ImportSource(input, options)
    while let line = try source.nextLine() {
      let fields = line.split(separator: 9, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      result.append((source.line, fields))
    }
    report.bytesRead += input.size
    report.byteCount += input.size
    options.progress?(report)
    return result
  }

  private mutating func expect(
    _ count: Int, _ row: (line: Int, fields: [String]), _ path: String
  ) throws(ImportStop) -> Bool {
    guard row.fields.count == count else {
      try reject("\(row.fields.count) columns in place of \(count)", row.line, path)
      return false
    }
    report.accepted += 1
    return true
  }

  private mutating func reject(
    _ reason: String, _ line: Int, _ path: String
  ) throws(ImportStop) {
    report.rejected.append(RowError(file: path, line: line, reason: reason))
    if report.rejected.count > options.maximumErrors { throw .tooMany }
  }

  /// The relation that a file's name stands for.
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
    try SouffleFactsImporter.read(folder: folder, into: &self, options: options)
  }
}

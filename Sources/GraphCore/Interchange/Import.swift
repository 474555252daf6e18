/// A form in which graphs are read.
public enum ImportFormat: String, Sendable, CaseIterable {
  case csv
  case tsv
  case jsonLines = "jsonl"
  case nTriples = "ntriples"
  case graphML = "graphml"
  case facts

  /// The form that a file's name stands for, if it is one of these.
  ///
  /// ```swift
  /// ImportFormat(path: "companies.csv")    // .csv
  /// ImportFormat(path: "links.tsv.gz")     // .tsv
  /// ```
  public init?(path: String) {
    var parts = path.split(separator: ".")
    if parts.last?.lowercased() == "gz" { parts.removeLast() }
    switch parts.last.map({ $0.lowercased() }) {
    case "csv": self = .csv
    case "tsv", "tab": self = .tsv
    case "jsonl", "ndjson", "json": self = .jsonLines
    case "nt", "ntriples": self = .nTriples
    case "graphml", "xml": self = .graphML
    case "facts": self = .facts
    default: return nil
    }
  }
}

/// A row that was not taken, and why.
///
/// Printed it is `file:line: reason`, as compilers write it.
public struct RowError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The path as it was given; inside a folder that of the file.
  public var file: String
  /// The line on which the row begins, from 1.
  public var line: Int
  public var reason: String
  /// The row as it stands in the file, or its beginning where it is long.
  public var row: String

  public init(file: String, line: Int, reason: String, row: String = "") {
    self.file = file
    self.line = line
    self.reason = reason
    self.row = row
  }

  public var description: String { "\(file):\(line): \(reason)" }
}

/// What an import has read otherwise than one may expect. It stops nothing.
public enum ImportRemark: Sendable, Hashable {
  /// Edges without a direction, `type` being that of the first, were taken from the end that is named first to the other.
  case undirectedEdges(file: String, count: Int, type: String)
  /// The column `key` is text for what stands in `line`, though at least half of the values seen are numbers.
  case textColumn(file: String, line: Int, key: String, text: String)
  /// `count` decimals of the column `key` have more digits than a float; the first of them and what it is now.
  case roundedNumbers(
    file: String, line: Int, key: String, count: Int, text: String, number: Double)
  /// The lists of the column `key` were taken as one text each.
  case listColumn(file: String, key: String)
  /// No edge was read of the file, though two columns look like the ends of edges.
  case likelyEnds(file: String, start: String, end: String)
  /// Files name their nodes from several spaces of ids, as Neo4j has them, but a name is one node here.
  case idSpaces(file: String, first: String, other: String)
  /// What seems to be the type of a column was taken as part of its name.
  case likelyType(file: String, column: String, type: String)
  /// Rows have fewer fields than the header, the first of them on a line.
  case shortRows(file: String, line: Int, count: Int, columnCount: Int)
  /// Columns, counted from 1, were left out for want of a name in the header.
  case unnamedColumns(file: String, columns: [Int])
  /// Rows give their nodes neither a label nor a property, so that they say nothing; the first of them on a line.
  case emptyRows(file: String, line: Int, count: Int)
  /// The file was read as one column, though a character parts its header and rows alike.
  case likelySeparator(file: String, separator: Character)
}

/// What an import has done so far.
public struct ImportReport: Sendable {
  /// Rows that were taken.
  public internal(set) var accepted = 0
  /// Rows that were not, in the order of reading.
  public internal(set) var rejected: [RowError] = []
  /// What was read otherwise than one may expect, in the order of reading.
  public internal(set) var remarks: [ImportRemark] = []
  /// How many bytes of the files have been read, and how many there are.
  public internal(set) var bytesRead = 0
  public internal(set) var byteCount = 0
  /// The file that is being read.
  public internal(set) var file = ""
}

/// How an import reads its files, how it goes on where rows are wrong, and whom it tells how far it is.
public struct ImportOptions {
  /// The form of all files; otherwise the ending of each name decides.
  public var format: ImportFormat?
  /// The columns of files of separated values that do not begin with a header.
  public var header: [String]?
  /// How many rows may be wrong; with one more nothing is imported.
  public var maximumErrors = 0
  /// How many threads read.
  public var threadCount = ProcessControl.processorCount
  /// Called about every mebibyte.
  public var progress: ((ImportReport) -> Void)?
  /// Asked about every mebibyte whether to stop; then nothing is imported.
  public var isCancelled: (() -> Bool)?

  public init(
    format: ImportFormat? = nil, header: [String]? = nil, maximumErrors: Int = 0,
    progress: ((ImportReport) -> Void)? = nil, isCancelled: (() -> Bool)? = nil
  ) {
    self.format = format
    self.header = header
    self.maximumErrors = maximumErrors
    self.progress = progress
    self.isCancelled = isCancelled
  }
}

/// Why nothing was imported.
public enum ImportError: Error, Sendable {
  /// More rows are wrong than may be.
  case tooManyErrors(ImportReport)
  /// A file cannot be read.
  case unreadable(StoreError)
  /// The name of a file does not say what is in it.
  case unknownFormat(String)
  /// The options said so.
  case cancelled
  /// There are more new texts than a session can hold.
  case noRoom

  init(_ stop: ImportStop, _ report: ImportReport) {
    self =
      switch stop {
      case .tooMany: .tooManyErrors(report)
      case .unreadable(let error): .unreadable(error)
      case .unknownFormat(let path): .unknownFormat(path)
      case .cancelled: .cancelled
      case .noRoom: .noRoom
      }
  }
}

extension ImportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooManyErrors(let report):
      report.rejected.map(\.description).joined(separator: "\n")
    case .unreadable(let error): error.description
    case .unknownFormat(let path): "\(path): the name does not say what is in the file"
    case .cancelled: "the import was cancelled"
    case .noRoom: "there is no room: \(TermDictionary.fullMessage)"
    }
  }
}

/// Files that are read into a graph in one write.
///
/// ```swift
/// let job = ImportJob(["companies.csv", "supplies.csv"], options: ImportOptions(maximumErrors: 10))
/// try job.run { read in try store.write { writer in try read(&writer) } }
/// for row in job.report.rejected { print(row) }    // companies.csv:17: "x" is no number
/// ```
///
/// Files are read in bounded memory, in the order given; a folder stands for its `.facts` files and
/// `-` for standard input. Rows that cannot be read, or that contradict others, are left out and reported; where there
/// are more than the options allow the error, thrown on, undoes the write.
public final class ImportJob {
  private let paths: [String]
  private let options: ImportOptions
  private let ledger: ImportLedger

  /// Names what is to be read; nothing is opened before `run`.
  public init(_ paths: [String], options: ImportOptions = ImportOptions()) {
    self.paths = paths
    self.options = options
    ledger = ImportLedger(options)
  }

  /// What came of it.
  public var report: ImportReport { ledger.report }

  /// Reads all files by a write of somebody else, who is called again where rows contradict the
  /// graph, its schema or one another and may be left out.
  ///
  /// - Throws: `ImportError`, or what `write` throws.
  /// - Complexity: O(bytes), once more for each time that `write` is refused: at most
  ///   `maximumErrors` + 1 times in all. Standard input cannot be read again, so there the first
  ///   refusal is the last.
  public func run(
    _ write: (_ read: (inout GraphWriter) throws(ImportError) -> Void) throws -> Void
  ) throws {
    while true {
      do {
        return try write { writer throws(ImportError) in try read(into: &writer) }
      } catch GraphWriteError.violations(let violations) {
        guard setAside(violations) else { throw ImportError.tooManyErrors(report) }
      }
    }
  }

  /// Reads all files once.
  func read(into writer: inout GraphWriter) throws(ImportError) {
    ledger.begin()
    let numbered = writer.numbersRows
    writer.numbersRows = true
    defer { writer.numbersRows = numbered }
    do throws(ImportStop) {
      for path in paths { ledger.report.byteCount += try ImportJob.size(of: path) }
      for path in paths { try read(path, into: &writer) }
      ledger.flush(into: &writer)
    } catch {
      throw ImportError(error, report)
    }
    options.progress?(report)
  }

  /// Marks the rows that a write has been refused for, to be left out the next time; false where
  /// they are too many, and then they are in the report.
  private func setAside(_ violations: [GraphViolation]) -> Bool {
    var isKnown = false
    for violation in violations where ledger.refused[violation.ordinal] == nil {
      ledger.refused[violation.ordinal] = violation.description
      isKnown = true
    }
    // Standard input cannot be read again. A thousand are named; there may be more.
    if !paths.contains("-") && isKnown && ledger.refused.count <= options.maximumErrors {
      return true
    }
    ledger.noteRefused()
    return false
  }

  private static func size(of path: String) throws(ImportStop) -> Int {
    if Files.isFolder(path) {
      var size = 0
      for name in try ImportJob.factFiles(in: path) { size += try self.size(of: "\(path)/\(name)") }
      return size
    }
    // A pipe is opened once, or what is in it is lost.
    if path == "-" || Files.exists(path) { return Files.byteCount(path) ?? 0 }
    do throws(StoreError) { return try InputFile(path).size } catch { throw .unreadable(error) }
  }

  /// The names of the `.facts` files of a folder.
  static func factFiles(in folder: String) throws(ImportStop) -> [String] {
    let names: [String]
    do throws(FileError) {
      names = try Files.list(folder).filter { $0.hasSuffix(".facts") }
    } catch {
      throw .unreadable(StoreError(.cannotOpen, error.reason, path: folder))
    }
    if names.isEmpty {
      throw .unreadable(StoreError(.cannotOpen, "the folder holds no .facts file", path: folder))
    }
    return names
  }

  private func read(_ path: String, into writer: inout GraphWriter) throws(ImportStop) {
    if Files.isFolder(path) {
      return try SouffleFactsImporter(folder: path, ledger).read(into: &writer)
    }
    guard let format = options.format ?? ImportFormat(path: path) else {
      throw .unknownFormat(path)
    }
    var source = try ImportSource(path, ledger)
    try source.read(as: format, header: options.header, into: &writer)
  }
}

extension GraphWriter {
  /// Adds what a file says to the graph, row by row in bounded memory; see `ImportJob`, which
  /// leaves out rows that contradict others as well. O(bytes).
  ///
  /// ```swift
  /// try graph.write { writer in try writer.importFile("companies.csv") }
  /// ```
  ///
  /// - Throws: `ImportError`. Thrown on out of the closure of `write`, it undoes what was read.
  @discardableResult
  public mutating func importFile(
    _ path: String, options: ImportOptions = ImportOptions()
  ) throws(ImportError) -> ImportReport {
    let job = ImportJob([path], options: options)
    try job.read(into: &self)
    return job.report
  }

  /// Adds what bytes in memory, or a file that is open, say to the graph; see `importFile`.
  ///
  /// ```swift
  /// let input = InputFile(name: "rows", bytes: Array("name,founded\n大运集团,1987\n".utf8))
  /// try graph.write { writer in try writer.importRows(of: input, as: .csv) }
  /// ```
  @discardableResult
  public mutating func importRows(
    of input: InputFile, as format: ImportFormat, options: ImportOptions = ImportOptions()
  ) throws(ImportError) -> ImportReport {
    let ledger = ImportLedger(options)
    ledger.report.byteCount = input.size
    let numbered = numbersRows
    numbersRows = true
    defer { numbersRows = numbered }
    do throws(ImportStop) {
      var source = ImportSource(input, ledger)
      try source.read(as: format, header: options.header, into: &self)
      ledger.flush(into: &self)
    } catch {
      throw ImportError(error, ledger.report)
    }
    return ledger.report
  }
}

extension ImportSource {
  fileprivate mutating func read(
    as format: ImportFormat, header: [String]?, into writer: inout GraphWriter
  ) throws(ImportStop) {
    ledger.dictionary = writer.graph.dictionary
    switch format {
    case .csv: try CSVImporter.read(&self, UInt8(ascii: ","), header: header, into: &writer)
    case .tsv: try CSVImporter.read(&self, 9, header: header, into: &writer)
    case .facts:
      if let header {
        try CSVImporter.read(&self, 9, header: header, hasQuotes: false, into: &writer)
      } else {
        try SouffleFactsImporter.readRelation(&self, into: &writer)
      }
    case .jsonLines:
      flush(into: &writer)
      try JSONLinesImporter.read(&self, into: &writer)
    case .nTriples:
      flush(into: &writer)
      try NTriplesImporter.read(&self, into: &writer)
    case .graphML:
      flush(into: &writer)
      try GraphMLImporter.read(&self, into: &writer)
    }
  }
}

extension GraphWriter {
  /// Adds a fact once for each of its citations.
  mutating func add(_ citations: [Citation], _ fact: (inout GraphWriter, Citation?) -> Void) {
    if citations.isEmpty { fact(&self, nil) }
    for citation in citations { fact(&self, citation) }
  }

  /// Adds a node as a row tells of it.
  mutating func addNode(
    _ name: String, labels: [String], properties: [(key: String, value: Value)],
    citations: [Citation]
  ) {
    for label in labels {
      add(citations) { $0.addLabel(label, to: name, citation: $1) }
    }
    for (key, value) in properties { setProperty(key, of: name, to: value) }
  }
}

extension Citation {
  /// Pairs up the parts of several citations; `""` stands for a part that is missing.
  static func list(sources: [String], lines: [String]) -> [Citation] {
    (0..<max(sources.count, lines.count)).map { place in
      let source = place < sources.count && sources[place] != "" ? sources[place] : nil
      let lines = place < lines.count && lines[place] != "" ? lines[place] : nil
      return Citation(source: source, lines: lines)
    }.filter { $0.source != nil || $0.lines != nil }
  }
}

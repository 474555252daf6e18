/// A form in which graphs are read.
public enum ImportFormat: String, Sendable, CaseIterable {
  case csv, tsv, jsonLines, nTriples, graphML

  /// The form that a file's name stands for, if it is one of these.
  ///
  /// ```swift
  /// ImportFormat(path: "companies.csv")    // .csv
  /// ```
  public init?(path: String) {
    switch path.split(separator: ".").last.map({ $0.lowercased() }) {
    case "csv": self = .csv
    case "tsv", "tab": self = .tsv
    case "jsonl", "ndjson", "json": self = .jsonLines
    case "nt", "ntriples": self = .nTriples
    case "graphml", "xml": self = .graphML
    default: return nil
    }
  }
}

/// A row that was not taken, and why.
public struct RowError: Error, Sendable, Hashable, CustomStringConvertible {
  public var file: String
  /// The line on which the row begins, from 1.
  public var line: Int
  public var reason: String

  public init(file: String, line: Int, reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  public var description: String { "\(file):\(line): \(reason)" }
}

/// What an import has done so far.
public struct ImportReport: Sendable {
  /// Rows that were taken.
  public var accepted = 0
  /// Rows that were not, in the order of the file.
  public var rejected: [RowError] = []
  /// How far the file has been read, and how long it is.
  public var bytesRead = 0
  public var byteCount = 0
}

/// How an import goes on where rows are wrong, and whom it tells how far it is.
public struct ImportOptions {
  /// How many rows may be wrong; with one more nothing is imported.
  public var maximumErrors = 0
  /// Called about every mebibyte.
  public var progress: ((ImportReport) -> Void)?

  public init(maximumErrors: Int = 0, progress: ((ImportReport) -> Void)? = nil) {
    self.maximumErrors = maximumErrors
    self.progress = progress
  }
}

/// Why nothing was imported.
public enum ImportError: Error, Sendable {
  /// More rows are wrong than may be.
  case tooManyErrors(ImportReport)
  /// The file cannot be read.
  case unreadable(StoreError)
  /// The name of the file does not say what is in it.
  case unknownFormat(String)
}

extension ImportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooManyErrors(let report):
      report.rejected.map(\.description).joined(separator: "\n")
    case .unreadable(let error): error.description
    case .unknownFormat(let path): "\(path): the name does not say what is in the file"
    }
  }
}

extension GraphWriter {
  /// Adds what a file says to the graph, row by row in bounded memory.
  ///
  /// ```swift
  /// try store.write { writer in
  ///   let report = try writer.importFile("companies.csv", options: ImportOptions(maximumErrors: 10))
  ///   for row in report.rejected { print(row) }    // companies.csv:17: "x" is no number
  /// }
  /// ```
  ///
  /// Rows that cannot be read are left out and reported; where there are more than the options allow
  /// the error, thrown on, undoes the write.
  @discardableResult
  public mutating func importFile(
    _ path: String, as format: ImportFormat? = nil, options: ImportOptions = ImportOptions()
  ) throws(ImportError) -> ImportReport {
    guard let format = format ?? ImportFormat(path: path) else { throw .unknownFormat(path) }
    let input: InputFile
    do throws(StoreError) { input = try InputFile(path) } catch { throw .unreadable(error) }
    return try importRows(of: input, as: format, options: options)
  }

  /// Adds what a file or bytes in memory say to the graph; see `importFile`.
  @discardableResult
  public mutating func importRows(
    of input: InputFile, as format: ImportFormat, options: ImportOptions = ImportOptions()
  ) throws(ImportError) -> ImportReport {
    var source = ImportSource(input, options)
    do throws(ImportStop) {
      switch format {
      case .csv: try CSVImporter.read(&source, UInt8(ascii: ","), into: &self)
      case .tsv: try CSVImporter.read(&source, 9, into: &self)
      case .jsonLines: try JSONLinesImporter.read(&source, into: &self)
      case .nTriples: try NTriplesImporter.read(&source, into: &self)
      case .graphML: try GraphMLImporter.read(&source, into: &self)
      }
    } catch {
      switch error {
      case .tooMany: throw .tooManyErrors(source.report)
      case .unreadable(let error): throw .unreadable(error)
      }
    }
    options.progress?(source.report)
    return source.report
  }
}

/// Why an importer stops in the middle.
enum ImportStop: Error {
  case tooMany
  case unreadable(StoreError)
}

/// Hands out a file line by line and keeps the account of what came of it.
struct ImportSource {
  private let input: InputFile
  private let options: ImportOptions
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false
  private(set) var report = ImportReport()
  /// The number of the line handed out last, from 1.
  private(set) var line = 0

  init(_ input: InputFile, _ options: ImportOptions) {
    self.input = input
    self.options = options
    report.byteCount = input.size
  }

  /// The name of the file without folders and ending, for what a row does not say.
  var baseName: String {
    let last = input.name.split(separator: "/").last.map(String.init) ?? input.name
    return last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
  }

  mutating func accept() { report.accepted += 1 }

  /// Notes a row that is not taken.
  mutating func reject(_ reason: String, line: Int? = nil) throws(ImportStop) {
    report.rejected.append(RowError(file: input.name, line: line ?? self.line, reason: reason))
    if report.rejected.count > options.maximumErrors { throw .tooMany }
  }

  /// The next line without its end; `nil` at the end of the file.
  mutating func nextLine() throws(ImportStop) -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 10) {
        line += 1
        defer { start = end + 1 }
        let hasReturn = end > start && buffer[end - 1] == 13
        return buffer[start..<(hasReturn ? end - 1 : end)]
      }
      searched = buffer.count
      if try !fill(&searched) {
        guard start < buffer.count else { return nil }
        line += 1
        defer { start = buffer.count }
        return buffer[start...]
      }
    }
  }

  /// Everything up to and including a byte; at the end of the file what is left, or `nil`.
  mutating func next(through byte: UInt8) throws(ImportStop) -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: byte) {
        defer { start = end + 1 }
        line += buffer[start...end].count { $0 == 10 }
        return buffer[start...end]
      }
      searched = buffer.count
      if try !fill(&searched) {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return buffer[start...]
      }
    }
  }

  /// Reads on; `false` at the end of the file.
  private mutating func fill(_ searched: inout Int) throws(ImportStop) -> Bool {
    guard !isAtEnd else { return false }
    do throws(StoreError) {
      let more = try input.next()
      isAtEnd = more.isEmpty
      searched -= start
      buffer.removeSubrange(..<start)
      start = 0
      if report.bytesRead == 0 && more.starts(with: [0xEF, 0xBB, 0xBF]) {
        buffer.append(contentsOf: more.dropFirst(3))
      } else {
        buffer.append(contentsOf: more)
      }
      report.bytesRead = input.position
      options.progress?(report)
      return !isAtEnd
    } catch { throw .unreadable(error) }
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

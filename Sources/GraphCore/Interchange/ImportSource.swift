/// Why an importer stops in the middle.
enum ImportStop: Error {
  case tooMany
  case unreadable(StoreError)
  case unknownFormat(String)
  case cancelled
  case noRoom
}

/// The account of an import: what was taken and what was not, and which row has which number.
///
/// Rows are numbered through all files. The graph knows facts by these numbers, so that what it
/// refuses leads back to a file and a line.
final class ImportLedger {
  /// Rows on consecutive lines of a file.
  private struct Run {
    var first: Int
    var file: Int
    var line: Int
  }

  var report = ImportReport()
  /// Rows that are to be left out, with the reason.
  var refused: [Int: String] = [:]
  let options: ImportOptions
  /// The first space of ids that a file names.
  var idSpace: String?
  /// Edges that have been read and are not in the graph yet.
  let load = EdgeLoad()
  /// Those who read.
  let workers: Workers
  /// Where the texts of the rows go.
  var dictionary: TermDictionary?
  private var files: [String] = []
  private var runs: [Run] = []
  private var rowCount = 0
  private var toldBytes = 0

  init(_ options: ImportOptions) {
    self.options = options
    workers = Workers(count: options.threadCount)
  }

  /// Starts anew; what is to be left out stays so.
  func begin() {
    report = ImportReport()
    toldBytes = 0
    files = []
    runs = []
    rowCount = 0
  }

  /// The number of a file that is about to be read.
  func open(_ file: String) -> Int {
    files.append(file)
    report.file = file
    return files.count - 1
  }

  /// The number of the row that begins on a line.
  func row(file: Int, line: Int) -> Int {
    defer { rowCount += 1 }
    if let run = runs.last, run.file == file, line - run.line == rowCount - run.first {
      return rowCount
    }
    runs.append(Run(first: rowCount, file: file, line: line))
    return rowCount
  }

  /// Tells whoever wants to know how far the reading is, about every mebibyte.
  func tellProgress(isDue: Bool) {
    guard isDue || report.bytesRead >= toldBytes + 1 << 20 else { return }
    toldBytes = report.bytesRead
    options.progress?(report)
  }

  /// Stops an import that is to end, or whose texts do not fit.
  func checkStop() throws(ImportStop) {
    if options.isCancelled?() ?? false { throw .cancelled }
    if dictionary?.isNearlyFull ?? false { throw .noRoom }
  }

  /// Takes back bytes that have been read too early to count.
  func uncount(_ bytes: Int) {
    report.bytesRead -= bytes
    toldBytes = report.bytesRead
  }

  /// Puts the edges that are waiting into the graph.
  func flush(into writer: inout GraphWriter) { load.flush(into: &writer, workers: workers) }

  /// The number of the first of rows that begin on consecutive lines.
  func rows(_ count: Int, file: Int, line: Int) -> Int {
    let first = row(file: file, line: line)
    rowCount += count - 1
    return first
  }

  func reject(_ reason: String, file: Int, line: Int, row: String) throws(ImportStop) {
    report.rejected.append(
      RowError(file: files[file], line: line, reason: reason, row: row))
    if report.rejected.count > options.maximumErrors { throw .tooMany }
  }

  /// Puts the rows that the graph has refused into the report.
  func noteRefused() {
    let known = Set(report.rejected.map { "\($0.file):\($0.line)" })
    for (ordinal, reason) in refused.sorted(by: { $0.key < $1.key }) {
      guard let run = runs.last(where: { $0.first <= ordinal }) else { continue }
      let line = run.line + ordinal - run.first
      guard !known.contains("\(files[run.file]):\(line)") else { continue }
      report.rejected.append(RowError(file: files[run.file], line: line, reason: reason))
    }
  }
}

/// Hands out a file line by line.
struct ImportSource {
  /// The number that facts of the present row carry.
  private(set) var ordinal = 0
  /// The number of the line handed out last, from 1.
  private(set) var line = 0
  /// What has been read; places of lines refer to it until the next line is asked for.
  private(set) var buffer: [UInt8] = []
  /// Whether the line handed out last ended in CR and LF.
  private(set) var endsWithReturn = false
  private let input: InputFile
  let ledger: ImportLedger
  private let file: Int
  private var start = 0
  private var isAtEnd = false
  /// Where the line handed out last is in the buffer.
  private var lastLine = 0..<0

  init(_ input: InputFile, _ ledger: ImportLedger) {
    self.input = input
    self.ledger = ledger
    file = ledger.open(input.name)
  }

  private init(_ input: InputFile, _ ledger: ImportLedger, file: Int) {
    self.input = input
    self.ledger = ledger
    self.file = file
  }

  init(_ path: String, _ ledger: ImportLedger) throws(ImportStop) {
    do throws(StoreError) {
      self.init(try InputFile(path), ledger)
    } catch { throw .unreadable(error) }
  }

  /// The name of the file, for messages.
  var name: String { input.name }

  /// The name of the file without folders and ending, for what a row does not say.
  var baseName: String {
    if input.name == "<stdin>" { return "stdin" }
    var last = input.name.split(separator: "/").last.map(String.init) ?? input.name
    if last.lowercased().hasSuffix(".gz") { last.removeLast(3) }
    return last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
  }

  // MARK: Rows

  /// Begins the row that starts on a line, by default the last one; false where it is left out.
  mutating func beginRow(line: Int? = nil) throws(ImportStop) -> Bool {
    ordinal = ledger.row(file: file, line: line ?? self.line)
    guard !ledger.refused.isEmpty, let reason = ledger.refused[ordinal] else { return true }
    try reject(reason, line: line)
    return false
  }

  mutating func accept() { ledger.report.accepted += 1 }

  /// Notes what somebody may expect to be read otherwise.
  func remark(_ remark: ImportRemark) { ledger.report.remarks.append(remark) }

  /// Takes rows on consecutive lines, of which none is to be left out; returns the number of the first.
  func acceptRows(_ count: Int, from line: Int) -> Int {
    ledger.report.accepted += count
    return ledger.rows(count, file: file, line: line)
  }

  // MARK: Many rows at a time

  /// Whether rows may be taken without a look at each: none has been refused.
  var takesAllRows: Bool { ledger.refused.isEmpty }

  /// Reads what is left of the file as edges, many rows at a time; lines that are not plain are
  /// handed to the reader of rows.
  mutating func readEdges(
    _ layout: EdgeLayout, type: UInt32, into writer: inout GraphWriter,
    others: EdgeFileReader.RowReader
  ) throws(ImportStop) {
    let reader = EdgeFileReader(
      layout: layout, type: type, workers: ledger.workers, load: ledger.load)
    try reader.read(&self, into: &writer, others: others)
  }

  /// Adds an edge without properties to those that are waiting.
  func wait(_ type: UInt32, from source: UInt32, to target: UInt32) {
    ledger.load.append(type, source, target, ordinal: ordinal)
  }

  /// Puts the edges that are waiting into the graph, before rows of other kinds come.
  func flush(into writer: inout GraphWriter) { ledger.flush(into: &writer) }

  /// What has not been handed out, in chunks of lines.
  mutating func lines(quotedBy separator: [UInt8]?) -> LineSource {
    // Chunks are counted as they are taken.
    ledger.uncount(buffer.count - start)
    let lines = input.lines(behind: buffer[start...], quotedBy: separator)
    isAtEnd = true
    buffer = []
    start = 0
    return lines
  }

  /// Whether a byte order mark may come next.
  var isAtStart: Bool { input.position == 0 }

  func checkStop() throws(ImportStop) { try ledger.checkStop() }

  /// Notes that bytes have been read by way of `lines`, or that this has come to its end.
  func noteRead(_ count: Int, isLast: Bool = false) {
    ledger.report.bytesRead += count
    ledger.report.file = input.name
    ledger.tellProgress(isDue: isLast)
  }

  /// Some lines of this file, as a source that keeps the same account.
  func part(_ bytes: [UInt8], line: Int) -> ImportSource {
    var part = ImportSource(InputFile(name: input.name, bytes: []), ledger, file: file)
    part.buffer = bytes
    part.line = line - 1
    part.isAtEnd = true
    return part
  }

  /// Notes a row that is not taken; without bytes of its own it is the last line.
  mutating func reject(
    _ reason: String, line: Int? = nil, row: ArraySlice<UInt8>? = nil
  ) throws(ImportStop) {
    let bytes = row ?? buffer[lastLine]
    try ledger.reject(
      reason, file: file, line: line ?? self.line,
      row: String(decoding: bytes.prefix(10_000), as: UTF8.self))
  }

  // MARK: Lines

  /// The next line without its end, as a place in `buffer`; `nil` at the end of the file. Lines that
  /// are no text are rejected.
  mutating func nextLinePlace() throws(ImportStop) -> Range<Int>? {
    while let place = try nextPlace() {
      lastLine = place
      guard let problem = TextCheck.problem(of: buffer.span.extracting(place)) else { return place }
      if try beginRow() { try reject(problem) }
    }
    return nil
  }

  /// The next line without its end; `nil` at the end of the file.
  mutating func nextLine() throws(ImportStop) -> ArraySlice<UInt8>? {
    try nextLinePlace().map { buffer[$0] }
  }

  private mutating func nextPlace() throws(ImportStop) -> Range<Int>? {
    var searched = start
    while true {
      if let end = firstLineFeed(from: searched) {
        line += 1
        defer { start = end + 1 }
        endsWithReturn = end > start && buffer[end - 1] == 13
        return start..<(endsWithReturn ? end - 1 : end)
      }
      searched = buffer.count
      if try !fill(&searched) {
        guard start < buffer.count else { return nil }
        line += 1
        defer { start = buffer.count }
        return start..<buffer.count
      }
    }
  }

  private func firstLineFeed(from place: Int) -> Int? {
    let bytes = buffer.span
    var place = place
    while place < bytes.count {
      if bytes[place] == 10 { return place }
      place &+= 1
    }
    return nil
  }

  /// Everything up to and including a byte; at the end of the file what is left, or `nil`.
  mutating func next(through byte: UInt8) throws(ImportStop) -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: byte) {
        defer { start = end + 1 }
        line += buffer[start...end].count { $0 == 10 }
        lastLine = start..<end + 1
        return buffer[start...end]
      }
      searched = buffer.count
      if try !fill(&searched) {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        lastLine = start..<buffer.count
        return buffer[start...]
      }
    }
  }

  /// What is left of the first piece of the file, as a source of its own that ends with its last
  /// whole line and keeps no account: for a look at what is to come.
  mutating func preview() throws(ImportStop) -> ImportSource {
    var searched = start
    if buffer.isEmpty { _ = try fill(&searched) }
    let input = InputFile(name: input.name, bytes: [])
    var preview = ImportSource(input, ImportLedger(ImportOptions(maximumErrors: .max)))
    preview.buffer = Array(buffer[start...])
    if !isAtEnd, self.input.mayHaveMore,
      let end = preview.buffer.lastIndex(of: 10)
    {
      preview.buffer.removeSubrange(end...)
    }
    preview.line = line
    preview.isAtEnd = true
    return preview
  }

  /// Reads on; `false` at the end of the file.
  private mutating func fill(_ searched: inout Int) throws(ImportStop) -> Bool {
    guard !isAtEnd else { return false }
    try ledger.checkStop()
    do throws(StoreError) {
      guard buffer.count - start < LineSource.longestLine else {
        throw StoreError(.cannotRead, "a line is longer than 2 GiB", path: input.name)
      }
      let before = input.position
      let more = try input.next()
      isAtEnd = more.isEmpty
      searched -= start
      buffer.removeSubrange(..<start)
      start = 0
      lastLine = 0..<0
      if before == 0 && more.starts(with: [0xEF, 0xBB, 0xBF]) {
        buffer.append(contentsOf: more.dropFirst(3))
      } else {
        buffer.append(contentsOf: more)
      }
      ledger.report.bytesRead += input.position - before
      ledger.report.file = input.name
      ledger.tellProgress(isDue: true)
      return !isAtEnd
    } catch { throw .unreadable(error) }
  }
}

/// What a cell holds, for formats that write kinds differently.
enum CellKind: Sendable {
  case text
  case integer
  case float
  case boolean
  /// Nothing; the cell's text is not asked for.
  case null
}

/// The answer of a query as a renderer sees it: rows and columns of raw text.
///
/// An answer without columns is that of a query without variables: it is `yes` if it has a row,
/// and `no` if it has none.
protocol AnswerTable {
  var columnNames: [String] { get }
  var rowCount: Int { get }
  /// Whether a column is shown aligned at the right.
  func isNumeric(column: Int) -> Bool
  func kind(row: Int, column: Int) -> CellKind
  /// Appends the cell's text as UTF-8, neither quoted nor escaped.
  func appendText(row: Int, column: Int, to output: inout [UInt8])
}

extension AnswerTable {
  var isTruth: Bool { columnNames.isEmpty }
  var truth: String { rowCount > 0 ? "yes" : "no" }
}

/// Where rendered bytes go: a file, a terminal, memory.
///
/// An error thrown by `write` ends the rendering; so a full disk, a closed pipe and an interrupted
/// output all stop it at the next chunk.
protocol ByteSink {
  associatedtype Failure: Error
  mutating func write(_ bytes: [UInt8]) throws(Failure)
}

/// A sink that keeps everything.
struct MemorySink: ByteSink {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ bytes: [UInt8]) throws(Never) { self.bytes += bytes }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Collects bytes and hands them to a sink in large chunks.
struct ChunkedOutput<Sink: ByteSink> {
  private(set) var sink: Sink
  /// What has not been handed over yet. Renderers append here and call `endRow()` now and then.
  var bytes: [UInt8] = []
  private let chunkSize: Int

  init(_ sink: Sink, chunkSize: Int = 1 << 16) {
    self.sink = sink
    self.chunkSize = chunkSize
  }

  mutating func endRow() throws(Sink.Failure) {
    if bytes.count >= chunkSize { try flush() }
  }

  mutating func flush() throws(Sink.Failure) {
    guard !bytes.isEmpty else { return }
    try sink.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}

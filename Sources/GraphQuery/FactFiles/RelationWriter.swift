@_spi(Columns) import GraphCore

/// Writes the rows of a relation in value order, as output files hold them.
///
/// Rows are sorted in parts, several workers at a time: as words where they fit one, as numbers of rows
/// otherwise. Then they are written in parts, which come out in their order.
struct RelationWriter {
  let relation: Relation
  let columnNames: [String]
  let terms: TermSpace
  let format: TableFormat
  let workers: Workers
  let limits: LimitGuard
  /// The directive that asks for the file.
  let span: SourceSpan
  /// Bytes of all relations that are there.
  let heldByteCount: Int

  /// Hands the bytes over, some at a time; what stopped writing before its end if something did.
  func write<Failure: Error>(to sink: ([UInt8]) throws(Failure) -> Void) throws(Failure)
    -> EngineFailure?
  {
    if format.isJSON {
      if let failure = failureToSort(bytesPerRow: Self.sortedRowSize) { return failure }
      let sorter = RowSorter(relation, keys: [], terms: terms)
      return try writeJSON(sorter.sorted() ?? [], to: sink)
    }
    if format.hasHeaders { try sink(headers()) }
    if hasNumbersOnly, let rows = relation.compactRows, let runs = rows.runs(of: Self.pairsOfRun) {
      return try write(rows, runs, to: sink)
    }
    if relation.arity == 0 {
      if relation.liveCount > 0 { try sink(Array("()\n".utf8)) }
      return nil
    }
    if let failure = failureToSort(bytesPerRow: Self.packedRowSize) { return failure }
    let fields = SortField.fields(of: relation, keys: [], terms: terms)
    if let packed = PackedRows(relation, fields) { return try write(packed, to: sink) }
    if let failure = failureToSort(bytesPerRow: Self.numberedRowSize) { return failure }
    return try write(RowSorter(relation, fields), to: sink)
  }

  /// The limit that is reached, if one is.
  private func failure() -> EngineFailure? {
    do throws(EngineFailure) {
      try limits.checkTime(span)
      return nil
    } catch {
      return error
    }
  }

  /// A row as one word.
  private static let packedRowSize = 8
  /// A row's number and its key.
  private static let numberedRowSize = 12
  /// The same, and the number once more where all are wanted.
  private static let sortedRowSize = 16

  /// The limit that is reached where the rows cannot be held in value order, if that is so.
  private func failureToSort(bytesPerRow: Int) -> EngineFailure? {
    let (space, overflow) = relation.liveCount.multipliedReportingOverflow(by: bytesPerRow)
    do throws(EngineFailure) {
      try limits.checkMemory(
        held: overflow ? Int.max / 2 : heldByteCount + relation.spreadByteCount + space, span)
      return nil
    } catch {
      return error
    }
  }

  private func headers() -> [UInt8] {
    var bytes: [UInt8] = []
    for (column, name) in columnNames.enumerated() {
      if column > 0 { bytes += format.delimiter }
      bytes += name.utf8
    }
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  // MARK: Rows

  /// How many bytes are written at a time.
  private static let pieceSize = 1 << 19
  /// How many parts are written in one wave for each worker.
  private static let partsAtATime = 4

  /// So many rows are a part of the output.
  private static let rowsOfPart = 1 << 12

  private func write<Failure: Error>(
    _ packed: PackedRows, to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> EngineFailure? {
    let scratch = (0..<workers.count).map { _ in Column<UInt64>() }
    workers.forEachChunk(of: packed.partCount, size: 1) { worker, parts in
      for part in parts { packed.sort(part, scratch: scratch[worker]) }
    }
    let keys = packed.sorted
    defer { keepAlive(packed) }
    return try writeRows(to: sink) { rows, column, words in
      packed.words(keys.slice(rows.lowerBound, rows.count), column: column, into: words)
    }
  }

  private func write<Failure: Error>(
    _ sorter: RowSorter, to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> EngineFailure? {
    let scratch = (0..<workers.count).map { _ in RowSorter.Scratch() }
    workers.forEachChunk(of: sorter.partCount, size: 1) { worker, parts in
      for part in parts { sorter.sort(part, scratch[worker]) }
    }
    let numbers = sorter.numbers
    defer { keepAlive(sorter) }
    let views = (0..<relation.arity).map { relation.view($0) }
    return try writeRows(to: sink) { rows, column, words in
      views[column].gather(
        numbers.slice(rows.lowerBound, rows.count), count: rows.count, into: words)
    }
  }

  /// Writes all rows, whose words `load` writes for some of them and a column.
  private func writeRows<Failure: Error>(
    to sink: ([UInt8]) throws(Failure) -> Void,
    load: (_ rows: Range<Int>, _ column: Int, Words<UInt64>) -> Void
  ) throws(Failure) -> EngineFailure? {
    if let failure = failure() { return failure }
    let batches = (0..<workers.count).map { _ in OutputBatch(arity: relation.arity) }
    let count = relation.liveCount
    let partCount = (count + Self.rowsOfPart - 1) / Self.rowsOfPart
    return try writeParts(partCount, isShared: terms.isShareable, to: sink) {
      worker, part, output in
      let end = min(count, (part + 1) * Self.rowsOfPart)
      for start in stride(from: part * Self.rowsOfPart, to: end, by: OutputBatch.capacity) {
        let rows = start..<min(start + OutputBatch.capacity, end)
        append(rows, batches[worker], to: output, load: load)
      }
    }
  }

  /// Writes parts as `format` makes them, several at a time, in their order.
  private func writeParts<Failure: Error>(
    _ partCount: Int, isShared: Bool, to sink: ([UInt8]) throws(Failure) -> Void,
    format: (_ worker: Int, _ part: Int, ByteBuffer) -> Void
  ) throws(Failure) -> EngineFailure? {
    let outputs = (0..<(workers.count == 1 ? 1 : Self.partsAtATime * workers.count)).map { _ in
      ByteBuffer()
    }
    for first in stride(from: 0, to: partCount, by: outputs.count) {
      let count = min(outputs.count, partCount - first)
      workers.forEachChunk(of: count, size: isShared ? 1 : count) { worker, parts in
        for part in parts { format(worker, first + part, outputs[part]) }
      }
      for output in outputs where output.count > 0 { try sink(output.take()) }
      if let failure = failure() { return failure }
    }
    return nil
  }

  // MARK: Pairs

  /// About so many pairs are written at a time.
  private static let pairsOfRun = 1 << 15

  /// Whether words read as whole numbers.
  private var hasNumbersOnly: Bool {
    relation.types.allSatisfy { $0 == .number || $0 == .unsigned }
  }

  /// Writes a relation from its compact form, which a dense one would be many times as large as.
  private func write<Failure: Error>(
    _ rows: BinaryRows, _ runs: [Range<Int>], to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> EngineFailure? {
    let buffers = (0..<workers.count).map { _ in Column<UInt32>() }
    return try writeParts(runs.count, isShared: true, to: sink) { worker, part, output in
      rows.forEachList(of: runs[part], buffer: buffers[worker]) { left, rights in
        // Values that need no ranks are small and not negative.
        if rows.ranks == nil {
          for i in 0..<rights.count {
            output.append(unsigned: UInt64(left))
            appendDelimiter(to: output)
            output.append(unsigned: UInt64(rights[i]))
            output.append(UInt8(ascii: "\n"))
          }
          return
        }
        let types = relation.types
        for i in 0..<rights.count {
          append(rows.word(at: left), types[0], to: output)
          appendDelimiter(to: output)
          append(rows.word(at: Int(rights[i])), types[1], to: output)
          output.append(UInt8(ascii: "\n"))
        }
      }
    }
  }

  // MARK: Batches

  /// Whether a column's texts are written as they are and may be found many at a time.
  private func isPlainText(_ column: Int) -> Bool {
    relation.types[column] == .symbol && !format.isQuoted && terms.isShareable
  }

  private func append(
    _ rows: Range<Int>, _ batch: OutputBatch, to output: ByteBuffer,
    load: (_ rows: Range<Int>, _ column: Int, Words<UInt64>) -> Void
  ) {
    for column in 0..<relation.arity {
      let words = batch.words(column).slice(0, rows.count)
      load(rows, column, words)
      if isPlainText(column) { terms.find(words, into: batch.texts(column)) }
    }
    let columns = (0..<relation.arity).map { (type: relation.types[$0], isText: isPlainText($0)) }
    for row in 0..<rows.count {
      for column in 0..<columns.count {
        if column > 0 { appendDelimiter(to: output) }
        if columns[column].isText {
          output.append(batch.texts(column)[row])
        } else {
          append(batch.words(column)[row], columns[column].type, to: output)
        }
      }
      output.append(UInt8(ascii: "\n"))
    }
  }

  // MARK: Values

  @inline(__always)
  private func appendDelimiter(to output: ByteBuffer) {
    if format.delimiter.count == 1 {
      output.append(format.delimiter[0])
    } else {
      output.append(format.delimiter)
    }
  }

  @inline(__always)
  private func append(_ word: UInt64, _ type: ColumnType, to output: ByteBuffer) {
    switch type {
    case .number: output.append(signed: Int64(bitPattern: word))
    case .unsigned: output.append(unsigned: word)
    case .float: output.append(ExactDecimal(Double(bitPattern: word)))
    case .symbol where !format.isQuoted:
      terms.withBytes(UInt32(truncatingIfNeeded: word)) { output.append($0) }
    case .boolean, .symbol, .record: appendSlowly(word, type, to: output)
    }
  }

  private func appendSlowly(_ word: UInt64, _ type: ColumnType, to output: ByteBuffer) {
    var text: [UInt8] = []
    let isRecord = if case .record = type { true } else { false }
    WordText.append(
      word, type, terms, to: &text, floats: .exact,
      quotesInRecords: isRecord && format.isQuoted)
    guard format.isQuoted, isRecord || type == .symbol else {
      output.append(text)
      return
    }
    output.append(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") { output.append(byte) }
      output.append(byte)
    }
    output.append(UInt8(ascii: "\""))
  }

  // MARK: JSON

  private func writeJSON<Failure: Error>(
    _ rows: [UInt32], to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> EngineFailure? {
    var bytes: [UInt8] = Array("[".utf8)
    let values = JSONValues(terms: terms, hasObjects: format.hasObjects)
    for (index, row) in rows.enumerated() {
      if index > 0 { bytes += ",\n".utf8 }
      let words = (0..<relation.arity).map { relation.word(row: Int(row), column: $0) }
      values.append(
        zip(zip(columnNames, relation.types), words).map { ($0.0, $0.1, $1) }, to: &bytes)
      if bytes.count > Self.pieceSize {
        try sink(bytes)
        bytes.removeAll(keepingCapacity: true)
        if let failure = failure() { return failure }
      }
    }
    bytes += "]\n".utf8
    try sink(bytes)
    return nil
  }
}

/// Rows on their way into a file, column by column.
private final class OutputBatch {
  static let capacity = 512
  private let wordColumn: Column<UInt64>
  private let textColumn: Column<TextView>

  init(arity: Int) {
    wordColumn = Column(unspecified: arity * Self.capacity)
    textColumn = Column(unspecified: arity * Self.capacity)
  }

  @inline(__always)
  func words(_ column: Int) -> Words<UInt64> {
    wordColumn.words.slice(column * Self.capacity, Self.capacity)
  }

  @inline(__always)
  func texts(_ column: Int) -> Words<TextView> {
    textColumn.words.slice(column * Self.capacity, Self.capacity)
  }
}

@_spi(Columns) import GraphCore

/// Reads fact files: a row a line, its values apart by a delimiter, or an array of JSON.
///
/// The file is read in waves of chunks. In a wave each worker fills chunks, parses them and looks
/// their texts up; then they add the texts that are new (`TextWave`); then they put the rows into their
/// columns. So nothing depends on how many workers there are.
struct FactFileReader {
  let layout: FactLayout
  let values: ValueReader
  let workers: Workers
  let limits: LimitGuard
  /// The directive that asks for the file.
  let span: SourceSpan
  /// From how many bytes on a file is read by several workers.
  var sharedSize = 16 * LineSource.defaultChunkSize

  /// What reading came to.
  enum Outcome {
    /// All rows, and the first one of whose values some are passed over.
    case rows(RowCollector, surplus: (line: Int, problem: FactProblem)?)
    /// Rows come again in the kept columns, where that may not be.
    case ambiguous
    /// Lines that are wrong, with their numbers counted from 0; at most `FactChunk.problemLimit`.
    case problems([(line: Int, problem: FactProblem)])
    /// Rows of JSON that are wrong, or right in a way that only `JSONFactReader` knows.
    case odd
    case stopped(EngineFailure)
  }

  /// The rows of the file added to those there were before. With `mustBeDistinct` the columns that are kept have to tell
  /// all rows apart, for the sake of those that are not.
  func read(
    _ source: LineSource, adding before: Relation?, mustBeDistinct: Bool = false
  ) throws(FileError) -> Outcome {
    let rows = RowCollector(
      layout.rowTypes, workers: workers, telling: mustBeDistinct ? layout.keptCount : nil)
    if let before { rows.append(before) }
    // A small file is read before another thread has woken up.
    let isLarge = source.byteCount.map { $0 >= sharedSize } ?? true
    let isShared = workers.count > 1 && layout.isShareable && isLarge
    let chunks = (0..<(isShared ? 8 * workers.count : 1)).map { _ in
      FactChunk(layout, values: values)
    }
    let wave = TextWave(values.dictionary, workers)
    let places = (0..<workers.count).map { _ in Column<UInt32>() }
    var problems: [(line: Int, problem: FactProblem)] = []
    var surplus: (line: Int, problem: FactProblem)?
    var lineCount = 0
    var isFirst = true
    var isClosed = false
    while true {
      try fill(chunks, for: wave, from: source, places)
      let filled = chunks.filter { $0.lines.count > 0 }
        .sorted { $0.lines.number < $1.lines.number }
      if filled.isEmpty { break }
      if layout.isJSON {
        for chunk in filled {
          if isClosed || chunk.isOdd { return .odd }
          isClosed = chunk.isClosed
        }
      }
      if isShared { wave.add(filled.map(\.unknownTexts)) }
      for chunk in filled {
        if surplus == nil {
          surplus = chunk.surplus.map { (lineCount + $0.line, $0) }
        }
        for problem in chunk.problems { problems.append((lineCount + problem.line, problem)) }
        lineCount += chunk.lineCount
      }
      if problems.count >= FactChunk.problemLimit { break }
      // With a wrong line nothing is kept, so only the other wrong ones are looked for.
      if problems.isEmpty {
        if isFirst { expectRows(like: filled, of: source, rows) }
        isFirst = false
        rows.append(filled.map(\.rows)) { filled[$0].takeTerms(of: $1, from: wave) }
        if rows.isAmbiguous { return .ambiguous }
        do throws(EngineFailure) {
          try limits.checkTime(span)
          if values.dictionary.isNearlyFull { throw EngineFailure.fullOfTexts(at: span) }
          try limits.checkMemory(
            held: rows.byteCount + values.dictionary.memoryByteCount, span)
        } catch {
          return .stopped(error)
        }
      }
    }
    if layout.isJSON, !isClosed { return .odd }
    if !problems.isEmpty { return .problems(Array(problems.prefix(FactChunk.problemLimit))) }
    rows.removeRepetitions()
    if rows.isAmbiguous { return .ambiguous }
    return .rows(rows, surplus: surplus)
  }

  /// Makes room for the rows of a file, if all of it is like its first chunks: columns that are doubled are copied, and
  /// leave holes.
  private func expectRows(
    like chunks: [FactChunk], of source: LineSource, _ rows: RowCollector
  ) {
    let read = chunks.reduce(0) { $0 + $1.lines.count }
    let found = chunks.reduce(0) { $0 + $1.rows.rowCount }
    guard let size = source.byteCount, size > read, read > 0 else { return }
    let expected = Double(found) * Double(size) / Double(read) * 1.02
    rows.expect(rows: rows.rowCount + Int(min(expected, Double(UInt32.max))))
  }

  /// Fills the chunks, each as far as it can go alone. Each worker has its own `places`.
  private func fill(
    _ chunks: [FactChunk], for wave: TextWave, from source: LineSource,
    _ places: [Column<UInt32>]
  ) throws(FileError) {
    if chunks.count == 1 {
      _ = try source.next(into: chunks[0].lines)
      chunks[0].parse(places: places[0])
      chunks[0].internTexts(in: values.dictionary)
      return
    }
    try workers.forEachChunk(of: chunks.count, size: 1) { (worker, part) throws(FileError) in
      for chunk in part {
        guard try source.next(into: chunks[chunk].lines) else { continue }
        chunks[chunk].parse(places: places[worker])
        chunks[chunk].findTexts(for: wave)
      }
    }
  }
}

extension FactProblem {
  /// The warning of the first row with values that a relation has no place for.
  static func surplus(of name: String, at span: SourceSpan, help: String?) -> Diagnostic {
    Diagnostic(
      .surplusValues,
      "the row has more values than `\(name)` has arguments; they are passed over, in further rows too",
      at: span, severity: .warning, help: help)
  }

  /// What is wrong, in words.
  func diagnostic(in layout: FactLayout, values: ValueReader, source: SourceID) -> Diagnostic {
    func span(_ range: Range<Int>) -> SourceSpan {
      SourceSpan(
        source: source, lower: UInt32(range.lowerBound), upper: UInt32(range.upperBound))
    }
    switch kind {
    case .missing(let found):
      return Diagnostic(
        .malformedRow,
        "the row has \(found) \(found == 1 ? "value" : "values"), but `\(layout.name)` has "
          + "\(layout.types.count) \(layout.types.count == 1 ? "argument" : "arguments")",
        at: span(0..<text.count))
    case .malformed(let column, let value, let place):
      return Diagnostic(
        .malformedRow,
        "\"\(String(decoding: value, as: UTF8.self))\" is no "
          + "\(values.name(of: layout.types[column])), as `\(layout.columnNames[column])` of "
          + "`\(layout.name)` is", at: span(place))
    case .noText(let value, let place):
      return Diagnostic(
        .malformedRow, value.contains(0) ? TextCheck.hasNUL : TextCheck.noUTF8, at: span(place),
        help: value.contains(0) ? "is this a text file in UTF-8?" : EncodingCheck.advice)
    case .surplus(let place):
      return Self.surplus(
        of: layout.name, at: span(place..<text.count),
        help: "`columns=\"0:2\"` in the directive says which columns are meant")
    case .unclosed(let place):
      return Diagnostic(
        .malformedRow, "the quotation mark is never closed", at: span(place..<place + 1),
        help: "close it with `\"`; inside, a quotation mark is written `\"\"`")
    case .behindQuote(let place):
      return Diagnostic(
        .malformedRow, "something stands behind a closing quotation mark",
        at: span(place..<place + 1),
        help: "inside a value a quotation mark is written `\"\"`")
    }
  }
}

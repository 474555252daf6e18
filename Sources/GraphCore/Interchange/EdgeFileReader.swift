/// Reads files whose rows are edges without properties, many rows at a time.
///
/// The file is read in waves of chunks. In a wave each worker fills chunks, splits their lines and
/// looks the texts up; then they add the texts that are new (`TextWave`), and the rows are put into the load, chunk
/// after chunk. Lines that are not plain are handed to the reader of rows, in their place.
struct EdgeFileReader {
  let layout: EdgeLayout
  /// The type of edges whose rows do not tell it.
  let type: UInt32
  let workers: Workers
  let load: EdgeLoad

  /// Reads rows one by one from a piece of the file.
  typealias RowReader = (inout ImportSource, inout GraphWriter) throws(ImportStop) -> Void

  func read(
    _ source: inout ImportSource, into writer: inout GraphWriter, others: RowReader
  ) throws(ImportStop) {
    let hasMark = source.isAtStart
    let input = source.lines(quotedBy: layout.hasQuotes ? [layout.separator] : nil)
    let chunks = (0..<(workers.count > 1 ? 8 * workers.count : 1)).map { _ in
      EdgeChunk(layout, mayHaveMark: hasMark)
    }
    let wave = TextWave(writer.graph.dictionary, workers)
    var line = source.line + 1
    while true {
      try source.checkStop()
      do throws(FileError) {
        try workers.forEachChunk(of: chunks.count, size: 1) { (_, part) throws(FileError) in
          for place in part {
            guard try input.next(into: chunks[place].lines) else { continue }
            chunks[place].parse()
            chunks[place].findTexts(for: wave)
          }
        }
      } catch {
        throw .unreadable(
          StoreError(.cannotRead, "cannot be read", path: error.path, underlying: error.reason))
      }
      let filled = chunks.filter { $0.lines.count > 0 }
        .sorted { $0.lines.number < $1.lines.number }
      if filled.isEmpty { return source.noteRead(0, isLast: true) }
      wave.add(filled.map(\.unknownTexts))
      workers.forEachChunk(of: filled.count, size: 1) { _, part in
        for place in part { filled[place].takeTerms(from: wave) }
      }
      for chunk in filled {
        try take(chunk, line, &source, &writer, others)
        line += chunk.lineCount
        source.noteRead(chunk.lines.count)
      }
    }
  }

  private func take(
    _ chunk: EdgeChunk, _ line: Int, _ source: inout ImportSource, _ writer: inout GraphWriter,
    _ others: RowReader
  ) throws(ImportStop) {
    for piece in chunk.pieces {
      if piece.bytes.isEmpty {
        let ordinal = source.acceptRows(piece.rows.count, from: line + piece.line)
        load.append(chunk, piece.rows, type: type, ordinal: ordinal)
      } else {
        var part = source.part(chunk.lines.bytes(in: piece.bytes), line: line + piece.line)
        try others(&part, &writer)
      }
    }
  }
}

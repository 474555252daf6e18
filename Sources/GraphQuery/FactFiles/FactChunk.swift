@_spi(Columns) import GraphCore

/// The rows of one chunk of a fact file, on their way into a relation.
///
/// A chunk goes through steps: `parse` reads the lines, `findTexts` looks their texts up, both by
/// any worker and for several chunks at a time; then a `TextWave` adds the texts of all of them that are
/// new, and `takeTerms` takes what they are. The ids of texts and the order of rows are those
/// of reading alone, however many workers there are.
final class FactChunk {
  let lines = LineChunk()
  private let layout: FactLayout
  private let values: ValueReader
  /// The words of each column of the rows.
  private let words: [Column<UInt64>]
  /// What is made of texts, in the order of the layout.
  private let readings: [TextReading?]
  /// Where the words of all others go.
  private let unread: Column<UInt64>
  /// For each column of texts where they stand in the chunk, and behind these for those that others are made of; nothing for the
  /// others.
  private let texts: [Column<TextField>]
  private let noTexts = Column<TextField>()
  /// For each field that is a record: where its values stand, the number of its type, and where the words go.
  private let recordColumns: [(texts: Column<TextField>, type: Int, words: Column<UInt64>)]
  private let recordReader: RecordReader
  private let targets: Column<FactBlockScanner.Target>
  /// Which bytes stand in quotation marks.
  private let quoted = Column<UInt64>()
  /// The texts that `findTexts` does not know.
  let unknownTexts = TextWave.Batch()
  private(set) var rowCount = 0
  /// For each column whether its words fit 32 bits.
  private var areNarrow: [Bool] = []
  /// How many line ends the chunk has.
  private(set) var lineCount = 0
  private(set) var problems: [FactProblem] = []
  /// The first row with values that are passed over.
  private(set) var surplus: FactProblem?
  /// Of JSON: whether there is something that is to be read in another way, and whether the array is closed.
  private(set) var isOdd = false
  private(set) var isClosed = false
  /// The names of the columns as rows of JSON have them.
  private let names: JSONRowScanner.Names
  private let oddValues = Column<JSONRowScanner.OddValue>()

  /// How many wrong lines are remembered; reading goes no further.
  static let problemLimit = 100

  init(_ layout: FactLayout, values: ValueReader) {
    self.layout = layout
    self.values = values
    words = layout.rowTypes.map { _ in Column() }
    unread = Column()
    names = JSONRowScanner.Names(layout.columnNames)
    readings = layout.made.map { $0.reading() }
    texts = (0..<layout.rowTypes.count + layout.sourceCount).map { _ in Column() }
    targets = Column()
    let (reader, words, unread) = (RecordReader(values, lines: lines), words, unread)
    recordReader = reader
    recordColumns = layout.fields.compactMap { field in
      guard case .record = field.type else { return nil }
      return (Column(), reader.number(of: field.type), field.place.map { words[$0] } ?? unread)
    }
  }

  /// The rows, whose texts have been taken by `takeTerms` when their words are read.
  var rows: RowCollector.Rows {
    RowCollector.Rows(
      columns: words.map { $0.words.slice(0, rowCount) }, rowCount: rowCount, areNarrow: areNarrow)
  }

  // MARK: Lines

  /// Reads the lines of the chunk. `places` is scratch of the worker that does it.
  func parse(places: Column<UInt32>) {
    if layout.isJSON {
      parseJSON()
    } else {
      parseLines(places)
    }
    makeColumns()
    noteWidths()
  }

  private func parseLines(_ places: Column<UInt32>) {
    // Where something is no text, each value is looked at, to tell whose it is.
    let isDoubtful = layout.holdsTexts && !lines.isText
    if !layout.isPlain || isDoubtful || !parsePlain(lines.bytes, places) {
      parseSlowly(checkingTexts: isDoubtful)
    }
  }

  /// Reads rows of JSON; where something about them `isOdd`, those before it.
  private func parseJSON() {
    rowCount = 0
    isClosed = false
    // Asked first: behind a text whose escapes were replaced, parts of characters may stay.
    isOdd = !lines.isText
    if isOdd { return makeRoom(for: 0) }
    let bytes = lines.bytes
    // A row is two brackets, and each value a byte and what is before it.
    makeRoom(for: bytes.count / (2 * layout.fields.count + 2) + 1)
    oddValues.truncate(to: 0)
    var scanner = JSONRowScanner(
      bytes, targets: targets.words, names: names, oddValues: oddValues)
    isOdd = !scanner.scan(isFirst: lines.number == 0)
    rowCount = scanner.rowCount
    isClosed = scanner.isClosed
    if !isOdd { isOdd = !readOddValues(bytes) }
  }

  /// Reads the values of JSON that are not plain; false where one is none of its type.
  private func readOddValues(_ bytes: Words<UInt8>) -> Bool {
    for index in 0..<oddValues.count {
      let value = oddValues[index]
      let text = (value.start..<value.start + value.count).map { bytes[$0] }
      guard let word = values.word(text[...], layout.types[value.column]) else { return false }
      if let place = layout.fields[value.column].place { words[place].words[value.row] = word }
    }
    return true
  }

  /// Forgets what was read; returns where the first row begins.
  private func begin() -> Int {
    rowCount = 0
    lineCount = 0
    problems.removeAll()
    surplus = nil
    guard layout.hasHeaders, lines.number == 0 else { return 0 }
    lineCount = 1
    return endOfLine(from: 0, lines.bytes) + 1
  }

  /// Reads one line after the other.
  private func parseSlowly(checkingTexts: Bool) {
    let bytes = lines.bytes
    var start = begin()
    // Each value takes a byte at least.
    makeRoom(for: bytes.count / max(1, layout.fields.count) + 2)
    while start < bytes.count, problems.count < Self.problemLimit {
      start = parseLine(from: start, bytes, checkingTexts: checkingTexts)
    }
  }

  /// Makes columns of texts.
  private func makeColumns() {
    for (number, (made, reading)) in zip(layout.made, readings).enumerated() {
      guard let reading else { continue }
      let column = layout.keptCount + number
      let fields = texts[made.place].words.slice(0, rowCount)
      switch reading {
      case .condition(let condition): answer(condition, fields, into: words[column].words)
      case .length: count(fields, into: words[column].words)
      case .part(let from, let length): cut(fields, from, length, into: texts[column].words)
      }
    }
  }

  private func answer(
    _ question: TextCondition.Question, _ fields: Words<TextField>, into answers: Words<UInt64>
  ) {
    for row in 0..<fields.count {
      answers[row] = lines.withBytes(of: fields[row]) { question.holds(for: $0) } ? 1 : 0
    }
  }

  private func count(_ fields: Words<TextField>, into lengths: Words<UInt64>) {
    for row in 0..<fields.count {
      lengths[row] = UInt64(lines.withBytes(of: fields[row]) { Scalars.count($0) })
    }
  }

  private func cut(
    _ fields: Words<TextField>, _ from: Int, _ length: Int, into parts: Words<TextField>
  ) {
    for row in 0..<fields.count {
      let part = lines.withBytes(of: fields[row]) {
        Scalars.bytes(of: $0, from: from, count: length < 0 ? Int.max : length)
      }
      parts[row] = TextField(
        start: fields[row].start &+ UInt32(part.lowerBound), count: UInt32(part.count))
    }
  }

  private func noteWidths() {
    areNarrow = zip(words, layout.rowTypes).map { words, type in
      WordColumn.fit(words.words.slice(0, rowCount), type.wordKind)
    }
  }

  /// Reads plain lines many at a time; false, and nothing is read, where quotation marks are not as in most files.
  private func parsePlain(_ bytes: Words<UInt8>, _ places: Column<UInt32>) -> Bool {
    let first = begin()
    guard first < bytes.count else {
      makeRoom(for: 0)
      return true
    }
    // Where the last line has no end, the one behind the text is it.
    let isEnded = bytes[bytes.count - 1] == UInt8(ascii: "\n")
    let count = bytes.count + (isEnded ? 0 : 1)
    places.truncate(to: 0)
    places.grow(by: count + FactPlaces.extraPlaces)
    var inside: Words<UInt64>?
    if layout.isQuoted {
      quoted.truncate(to: 0)
      quoted.grow(by: count / 64 + 1)
      let quotes = QuoteScan.mark(
        bytes, count: count, separator: layout.delimiter[0], inside: quoted.words)
      guard quotes.isRegular, !quotes.isOpen, !quotes.holdsLineEnds else { return false }
      if quotes.holdsQuotes { inside = quoted.words }
    }
    let found = FactPlaces.find(
      in: bytes, count: count, delimiter: layout.delimiter[0], besides: inside, into: places.words)
    // Something ends at a place for each value of a row that is one.
    makeRoom(for: found / max(1, layout.fields.count) + 2)
    var scanner = FactBlockScanner(
      bytes, places: places.words.slice(0, found), targets: targets.words,
      looksForSurplus: layout.tellsOfSurplus, isQuoted: inside != nil)
    scanner.skip(to: first)
    var start = first
    while start < bytes.count, problems.count < Self.problemLimit {
      if start >= FactBlockScanner.headroom {
        let read = readBlock(&scanner)
        if read > 0 {
          if surplus == nil, let found = scanner.surplus {
            noteSurplus(from: found.value, ofLineAt: found.line, lineCount + found.number, bytes)
          }
          scanner.settle(row: rowCount, read)
          rowCount += read
          lineCount += read
          start = scanner.lineStart
          continue
        }
      }
      start = parseLine(from: start, bytes, checkingTexts: false)
      scanner.skip(to: start)
    }
    return true
  }

  /// Reads the next lines that are plain; returns how many.
  private func readBlock(_ scanner: inout FactBlockScanner) -> Int {
    let read = scanner.scan(row: rowCount)
    var count = read
    for column in recordColumns {
      let (fields, words) = (column.texts.words, column.words.words)
      for row in rowCount..<rowCount + count {
        guard let word = recordReader.word(of: fields[row], column.type) else {
          count = row - rowCount
          break
        }
        words[row] = word
      }
    }
    if count < read { scanner.takeBack(read - count, of: read) }
    return count
  }

  /// Makes room for as many rows as the chunk has at most.
  private func makeRoom(for most: Int) {
    for column in words + [unread] {
      column.truncate(to: 0)
      column.grow(by: most)
    }
    for column in recordColumns {
      column.texts.truncate(to: 0)
      column.texts.grow(by: most)
    }
    for (place, column) in texts.enumerated()
    where place >= layout.rowTypes.count || layout.rowTypes[place] == .symbol {
      column.truncate(to: 0)
      column.grow(by: most)
    }
    targets.truncate(to: 0)
    var records = recordColumns[...]
    for field in layout.fields {
      if case .record = field.type, let column = records.popFirst() {
        targets.append(.init(.text, words: unread.words, texts: column.texts.words))
        continue
      }
      targets.append(
        .init(
          kind(of: field),
          words: (field.place.flatMap { $0 < layout.keptCount ? words[$0] : nil } ?? unread).words,
          texts: (field.place.map { texts[$0] } ?? noTexts).words))
    }
  }

  /// What the fast way does with a value: one that is not kept is read as well, unless any text will do.
  private func kind(of field: FactLayout.Field) -> FactBlockScanner.Kind {
    if field.column == nil { return .skipped }
    guard field.place == nil, field.type == .symbol else {
      return FactBlockScanner.Kind(field.type)
    }
    return .skipped
  }

  /// Reads one line slowly; returns the beginning of the next.
  private func parseLine(
    from start: Int, _ bytes: Words<UInt8>, checkingTexts: Bool
  ) -> Int {
    let end = endOfRow(from: start, bytes)
    var last = end
    if last > start, bytes[last &- 1] == UInt8(ascii: "\r") { last &-= 1 }
    var line: [UInt8] = []
    line.reserveCapacity(last - start)
    for place in start..<last { line.append(bytes[place]) }
    var reader = FactLineReader(
      line: line, layout: layout, values: values, checksTexts: checkingTexts)
    if let problem = reader.read(into: { column, value in store(value, column, start, bytes) }) {
      problems.append(FactProblem(kind: problem, line: lineCount, text: line))
    } else {
      rowCount += 1
      if surplus == nil, let place = reader.surplus {
        surplus = FactProblem(kind: .surplus(place: place), line: lineCount, text: line)
      }
    }
    lineCount += 1
    if layout.isQuoted { for byte in line where byte == UInt8(ascii: "\n") { lineCount += 1 } }
    return end + 1
  }

  private func noteSurplus(
    from value: Int, ofLineAt start: Int, _ number: Int, _ bytes: Words<UInt8>
  ) {
    var end = endOfLine(from: start, bytes)
    if bytes[end &- 1] == UInt8(ascii: "\r") { end &-= 1 }
    surplus = FactProblem(
      kind: .surplus(place: value - start), line: number, text: (start..<end).map { bytes[$0] })
  }

  private func store(
    _ value: FactLineReader.Value, _ column: Int, _ start: Int, _ bytes: Words<UInt8>
  ) {
    switch value {
    case .word(let word): words[column].words[rowCount] = word
    case .text(let range):
      texts[column].words[rowCount] = TextField(
        start: UInt32(start + range.lowerBound), count: UInt32(range.count))
    case .unquoted(let text, let lower):
      // What had its quotation marks doubled is shorter now, so it has room where it stands.
      for (place, byte) in text.enumerated() { bytes[start + lower + place] = byte }
      texts[column].words[rowCount] = TextField(
        start: UInt32(start + lower), count: UInt32(text.count))
    }
  }

  private func endOfLine(from start: Int, _ bytes: Words<UInt8>) -> Int {
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end &+= 1 }
    return end
  }

  /// A quoted value may go over several lines.
  private func endOfRow(from start: Int, _ bytes: Words<UInt8>) -> Int {
    layout.isQuoted
      ? QuotedRows.endOfRow(from: start, in: bytes, separator: layout.delimiter)
      : endOfLine(from: start, bytes)
  }

  // MARK: Texts

  /// Looks the texts up for a wave, while nobody adds any.
  func findTexts(for wave: TextWave) {
    unknownTexts.begin(in: lines.bytes)
    for fields in textFields { wave.look(for: fields, in: lines.bytes, unknownTexts) }
  }

  /// Finds or adds all texts at once.
  func internTexts(in dictionary: TermDictionary) {
    for fields in textFields { dictionary.intern(fields, in: lines.bytes) }
  }

  /// Where the texts of the rows stand, column by column.
  private var textFields: [Words<TextField>] {
    layout.rowTypes.indices.filter { layout.rowTypes[$0] == .symbol }.map {
      texts[$0].words.slice(0, rowCount)
    }
  }

  /// Takes the terms of the texts of some rows as the words of their columns; a wave knows those that were not found.
  func takeTerms(of rows: Range<Int>, from wave: TextWave) {
    for (column, type) in layout.rowTypes.enumerated() where type == .symbol {
      wave.take(
        texts[column].words.slice(rows.lowerBound, rows.count), of: unknownTexts,
        into: words[column].words.slice(rows.lowerBound, rows.count))
    }
  }
}

extension FactBlockScanner.Kind {
  fileprivate init(_ type: ColumnType) {
    switch type {
    case .number: self = .signed
    case .unsigned: self = .unsigned
    case .float: self = .float
    case .symbol: self = .text
    case .boolean: self = .truth
    // Left to the slow way.
    case .record: self = .other
    }
  }
}

@_spi(Columns) import GraphCore

/// Makes the texts of a batch of rows: first the bytes of all, then their terms, so that what is far away is asked for
/// in groups. What was made of the same operands before is not made again (`KnownResults`).
final class TextMaker {
  /// What texts are made of.
  private enum Recipe: Hashable {
    case parts(Int)
    case substring
    case value(ColumnType)

    var operandCount: Int {
      switch self {
      case .parts(let count): count
      case .substring: 3
      case .value: 1
      }
    }
  }

  private let terms: TermSpace
  private let batch = TextBatch()
  /// The texts of each operand, where they can be looked at in place.
  private var views: [Column<TextView>] = []
  /// So many bytes are put together before the texts are looked up.
  private static let mostBytes = 1 << 24
  /// A recursion that doubles a text would otherwise fill the memory within one batch.
  private static let longestText = 1 << 30

  private var known: [Recipe: KnownResults] = [:]

  init(_ terms: TermSpace) { self.terms = terms }

  private func results(of recipe: Recipe) -> KnownResults {
    if let made = known[recipe] { return made }
    let made = KnownResults(operandCount: recipe.operandCount)
    known[recipe] = made
    return made
  }

  /// The operands of each row one behind the other.
  ///
  /// - Throws: where a text becomes too long.
  func concatenate(
    _ operands: [Words<UInt64>], count: Int, into output: Words<UInt64>, at span: SourceSpan
  ) throws(EngineFailure) {
    try results(of: .parts(operands.count)).compute(operands, count: count, into: output) {
      (operands, count, output) throws(EngineFailure) in
      try join(operands, count: count, into: output, at: span)
    }
  }

  private func join(
    _ operands: [Words<UInt64>], count: Int, into output: Words<UInt64>, at span: SourceSpan
  ) throws(EngineFailure) {
    defer { batch.removeAll() }
    let isInPlace = terms.isShareable
    try makeTexts(operands, count: count, into: output) { row, views throws(EngineFailure) in
      for place in operands.indices {
        if isInPlace {
          batch.append(views[place][row])
        } else {
          terms.withBytes(UInt32(truncatingIfNeeded: operands[place][row])) { batch.append($0) }
        }
        try checkLength(span)
      }
    }
  }

  /// Parts of texts, from a scalar on so many scalars; what lies outside of a text is left out, and a negative
  /// length is the rest, as in Soufflé.
  func substring(
    _ texts: Words<UInt64>, from starts: Words<UInt64>, length lengths: Words<UInt64>, count: Int,
    into output: Words<UInt64>
  ) {
    results(of: .substring).compute([texts, starts, lengths], count: count, into: output) {
      cut($0[0], from: $0[1], length: $0[2], count: $1, into: $2)
    }
  }

  private func cut(
    _ texts: Words<UInt64>, from starts: Words<UInt64>, length lengths: Words<UInt64>, count: Int,
    into output: Words<UInt64>
  ) {
    let isInPlace = terms.isShareable
    // Parts of one long text often follow each other: where the last one began, the next is near.
    var last = (text: UInt64.max, scalar: 0, byte: 0)
    makeTexts([texts], count: count, into: output) { row, views in
      let start = Int(Int64(bitPattern: starts[row]))
      let length = Int(Int64(bitPattern: lengths[row]))
      func take(_ text: Span<UInt8>) {
        let range = Scalars.bytes(
          of: text, from: start, count: length < 0 ? Int.max : length,
          known: last.text == texts[row] ? (last.scalar, last.byte) : (0, 0))
        if range.lowerBound > 0, range.upperBound < text.count {
          last = (texts[row], start, range.lowerBound)
        }
        batch.append(text.extracting(range))
      }
      if isInPlace {
        views[0][row].withBytes(take)
      } else {
        terms.withBytes(UInt32(truncatingIfNeeded: texts[row]), take)
      }
    }
  }

  /// How many scalars texts have.
  func lengths(of texts: Words<UInt64>, count: Int, into output: Words<UInt64>) {
    guard terms.isShareable else {
      for row in 0..<count {
        let text = UInt32(truncatingIfNeeded: texts[row])
        output[row] = UInt64(terms.withBytes(text) { Scalars.count($0) })
      }
      return
    }
    look(at: [texts], 0..<count)
    let texts = views[0].words
    for row in 0..<count { output[row] = UInt64(texts[row].withBytes { Scalars.count($0) }) }
    keepAlive(self)
  }

  /// The texts of values.
  func texts(
    of values: Words<UInt64>, _ type: ColumnType, count: Int, into output: Words<UInt64>,
    at span: SourceSpan
  ) throws(EngineFailure) {
    try results(of: .value(type)).compute([values], count: count, into: output) {
      (operands, count, output) throws(EngineFailure) in
      try write(operands[0], type, count: count, into: output, at: span)
    }
  }

  private func write(
    _ values: Words<UInt64>, _ type: ColumnType, count: Int, into output: Words<UInt64>,
    at span: SourceSpan
  ) throws(EngineFailure) {
    defer { batch.removeAll() }
    var bytes: [UInt8] = []
    try makeTexts([], count: count, into: output) { row, _ throws(EngineFailure) in
      bytes.removeAll(keepingCapacity: true)
      if type == .float {
        bytes += CMath.fixedText(Double(bitPattern: values[row])).utf8
      } else {
        WordText.append(values[row], type, terms, to: &bytes)
      }
      guard bytes.count <= Self.longestText else { throw Self.tooLong(span) }
      batch.append(bytes.span)
    }
  }

  private func checkLength(_ span: SourceSpan) throws(EngineFailure) {
    guard batch.textByteCount <= Self.longestText else { throw Self.tooLong(span) }
  }

  private static func tooLong(_ span: SourceSpan) -> EngineFailure {
    EngineFailure(
      .limitReached, "a text becomes longer than 1 GiB", at: span,
      help: "does a recursion make it longer and longer?")
  }

  /// Has `body` put the text of each row into the batch, and finds their terms.
  private func makeTexts<Failure: Error>(
    _ operands: [Words<UInt64>], count: Int, into output: Words<UInt64>,
    _ body: (_ row: Int, _ views: [Words<TextView>]) throws(Failure) -> Void
  ) throws(Failure) {
    var first = 0
    while first < count {
      // Texts that are added may move those that there are.
      if terms.isShareable { look(at: operands, first..<count) }
      let views = views.map(\.words)
      var row = first
      while row < count && batch.byteCount < Self.mostBytes {
        try body(row, views)
        batch.finishText()
        row += 1
      }
      keepAlive(self)
      terms.intern(batch, into: output.slice(first, row - first))
      batch.removeAll()
      first = row
    }
  }

  /// Finds the texts of some rows of the operands.
  private func look(at operands: [Words<UInt64>], _ rows: Range<Int>) {
    while views.count < operands.count { views.append(Column(unspecified: Batch.capacity)) }
    for (operand, views) in zip(operands, views) {
      terms.find(
        operand.slice(rows.lowerBound, rows.count),
        into: views.words.slice(rows.lowerBound, rows.count))
    }
  }
}

@_spi(Columns) import GraphCore

/// What is asked of one text after the other: whether it holds a part, matches a pattern, or comes before another text.
///
/// The same text is in many rows (dates, kinds, names). Once many rows were looked at, what was found out about a text is kept, so
/// that the next row with it costs a look at two bits; where hardly any text comes again, it no longer is.
final class TextCondition {
  enum Question {
    case holds([UInt8])
    case matches(Pattern)
    case precedes([UInt8], orEqual: Bool)
  }

  /// What is needed for a batch.
  final class Room {
    let marks = Column<UInt8>(unspecified: Batch.capacity)
    let unknown = Column<UInt32>(unspecified: Batch.capacity)
    let terms = Column<UInt64>(unspecified: Batch.capacity)
    let answers = Column<UInt8>(unspecified: Batch.capacity)
    let views = Column<TextView>(unspecified: Batch.capacity)
    let others = Column<TextView>(unspecified: Batch.capacity)
  }

  private let question: Question
  private let terms: TermSpace
  /// After so many rows answers are kept.
  private let keepsFrom: Int
  private var verdicts: TermVerdicts?
  private var isForgetful = false
  /// How many rows were looked at, and for how many of them since answers are kept there was none.
  private var rows = 0
  private var unknownRows = 0

  static let keepsFrom = 4096
  /// Answers are not kept for few rows of many texts: a page of bits is that of so many texts, and asking the system for one
  /// takes longer than a row.
  private static let termsOfRow = 64
  /// So many rows are looked at before it is said that few texts come again.
  private static let trial = 1 << 16

  init(_ question: Question, terms: TermSpace, keepsFrom: Int = TextCondition.keepsFrom) {
    self.question = question
    self.terms = terms
    self.keepsFrom = keepsFrom
  }

  /// About how many bytes are held. O(1).
  var byteCount: Int {
    let held =
      switch question {
      case .holds(let part): part.count
      case .matches(let pattern): pattern.byteCount
      case .precedes(let bound, _): bound.count
      }
    return held + (verdicts?.byteCount ?? 0)
  }

  /// Writes the numbers of the texts that pass, or of those that do not, to `selected`, counted from `first` on, and returns how
  /// many they are.
  func select(
    _ texts: Words<UInt64>, isNegated: Bool, from first: Int, into selected: Words<UInt32>,
    _ room: Room
  ) -> Int {
    let marks = room.marks.words
    answer(texts, into: marks, room)
    return Self.select(
      marks.slice(0, texts.count), isNegated: isNegated, from: first, into: selected)
  }

  /// Writes the numbers of the marks that are 1, or of those that are 0, to `selected`, and returns how many they are.
  static func select(
    _ marks: Words<UInt8>, isNegated: Bool, from first: Int = 0, into selected: Words<UInt32>
  ) -> Int {
    let wanted: UInt8 = isNegated ? 0 : 1
    var kept = 0
    for i in 0..<marks.count {
      selected[kept] = UInt32(truncatingIfNeeded: first &+ i)
      kept &+= marks[i] == wanted ? 1 : 0
    }
    return kept
  }

  private func answer(_ texts: Words<UInt64>, into marks: Words<UInt8>, _ room: Room) {
    rows += texts.count
    guard let verdicts else {
      ask(texts, into: marks, room)
      if !isForgetful, rows >= keepsFrom, rows >= Self.reach(of: texts) / Self.termsOfRow {
        let known = TermVerdicts()
        known.note(texts, marks)
        self.verdicts = known
        (rows, unknownRows) = (0, 0)
      }
      return
    }
    let unknown = room.unknown.words
    let count = verdicts.find(texts, into: marks, unknown: unknown)
    unknownRows += count
    guard count > 0 else { return }
    let (open, answers) = (room.terms.words.slice(0, count), room.answers.words.slice(0, count))
    for i in 0..<count { open[i] = texts[Int(unknown[i])] }
    ask(open, into: answers, room)
    for i in 0..<count { marks[Int(unknown[i])] = answers[i] }
    verdicts.note(open, answers)
    if rows >= Self.trial {
      isForgetful = unknownRows > rows / 8 * 7
      if isForgetful { self.verdicts = nil }
      (rows, unknownRows) = (0, 0)
    }
  }

  /// How many texts there are up to the last of these.
  private static func reach(of texts: Words<UInt64>) -> Int {
    var reach: UInt32 = 0
    for i in 0..<texts.count {
      let id = UInt32(truncatingIfNeeded: texts[i])
      reach = max(reach, min(id, ~id))
    }
    return Int(reach)
  }

  // MARK: Asking

  /// Looks at each of some texts.
  private func ask(_ texts: Words<UInt64>, into marks: Words<UInt8>, _ room: Room) {
    guard terms.isShareable else {
      for i in 0..<texts.count {
        marks[i] = holds(for: UInt32(truncatingIfNeeded: texts[i])) ? 1 : 0
      }
      return
    }
    let views = room.views.words.slice(0, texts.count)
    terms.find(texts, into: views)
    switch question {
    case .holds(let part): TextSearch.mark(views, holding: part.span, in: marks)
    case .matches(let pattern): pattern.mark(views, in: marks)
    case .precedes(let bound, let orEqual):
      TextOrder.mark(views, before: bound.span, orEqual: orEqual, in: marks)
    }
    keepAlive(room)
  }

  /// Whether one text passes.
  func holds(for text: UInt32) -> Bool {
    terms.withBytes(text) { question.holds(for: $0) }
  }
}

extension TextCondition.Question {
  /// Whether a text passes.
  func holds(for text: Span<UInt8>) -> Bool {
    switch self {
    case .holds(let part): TextSearch.contains(text, part.span)
    case .matches(let pattern): pattern.matches(text)
    case .precedes(let bound, let orEqual):
      orEqual ? !TextOrder.precedes(bound.span, text) : TextOrder.precedes(text, bound.span)
    }
  }
}

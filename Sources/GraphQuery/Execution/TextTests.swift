@_spi(Columns) import GraphCore

/// Conditions on texts over batches: `match`, `contains`, and which text comes before which. Where all rows have one side in common, that
/// side is made a question once, as long as there are not too many.
final class TextTests {
  private struct Key: Hashable {
    enum Kind { case holds, matches, precedes, precedesOrEquals }

    let kind: Kind
    let text: UInt32
  }

  private let terms: TermSpace
  private let keepsFrom: Int
  /// The questions; nothing for a pattern that is none.
  private var conditions: [Key: TextCondition?] = [:]
  private lazy var room = TextCondition.Room()
  /// About how much the questions take.
  private(set) var byteCount = 0
  /// Beyond that questions are forgotten. Two patterns that have grown as far as they do have room.
  static let mostBytes = 1 << 24
  /// Fewer rows with the same text are looked at one by one.
  private static let leastRun = 64

  init(terms: TermSpace, keepsFrom: Int = TextCondition.keepsFrom) {
    self.terms = terms
    self.keepsFrom = keepsFrom
  }

  /// Selects the rows in which the first text and the second pass a test, or do not.
  func select(
    _ kind: TextTest.Kind, _ first: Words<UInt64>, _ second: Words<UInt64>, count: Int,
    isNegated: Bool, into selected: Words<UInt32>, at span: SourceSpan
  ) throws(EngineFailure) -> Int {
    var kept = 0
    // Mostly all rows of a batch have the same first text.
    var start = 0
    while start < count {
      let text = first[start]
      var end = start + 1
      while end < count, first[end] == text { end &+= 1 }
      let part = UInt32(truncatingIfNeeded: text)
      if kind == .contains, end - start < Self.leastRun {
        for i in start..<end {
          let holds = terms.withBytes(part) { part in
            terms.withBytes(UInt32(truncatingIfNeeded: second[i])) { Scalars.contains($0, part) }
          }
          selected[kept] = UInt32(truncatingIfNeeded: i)
          kept &+= holds != isNegated ? 1 : 0
        }
      } else {
        let key = Key(kind: kind == .match ? .matches : .holds, text: part)
        kept += select(
          key, second.slice(start, end - start), isNegated: isNegated, from: start,
          into: selected.slice(kept, selected.count - kept), at: span)
      }
      start = end
    }
    return kept
  }

  /// Selects the rows in which a comparison of words holds.
  func compare(
    _ relation: Comparison.Operator, _ type: ColumnType, _ left: Words<UInt64>,
    _ right: Words<UInt64>, count: Int, into selected: Words<UInt32>
  ) -> Int {
    guard type == .symbol, count >= Self.leastRun, terms.isShareable,
      let (kind, isNegated) = Self.asking(relation)
    else {
      return Comparisons(type: type, terms: terms).select(
        relation, left, right, count: count, into: selected)
    }
    let (left, right) = (left.slice(0, count), right.slice(0, count))
    if let bound = Self.onlyWord(right) {
      return select(Key(kind: kind, text: bound), left, isNegated: isNegated, into: selected)
    }
    if let bound = Self.onlyWord(left), let (kind, isNegated) = Self.asking(relation.flipped) {
      return select(Key(kind: kind, text: bound), right, isNegated: isNegated, into: selected)
    }
    let (texts, bounds) = (room.views.words.slice(0, count), room.others.words.slice(0, count))
    let marks = room.marks.words.slice(0, count)
    terms.find(left, into: texts)
    terms.find(right, into: bounds)
    TextOrder.mark(texts, before: bounds, orEqual: kind == .precedesOrEquals, in: marks)
    keepAlive(self)
    return TextCondition.select(marks, isNegated: isNegated, into: selected)
  }

  /// What is asked of a text to the left of a given one, and whether the opposite is.
  private static func asking(_ relation: Comparison.Operator) -> (Key.Kind, isNegated: Bool)? {
    switch relation {
    case .equal, .notEqual: nil
    case .less: (.precedes, false)
    case .lessOrEqual: (.precedesOrEquals, false)
    case .greater: (.precedesOrEquals, true)
    case .greaterOrEqual: (.precedes, true)
    }
  }

  /// The word that all of a batch are.
  private static func onlyWord(_ words: Words<UInt64>) -> UInt32? {
    let first = words[0]
    for i in 1..<words.count where words[i] != first { return nil }
    return UInt32(truncatingIfNeeded: first)
  }

  // MARK: Questions

  private func select(
    _ key: Key, _ texts: Words<UInt64>, isNegated: Bool, from first: Int = 0,
    into selected: Words<UInt32>, at span: SourceSpan? = nil
  ) -> Int {
    guard let condition = condition(key, span) else { return 0 }
    let size = condition.byteCount
    // It grows with what it is asked.
    defer { note(condition.byteCount - size, key, condition) }
    if texts.count >= Self.leastRun {
      return condition.select(texts, isNegated: isNegated, from: first, into: selected, room)
    }
    var kept = 0
    for i in 0..<texts.count {
      selected[kept] = UInt32(truncatingIfNeeded: first &+ i)
      let holds = condition.holds(for: UInt32(truncatingIfNeeded: texts[i]))
      kept &+= holds != isNegated ? 1 : 0
    }
    return kept
  }

  /// The question that a text is; nothing where it is to be a pattern and is none, so that neither the test nor its opposite
  /// holds.
  private func condition(_ key: Key, _ span: SourceSpan?) -> TextCondition? {
    if let known = conditions[key] { return known }
    let condition = question(key, span).map {
      TextCondition($0, terms: terms, keepsFrom: keepsFrom)
    }
    conditions[key] = .some(condition)
    note(Self.byteCount(of: condition), key, condition)
    return condition
  }

  private func question(_ key: Key, _ span: SourceSpan?) -> TextCondition.Question? {
    let bytes = terms.withBytes(key.text) { text in text.indices.map { text[$0] } }
    switch key.kind {
    case .holds: return .holds(bytes)
    case .precedes: return .precedes(bytes, orEqual: false)
    case .precedesOrEquals: return .precedes(bytes, orEqual: true)
    case .matches:
      do throws(PatternError) {
        return .matches(try Pattern(terms.text(key.text)))
      } catch {
        if let span { terms.warn(.invalidPattern(terms.text(key.text), error, at: span)) }
        return nil
      }
    }
  }

  /// Counts what a question takes more, and forgets the others where all together take too much.
  private func note(_ more: Int, _ key: Key, _ condition: TextCondition?) {
    byteCount += more
    guard byteCount > Self.mostBytes else { return }
    conditions = [key: condition]
    byteCount = Self.byteCount(of: condition)
  }

  private static func byteCount(of condition: TextCondition?) -> Int {
    256 + (condition?.byteCount ?? 0)
  }
}

extension Diagnostic {
  /// The warning that a text is no pattern.
  static func invalidPattern(_ text: String, _ error: PatternError, at span: SourceSpan)
    -> Diagnostic
  {
    Diagnostic(
      .invalidPattern, "\"\(text)\" is no pattern, so that nothing matches it or fails to",
      at: span, severity: .warning, notes: [error.message])
  }
}

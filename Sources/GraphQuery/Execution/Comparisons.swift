@_spi(Columns) import GraphCore

/// Selects the rows of a batch for which a comparison holds: a loop per operator and type.
struct Comparisons {
  let type: ColumnType
  let terms: TermSpace

  /// Writes the numbers of the selected rows to `selected` and returns how many there are.
  func select(
    _ relation: Comparison.Operator, _ a: Words<UInt64>, _ b: Words<UInt64>, count: Int,
    into selected: Words<UInt32>
  ) -> Int {
    switch relation {
    case .equal: return equality(a, b, count, selected, isEqual: true)
    case .notEqual: return equality(a, b, count, selected, isEqual: false)
    case .less: return ordered(a, b, count, selected, allowsEqual: false)
    case .greater: return ordered(b, a, count, selected, allowsEqual: false)
    case .lessOrEqual: return ordered(a, b, count, selected, allowsEqual: true)
    case .greaterOrEqual: return ordered(b, a, count, selected, allowsEqual: true)
    }
  }

  /// Equal values have equal words, of every type.
  private func equality(
    _ a: Words<UInt64>, _ b: Words<UInt64>, _ count: Int, _ selected: Words<UInt32>, isEqual: Bool
  ) -> Int {
    var kept = 0
    for i in 0..<count {
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= (a[i] == b[i]) == isEqual ? 1 : 0
    }
    return kept
  }

  private func ordered(
    _ a: Words<UInt64>, _ b: Words<UInt64>, _ count: Int, _ selected: Words<UInt32>,
    allowsEqual: Bool
  ) -> Int {
    var kept = 0
    switch type {
    case .number:
      for i in 0..<count {
        let (x, y) = (Int64(bitPattern: a[i]), Int64(bitPattern: b[i]))
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= x < y || (allowsEqual && x == y) ? 1 : 0
      }
    case .unsigned, .boolean, .record:
      for i in 0..<count {
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= a[i] < b[i] || (allowsEqual && a[i] == b[i]) ? 1 : 0
      }
    case .float, .symbol:
      let order = WordOrder(type, terms)
      for i in 0..<count {
        selected[kept] = UInt32(truncatingIfNeeded: i)
        let holds = (allowsEqual && a[i] == b[i]) || order.precedes(a[i], b[i])
        kept &+= holds ? 1 : 0
      }
    }
    return kept
  }
}

/// `match` and `contains` over batches; patterns are compiled once, as long as there are not too many.
final class TextTests {
  private let terms: TermSpace
  /// The compiled patterns; nothing for a text that is none.
  private var patterns: [UInt32: Pattern?] = [:]
  /// About how much the patterns take.
  private(set) var byteCount = 0
  /// Beyond that patterns are forgotten. Two that have grown as far as they do have room.
  static let mostBytes = 1 << 24

  init(terms: TermSpace) { self.terms = terms }

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
      let a = UInt32(truncatingIfNeeded: text)
      let pattern = kind == .match ? pattern(a, span) : nil
      for i in start..<end {
        let b = UInt32(truncatingIfNeeded: second[i])
        let holds: Bool
        switch kind {
        case .contains:
          holds = terms.withBytes(a) { part in
            terms.withBytes(b) { text in Scalars.contains(text, part) }
          }
        case .match:
          guard let pattern else { continue }
          holds = terms.withBytes(b) { pattern.matches($0) }
        }
        if holds != isNegated {
          selected[kept] = UInt32(truncatingIfNeeded: i)
          kept &+= 1
        }
      }
      // A pattern grows with what it is matched against.
      if kind == .match { note(a, pattern) }
      start = end
    }
    return kept
  }

  /// The pattern that a text is; nothing where it is none, so that neither the test nor its opposite holds.
  private func pattern(_ text: UInt32, _ span: SourceSpan) -> Pattern? {
    if let known = patterns[text] {
      byteCount -= Self.byteCount(of: known)
      return known
    }
    var compiled: Pattern?
    do throws(PatternError) {
      compiled = try Pattern(terms.text(text))
    } catch {
      terms.warn(.invalidPattern(terms.text(text), error, at: span))
    }
    patterns[text] = .some(compiled)
    return compiled
  }

  /// Counts what a pattern takes, and forgets the others where all together take too much.
  private func note(_ text: UInt32, _ pattern: Pattern?) {
    byteCount += Self.byteCount(of: pattern)
    if byteCount > Self.mostBytes {
      patterns = [text: pattern]
      byteCount = Self.byteCount(of: pattern)
    }
  }

  private static func byteCount(of pattern: Pattern?) -> Int { 64 + (pattern?.byteCount ?? 0) }
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

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
    for i in 0..<count {
      let (a, b) = (
        UInt32(truncatingIfNeeded: first[i]), UInt32(truncatingIfNeeded: second[i])
      )
      let holds: Bool?
      switch kind {
      case .contains:
        holds = terms.withBytes(a) { part in
          terms.withBytes(b) { text in Scalars.contains(text, part) }
        }
      case .match: holds = matches(a, b, span)
      }
      if let holds, holds != isNegated {
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= 1
      }
    }
    return kept
  }

  /// Whether the whole text matches the pattern, scalar by scalar; nothing where the pattern is none,
  /// so that neither the test nor its opposite holds.
  private func matches(_ pattern: UInt32, _ text: UInt32, _ span: SourceSpan) -> Bool? {
    let compiled: Pattern?
    var before = 0
    if let known = patterns[pattern] {
      compiled = known
      before = Self.byteCount(of: known)
    } else {
      do throws(PatternError) {
        compiled = try Pattern(terms.text(pattern))
      } catch {
        compiled = nil
        terms.warn(.invalidPattern(terms.text(pattern), error, at: span))
      }
      patterns[pattern] = compiled
    }
    let result = compiled.map { compiled in terms.withBytes(text) { compiled.matches($0) } }
    // A pattern grows with what it is matched against.
    byteCount += Self.byteCount(of: compiled) - before
    if byteCount > Self.mostBytes {
      patterns = [pattern: compiled]
      byteCount = Self.byteCount(of: compiled)
    }
    return result
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

@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Random patterns over random texts, against what a pattern means.
@Suite struct PatternComparisonTests {
  private static let letters: [Unicode.Scalar] = [
    "a", "b", "太", "原", "é", "😀", "\n", "\u{2028}", "\u{2029}", "\u{2030}", "\r",
  ]

  private static func text(_ most: Int, _ random: inout SeededGenerator) -> String {
    var text = String.UnicodeScalarView()
    // Line ends are rare.
    let letters = Int.random(in: 0..<4, using: &random) == 0 ? 11 : 5
    for _ in 0..<Int.random(in: 0...most, using: &random) {
      text.append(Self.letters[Int.random(in: 0..<letters, using: &random)])
    }
    return String(text)
  }

  private static func pattern(_ depth: Int, _ random: inout SeededGenerator) -> String {
    let choice = Int.random(in: 0..<(depth == 0 ? 7 : 12), using: &random)
    switch choice {
    case 0, 1: return ".*"
    case 2: return text(2, &random)
    case 3: return "[ab]"
    case 4: return "[a太-原]"
    case 5: return "."
    case 6: return ["^", "$", "\\b", "x", "[^a]*", ""].randomElement(using: &random) ?? ""
    case 7:
      return "(\(pattern(depth - 1, &random))|\(pattern(depth - 1, &random)))"
    case 8:
      return "(\(pattern(depth - 1, &random)))"
        + (["?", "+", "{2}"].randomElement(using: &random) ?? "")
    default:
      return (0..<Int.random(in: 2...4, using: &random)).map { _ in pattern(depth - 1, &random) }
        .joined()
    }
  }

  /// Where a text may go on behind what a pattern matches from a place on.
  private static func ends(_ node: PatternNode, _ text: [Unicode.Scalar], from start: Int) -> Set<
    Int
  > {
    func isWord(_ place: Int) -> Bool {
      text.indices.contains(place) && ScalarSet.words.contains(text[place].value)
    }
    switch node {
    case .empty: return [start]
    case .set(let set):
      return start < text.count && set.contains(text[start].value) ? [start + 1] : []
    case .sequence(let parts):
      return parts.reduce([start]) { places, part in
        Set(places.flatMap { ends(part, text, from: $0) })
      }
    case .alternatives(let parts): return Set(parts.flatMap { ends($0, text, from: start) })
    case .repetition(let inner, let least, let most):
      var places: Set<Int> = [start]
      for _ in 0..<least { places = Set(places.flatMap { ends(inner, text, from: $0) }) }
      var all = places
      for _ in least..<(most ?? least + text.count + 1) {
        places = Set(places.flatMap { ends(inner, text, from: $0) })
        all.formUnion(places)
      }
      return all
    case .start: return start == 0 ? [start] : []
    case .end: return start == text.count ? [start] : []
    case .wordBoundary: return isWord(start - 1) != isWord(start) ? [start] : []
    case .noWordBoundary: return isWord(start - 1) == isWord(start) ? [start] : []
    }
  }

  @Test func patternsMatchWhatTheyMean() throws {
    var random = SeededGenerator(seed: 71)
    var (plain, held) = (0, 0)
    for _ in 0..<1500 {
      // Many patterns end with anything.
      let source = Self.pattern(2, &random) + (Bool.random(using: &random) ? ".*" : "")
      guard let node = try? PatternParser.parse(source) else { continue }
      let pattern = try Pattern(source)
      if PlainPattern(node.withoutOuterAnchors) != nil { plain += 1 }
      let dictionary = TermDictionary()
      let texts = (0..<20).map { Self.text($0 < 10 ? 5 : 24, &random) }
      let ids = Column(texts.map { UInt64(dictionary.intern($0)) })
      let views = Column<TextView>(unspecified: ids.count)
      let marks = Column<UInt8>(repeating: 9, count: ids.count)
      defer { keepAlive(ids, views, marks) }
      dictionary.find(ids.words, into: views.words)
      // What is learnt from one batch changes nothing for the next.
      for _ in 0..<3 { pattern.mark(views.words, in: marks.words) }
      for (number, text) in texts.enumerated() {
        let scalars = Array(text.unicodeScalars)
        let expected = Self.ends(node, scalars, from: 0).contains(scalars.count)
        #expect(pattern.matches(Array(text.utf8).span) == expected, "\(source) on \(text)")
        #expect(marks[number] == (expected ? 1 : 0), "\(source) on \(text)")
        if expected { held += 1 }
      }
    }
    // Both ways of matching are looked at.
    #expect(plain > 150 && held > 1500, "\(plain) \(held)")
  }

  @Test func lineEndsAreFound() {
    var random = SeededGenerator(seed: 72)
    for _ in 0..<500 {
      let text = Self.text(20, &random)
      let holds = text.unicodeScalars.contains { ScalarSet.lineEnds.contains($0.value) }
      #expect(TextBytes.holdLineEnd(Array(text.utf8).span) == holds)
    }
  }

  @Test func whatIsPlain() throws {
    func isPlain(_ pattern: String) throws -> Bool {
      PlainPattern(try PatternParser.parse(pattern).withoutOuterAnchors) != nil
    }
    for pattern in [
      "abc", "PROMO.*", ".*x", ".*x.*y.*", "a|b.*|c", ".*([Cc]at|dog).*", "", ".*", "^a.*$",
    ] {
      #expect(try isPlain(pattern), "\(pattern)")
    }
    for pattern in ["a.b", "a+", ".*[0-9].*", "a\n.*", "\\bfoo.*", "a^b", "[ab][cd][ef][gh]"] {
      #expect(try !isPlain(pattern), "\(pattern)")
    }
  }
}

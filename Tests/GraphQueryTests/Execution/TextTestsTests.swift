@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions on texts over batches, against those on single texts, while answers are kept.
@Suite struct TextTestsTests {
  private let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)

  /// Batches over few texts, over ever more that are made meanwhile, and over many that come once.
  @Test(arguments: [(1, 20), (2000, 20), (1, 100_000)]) func answersAreKept(
    example: (keepsFrom: Int, texts: Int)
  ) throws {
    var random = SeededGenerator(seed: 41)
    let letters = ["太", "原", "a", "b", "é", "1"]
    func text() -> String {
      (0..<Int.random(in: 0...(example.texts > 1000 ? 12 : 3), using: &random)).map { _ in
        letters[Int.random(in: 0..<letters.count, using: &random)]
      }.joined()
    }
    let dictionary = TermDictionary()
    var ids = (0..<example.texts).map { _ in dictionary.intern(text()) }
    let terms = TermSpace(dictionary)
    let tests = TextTests(terms: terms, keepsFrom: example.keepsFrom)
    let questions = ["a", "太原", "", ".*太.*", "[ab]+1?.*", "(", "b太"].map { terms.intern($0) }
    let selected = Column<UInt32>(repeating: 0, count: Batch.capacity)
    for round in 0..<(example.texts > 1000 ? 150 : 60) {
      // Texts that are made get ids from above.
      if round % 3 == 2 { ids += (0..<40).map { _ in terms.intern(text() + "\(round)") } }
      let count = Int.random(in: 1...Batch.capacity, using: &random)
      let question = questions[round % questions.count]
      let (first, second) = (
        Column(repeating: UInt64(question), count: count),
        Column((0..<count).map { _ in UInt64(ids[Int.random(in: 0..<ids.count, using: &random)]) })
      )
      let other = Column((0..<count).map { second[min(count / 2 - $0 / 2, count - 1)] })
      defer { keepAlive(first, second, other, selected) }
      let texts = (0..<count).map { terms.text(UInt32(second[$0])) }
      let isNegated = round % 2 == 1
      func check(_ kept: Int, _ expected: [Int], _ what: String) {
        #expect(
          (0..<kept).map { Int(selected[$0]) } == expected, "round \(round), \(what)")
      }
      let part = terms.text(question)
      for kind in [TextTest.Kind.contains, .match] {
        let pattern = kind == .match ? try? Pattern(part) : nil
        let kept = try tests.select(
          kind, first.words, second.words, count: count, isNegated: isNegated,
          into: selected.words, at: span)
        let expected = (0..<count).filter {
          let bytes = Array(texts[$0].utf8)
          if kind == .contains {
            return TextSearch.contains(bytes.span, part.utf8Span.span) != isNegated
          }
          guard let pattern else { return false }
          return pattern.matches(bytes.span) != isNegated
        }
        check(kept, expected, "\(kind)")
      }
      for relation in [
        Comparison.Operator.less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual,
      ] {
        func holds(_ left: String, _ right: String) -> Bool {
          let (left, right) = (Array(left.utf8), Array(right.utf8))
          return switch relation {
          case .less: left.lexicographicallyPrecedes(right)
          case .lessOrEqual: !right.lexicographicallyPrecedes(left)
          case .greater: right.lexicographicallyPrecedes(left)
          case .greaterOrEqual: !left.lexicographicallyPrecedes(right)
          case .equal: left == right
          case .notEqual: left != right
          }
        }
        check(
          tests.compare(
            relation, .symbol, second.words, first.words, count: count, into: selected.words),
          (0..<count).filter { holds(texts[$0], part) }, "\(relation)")
        check(
          tests.compare(
            relation, .symbol, first.words, second.words, count: count, into: selected.words),
          (0..<count).filter { holds(part, texts[$0]) }, "\(relation) turned")
        check(
          tests.compare(
            relation, .symbol, second.words, other.words, count: count, into: selected.words),
          (0..<count).filter { holds(texts[$0], texts[min(count / 2 - $0 / 2, count - 1)]) },
          "\(relation) of two")
      }
    }
    #expect(tests.byteCount > 0 && tests.byteCount <= TextTests.mostBytes)
    #expect(terms.warnings.all.count == 1)
  }

  /// Rows with a text each that others have too, by one thread and by several.
  @Test func programsAreTheSameOnAllThreads() throws {
    let parts = ["太原", "a", "b", "开发区", "promo ", "1"]
    var random = SeededGenerator(seed: 43)
    let texts = (0..<200).map { number in
      (0..<Int.random(in: 1...4, using: &random)).map { _ in
        parts[Int.random(in: 0..<parts.count, using: &random)]
      }.joined() + "\(number % 7)"
    }
    let rows = (0..<30_000).map { ($0, texts[Int.random(in: 0..<200, using: &random)]) }
    let program = """
      .decl e(n: number, t: symbol)
      .input e
      .decl r(rule: number, n: number)
      r(1, n) :- e(n, t), contains("太原", t).
      r(2, n) :- e(n, t), !match(".*promo.*[0-3]", t).
      r(3, n) :- e(n, t), t >= "b", t < "promo b".
      r(4, n) :- e(n, t), u = cat(t, "开"), contains("1开", u), match("promo.*", u).
      r(5, n) :- e(n, t), strlen(t) > 12, match(".*a.*b.*", t).
      .decl best(k: number, lo: symbol, hi: symbol)
      best(k, l, h) :- k = range(0, 5), l = min t : { e(n, t), n % 5 = k }, h = max t : { e(n, t), n % 5 = k }.
      .output r
      .output best
      """
    var expected: [[Int]] = []
    func holds(_ text: String, _ part: String) -> Bool {
      TextSearch.firstPlace(of: part, in: text) != nil
    }
    for (number, text) in rows {
      if holds(text, "太原") { expected.append([1, number]) }
      let ends = ["0", "1", "2", "3"].contains { text.hasSuffix($0) }
      if !(holds(text, "promo ") && ends) { expected.append([2, number]) }
      if text >= "b" && text < "promo b" { expected.append([3, number]) }
      if text.hasSuffix("1"), text.hasPrefix("promo") { expected.append([4, number]) }
      if text.unicodeScalars.count > 12, let place = TextSearch.firstPlace(of: "a", in: text),
        holds(String(text.utf8.dropFirst(place)) ?? "", "b")
      {
        expected.append([5, number])
      }
    }
    let bests = (0..<5).map { group in
      let texts = rows.filter { $0.0 % 5 == group }.map(\.1)
      return "\(group)\t\(texts.min() ?? "")\t\(texts.max() ?? "")"
    }
    for threads in [1, 3] {
      let session = QuerySession()
      session.requiresDeclarations = true
      session.threadCount = threads
      #expect(session.load([SourceText(name: "p.dl", text: program)]).isLoaded)
      let input = try #require(session.fileDirectives.first { $0.kind == .input })
      let facts = rows.map { "\($0.0)\t\($0.1)\n" }.joined()
      #expect(session.readFacts(SourceText(name: "e", text: facts), of: input).isEmpty)
      let result = try #require(session.runProgram().result)
      func lines(_ name: String) -> [String] {
        var bytes: [UInt8] = []
        result.write(FileDirective(kind: .output, relation: name, parameters: [:], span: span)) {
          bytes += $0
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      }
      #expect(
        lines("r").map { $0.split(separator: "\t").compactMap { Int($0) } }
          .sorted { $0.lexicographicallyPrecedes($1) }
          == expected.sorted { $0.lexicographicallyPrecedes($1) }, "\(threads)")
      #expect(lines("best").sorted() == bests.sorted(), "\(threads)")
    }
  }
}

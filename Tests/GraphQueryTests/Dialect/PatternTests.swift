@_spi(Columns) import GraphCore
import Testing

@testable import GraphQuery

@Suite struct PatternTests {
  private func matches(_ pattern: String, _ text: String) throws -> Bool {
    try Pattern(pattern).matches(Array(text.utf8).span)
  }

  @Test(
    arguments: [
      ("", "", true), ("", "a", false), ("a", "a", true), ("a.c", "abc", true),
      ("a.c", "a\nc", false), ("a*", "", true), ("a*", "aaaa", true), ("a+", "", false),
      ("(ab)+", "ababab", true), ("(ab)+", "aba", false), ("a|b|cd", "cd", true), ("a|", "", true),
      ("[a-c]{2,3}", "abc", true), ("[a-c]{2,3}", "a", false), ("[a-c]{2}", "abc", false),
      ("x{0}y", "y", true), ("[^0-9]*", "abc", true), ("[^0-9]*", "a1", false), ("[]-]", "", false),
      ("\\d+\\.\\d*", "3.14", true), ("\\w+\\s\\w+", "two words", true), ("\\D\\S\\W", "ab-", true),
      ("^abc$", "abc", true), ("a^b", "ab", false), ("\\bfoo\\b.*", "foo bar", true),
      ("\\bfoo\\b.*", "foobar", false), ("a\\Bb", "ab", true), ("[[:alpha:]_]+", "a_B", true),
      ("\\x41\\u0042", "AB", true), (".*tail", "a long text with a tail", true),
      ("(?:a|b)*?c", "ababc", true), (".", "祁", true), ("..", "祁县", true), ("[一-龥]+", "祁县", true),
      (".", "😀", true), ("(a*)*", "aaaa", true), ("(a|aa)*b", "aaaaab", true), ("]}", "]}", true),
    ] as [(String, String, Bool)])
  func wholeTexts(_ example: (pattern: String, text: String, holds: Bool)) throws {
    #expect(try matches(example.pattern, example.text) == example.holds)
  }

  @Test(arguments: [
    "*a", "a**", "(", ")", "[", "[a", "a{", "a{x}", "a{3,1}", "\\", "\\1", "(?=a)", "[z-a]",
    "[[:no:]]", "\\q", "\\x4", "a{99999}",
  ])
  func whatIsNoPattern(_ pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern) }
  }

  /// Patterns that make a backtracking matcher take for ever.
  @Test func timeGrowsWithTheTextOnly() throws {
    let text = String(repeating: "a", count: 20_000)
    #expect(try !matches("(a*)*b", text))
    #expect(try !matches("(a|a)*b", text))
    #expect(try matches("(a?){200}a{200}", String(repeating: "a", count: 300)))
    // More sets of places than are kept at once.
    let mixed = String(repeating: "abb", count: 5_000)
    #expect(try matches("(a|b)*a(a|b){14}", mixed + "a" + String(repeating: "b", count: 14)))
    #expect(try !matches("(a|b)*a(a|b){14}", mixed + String(repeating: "b", count: 20)))
  }

  /// What is empty stays empty however often it is repeated.
  @Test(.timeLimit(.minutes(1))) func repetitionsOfNothing() throws {
    #expect(try matches("(((){10000}){10000}){10000}", ""))
    #expect(try !matches("(((){10000}){10000}){10000,}", "a"))
    #expect(try matches("((()(x{0})){10000}a){3}", "aaa"))
  }

  /// Places in states count as transitions do: what is kept of a pattern stays bounded, and the answers are the same.
  @Test func largeStatesAreNotKeptForEver() throws {
    let pattern = try Pattern(".*a.{3000}")
    let bytes = pattern.byteCount
    let text = (0..<2_000).map { $0 % 3 == 0 ? "a" : "b" }.joined()
    func holds(_ text: String) -> Bool { pattern.matches(Array(text.utf8).span) }
    #expect(!holds(text))
    #expect(holds("a" + text + text.prefix(1_000)))
    #expect(pattern.byteCount > bytes)
    #expect(pattern.byteCount < 6 << 20)
  }

  @Test func compiledPatternsAreNotKeptForEver() throws {
    let terms = TermSpace(TermDictionary(), records: RecordTable())
    let tests = TextTests(terms: terms)
    let text = terms.intern("xab")
    for number in 0..<40 {
      let pattern = terms.intern("x.{0,9000}(a|b){\(number)}")
      let (patterns, texts) = (Column([UInt64(pattern)]), Column([UInt64(text)]))
      let selected = Column<UInt32>(repeating: 0, count: 1)
      let count = try withExtendedLifetime((patterns, texts, selected)) {
        try tests.select(
          .match, patterns.words, texts.words, count: 1, isNegated: false, into: selected.words,
          at: SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0))
      }
      #expect(count == (number <= 2 ? 1 : 0), "\(number)")
      #expect(tests.byteCount > 0 && tests.byteCount <= TextTests.mostBytes)
    }
  }
}

import Testing

@testable import GraphCore

/// The pieces of sentences.
@Suite struct WordingTests {
  @Test func articles() {
    for noun in ["item", "Alias", "unsigned", "zone", "unit", "user", "one", "公司", "_x", ""] {
      let isVowel = ["item", "Alias", "unsigned"].contains(noun)
      #expect(Wording.withArticle(noun) == (isVowel ? "an " : "a ") + noun)
    }
  }

  @Test func numbers() {
    #expect([0, 1, 2].map { Wording.counted($0, "field") } == ["0 fields", "1 field", "2 fields"])
  }

  @Test func listsAreCut() {
    let names = (1...9).map { "n\($0)" }
    #expect(Wording.list(Array(names.prefix(8))) == "n1, n2, n3, n4, n5, n6, n7, n8")
    #expect(Wording.list(names) == "n1, n2, n3, n4, n5, n6, n7, n8, …")
    #expect(Wording.list([]) == "")
  }
}

/// Pieces of sentences that messages are made of.
package enum Wording {
  /// How many things a list names.
  private static let longestList = 8

  /// The first few of some things, with a mark where there are more: `"A", "B", …`.
  package static func list(_ things: [String]) -> String {
    things.prefix(longestList).joined(separator: ", ") + (things.count > longestList ? ", …" : "")
  }

  /// A number with its noun: `1 field`, `2 fields`.
  package static func counted(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A noun with its article: `a zone`, `an item`, `a unit`.
  package static func withArticle(_ noun: String) -> String {
    let word = noun.lowercased()
    // These are spoken with a consonant.
    let isSpokenOtherwise = ["uni", "use", "usa", "eu", "one"].contains { word.hasPrefix($0) }
    let beginsWithVowel = word.first.map { "aeiou".contains($0) } ?? false
    return (beginsWithVowel && !isSpokenOtherwise ? "an " : "a ") + noun
  }
}

import TestSupport
import Testing

@testable import GraphCore

@Suite struct NameSuggestionsTests {
  @Test func namesNearAreFound() {
    let names = ["祁县经济开发区", "临汾经济开发区", "supplies", "builds"]
    #expect(NameSuggestions.nearest(to: "祁县开发区", among: names).first == "祁县经济开发区")
    #expect(NameSuggestions.nearest(to: "suplies", among: names) == ["supplies"])
    #expect(NameSuggestions.nearest(to: "zzz", among: names) == [])
    #expect(NameSuggestions.nearest(to: "", among: names) == [])
  }

  @Test func onlyTheFirstReportsGetASuggestion() {
    #expect(NameSuggestions.best(for: "suplies", among: ["supplies"], after: 0) == "supplies")
    let late = NameSuggestions.mostOffered
    #expect(NameSuggestions.best(for: "suplies", among: ["supplies"], after: late) == nil)
  }

  @Test(arguments: [
    ("suplies", "supplies", true), ("compnay", "company", true), ("located_im", "located_in", true),
    ("supplies", "supplies", false), ("zone", "zones", true), ("zon", "son", false),
    ("供应商", "供应链", false), ("经济开发区", "经济开发园", true), ("partner", "planner", false),
    ("participate_in", "particpated_in", true),
  ])
  func slips(_ name: String, _ other: String, _ isSlip: Bool) {
    #expect(NameSuggestions.isSlip(name, of: other) == isSlip)
  }

  /// What is passed over without a comparison is never what a comparison would have found.
  @Test func nothingNearIsPassedOver() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let letters: [[Character]] = [Array("abcd"), Array("abcdefgh12_"), Array("开发区县经济a")]
    var found = 0
    for _ in 0..<4_000 {
      guard let alphabet = letters.randomElement(using: &random) else { continue }
      func name() -> String {
        String(
          (0..<Int.random(in: 1...9, using: &random)).compactMap { _ in
            alphabet.randomElement(using: &random)
          })
      }
      let (left, right) = (name(), name())
      let score = NameSuggestions.score(
        left.unicodeScalars.map(\.value), right.unicodeScalars.map(\.value))
      let nearest = NameSuggestions.nearest(to: left, among: [right])
      #expect(nearest == (score == nil ? [] : [right]), "\(left) \(right)")
      if score != nil { found += 1 }
    }
    #expect(found > 100)
  }
}

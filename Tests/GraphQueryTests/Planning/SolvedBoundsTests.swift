import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions that say how far a new value is from a known one.
@Suite struct SolvedBoundsTests {
  private static let conditions = [
    "q - p < 30, p - q < 30", "q - p > 0, q - p <= 5", "p - q >= 3", "q + p < 50", "40 - q > p",
    "q - p + i < 20", "q - 2 * p < 9", "i - q < p - 7", "q - p != 3", "q - p = 3",
  ]

  /// Whatever the numbers are: where they are far from 0, differences wrap around.
  @Test(arguments: conditions) func rowsAreThoseThatAreLookedThrough(condition: String) {
    for seed in 1...6 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let ranges: [ClosedRange<Int>] = [0...60, -30...30, 0...Int.max, Int.min...Int.max]
      let range = ranges[Int(seed) % ranges.count]
      var lines = [".decl h(i: number, p: number)", ".decl r(i: number, p: number, q: number)"]
      for i in 0..<40 {
        let value = max(Int.random(in: range, using: &random), -Int.max)
        lines.append("h(\(i), \(value)).")
      }
      lines.append("r(i, p, q) :- h(i, p), h(j, q), \(condition).")
      expectOneAnswer(lines, seed: seed)
    }
  }

  private func accesses(_ condition: String, offset: Int) throws -> [String] {
    let session = QuerySession()
    let program = """
      .decl h(i: number, p: number)
      .decl near(i: number, j: number)
      h(i, i * 7 + \(offset)) :- i = range(0, 2000).
      .output near
      near(i, j) :- h(i, p), h(j, q), \(condition).

      """
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    var profile: QueryProfile?
    #expect(session.runProgram { profile = $0 }.result != nil)
    return try #require(profile?.rules.last).conditions.map(\.access)
  }

  @Test func differencesAreRanges() throws {
    for condition in ["q - p < 30, p - q < 30", "i < j, q - p < 300, p - q < 300"] {
      #expect(try accesses(condition, offset: 0).contains("range (p)"))
      // Numbers that may wrap around are looked through, and so are those that may be negative.
      #expect(try !accesses(condition, offset: Int.max / 2).contains("range (p)"))
      #expect(try !accesses(condition, offset: -100).contains("range (p)"))
    }
  }
}

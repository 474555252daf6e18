import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions that say how far a new value is from a known one.
@Suite struct SolvedBoundsTests {
  private static let conditions = [
    "q - p < 30, p - q < 30", "q - p > 0, q - p <= 5", "p - q >= 3", "q + p < 50", "40 - q > p",
    "q - p + i < 20", "q - 2 * p < 9", "i - q < p - 7", "q - p != 3", "q - p = 3",
    "abs(q - p) < 9", "abs(p - q) <= 9", "9 > abs(p - q + 4)", "abs(q - p) < i", "abs(q + p) <= 3",
    "abs(q - p) = 3", "abs(q - p) < -1", "max(p, q) - min(q, p) < 9", "max(p, q) - min(q, q) < 9",
    "(p - q) * (p - q) < 50", "(q - p) * (q - p) <= i * i", "abs(p - q) + abs(i - j) < 9",
    "(p - q) * (p - q) + (i - j) * (i - j) <= 49", "(p - q) * (p - q) + i - j < 9",
    "(p - q) * (p - q) - i < 9", "(p - q) * (p - q) + i * j < 30",
    "d = q - p, d < 9, d > -9", "d = p - q, e = i - j, d * d + e * e < 40", "d = q - p, abs(d) < 9",
  ]

  /// Of doubles: what is at the edge, what is rounded there, and what has no order.
  private static let floatConditions = [
    "p - q < 0.5, q - p < 0.5", "p - q <= 0.1, q - p <= 0.1", "q - p > 0.3", "q - p >= 0.3",
    "0.1 <= p - q",
    "p - q > -0.2, q - p > -0.2", "p - q < w", "abs(p - q) < 0.3", "abs(p - q) <= 0.3",
    "abs(q - p) < w",
    "abs(q - p) <= w", "max(p, q) - min(p, q) <= 0.2", "(p - q) * (p - q) < 0.09",
    "(p - q) * (p - q) <= 0.09", "(q - p) * (q - p) + w * w < 0.25", "(p - q) * (p - q) < w * w",
    "(p - q) * (p - q) <= w * w", "(p - q) * (p - q) + w < 0.09", "(p - q) * (p - q) = 0.01",
    "(p - q) * (p - q) < 0.0", "(p - q) * (p - q) <= 1e-320", "d = p - q, d * d + abs(d) < 0.5",
  ]

  /// Whatever the numbers are: where they are far from 0, differences wrap around.
  @Test(arguments: conditions) func rowsAreThoseThatAreLookedThrough(condition: String) {
    for seed in 1...2 as ClosedRange<UInt64> {
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

  /// Where sums are rounded, at infinity and at NaN.
  @Test(arguments: floatConditions) func doublesAreThoseThatAreLookedThrough(condition: String) {
    for seed in 1...2 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      var lines = [
        ".decl h(i: number, p: float, w: float)",
        ".decl r(i: number, p: float, j: number, q: float)",
      ]
      for i in 0..<40 {
        let values = [
          "\(Int.random(in: -9...9, using: &random)) * 0.1", "0.1 + 0.2", "0.3", "-0.0",
          "to_float(\(Int.random(in: -3...3, using: &random)))", "1e308 * 10.0", "-1e308 * 10.0",
          "1e308 * 10.0 - 1e308 * 10.0",
          "1e16 + \(Int.random(in: 0...3, using: &random)).0", "1e-170", "3e-162", "0.1 * 3.0",
        ]
        let picked = values[Int.random(in: 0..<values.count, using: &random)]
        let width = values[Int.random(in: 0..<values.count, using: &random)]
        lines.append("h(\(i), x, w) :- x = \(picked), w = \(width).")
      }
      lines.append("r(i, p, j, q) :- h(i, p, w), h(j, q, _), \(condition).")
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

  @Test func distancesAreRanges() throws {
    for condition in [
      "abs(q - p) < 30, i < j", "max(p, q) - min(p, q) <= 30, i < j",
      "d = p - q, d * d + (j - j) * (j - j) < 40",
      "to_float(p) = x, d = q - p, d < 20, d > -20, i != j",
    ] {
      #expect(try accesses(condition, offset: 0).contains("range (p)"), "\(condition)")
      #expect(try !accesses(condition, offset: Int.max / 2).contains("range (p)"))
    }
  }
}

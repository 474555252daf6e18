import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Aggregates over the rows between bounds: by their places in an order, as row by row.
@Suite struct RangeAggregateTests {
  private static let conditions = [
    "t < d", "t <= d", "t > d", "t >= d", "t >= d - 7, t <= d", "t > d, t < d + 5", "t < d, d < 20",
    "d > t, t > -3", "t < d, t > e, e = d - 4", "t < 2 * d, t != 3", "t >= -d", "t > 12",
    "t < d, t < g * 3", "t - d < 5, d - t < 5", "d - t > -3", "t - d + g <= 4",
  ]
  private static let aggregates = [
    "count", "sum q", "min t", "max t", "min q", "max q", "sum q * 2", "mean q",
  ]
  private static let rows = [
    "sold(_, q, t)", "sold(g, q, t)", "sold(3, q, t)", "sold(g, q, t), q > 1",
  ]

  /// A program of every aggregate over some conditions, over random rows.
  private static func program(_ seed: UInt64, _ types: (q: String, t: String)) -> String {
    var random = SeededGenerator(seed: seed)
    var text =
      ".decl sold(g: number, q: \(types.q), t: \(types.t))\n.decl asked(g: number, d: \(types.t))\n"
    for _ in 0..<160 {
      let (q, t) = (Int.random(in: 0...9, using: &random), Int.random(in: -20...30, using: &random))
      let group = Int.random(in: 0...3, using: &random)
      text +=
        "sold(\(group), \(q)\(types.q == "float" ? ".5" : ""), \(t)\(types.t == "float" ? ".25" : "")).\n"
      if Int.random(in: 0...9, using: &random) == 0 {
        let asked = Int.random(in: -30...40, using: &random)
        text += "asked(\(group), \(asked)\(types.t == "float" ? ".0" : "")).\n"
      }
    }
    for number in 0..<6 {
      let aggregate = aggregates.randomElement(using: &random) ?? ""
      let condition = conditions.randomElement(using: &random) ?? ""
      let row = rows.randomElement(using: &random) ?? ""
      // The kinds of numbers do not mix.
      if types.t == "float", condition.contains(where: \.isNumber) || condition.contains("-") {
        continue
      }
      let isFloat =
        types.q == "float" && aggregate.hasSuffix(" q")
        || aggregate.hasSuffix(" t") && types.t == "float"
      let type =
        isFloat || aggregate == "mean q"
        ? "float" : types.q == "float" && aggregate.contains("q") ? "" : "number"
      if type.isEmpty || types.q == "float" && row.contains("q > 1") { continue }
      text += ".decl r\(number)(g: number, d: \(types.t), n: \(type))\n"
      text += "r\(number)(g, d, n) :- asked(g, d), n = \(aggregate) : { \(row), \(condition) }.\n"
    }
    return text
  }

  @Test(arguments: [("number", "number"), ("float", "number"), ("number", "float")])
  func randomAggregatesHaveOneAnswer(_ q: String, _ t: String) {
    for seed in 1...12 as ClosedRange<UInt64> {
      Differential.expectAgreement(Self.program(seed, (q, t)), query: nil, seed: seed)
    }
  }

  /// Groups by two and three columns, of small numbers, texts, and numbers too large to number groups by.
  @Test func randomKeysOfSeveralColumnsHaveOneAnswer() {
    for seed in 1...24 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let scale = [1, -1, 1_000_000_007][Int(seed % 3)]
      func key() -> String {
        "\(Int.random(in: 0...1, using: &random) * scale), \"\(["甲", "乙"].randomElement(using: &random) ?? "")\""
      }
      var text = ".decl s(a: number, b: symbol, c: number, t: number, q: number)\n"
      for _ in 0..<120 {
        let c = Int.random(in: 0...1, using: &random)
        let (t, q) = (Int.random(in: -9...9, using: &random), Int.random(in: 0...5, using: &random))
        text += "s(\(key()), \(c), \(t), \(q)).\n"
      }
      for number in 0..<4 {
        let aggregate = ["count", "sum q", "min t", "max t"].randomElement(using: &random) ?? ""
        let row =
          ["s(a, b, c, t, q)", "s(a, b, _, t, q)", "s(a, \"甲\", c, t, q)", "s(_, b, c, t, q)"]
          .randomElement(using: &random) ?? ""
        let condition =
          ["t < d", "t >= d", "t > d - 5, t <= d"].randomElement(using: &random) ?? ""
        text += ".decl r\(number)(a: number, b: symbol, c: number, d: number, n: number)\n"
        text +=
          "r\(number)(a, b, c, d, n) :- s(a, b, c, d, _), n = \(aggregate) : { \(row), \(condition) }.\n"
      }
      Differential.expectAgreement(text, query: nil, seed: seed)
    }
  }

  @Test func severalKeysAreFoundByPlaces() throws {
    var text = ".decl s(a: number, b: symbol, t: number, q: number)\n"
    for number in 0..<600 {
      text += "s(\(number % 5), \"店\(number % 7)\", \(number * 11 % 300), \(number)).\n"
    }
    text += ".decl r(a: number, b: symbol, t: number, n: number)\n"
    text += "r(a, b, t, n) :- s(a, b, t, _), n = sum q : { s(a, b, u, q), u <= t }.\n"
    let session = QuerySession()
    try #require(session.load([SourceText(name: "t.dl", text: text)]).isLoaded)
    let (profile, _) = session.profile(SourceText(name: "q", text: "?- r(a, b, t, n)."))
    let accesses = profile?.rules.flatMap(\.conditions).map(\.access) ?? []
    #expect(accesses.contains("index (a, b), places (t)"), "\(accesses)")
  }

  /// How the rows of an aggregate's rule are found, condition by condition.
  private func plan(_ aggregate: String) throws -> [String] {
    let session = QuerySession()
    var text = ".decl sold(g: number, q: number, t: number)\n.decl asked(g: number, d: number)\n"
    for number in 0..<400 {
      text +=
        "sold(\(number % 4), \(number), \(number * 7 % 100)). asked(\(number % 4), \(number)).\n"
    }
    text +=
      ".decl r(g: number, d: number, n: number)\nr(g, d, n) :- asked(g, d), n = \(aggregate).\n"
    try #require(session.load([SourceText(name: "t.dl", text: text)]).isLoaded)
    let (profile, _) = session.profile(SourceText(name: "q", text: "?- r(g, d, n)."))
    let rule = try #require(
      profile?.rules.first { $0.text.hasPrefix(aggregate.prefix(3)) && $0.conditions.count > 1 })
    #expect(rule.derivedRows <= 400, "\(aggregate): a row for each group")
    return rule.conditions.map(\.access)
  }

  @Test(arguments: [
    ("count : { sold(_, _, t), t < d }", ["scan", "places (t)"]),
    ("sum q : { sold(_, q, t), t <= d, t > d - 30 }", ["scan", "places (t)"]),
    ("sum q : { sold(g, q, t), t <= d }", ["scan", "index (g), places (t)"]),
    ("max t : { sold(_, _, t), t < d }", ["scan", "places (t)"]),
  ])
  func placesAreEnough(_ aggregate: String, _ access: [String]) throws {
    #expect(try plan(aggregate) == access)
  }
}

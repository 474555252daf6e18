import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What the demand transformation keeps from being computed, and that answers stay what they are.
@Suite struct DemandTests {
  /// A chain of nodes n0 to n50, and a closure over it in one of the ways to write it.
  private static func chain(_ rules: String) -> String {
    let edges = (0..<50).map { "edge(\"n\($0)\", \"n\($0 + 1)\")." }.joined(separator: "\n")
    return """
      .decl edge(x:symbol, y:symbol)
      .decl path(x:symbol, y:symbol)
      \(edges)
      path(x, y) :- edge(x, y).
      \(rules)
      """
  }

  private static let closures = [
    "path(x, z) :- path(x, y), edge(y, z).",
    "path(x, z) :- edge(x, y), path(y, z).",
    "path(x, z) :- path(x, y), path(y, z).",
    "path(x, z) :- path(x, y), edge(y, w), edge(v, w), path(v, z).",
    """
    path(x, z) :- path(x, y), edge(y, z).
    path(x, z) :- edge(x, y), path(y, z).
    path(x, z) :- path(x, y), path(y, z).
    """,
  ]

  /// Rows of all relations that rules fill, for a query on a program.
  private func derivedRows(
    _ text: String, _ query: String, without: Set<Optimization> = []
  ) throws -> (derived: Int, answer: Int) {
    let transformed = try TransformedProgram(text, query, without: without)
    let (program, answer) = (transformed.program, transformed.answer)
    let relations = try transformed.evaluated()
    let heads = Set(program.rules.map(\.head.index))
    return (
      heads.reduce(0) { $0 + relations[$1].liveCount }, relations[answer.index].liveCount
    )
  }

  @Test(arguments: closures)
  func aBoundEndMakesAClosureReachability(_ rules: String) throws {
    for (query, count) in [
      ("?- path(\"n10\", y).", 40), ("?- path(x, \"n10\").", 10), ("?- path(\"n20\", \"n30\").", 1),
      ("?- path(x, y), x = \"n10\".", 40), ("?- edge(\"n9\", x), path(x, y).", 40),
    ] {
      let demanded = try derivedRows(Self.chain(rules), query)
      #expect(demanded.answer == count, "\(query)")
      // The closure itself has 1275 pairs.
      #expect(demanded.derived < 400, "\(query): \(demanded.derived) rows")
      let whole = try derivedRows(Self.chain(rules), query, without: [.demand])
      #expect(whole.answer == count && whole.derived >= 1275, "\(query)")
    }
  }

  @Test func pathsStartFromTheirKnownEnd() throws {
    let facts = (0..<50).map { "supplies(\"n\($0)\", \"n\($0 + 1)\")." }.joined(separator: "\n")
    for (query, count) in [
      ("?- supplies+(\"n10\", y).", 40), ("?- supplies*(x, \"n10\").", 11),
      ("?- supplies+(\"n10\", y, hops: h).", 40), ("?- supplies{2,4}(\"n10\", y).", 3),
      ("?- supplies+(x, \"n10\", hops: h).", 10), ("?- supplies{1,1000000000}(\"n10\", y).", 40),
      ("?- supplies{1000000000}(\"n10\", y).", 0), ("?- supplies{20,1000000000}(\"n10\", y).", 21),
      ("?- !supplies+(\"n10\", \"n5\").", 1), ("?- c = count : { supplies+(\"n10\", _) }.", 1),
    ] {
      let demanded = try derivedRows(facts, query)
      #expect(demanded.answer == count, "\(query)")
      #expect(demanded.derived < 400, "\(query): \(demanded.derived) rows")
    }
  }

  /// Nobody asks which seed led where, so that there is one row a node reached.
  @Test func manySeedsAreAskedForTogether() throws {
    for rules in Self.closures.prefix(3) {
      let text = Self.chain(rules) + "\n.decl start(x:symbol)\nstart(\"n10\"). start(\"n20\").\n"
      for (query, count) in [
        ("?(y) :- start(x), path(x, y).", 40), ("?(x) :- path(x, y), start(y).", 20),
        ("?(y) :- start(x), path(x, y), edge(y, _).", 39),
        ("?(y) :- start(v), edge(v, x), path(x, y).", 39),
      ] {
        let demanded = try derivedRows(text, query)
        #expect(demanded.answer == count, "\(query)")
        #expect(demanded.derived < 200, "\(query): \(demanded.derived) rows")
      }
    }
  }

  /// A relation that is small beside the others is worth starting from, though its values are carried.
  @Test func fewStoredRowsAreStartedFrom() throws {
    let edges = (0..<600).map { "edge(\"n\($0)\", \"n\($0 + 1)\")." }.joined(separator: "\n")
    let text = """
      .decl edge(x:symbol, y:symbol)
      .decl path(x:symbol, y:symbol)
      .decl start(x:symbol)
      start("n590"). start("n595").
      \(edges)
      path(x, y) :- edge(x, y).
      path(x, z) :- path(x, y), edge(y, z).
      """
    let demanded = try derivedRows(text, "?(x, y) :- start(x), path(x, y).")
    #expect(demanded.answer == 15)
    #expect(demanded.derived < 100)
  }

  @Test func sameGenerationIsAskedForUpwards() throws {
    // Two binary trees of depth 6 below one root each.
    var facts: [String] = []
    for tree in ["a", "b"] {
      for node in 2..<128 { facts.append("up(\"\(tree)\(node)\", \"\(tree)\(node / 2)\").") }
    }
    let text = """
      .decl up(x:symbol, y:symbol)
      .decl sg(x:symbol, y:symbol)
      \(facts.joined(separator: "\n"))
      sg(x, y) :- up(x, z), up(y, z).
      sg(x, y) :- up(x, u), sg(u, v), up(y, v).
      """
    let demanded = try derivedRows(text, "?- sg(\"a64\", y).")
    #expect(demanded.answer == 64)
    #expect(demanded.derived < 500)
  }

  @Test func aGroupThatIsAskedForIsWhole() throws {
    let text = """
      .decl part(whole:symbol, part:symbol, n:number)
      .decl total(whole:symbol, n:number)
      .decl needs(x:symbol, y:symbol)
      part("car", "wheel", 4). part("car", "door", 4). part("bike", "wheel", 2).
      needs(x, y) :- part(x, y, _).
      needs(x, z) :- needs(x, y), part(y, z, _).
      total(x, n) :- part(x, _, _), n = sum k : { part(x, _, k) }.
      """
    let demanded = try derivedRows(text, "?- total(\"car\", n).")
    #expect(demanded.answer == 1)
    let negated = try derivedRows(text, "?- part(\"bike\", p, _), !needs(\"car\", p).")
    #expect(negated.answer == 0)
  }

  /// Recursions over two small graphs, written in every way that the pass tells apart, asked for with
  /// any end known, below negations and aggregates.
  @Test func randomRecursionsHaveOneAnswer() {
    for seed in 0..<UInt64(260) {
      var generator = RecursionGenerator(seed: seed)
      let (text, query) = generator.program()
      Differential.expectAgreement(text, query: query, seed: seed)
    }
  }
}

/// Draws recursive rules over binary relations and a question with known ends.
struct RecursionGenerator: RandomDraws {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func program() -> (text: String, query: String) {
    var lines = [".decl a(x:number, y:number)", ".decl b(x:number, y:number)"]
    lines += [".decl s(x:number)", "s(0). s(3)."]
    for name in ["a", "b"] {
      for _ in 0..<number(3...9) { lines.append("\(name)(\(number(0...6)), \(number(0...6))).") }
    }
    for name in ["p", "q"] { lines.append(".decl \(name)(x:number, y:number)") }
    lines += (0..<number(1...2)).map { _ in base("p") }
    for _ in 0..<number(1...3) { lines.append(recursive("p", ["p"])) }
    lines.append(base("q"))
    for _ in 0..<number(0...2) {
      lines.append(recursive("q", number(0...3) == 0 ? ["q", "p"] : ["q"]))
    }
    if number(0...3) == 0 { lines.append(recursive("p", ["q", "p"])) }
    lines.append(".decl d(x:number, y:number, n:number)")
    lines.append("d(x, y, min 1) :- a(x, y).")
    lines.append(
      pick([
        "d(x, z, min n + 1) :- d(x, y, n), a(y, z).", "d(x, z, min n + 1) :- a(x, y), d(y, z, n).",
      ]))
    return (lines.map { $0 + "\n" }.joined(), query())
  }

  private mutating func base(_ name: String) -> String {
    pick([
      "\(name)(x, y) :- a(x, y).", "\(name)(x, y) :- b(y, x).",
      "\(name)(x, y) :- a(x, z), b(z, y).",
      "\(name)(x, x) :- s(x).", "\(name)(x, 2) :- s(x), a(x, _).", "\(name)(0, 1).",
      "\(name)(x, y) :- a(x, y), x < y.",
    ])
  }

  private mutating func recursive(_ name: String, _ others: [String]) -> String {
    let r = pick(others)
    return pick([
      "\(name)(x, z) :- \(r)(x, y), a(y, z).", "\(name)(x, z) :- b(x, y), \(r)(y, z).",
      "\(name)(x, z) :- \(r)(x, y), \(name)(y, z).", "\(name)(x, y) :- \(r)(y, x).",
      "\(name)(x, z) :- a(x, u), \(r)(u, v), b(v, z).", "\(name)(x, z) :- \(r)(x, z), s(x).",
      "\(name)(x, z) :- \(r)(x, y), b(y, w), a(w, v), \(name)(v, z).",
      "\(name)(x, z) :- \(r)(x, y), a(y, z), z > 1.",
      "\(name)(x, z) :- a(x, y), \(r)(y, z), y != z.",
      "\(name)(x, y) :- \(r)(x, _), s(y).", "\(name)(x, z) :- \(r)(_, z), a(x, _).",
    ])
  }

  private mutating func query() -> String {
    let c = number(0...6)
    let r = pick(["p", "q"])
    return pick([
      "?- \(r)(\(c), y).", "?- \(r)(x, \(c)).", "?- \(r)(\(c), \(number(0...6))).",
      "?- a(\(c), x), \(r)(x, y).", "?- b(x, \(c)), \(r)(y, x), q(y, z).",
      "?- a(\(c), x), !\(r)(x, \(c)).", "?- \(r)(\(c), x), n = count : { p(x, _) }.",
      "?- d(\(c), y, n).", "?- d(x, \(c), n).", "?- s(x), \(r)(x, y), y = \(c).",
      "?- \(r)(x, y), x = \(c).", "?- a+(\(c), y).", "?- (a|^b)*(x, \(c)).", "?- a{2,4}(\(c), y).",
      "?- (\(r))+(\(c), y, hops: h).", "?- \(r)(x, x), x = \(c).",
      "?- n = sum x : { \(r)(\(c), x) }.", "?(y) :- s(x), \(r)(x, y).",
      "?(x) :- s(y), \(r)(x, y), b(x, _).", "?(x) :- a(y, w), s(w), \(r)(x, y), q(x, x).",
      "?(x, z) :- s(y), \(r)(x, y), a(v, w), v < w, q(v, z).", "?(1) :- s(x), \(r)(x, y), s(y).",
    ])
  }
}

@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Recursions over nodes and over the best value of each, against the naive evaluator.
@Suite struct NodeRecursionTests {
  @Test func randomRecursionsHaveOneAnswer() {
    for seed in 0..<UInt64(260) {
      var generator = NodeRecursionGenerator(seed: seed)
      let text = generator.program()
      Differential.expectAgreement(text, query: nil, seed: seed)
    }
  }

  /// Graphs so large that several workers have turns in which they give up, wide windows and narrow ones: the random
  /// ones above have eight nodes.
  @Test(arguments: 0..<24 as Range<UInt64>) func severalWorkersSettleTheSameValues(seed: UInt64)
    throws
  {
    var random = SeededGenerator(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let count = number(20...90)
    let names = (0..<count).shuffled(using: &random)
    let most = [3, 1_000, 1 << 40][Int(seed % 3)]
    // A path, a grid, or any edges.
    let width = [1, 6, 0][Int(seed / 3 % 3)]
    var text = """
      .decl e(x:number, y:number, w:number)
      .decl d(x:number, v:number)
      .decl c(x:number, v:number)
      d(\(names[0]), 0).
      d(y, min v + w) :- d(x, v), e(x, y, w).
      c(x, min x) :- e(x, _, _).
      c(y, min v) :- c(x, v), e(x, y, _).

      """
    for node in 0..<count {
      let next =
        width == 0 ? [number(0...count - 1), number(0...count - 1)] : [node + 1, node + width]
      for other in next where other < count {
        text += "e(\(names[node]), \(names[other]), \(number(0...most))).\n"
      }
    }
    let session = QuerySession()
    try #require(session.load([SourceText(name: "d.dl", text: text)]).isLoaded)
    guard case .agreed = Differential.compareAll(session) else {
      Issue.record("the evaluators differ, seed \(seed)")
      return
    }
  }

  /// Values so large that codes, overflow and order are put to the test.
  @Test(arguments: ["min", "max"]) func extremeValuesKeepTheirPlaces(_ function: String) throws {
    let session = QuerySession()
    let text = """
      .decl e(x:number, y:number, w:number)
      .decl d(x:number, v:number)
      e(0, 1, 9223372036854775807). e(1, 2, 0). e(2, 3, -9223372036854775807). e(0, 4, 0).
      d(0, 0). d(5, 9223372036854775807). d(6, -9223372036854775807 - 1). e(5, 7, 0). e(6, 8, 0).
      d(y, \(function) v + w) :- d(x, v), e(x, y, w).
      """
    try #require(session.load([SourceText(name: "d.dl", text: text)]).isLoaded)
    guard case .agreed = Differential.compareAll(session) else {
      Issue.record("the evaluators differ")
      return
    }
  }

  @Test func aCycleThatLowersItsMinimumIsNamed() throws {
    let session = QuerySession()
    let text = """
      .decl road(x:symbol, y:symbol, w:number)
      .decl dist(x:symbol, d:number)
      road("甲", "乙", 4). road("乙", "丙", -3). road("丙", "乙", 2). road("丙", "丁", 1).
      dist("甲", 0).
      dist(y, min d + w) :- dist(x, d), road(x, y, w).
      """
    try #require(session.load([SourceText(name: "road.dl", text: text)]).isLoaded)
    for isGeneral in [false, true] {
      if isGeneral { session.optimizations.remove(.nodes) }
      do {
        _ = try session.query("?- dist(x, d).")
        Issue.record("the query ends")
      } catch let error as Diagnostic {
        #expect(error.code == .endlessRecursion)
        let isNamed =
          error.message.contains("乙 → 丙 → 乙") || error.message.contains("丙 → 乙 → 丙")
        #expect(isNamed != isGeneral, "\(error.message)")
      }
    }
  }

  @Test func theHeapGivesKeysInTheirOrder() {
    var random = SeededGenerator(seed: 7)
    let marks = Column<UInt32>(repeating: 0, count: 64)
    defer { keepAlive(marks) }
    var heap = RadixHeap(bringingNear: [marks.words])
    var model: [UInt64] = []
    var last: UInt64 = 0
    for _ in 0..<5_000 {
      if model.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
        let shift = UInt64.random(in: 0..<64, using: &random)
        let (key, isTooLarge) = last.addingReportingOverflow(
          UInt64.random(in: 0...UInt64.max, using: &random) >> shift)
        if isTooLarge { continue }
        heap.push(key, UInt32(truncatingIfNeeded: key & 63))
        model.append(key)
      } else {
        let limit = last &+ (UInt64.random(in: 0...UInt64.max, using: &random) >> 8)
        let least = model.min() ?? 0
        let found = heap.pop(atMost: max(limit, last))
        guard least <= max(limit, last) else {
          #expect(found == nil)
          continue
        }
        #expect(found?.key == least && found?.nodes.count == model.count { $0 == least })
        if let nodes = found?.nodes {
          for i in 0..<nodes.count { #expect(UInt64(nodes[i]) == least & 63) }
        }
        model.removeAll { $0 == least }
        last = least
      }
      #expect(heap.count == model.count)
    }
  }

  /// What one heap gives the other takes, in the order of its keys, except for keys that are too low for it.
  @Test(arguments: 0..<20 as Range<UInt64>) func aHeapGivesHalfAway(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var (rich, poor) = (RadixHeap(bringingNear: []), RadixHeap(bringingNear: []))
    let floor = seed % 2 == 0 ? 0 : UInt64.random(in: 0...1000, using: &random)
    poor.begin(at: floor)
    if seed % 4 == 3 { poor.push(floor, 7) }
    var model: [UInt64] = []
    for _ in 0..<Int.random(in: 0...300, using: &random) {
      let key = UInt64.random(in: 0...UInt64(seed % 3 == 0 ? 20 : 2000), using: &random)
      rich.push(key, UInt32(key))
      model.append(key)
    }
    let all = model.count + poor.count
    if poor.count > 0 { model.append(floor) }
    rich.giveHalf(to: &poor)
    #expect(rich.count + poor.count == all, "seed \(seed)")
    if floor == 0 { #expect(poor.count * 2 + 70 >= all, "seed \(seed)") }
    var found: [UInt64] = []
    for isRich in [true, false] {
      var heap = isRich ? rich : poor
      var last: UInt64 = 0
      #expect(heap.least == (isRich ? rich : poor).least)
      while let next = heap.pop(atMost: .max) {
        #expect(next.key >= last, "seed \(seed)")
        last = next.key
        found += Array(repeating: next.key, count: next.nodes.count)
      }
    }
    #expect(found.sorted() == model.sorted(), "seed \(seed)")
  }
}

/// Draws graphs and recursions over their nodes.
private struct NodeRecursionGenerator: RandomDraws {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func program() -> String {
    let kind = pick(["number", "float", "unsigned"])
    let dot = kind == "float" ? ".5" : ""
    var lines = [
      ".decl e(x:number, y:number, w:\(kind))", ".decl f(x:number, y:number, w:\(kind))",
      ".decl s(x:number)", ".decl t(x:number)", "s(0). s(2). t(1). t(2). t(4).",
    ]
    for _ in 0..<number(2...12) {
      lines.append("e(\(number(0...7)), \(number(0...7)), \(number(0...5))\(dot)).")
    }
    // Edges with negative weights only lead upwards, so that no cycle lowers itself.
    for _ in 0..<number(0...6) {
      let x = number(0...6)
      let w = kind == "unsigned" ? number(0...3) : number(-4...3)
      lines.append("f(\(x), \(number(x + 1...7)), \(w)\(dot)).")
    }
    for name in ["p", "q"] { lines.append(".decl \(name)(x:number)") }
    lines.append("p(x) :- s(x).")
    for _ in 0..<number(1...4) { lines.append(reach()) }
    let function = pick(["min", "max"])
    lines.append(".decl d(x:number, v:\(kind))")
    lines.append("d(x, \(function) v) :- s(x), v = \(number(0...3))\(dot).")
    if number(0...1) == 0 { lines.append("d(\(number(0...7)), \(number(0...5))\(dot)).") }
    let ascends = number(0...1) == 0
    for _ in 0..<number(1...2) {
      var rule = value(function, dot, ascends: ascends)
      // Below zero unsigned numbers are large: no answer could be told from another.
      while kind == "unsigned" && rule.contains(" - ") {
        rule = value(function, dot, ascends: ascends)
      }
      lines.append(rule)
    }
    lines.append(".decl c(x:number, l:\(pick(["number", "symbol"])))")
    if lines.last?.contains("symbol") ?? false {
      lines.append("c(x, \(function) l) :- e(x, _, _), l = cat(\"乙\", to_string(9 - x)).")
    } else {
      lines.append("c(x, \(function) x) :- e(x, _, _).")
    }
    lines.append("c(y, \(function) l) :- c(x, l), e(x, y, _).")
    if number(0...1) == 0 { lines.append("c(x, \(function) l) :- c(y, l), e(x, y, _).") }
    return lines.map { $0 + "\n" }.joined()
  }

  private mutating func reach() -> String {
    let head = pick(["p", "q"])
    let from = pick(["p", "q"])
    return pick([
      "\(head)(y) :- \(from)(x), e(x, y, _).", "\(head)(y) :- \(from)(x), f(y, x, _).",
      "\(head)(x) :- \(from)(x), t(x).", "\(head)(x) :- \(from)(x).",
      "\(head)(y) :- \(from)(x), e(x, y, _), t(y).", "\(head)(y) :- \(from)(x), !t(x), e(x, y, _).",
      "\(head)(y) :- \(from)(x), e(x, y, _), !s(y), t(x).", "\(head)(y) :- e(y, x, _), \(from)(x).",
    ])
  }

  /// Steps along edges that may lower a minimum lead upwards alone, so that no cycle goes on for ever.
  private mutating func value(_ function: String, _ dot: String, ascends: Bool) -> String {
    let head = "d(y, \(function)"
    if ascends {
      return pick([
        "\(head) v + w) :- d(x, v), f(x, y, w).", "\(head) v - w) :- d(x, v), f(x, y, w).",
        "\(head) v + 2\(dot)) :- d(x, v), f(x, y, _).", "\(head) w + v) :- f(x, y, w), d(x, v).",
        "\(head) n) :- d(x, v), f(x, y, w), n = v + w.", "\(head) w) :- d(x, _), f(x, y, w).",
      ])
    }
    if function == "min" {
      return pick([
        "\(head) v + w) :- d(x, v), e(x, y, w).", "\(head) w + v) :- e(x, y, w), d(x, v).",
        "\(head) max(v, w)) :- d(x, v), e(x, y, w).", "\(head) v) :- d(x, v), e(y, x, _).",
        "\(head) n) :- d(x, v), e(x, y, w), n = v + w.",
        "\(head) v + 1\(dot)) :- d(x, v), e(x, y, _), v < 6\(dot).",
        "\(head) min(v, w)) :- d(x, v), e(x, y, w).",
      ])
    }
    return pick([
      "\(head) min(v, w)) :- d(x, v), e(x, y, w).", "\(head) v - w) :- d(x, v), e(x, y, w).",
      "\(head) v) :- d(x, v), e(y, x, _).", "\(head) max(w, v)) :- d(x, v), e(x, y, w).",
      "\(head) v - 1\(dot)) :- d(x, v), e(x, y, _).",
    ])
  }
}

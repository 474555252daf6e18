@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Relations declared `eqrel`, kept as classes.
@Suite struct EquivalenceTests {
  @Test func randomProgramsHaveOneAnswer() {
    for seed in 0..<UInt64(70) {
      var random = SeededGenerator(seed: seed)
      // Small numbers can number rows; large ones and texts cannot.
      let scale = [1, 1_000_000_007, -3][Int.random(in: 0..<3, using: &random)]
      func value() -> Int { Int.random(in: 0...9, using: &random) * scale }
      var lines = [
        ".decl a(x:number, y:number)", ".decl b(x:number, y:number)", ".decl s(x:number)",
        ".decl e(x:number, y:number) eqrel", ".decl f(x:number, y:number) eqrel",
        ".decl g(x:number, y:number)", ".decl h(x:number)", ".decl m(x:number, n:number)",
      ]
      for name in ["a", "a", "a", "a", "b", "b", "b", "e"] {
        lines.append("\(name)(\(value()), \(value())).")
      }
      lines += ["s(\(value())).", "e(x, y) :- a(x, y).", "g(x, y) :- e(x, y), !s(y)."]
      for rule in [
        "e(x, y) :- e(x, z), b(z, y).", "f(x, y) :- e(x, z), b(z, y).", "s(y) :- s(x), e(x, y).",
        "f(x, x) :- s(x).", "e(x, y) :- s(x), s(y), b(x, _).", "f(x, y) :- f(x, z), a(z, y), s(z).",
        "g(x, y) :- f(x, y), b(x, _).", "g(x, y) :- a(x, _), b(_, y), e(x, y).",
        "g(x, y) :- a(x, y), b(y, z), !e(x, z).", "h(x) :- b(x, _), !e(x, _).",
        "h(y) :- b(_, y), e(_, y), !f(y, _).", "g(x, y) :- a(x, z), e(z, y), !f(_, y).",
        "m(x, n) :- s(x), n = min y : { e(x, y) }.", "m(x, n) :- a(x, _), n = count : { e(_, x) }.",
        "m(x, n) :- b(x, _), n = sum y : { f(y, x), s(y) }.", "m(x, n) :- n = max y : { e(x, y) }.",
        "m(x, n) :- a(x, z), s(x), n = count : { e(x, y), b(y, z) }.",
        "g(x, y) :- e(x, y), y < 4.", "g(x, y) :- s(x), e(x, y), x < y.",
        "g(x, y) :- e(y, x), y > 5.",
        "h(x) :- s(x), e(x, y), y > 3, y != x.", "h(x) :- a(x, z), f(x, y), y >= z.",
      ] where Bool.random(using: &random) {
        lines.append(rule)
      }
      expectOneAnswer(lines, seed: seed)
    }
  }

  /// What goes through all pairs of a class, or some of each member, takes no columns of them, which would be 72 MB.
  @Test(arguments: [1, 2])
  func pairsAreReadAsTheyLie(threads: Int) throws {
    for rule in [
      "r(a, b) :- e(a, b), b < 1.", "r(a, b) :- e(b, a), b < 1.", "r(a, a) :- e(a, b), a + b = 4.",
      "r(a, b) :- n(a), b = min c : { e(a, c) }.", "r(a, b) :- n(a), b = count : { e(a, _) }.",
      "r(a, b) :- n(a), e(a, b), b < 1.", "r(a, 1) :- n(a), e(a, b), b > a, b < 7.",
      "r(a, b) :- e(2999, b), a = b.",
    ] {
      let session = QuerySession()
      session.requiresDeclarations = true
      session.threadCount = threads
      session.limits = QueryLimits(memory: 2 << 20)
      let program = """
        .decl n(a:number)
        .decl e(a:number, b:number) eqrel
        .decl r(a:number, b:number)
        .output r
        n(a) :- a = range(0, 3000).
        e(a, 0) :- n(a).
        \(rule)
        """
      #expect(session.load([SourceText(name: "p.dl", text: program)]).isLoaded)
      let run = session.runProgram()
      #expect(run.diagnostics.isEmpty, "\(rule)")
      #expect((run.result?.count(of: "r") ?? 0) > 0, "\(rule)")
    }
  }

  /// Members may be as far apart as they like.
  @Test(arguments: [(ColumnType.number, -1 << 40), (.unsigned, 1 << 40), (.number, 400)])
  func aClassOfFarValuesIsNotSpreadOut(type: ColumnType, step: Int) throws {
    let terms = TermSpace(Graph().dictionary)
    let relation = Relation(name: "e", types: [type, type], terms: terms)
    func word(_ number: Int) -> UInt64 { UInt64(bitPattern: Int64(number * step)) }
    for member in 1..<2000 { relation.insert([word(member - 1), word(member)]) }
    relation.settle()
    let equivalence = Equivalence(relation, terms: terms)
    try equivalence.addStoredRows()
    equivalence.finish()
    #expect(relation.rowCount == 2000 * 2000)
    #expect(relation.byteCount < 1 << 20)
    let rows = try #require(relation.compactRows(by: 1))
    let buffer = Column<UInt32>()
    defer { keepAlive(buffer, rows) }
    let place = try #require(rows.place(of: word(7)))
    #expect(rows.word(at: place) == word(7))
    #expect(rows.place(of: word(7) &+ 1) == nil)
    #expect(rows.members(of: place, buffer: buffer).count == 2000)
    let keys = [word(3), word(5)].map(type.orderKey).sorted()
    let near = rows.places(from: keys[0], through: keys[1], type)
    #expect(Set(near.map(rows.word(at:))) == [word(3), word(4), word(5)])
  }

  /// One class of fifty thousand members has 2.5 billion pairs, which nobody writes down to count them.
  @Test func aLargeClassIsNotSpreadOut() throws {
    let terms = TermSpace(Graph().dictionary)
    let relation = Relation(name: "e", types: [.number, .number], terms: terms)
    let count = 50_000
    for member in 1..<UInt64(count) { relation.insert([member - 1, member]) }
    relation.settle()
    let equivalence = Equivalence(relation, terms: terms)
    #expect(throws: Never.self) { try equivalence.addStoredRows() }
    equivalence.finish()
    #expect(relation.rowCount == count * count)
    #expect(relation.byteCount < 4 << 20)

    let rows = try #require(relation.compactRows(having: [0, 1]))
    let left = Column<UInt64>([0, 7, 49_999, 50_000, 3])
    let right = Column<UInt64>([49_999, 7, 60_000, 50_000, .max])
    let places = Column<UInt32>(repeating: 0, count: 5)
    defer { keepAlive(left, right, places) }
    func pairs(present: Bool) -> [UInt32] {
      let count = rows.select(
        left.words, right.words, count: 5, present: present, into: places.words)
      return (0..<count).map { places.words[$0] }
    }
    #expect(pairs(present: true) == [0, 1])
    #expect(pairs(present: false) == [2, 3, 4])
    #expect(rows.select(right.words, count: 5, present: true, into: places.words) == 2)
    #expect(relation.byteCount < 4 << 20)
  }
}

import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Which subsumptions are evaluated as a value for each key.
@Suite struct BestRowsTests {
  /// What the pass makes of the relations of a program, by name; those without a lattice are left out.
  private func lattices(_ text: String) throws -> [String: CoreRelation.Lattice] {
    let session = QuerySession()
    let loaded = session.load([SourceText(name: "test.dl", text: text)])
    try #require(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    let (core, _) = Lowering.lowerAll(in: session.environment(terms: session.termSpace()))
    var program = core
    BestRows.apply(to: &program)
    let found = program.relations.filter { $0.lattice != nil }
    for rule in program.rules where rule.isDominance { #expect(program[rule.head].lattice == nil) }
    return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.lattice ?? .min) })
  }

  private static let start = """
    .decl e(a: number, b: number, w: number)
    .decl d(a: number, b: number, w: number)
    d(a, b, w) :- e(a, b, w).

    """
  private static let step = "d(a, c, v + w) :- d(a, b, v), e(b, c, w).\n"

  @Test(arguments: [
    ("d(a, b, v) <= d(a, b, w) :- w < v.", CoreRelation.Lattice.min),
    ("d(a, b, v) <= d(a, b, w) :- v >= w.", .min),
    ("d(a, b, v) <= d(a, b, w) :- v <= w.", .max),
    ("d(a, b, v) <= d(a, b, w) :- w > v.", .max),
    ("d(a, b, v) <= d(x, y, w) :- w > v, x = a, b = y.", .max),
  ])
  func oneValueForEachKey(_ subsumption: String, _ lattice: CoreRelation.Lattice) throws {
    for rules in ["", Self.step] {
      #expect(try lattices(Self.start + rules + subsumption) == ["d": lattice])
    }
  }

  @Test(arguments: [
    // Not for each key.
    "d(a, b, v) <= d(x, b, w) :- w < v, a != x.", "d(a, b, v) <= d(x, b, w) :- w < v, x < a.",
    // Not the last column, not one column, not that column alone.
    "d(a, b, v) <= d(c, b, v) :- a < c.", "d(a, b, v) <= d(a, c, w) :- c <= b, w < v.",
    "d(a, b, v) <= d(a, b, w) :- w < v, a > 3.", "d(a, b, v) <= d(a, b, w) :- w + 1 < v.",
    "d(a, a, v) <= d(a, a, w) :- w < v.", "d(a, b, v) <= d(a, b, w) :- w != v, e(a, _, _).",
    // Two conditions for giving way.
    "d(a, b, v) <= d(a, b, w) :- w < v.\nd(a, b, v) <= d(a, b, w) :- v = 0, w > 7.",
  ])
  func othersStayAsTheyAre(_ subsumption: String) throws {
    #expect(try lattices(Self.start + Self.step + subsumption).isEmpty)
  }

  @Test func aRecursionThatIsNotMonotoneStaysAsItIs() throws {
    for step in [
      "d(a, c, w - v) :- d(a, b, v), e(b, c, w).", "d(a, v, w) :- d(a, b, v), e(b, v, w).",
      "d(a, c, v + w) :- d(a, b, v), e(b, c, w), v > 3.",
    ] {
      let text = Self.start + step + "\nd(a, b, v) <= d(a, b, w) :- w < v."
      #expect(try lattices(text).isEmpty, "\(step)")
    }
  }

  @Test func recursionsThatImproveEachOtherChangeTogether() throws {
    let text =
      Self.start + """
        .decl f(a: number, b: number, w: number)
        f(a, c, v + w) :- d(a, b, v), e(b, c, w).
        d(a, c, v + w) :- f(a, b, v), e(b, c, w).
        d(a, b, v) <= d(a, b, w) :- w < v.
        f(a, b, v) <= f(a, b, w) :- w < v.
        """
    #expect(try lattices(text) == ["d": .min, "f": .min])
    // One that must stay holds the other back; one beside them does not.
    let other = """
      .decl g(a: number, w: number)
      g(a, w) :- e(a, _, w).
      g(a, v) <= g(a, w) :- v < w.

      """
    let mixed = text.replacing(
      "w < v.\nf(a, b, v) <=", with: "w < v.\nf(a, b, v) <= f(a, c, w) :- c < b.\nf(a, b, v) <=")
    #expect(try lattices(other + mixed) == ["g": .max])
  }
}

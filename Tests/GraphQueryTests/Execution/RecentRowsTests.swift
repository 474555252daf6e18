@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows of a scan that come again.
@Suite struct RecentRowsTests {
  /// Whatever is left out has come before since the beginning of the run, and few things else stay.
  @Test(arguments: [1, 7, 300, 5000, 1_000_000], 1...3) func whatIsLeftOutHasCome(
    values: UInt64, width: Int
  ) {
    var random = SeededGenerator(seed: values &* 10 &+ UInt64(width))
    let recent = RecentRows(width: width)
    let columns = (0..<width).map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    let words = Column(columns.map(\.words))
    let hashes = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let output = Column<UInt32>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(columns, words, hashes, output) }
    var known: Set<[UInt64]> = []
    var (seen, kept) = (0, 0)
    for batch in 0..<60 {
      if batch % 25 == 0 {
        recent.begin()
        known = []
      }
      let count = batch % 10 == 9 ? 100 : Batch.capacity
      let rows = (0..<count).map { _ in
        (0..<width).map { _ in UInt64.random(in: 0..<values, using: &random) }
      }
      for (i, row) in rows.enumerated() {
        for column in 0..<width { columns[column].words[i] = row[column] }
      }
      let chosen: [Int]
      if let count = recent.select(
        words.words, count: count, hashes: hashes.words, into: output.words)
      {
        chosen = (0..<count).map { Int(output.words[$0]) }
      } else {
        chosen = Array(0..<count)
      }
      #expect(chosen == chosen.sorted())
      let staying = Set(chosen)
      for (i, row) in rows.enumerated() {
        if !staying.contains(i) { #expect(known.contains(row)) }
        known.insert(row)
      }
      (seen, kept) = (seen + count, kept + chosen.count)
    }
    // Few values are soon all known.
    if values <= 7, width == 1 { #expect(kept < seen / 20) }
  }

  private static let declarations = """
    .decl o(i: number, a: number, b: number, t: symbol)
    .decl d(a: number, n: number)
    .decl h(x: number, y: number)

    """

  /// Rules that read a part of each row, with and without something behind the scan; heads of every kind.
  @Test(
    arguments: [
      "h(a, 0) :- o(_, a, _, _).",
      "h(a, n) :- o(_, a, b, _), n = count : { d(a, _) }, b < 900.",
      "h(a, n) :- o(_, a, _, t), d(a, n), contains(\"1\", t).",
      "h(a, b) :- o(_, a, b, _), !d(b, _), a < 5.",
      "h(a, min n) :- o(_, a, b, _), d(b, n).",
      "h(1, n) :- n = max m : { o(_, a, b, _), d(a, m), b % 3 = 0 }.",
      "h(1, n) :- n = count : { o(_, a, _, _), d(a, _) }.",
      "h(1, n) :- n = sum a : { o(_, a, _, \"7\") }.",
      "h(a, b) :- o(_, a, _, _), d(a, b). h(a, b) :- h(b, _), o(_, a, b, _), a < 3.",
      "h(a, autoinc()) :- o(_, a, _, \"7\"), a < 4.",
    ], [1, 2])
  func answersAreTheSame(_ rules: String, threads: Int) throws {
    var random = SeededGenerator(seed: 11)
    var text = Self.declarations
    for i in 0..<9000 {
      let (a, b) = (
        Int.random(in: 0..<20, using: &random), Int.random(in: 0..<1000, using: &random)
      )
      text += "o(\(i), \(a), \(b), \"\(b % 40)\").\n"
      if i % 30 == 0 { text += "d(\(a), \(b % 8)).\n" }
    }
    func answer(_ options: Set<Optimization>) throws -> [[String]] {
      let session = QuerySession()
      session.optimizations = options
      session.threadCount = threads
      try #require(session.load([SourceText(name: "h.dl", text: text + rules)]).isLoaded)
      let answer = try session.query("?- h(x, y).")
      return (0..<answer.rowCount).map { row in
        (0..<2).map { answer.text(row: row, column: $0) }
      }
    }
    let all = Set(Optimization.allCases)
    let found = try answer(all)
    #expect(!found.isEmpty)
    #expect(try found == answer(all.subtracting([.existence])))
  }
}

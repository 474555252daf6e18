import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// A question that fixes the value of an indexed property reads the rows of that value alone, and
/// answers what it answers without the index.
@Suite struct IndexedPropertyTests {
  private func session(isIndexed: Bool) throws -> QuerySession {
    let session = QuerySession()
    session.load([
      SourceText(
        name: "t.dl",
        text: (0..<60).map { number in
          let year = number % 7
          return
            "plant(\"p\(number)\", year: \(year), share: \(Double(year) / 2), place: \"l\(year)\")."
            + " next(\"p\(number)\", \"p\(number * 7 % 60)\")."
        }.joined(separator: "\n") + "\nold(x) :- plant(x, year: 2). node(\"p3\", note: \"n\").")
    ])
    if isIndexed {
      try session.write { writer in
        for key in ["year", "share", "place", "note"] {
          writer.setIndex(.plain, onNodeProperty: key)
        }
      }
    }
    return session
  }

  @Test func answersAreTheSame() throws {
    let (indexed, plain) = (try session(isIndexed: true), try session(isIndexed: false))
    for question in [
      "?- plant(x, year: 3).", "?- plant(x, share: 1).", "?- plant(x, share: 0.5), next(x, y).",
      "?- plant(x, place: \"l4\", year: 4).", "?- plant(x, year: 99).",
      "?- plant(x, place: \"nowhere\").", "?- next(x, y), !plant(y, year: 3).",
      "?- plant(x, year: 3) ; plant(x, year: 5).",
      "?- plant(x, year: 3), plant(y, year: z), z > 5.",
      "?(count x) :- plant(x, year: 1).", "?- old(x), plant(x, year: y).",
      "?- plant(x, note: \"n\").",
      "?- plant(x, year: y), y = 3.",
    ] {
      let (left, right) = (try indexed.query(question), try plain.query(question))
      #expect(left.rowCount == right.rowCount, "\(question)")
      for row in 0..<min(left.rowCount, right.rowCount) {
        for column in left.columns.indices {
          #expect(
            left.text(row: row, column: column) == right.text(row: row, column: column),
            "\(question)")
        }
      }
    }
  }

  @Test func onlyRowsOfTheValueAreRead() throws {
    let graph = try session(isIndexed: true).graph
    let year = try #require(graph.term("year"))
    let relation = CoreRelation(
      name: "year", origin: .nodeProperty(year.raw),
      columns: ["node", "year"].enumerated().map {
        CoreRelation.Column(name: $0.element, slot: TypeSlot(index: $0.offset))
      })
    let stored = StoredRelations(
      graph: graph, terms: TermSpace(graph.dictionary), cache: StoredRelationCache())
    let types: [ColumnType] = [.symbol, .number]
    #expect(stored.relation(relation, types: types)?.rowCount == 60)
    #expect(stored.relation(relation, types: types, withValues: [3, 4])?.rowCount == 17)
    #expect(stored.relation(relation, types: types, withValues: [9])?.rowCount == 0)
    #expect(stored.relation(relation, types: types, withValues: nil) == nil)
  }

  /// Which values a program asks for, as long as it asks for nothing else.
  @Test func fixedValuesAreFound() {
    func program(_ body: [CoreLiteral]) -> CoreProgram {
      var program = CoreProgram()
      program.types = [.symbol, .number]
      program.relations = [
        CoreRelation(
          name: "year", origin: .nodeProperty(7),
          columns: (0..<2).map { .init(name: "\($0)", slot: TypeSlot(index: $0)) }),
        CoreRelation(
          name: "answer", origin: .derived, columns: [.init(name: "x", slot: TypeSlot(index: 0))]),
      ]
      let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
      program.rules = [
        CoreRule(
          head: RelationID(index: 1), headTerms: [.variable(0)], body: body, variables: [],
          span: span)
      ]
      return program
    }
    func atom(_ value: CoreArgument?) -> CoreAtom {
      CoreAtom(
        relation: RelationID(index: 0),
        arguments: [.init(column: 0, value: .variable(0))]
          + (value.map { [.init(column: 1, value: $0)] } ?? []),
        span: SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0))
    }
    let three = CoreArgument.constant(.integer(3), TypeSlot(index: 1))
    let four = CoreArgument.constant(.integer(4), TypeSlot(index: 1))
    #expect(program([.atom(atom(three))]).fixedWords(of: 0) == [3])
    #expect(program([.atom(atom(three)), .atom(atom(four))]).fixedWords(of: 0) == [3, 4])
    #expect(program([.atom(atom(three)), .atom(atom(.variable(1)))]).fixedWords(of: 0) == nil)
    #expect(program([.atom(atom(three)), .atom(atom(nil))]).fixedWords(of: 0) == nil)
    #expect(program([.negated(atom(three))]).fixedWords(of: 0) == nil)
    #expect(program([]).fixedWords(of: 0) == nil)
    #expect(program([.atom(atom(three))]).fixedWords(of: 1) == nil)
  }
}
